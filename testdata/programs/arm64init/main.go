// Command arm64init is the init of a virtual machine that exists to run
// gopeek on another architecture: it works off a list of jobs, sends what came
// of each to the host, and powers the machine off.
//
// The initramfs brings /gopeek, the programs and /jobs, a line of JSON for
// each job. Results leave as a tar stream through a virtio port: a folder for
// each job, sent as soon as the job is done. The console is for people, and a
// sign of life: every step says a line there.
package main

import (
	"archive/tar"
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

func main() {
	// Whatever happens, the machine goes off: a panic of init would leave the
	// kernel to panic, and a return too.
	defer syscall.Reboot(syscall.LINUX_REBOOT_CMD_POWER_OFF)
	defer func() {
		if r := recover(); r != nil {
			say("FAILED: %v", r)
		}
	}()
	if err := run(); err != nil {
		say("FAILED: %v", err)
		return
	}
	say("done")
}

// say writes a line to the console.
func say(format string, args ...interface{}) {
	fmt.Printf("init: "+format+"\n", args...)
}

func run() error {
	if err := setUp(); err != nil {
		return err
	}
	out, err := openPort()
	if err != nil {
		return err
	}
	defer out.Close()
	list, err := os.Open("/jobs")
	if err != nil {
		return err
	}
	results := tar.NewWriter(out)
	lines := bufio.NewScanner(list)
	for lines.Scan() {
		var j job
		if err := json.Unmarshal(lines.Bytes(), &j); err != nil {
			return fmt.Errorf("a job that is none: %v", err)
		}
		dir := filepath.Join("/results", j.Name)
		if err := os.MkdirAll(dir, 0o777); err != nil {
			return err
		}
		if err := j.run(dir).write(dir); err != nil {
			return err
		}
		if err := send(results, j.Name, dir); err != nil {
			return fmt.Errorf("send %s: %v", j.Name, err)
		}
		// The host has it; memory is all the disk there is.
		os.RemoveAll(dir)
	}
	if err := lines.Err(); err != nil {
		return err
	}
	return results.Close()
}

// send adds a folder to the stream, and pushes it out.
func send(to *tar.Writer, name, dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		content, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			return err
		}
		header := &tar.Header{
			Name: filepath.Join(name, e.Name()),
			Mode: 0o644,
			Size: int64(len(content)),
		}
		if err := to.WriteHeader(header); err != nil {
			return err
		}
		if _, err := to.Write(content); err != nil {
			return err
		}
	}
	return to.Flush()
}
