package main

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
)

// child is another process of this program, which dies with it.
type child struct {
	cmd *exec.Cmd
	// What it said first: as a rule, the address at which it listens.
	said string
	in   io.Closer
}

// start starts a child in a role, and waits for its first line.
func start(role string, args ...string) *child {
	return startWith(nil, role, args...)
}

func startWith(files []*os.File, role string, args ...string) *child {
	exe, err := os.Executable()
	fail(err)
	cmd := exec.Command(exe, append([]string{"role:" + role}, args...)...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	cmd.Stderr = os.Stderr
	cmd.ExtraFiles = files
	in, err := cmd.StdinPipe()
	fail(err)
	out, err := cmd.StdoutPipe()
	fail(err)
	fail(cmd.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	fail(err)
	c := &child{cmd: cmd, said: strings.TrimSpace(line), in: in}
	keep(c)
	return c
}

// visit sends requests to a server from another process.
func visit(address string, requests int) { start("clients", address, strconv.Itoa(requests)) }

// kept is what must not be collected.
var kept []any

func keep(things ...any) { kept = append(kept, things...) }
