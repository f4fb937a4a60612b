# Names for cargo and xtask verbs. Every recipe runs without `just`, too: see its body.

# Show gopeek on a service that hangs.
demo:
    cargo xtask demo

# Everything a change must pass.
test *ARGS:
    cargo xtask test {{ARGS}}

# Compare gopeek's stacks with those that Go programs print themselves.
agree *ARGS:
    cargo xtask agree {{ARGS}}

# Compare what cores show with what the process showed, and what debuggers see in ours.
cores *ARGS:
    cargo xtask cores {{ARGS}}

# Compare gopeek's C and Go frames with those that gdb finds.
native *ARGS:
    cargo xtask native {{ARGS}}

# Compare the variables that gopeek reads with what a program says of them itself.
locals *ARGS:
    cargo xtask locals {{ARGS}}

# Agreement on an arm64 kernel, in a virtual machine.
arm64 *ARGS:
    cargo xtask arm64 {{ARGS}}

# Format, lints, docs, the matrix that continuous integration runs, and some of it on arm64.
ci:
    cargo xtask ci

# Measure gopeek against the target's own runtime.Stack.
bench *ARGS:
    cargo xtask bench {{ARGS}}

# Look at a loaded HTTP server ten times a second, and see what its clients notice.
load *ARGS:
    cargo xtask load {{ARGS}}

# Double the sizes of targets, and see that what gopeek takes grows no faster.
scale *ARGS:
    cargo xtask scale {{ARGS}}

# Write what gopeek says of the cores in testdata, and with --cores the cores themselves.
bless *ARGS:
    cargo xtask bless {{ARGS}}

# Check the stacks of goroutines that are running.
spin *ARGS:
    cargo xtask spin {{ARGS}}

# End gopeek in every way, at any moment, and see its target go on.
ends *ARGS:
    cargo xtask ends {{ARGS}}

# Compare what gopeek says of outages made of real libraries with what these know; --daemons looks at Debian's services.
outages *ARGS:
    cargo xtask outages {{ARGS}}

# Look at targets in every state that a process can be in.
hostile *ARGS:
    cargo xtask hostile {{ARGS}}

# Feed hostile bytes to everything that reads foreign bytes.
fuzz *ARGS:
    cargo xtask fuzz {{ARGS}}

# Compare what gopeek tells of crashed programs' cores with what they printed themselves.
crash *ARGS:
    cargo xtask crash {{ARGS}}

# Bring Go toolchains.
toolchains *ARGS:
    cargo xtask toolchains {{ARGS}}

# The live screen in a real terminal, on a real process; --soak 1h watches what it costs.
top *ARGS:
    cargo xtask top {{ARGS}}

# Compare what is read of a runtime's health with what it says of itself.
health *ARGS:
    cargo xtask health {{ARGS}}

# Write the layout tables from the DWARF of every Go release.
offsets *ARGS:
    cargo xtask offsets {{ARGS}}

# Show which files of Go's runtime changed between two releases, and what that means for gopeek.
runtime-diff *ARGS:
    cargo xtask runtime-diff {{ARGS}}

# Compare fields that are read by type descriptors with a program's own values.
types *ARGS:
    cargo xtask types {{ARGS}}
