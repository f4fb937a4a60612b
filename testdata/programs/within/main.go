// Command within runs a program in namespaces of its own, or under a seccomp
// filter, or both:
//
//	within [-pid] [-user] [-mount DIR] [-time SECONDS] [-deny CALL,...] PROGRAM [ARGUMENT...]
//
// Where it makes namespaces it stays, says `pid N` (the program's number out
// here), and ends as the program does; otherwise it becomes the program. Exit
// status 77 is the kernel's refusal of what was asked for.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
)

var (
	pid   = flag.Bool("pid", false, "a pid namespace")
	user  = flag.Bool("user", false, "a user namespace, of which we are root")
	mount = flag.String("mount", "", "a mount namespace, in which alone this folder holds the program")
	shift = flag.Int64("time", 0, "a time namespace, whose monotonic clock is so many seconds ahead")
	deny  = flag.String("deny", "", "system calls that are refused")
	inner = flag.Bool("inner", false, "already in the namespaces: for this program itself")
)

func init() {
	// /proc/self is about the first thread, and so is what is unshared here.
	runtime.LockOSThread()
}

func main() {
	flag.Parse()
	program, err := filepath.Abs(flag.Arg(0))
	refused("find", err)
	if !*inner && (*pid || *user || *mount != "" || *shift != 0) {
		stay()
	}
	if *mount != "" {
		refused("mount", moveInto(*mount, &program))
	}
	if *shift != 0 {
		refused("time namespace", shiftTime(*shift))
	}
	if *deny != "" {
		refused("seccomp", filter(strings.Split(*deny, ",")))
	}
	refused("exec", syscall.Exec(program, append([]string{program}, flag.Args()[1:]...), os.Environ()))
}

// stay runs this same program once more, in the namespaces that a process can
// only be born in.
func stay() {
	self, err := os.Executable()
	refused("find", err)
	again := exec.Command(self, append([]string{"-inner"}, os.Args[1:]...)...)
	again.Stdin, again.Stdout, again.Stderr = os.Stdin, os.Stdout, os.Stderr
	attr := &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if *pid {
		attr.Cloneflags |= syscall.CLONE_NEWPID
	}
	if *mount != "" {
		attr.Cloneflags |= syscall.CLONE_NEWNS
	}
	if *user {
		attr.Cloneflags |= syscall.CLONE_NEWUSER
		attr.UidMappings = []syscall.SysProcIDMap{{HostID: os.Getuid(), Size: 1}}
		attr.GidMappings = []syscall.SysProcIDMap{{HostID: os.Getgid(), Size: 1}}
	}
	again.SysProcAttr = attr
	refused("namespace", again.Start())
	fmt.Println("pid", again.Process.Pid)
	err = again.Wait()
	var status *exec.ExitError
	if errors.As(err, &status) && status.Exited() {
		os.Exit(status.ExitCode())
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "within:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// moveInto puts a copy of the program where nobody outside can see it.
func moveInto(dir string, program *string) error {
	bytes, err := os.ReadFile(*program)
	if err != nil {
		return err
	}
	if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
		return err
	}
	if err := syscall.Mount("none", dir, "tmpfs", 0, ""); err != nil {
		return err
	}
	*program = filepath.Join(dir, filepath.Base(*program))
	return os.WriteFile(*program, bytes, 0o755)
}

// shiftTime makes a time namespace, which an exec enters.
func shiftTime(seconds int64) error {
	const cloneNewTime = 0x80
	if err := syscall.Unshare(cloneNewTime); err != nil {
		return err
	}
	return os.WriteFile("/proc/self/timens_offsets", []byte(fmt.Sprintf("monotonic %d 0\n", seconds)), 0)
}

func refused(what string, err error) {
	if err != nil {
		fmt.Fprintf(os.Stderr, "within: %s: %v\n", what, err)
		os.Exit(77)
	}
}
