package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
)

func init() {
	outages["exec-wait"] = execWait
	roles["convert"] = convert
	roles["linger"] = func([]string) { io.Copy(io.Discard, os.NewFile(3, "life")) }
}

// convert leaves a child behind that keeps its output open.
func convert([]string) {
	exe, err := os.Executable()
	fail(err)
	child := exec.Command(exe, "role:linger")
	child.Stdout = os.Stdout
	child.ExtraFiles = []*os.File{os.NewFile(3, "life")}
	fail(child.Start())
	fmt.Println("converted")
}

type converter struct {
	exe string
	// At its end, the grandchildren end.
	life *os.File
}

func (c *converter) run() (string, error) {
	var text bytes.Buffer
	cmd := exec.Command(c.exe, "role:convert")
	cmd.Stdout = &text
	cmd.ExtraFiles = []*os.File{c.life}
	err := cmd.Run()
	return text.String(), err
}

func (c *converter) order(w http.ResponseWriter, r *http.Request) {
	text, err := c.run()
	answer(w, text, err)
}

// execWait: the commands have ended, and their children keep the pipes open.
func execWait(t *truth) {
	exe, err := os.Executable()
	fail(err)
	r, w, err := os.Pipe()
	fail(err)
	keep(w)
	c := &converter{exe: exe, life: r}
	visited(10, c.order)
	t.stuck(10, "exec-wait", "main.(*converter).run")
}
