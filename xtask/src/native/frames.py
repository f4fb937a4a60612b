# What gdb says of the threads of a Go program that are in C, or in Go that C called: run by `cargo xtask native`.
#
# gdb's own backtrace ends where runtime.asmcgocall switched stacks, as Go's debug information does not tell of that.
# So each stack is walked from where the runtime says that it goes on, as its runtime-gdb.py does: the thread's
# registers are set to there. The process can't go on from that, and is killed. Only gdb knows frames here; this
# script knows where stacks begin.
#
# Prints, for each thread, a line `thread TID`, then a line for each frame, innermost first: `c` or `go`, its pc, and
# its function's name, or `-`, and `inlined` where it was; `signal` for the frame of a signal's handler.

import itertools

import gdb

# The registers' and the variables' expressions are C's, whatever the code at hand is.
gdb.execute("set language c")


def value(text):
    return gdb.parse_and_eval(text)


def address_of(name):
    return int(value("(unsigned long) &'%s'" % name))


TEXT, ETEXT = address_of("runtime.text"), address_of("runtime.etext")


def is_go(frame):
    return TEXT <= frame.pc() < ETEXT


def older(frame):
    try:
        return frame.older()
    except gdb.error:
        return None


def frames():
    frame = gdb.newest_frame()
    while frame is not None:
        # What gdb infers from a jump in a function's end has no frame on the stack.
        if frame.type() != gdb.TAILCALL_FRAME:
            yield frame
        frame = older(frame)


def name_of(frame):
    """Its function's name. Where the runtime made up a frame at the first instruction of a function, gdb looks for it
    in front of the function."""
    name = frame.name()
    if name is None:
        symbol = gdb.execute("info symbol %d" % frame.pc(), to_string=True)
        if " in section " in symbol and " + " not in symbol:
            name = symbol.split(" ")[0].removesuffix(".abi0")
    return name or "-"


def line(frame):
    if frame.type() == gdb.SIGTRAMP_FRAME:
        return "signal %#x -" % frame.pc()
    kind = "go" if is_go(frame) else "c"
    inlined = " inlined" if frame.type() == gdb.INLINE_FRAME else ""
    return "%s %#x %s%s" % (kind, frame.pc(), name_of(frame), inlined)


def c_frames(skip=0):
    """The C frames from gdb's registers up to Go, from the frame number skip."""
    lines = []
    for frame in itertools.islice(frames(), skip, None):
        if is_go(frame):
            break
        lines.append(line(frame))
    return lines


def go_to(pc, sp, bp=None):
    gdb.execute("set $rsp = %d" % sp)
    gdb.execute("set $rip = %d" % pc)
    if bp is not None:
        gdb.execute("set $rbp = %d" % bp)


def word(at):
    return int(value("*(unsigned long *) %d" % at))


def outer_segment(pc, sp):
    """The C frames that called Go, whose runtime.cgocallback goes on at pc, with its frame at sp of this thread."""
    go_to(pc, sp)
    crossing = older(gdb.newest_frame())
    assert crossing.name() == "crosscall2", crossing.name()
    # The caller's stack pointer, where its return address lies, and below it its frame pointer.
    caller = older(crossing)
    bp = word(int(caller.read_register("rsp")) - 16)
    go_to(crossing.pc(), int(crossing.read_register("rsp")), bp)
    return c_frames(1)


def chain(m, g):
    """The frames of the goroutine g, which is on the thread m, that gdb stands at."""
    lines = c_frames()
    sched = g["sched"]
    pc, sp = int(g["syscallpc"]), int(g["syscallsp"])
    if sp == 0:
        pc, sp = int(sched["pc"]), int(sched["sp"])
    outer = int(m["g0"]["sched"]["sp"])
    go_to(pc, sp)
    go = [(line(frame), frame.pc(), frame.name()) for frame in frames()]
    for text, pc, name in go:
        lines.append(text)
        if name == "runtime.cgocallback":
            lines += outer_segment(pc, outer)
            outer = word(outer)
        if name == "runtime.goexit":
            break
    return lines


def goroutine_of(m):
    """The goroutine that a thread runs, or that is locked to it and waits; nothing where there is none."""
    lockedg = m["lockedg"]
    return next((int(g) for g in (m["curg"], lockedg) if int(g)), 0)


def main():
    threads = {thread.ptid[1]: thread for thread in gdb.selected_inferior().threads()}
    m = value("'runtime.allm'")
    while int(m):
        thread = threads.get(int(m["procid"]))
        g = goroutine_of(m)
        if thread is not None and g:
            thread.switch()
            gdb.newest_frame().select()
            lines = chain(m, value("*('runtime.g' *) %d" % g))
            if any(text.startswith("c ") for text in lines):
                print("thread %d" % thread.ptid[1])
                print("\n".join(lines))
        m = m["alllink"]
    print("done")


try:
    main()
finally:
    gdb.execute("kill")
