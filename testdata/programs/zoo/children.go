package main

import (
	"context"
	"io"
	"os"
	"os/exec"
)

// Children: goroutines that wait for a process, and the ones os/exec starts
// to copy its output and to watch its context. The child is this program
// itself; it ends when the parent, and so its standard input, does. An
// emulator cannot start this program again: with GOPEEK_EMULATED set, there
// are no children.

// child is the whole of the child process.
func child() {
	io.Copy(io.Discard, os.Stdin)
	os.Exit(0)
}

type discard struct{}

func (discard) Write(b []byte) (int, error) { return len(b), nil }

func launchChildren() {
	if os.Getenv("GOPEEK_EMULATED") != "" {
		return
	}
	exe, err := os.Executable()
	must(err)
	start := func(cmd *exec.Cmd) {
		r, w, err := os.Pipe()
		must(err)
		cmd.Stdin = r
		cmd.Env = []string{}
		must(cmd.Start())
		r.Close()
		keep = append(keep, w, cmd)
	}
	plain := exec.Command(exe, "child")
	plain.Stdout = discard{}
	start(plain)
	go plain.Wait()

	ctx, cancel := context.WithCancel(context.Background())
	keep = append(keep, cancel)
	watched := exec.CommandContext(ctx, exe, "child")
	start(watched)
	go func() {
		if err := watched.Wait(); err != nil {
			sinkString = err.Error()
		}
	}()
}
