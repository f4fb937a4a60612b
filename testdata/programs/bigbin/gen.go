//go:build ignore

// Gen writes a module like bigbin, with packages of many functions, into a
// new directory. What it writes is not meant to be kept.
//
//	go run gen.go [-packages 30] [-functions 1400] directory
//
// The directory must not exist; build what is in it with
//
//	cd directory && go build -ldflags '-s -w' -o bigbin .
package main

import (
	"bytes"
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"
)

var (
	packages  = flag.Int("packages", 30, "packages to generate")
	functions = flag.Int("functions", 1400, "functions in each package")
	source    = flag.String("source", ".", "the directory of bigbin's own source")
)

const module = "gopeek.test/bigbin"

func main() {
	log.SetFlags(0)
	flag.Parse()
	if flag.NArg() != 1 {
		log.Fatal("usage: go run gen.go [-packages n] [-functions n] [-source dir] directory")
	}
	dir := flag.Arg(0)
	if err := os.Mkdir(dir, 0o777); err != nil {
		log.Fatal(err)
	}
	write(filepath.Join(dir, "go.mod"), "module "+module+"\n\ngo 1.19\n")
	for _, f := range []string{"main.go", "keep.go", "reflect.go", "../internal/oracle/oracle.go"} {
		text, err := os.ReadFile(filepath.Join(*source, f))
		if err != nil {
			log.Fatal(err)
		}
		to := filepath.Base(f)
		if to == "oracle.go" {
			to = "internal/oracle/oracle.go"
		}
		write(filepath.Join(dir, to), strings.ReplaceAll(string(text), "gopeek.test/programs/", module+"/"))
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "package main\n\nimport (\n")
	for i := 0; i < *packages; i++ {
		fmt.Fprintf(&b, "\t%q\n", fmt.Sprintf("%s/internal/gen%03d", module, i))
	}
	fmt.Fprintf(&b, ")\n\nfunc init() {\n\textra = []func(int) int{\n")
	for i := 0; i < *packages; i++ {
		fmt.Fprintf(&b, "\t\tgen%03d.Run,\n", i)
		write(filepath.Join(dir, fmt.Sprintf("internal/gen%03d/gen.go", i)), pkg(i))
	}
	fmt.Fprintf(&b, "\t}\n}\n")
	write(filepath.Join(dir, "generated.go"), b.String())
}

// pkg returns the source of package i: functions that call one another and
// look at their arguments, a table of them all, and a few types.
func pkg(i int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "// Package gen%03d is generated.\npackage gen%03d\n\n", i, i)
	fmt.Fprintf(&b, "type state struct {\n\tcount int\n\tnames []string\n\tm map[string]int\n}\n\n")
	for f := 0; f < *functions; f++ {
		switch f % 3 {
		case 0:
			fmt.Fprintf(&b, "//go:noinline\nfunc compute%04d(s *state, a, b int, name string) int {\n"+
				"\tif a > %d {\n\t\ts.names = append(s.names, name)\n\t\treturn next(s, %d, a-b)\n\t}\n"+
				"\ts.m[name] += a*%d + b\n\ts.count++\n\treturn len(s.names) + s.m[name]\n}\n\n", f, f, f+1, f+i)
		case 1:
			fmt.Fprintf(&b, "//go:noinline\nfunc compute%04d(s *state, a, b int, name string) (r int) {\n"+
				"\tdefer func() { s.count += r }()\n\tfor i := a; i < b+%d; i++ {\n"+
				"\t\tif i%%%d == 0 {\n\t\t\tr += next(s, %d, i)\n\t\t}\n\t}\n\treturn r + len(name)\n}\n\n", f, f, f+2, f+1)
		case 2:
			fmt.Fprintf(&b, "func (s *state) method%04d(a int, name string) int {\n"+
				"\tswitch {\n\tcase a < %d:\n\t\treturn s.m[name]\n\tcase len(name) > a:\n\t\treturn int(name[a])\n\t}\n"+
				"\treturn s.count / (a + 1)\n}\n\n", f, f)
			fmt.Fprintf(&b, "//go:noinline\nfunc compute%04d(s *state, a, b int, name string) int {\n"+
				"\treturn s.method%04d(a, name) + s.method%04d(b, name)\n}\n\n", f, f, f)
		}
	}
	fmt.Fprintf(&b, "var table = []func(*state, int, int, string) int{\n")
	for f := 0; f < *functions; f++ {
		fmt.Fprintf(&b, "\tcompute%04d,\n", f)
	}
	fmt.Fprintf(&b, "}\n\nvar tables [1][]func(*state, int, int, string) int\n\nfunc init() { tables[0] = table }\n\n")
	fmt.Fprintf(&b, "func next(s *state, f, a int) int {\n\tif t := tables[0]; f < len(t) {\n"+
		"\t\treturn t[f](s, a, f, \"gen%03d\")\n\t}\n\treturn a\n}\n\n", i)
	fmt.Fprintf(&b, "// Run calls some of the functions.\nfunc Run(n int) int {\n"+
		"\treturn next(&state{m: map[string]int{}}, n%%len(tables[0]), n)\n}\n")
	return b.String()
}

func write(name, text string) {
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		log.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
		log.Fatal(err)
	}
}
