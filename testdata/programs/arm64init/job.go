package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
	"time"
)

// limit bounds every wait. An emulated machine is slow; the host's patience
// with a console that says nothing is longer than this.
const limit = 2 * time.Minute

// job is a program to start, and what to do with it once it is ready.
type job struct {
	// Name is the folder of its results.
	Name string `json:"name"`
	// Command is the program and its arguments. Its working directory is the
	// folder of the results, so a relative name in its environment lands there.
	Command []string `json:"command"`
	// Env is its whole environment.
	Env []string `json:"env"`
	// Gopeek holds gopeek's arguments; the process id comes last.
	Gopeek []string `json:"gopeek"`
	// Repeat is how many times gopeek looks.
	Repeat int `json:"repeat"`
	// Kills is how many times gopeek is then killed in the middle of a look.
	Kills int `json:"kills"`
	// Core names the core, beside the results, in which gopeek then saves the
	// process; empty when it does not.
	Core string `json:"core"`
	// Dies tells that the program ends itself by a signal, with a core of the
	// kernel's; gopeek has nothing to look at then.
	Dies bool `json:"dies"`
}

// verdict is what came of a job.
type verdict struct {
	// Error says what went wrong; empty when nothing did.
	Error string `json:"error"`
	// TookNs is how long each run of gopeek took.
	TookNs []int64 `json:"took_ns"`
	// SavedNs is how long saving took; 0 where nothing was saved.
	SavedNs int64 `json:"saved_ns"`
	// Kills is what came of each gopeek that was killed.
	Kills []kill `json:"kills"`
}

func (v verdict) write(dir string) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "verdict.json"), text, 0o666)
}

// run starts the program, lets gopeek look at it, and sees the program end in
// peace, which shows that it outlived gopeek.
func (j *job) run(dir string) verdict {
	say("%s: start", j.Name)
	v := verdict{TookNs: []int64{}, Kills: []kill{}}
	if err := j.look(dir, &v); err != nil {
		v.Error = err.Error()
		say("%s: %v", j.Name, err)
	}
	return v
}

func (j *job) look(dir string, v *verdict) error {
	if len(j.Command) == 0 {
		return fmt.Errorf("no command")
	}
	stderr, err := os.Create(filepath.Join(dir, "stderr.txt"))
	if err != nil {
		return err
	}
	defer stderr.Close()
	program := exec.Command(j.Command[0], j.Command[1:]...)
	program.Dir, program.Env, program.Stderr = dir, j.Env, stderr
	stdin, err := program.StdinPipe()
	if err != nil {
		return err
	}
	stdout, err := program.StdoutPipe()
	if err != nil {
		return err
	}
	if err := startAside(program); err != nil {
		return err
	}
	// A wait of its own for the end, as only a channel can be waited for with a limit.
	ready, ended := make(chan bool, 1), make(chan error, 1)
	go func() {
		lines := bufio.NewScanner(stdout)
		for lines.Scan() {
			if lines.Text() == "ready" {
				ready <- true
			}
		}
		// A line too long for the scanner would otherwise block the program.
		io.Copy(io.Discard, stdout)
		ended <- program.Wait()
	}()
	defer program.Process.Kill()

	if j.Dies {
		select {
		case <-ended:
			if status, ok := program.ProcessState.Sys().(syscall.WaitStatus); ok && status.CoreDump() {
				return nil
			}
			return fmt.Errorf("the program left no core: %v", program.ProcessState)
		case <-time.After(limit):
			return fmt.Errorf("the program did not end within %v", limit)
		}
	}
	select {
	case <-ready:
	case err := <-ended:
		return fmt.Errorf("the program ended before it was ready: %v", err)
	case <-time.After(limit):
		return fmt.Errorf("the program was not ready within %v", limit)
	}
	pid := strconv.Itoa(program.Process.Pid)
	args := append(append([]string{}, j.Gopeek...), pid)
	var all time.Duration
	for n := 0; n < j.Repeat; n++ {
		say("%s: gopeek %d of %d", j.Name, n+1, j.Repeat)
		took, err := gopeek(args, dir, fmt.Sprintf("gopeek.%d", n))
		if err != nil {
			return err
		}
		all += took
		v.TookNs = append(v.TookNs, took.Nanoseconds())
	}
	if j.Kills > 0 && j.Repeat == 0 {
		return fmt.Errorf("how long a look takes is not known")
	}
	for n := 0; n < j.Kills; n++ {
		say("%s: kill %d of %d", j.Name, n+1, j.Kills)
		// From a look's beginning to its end, as long as one takes on average.
		delay := all / time.Duration(j.Repeat) * time.Duration(n) / time.Duration(j.Kills)
		k, err := killAfter(delay, args, pid)
		if err != nil {
			return err
		}
		v.Kills = append(v.Kills, k)
	}
	if j.Core != "" {
		say("%s: save", j.Name)
		// It may take its time: an emulated CPU waits when others want it.
		args := []string{"save", "--pause-limit=2s", "-o", filepath.Join(dir, j.Core), pid}
		took, err := gopeek(args, dir, "save")
		if err != nil {
			return err
		}
		v.SavedNs = took.Nanoseconds()
	}
	stdin.Close()
	select {
	case err := <-ended:
		if err != nil {
			return fmt.Errorf("the program did not end in peace: %v", err)
		}
		return nil
	case <-time.After(limit):
		return fmt.Errorf("the program did not end within %v", limit)
	}
}

// startAside starts a program that leaves the CPUs to others that want them:
// gopeek is to take no longer for a busy one than where there are more CPUs.
func startAside(program *exec.Cmd) error {
	// The kernel keeps a priority for each thread, and a child begins with that of the thread that makes it.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	const normal, lowest = 0, 19
	if err := syscall.Setpriority(syscall.PRIO_PROCESS, 0, lowest); err != nil {
		return err
	}
	err := program.Start()
	if back := syscall.Setpriority(syscall.PRIO_PROCESS, 0, normal); back != nil {
		return back
	}
	return err
}

// gopeek runs gopeek once; what it prints goes to NAME.out and NAME.err.
func gopeek(args []string, dir, name string) (time.Duration, error) {
	create := func(suffix string) (*os.File, error) {
		return os.Create(filepath.Join(dir, name+"."+suffix))
	}
	stdout, err := create("out")
	if err != nil {
		return 0, err
	}
	defer stdout.Close()
	stderr, err := create("err")
	if err != nil {
		return 0, err
	}
	defer stderr.Close()
	command := exec.Command("/gopeek", args...)
	command.Stdout, command.Stderr = stdout, stderr
	start := time.Now()
	if err := command.Start(); err != nil {
		return 0, err
	}
	late := time.AfterFunc(limit, func() { command.Process.Kill() })
	defer late.Stop()
	if err := command.Wait(); err != nil {
		return 0, fmt.Errorf("gopeek: %v after %v", err, time.Since(start))
	}
	return time.Since(start), nil
}
