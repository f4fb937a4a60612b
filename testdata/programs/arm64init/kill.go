package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// kill is what came of a gopeek that was killed in the middle of a look.
type kill struct {
	// Held tells whether it was tracing the program at the time.
	Held bool `json:"held"`
	// Harm is what the program has kept of it; empty when it goes on as before.
	Harm string `json:"harm"`
}

// tick is how long to wait for the next look at something that is not so yet.
const tick = 10 * time.Millisecond

// killAfter starts gopeek, kills it, and looks at what became of the program.
func killAfter(delay time.Duration, args []string, pid string) (kill, error) {
	// With nowhere to go, what it prints before its end is lost, as it may be.
	command := exec.Command("/gopeek", args...)
	if err := command.Start(); err != nil {
		return kill{}, err
	}
	time.Sleep(delay)
	tasks, err := tasksOf(pid)
	if err != nil {
		return kill{}, err
	}
	var k kill
	for _, t := range tasks {
		k.Held = k.Held || t.traced()
	}
	command.Process.Kill()
	// All of gopeek's threads are gone when this returns, and what they traced is let go.
	command.Wait()
	k.Harm, err = harm(pid)
	return k, err
}

// harm tells what is wrong with a program that nobody should be tracing.
func harm(pid string) (string, error) {
	tasks, err := tasksOf(pid)
	if err != nil {
		return "", err
	}
	for _, t := range tasks {
		if t.traced() || t.stopped() {
			return fmt.Sprintf("thread %s: state %s, tracer %s", t.id, t.state, t.tracer), nil
		}
	}
	before, err := cpuTime(pid)
	if err != nil {
		return "", err
	}
	for end := time.Now().Add(limit); time.Now().Before(end); time.Sleep(tick) {
		now, err := cpuTime(pid)
		if err != nil {
			return "", err
		}
		if now != before {
			return "", nil
		}
	}
	return fmt.Sprintf("it used no CPU for %v", limit), nil
}

// task is a thread, as /proc tells of it.
type task struct{ id, state, tracer string }

func (t task) traced() bool { return t.tracer != "0" }

// stopped is for both kinds of stop: by a signal (T), and by a tracer (t).
func (t task) stopped() bool { return strings.HasPrefix(strings.ToUpper(t.state), "T") }

func tasksOf(pid string) ([]task, error) {
	paths, err := filepath.Glob(filepath.Join("/proc", pid, "task", "*", "status"))
	if err != nil {
		return nil, err
	}
	var tasks []task
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			// The thread has ended since.
			continue
		}
		t := task{id: filepath.Base(filepath.Dir(path))}
		for _, line := range strings.Split(string(text), "\n") {
			switch name, value, _ := strings.Cut(line, ":\t"); name {
			case "State":
				t.state = value
			case "TracerPid":
				t.tracer = value
			}
		}
		tasks = append(tasks, t)
	}
	if len(tasks) == 0 {
		return nil, fmt.Errorf("process %s is gone", pid)
	}
	return tasks, nil
}

// cpuTime is what all threads together have had of it, user and system, as the
// kernel writes them (proc_pid_stat(5)).
func cpuTime(pid string) (string, error) {
	text, err := os.ReadFile(filepath.Join("/proc", pid, "stat"))
	if err != nil {
		return "", err
	}
	// The name may have spaces, and ends with the last parenthesis; the state is the next field.
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	if len(fields) < 13 {
		return "", fmt.Errorf("process %s has no times: %q", pid, text)
	}
	return strings.Join(fields[11:13], " "), nil
}
