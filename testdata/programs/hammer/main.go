// Command hammer loads an HTTP server with requests, and keeps how long each
// took.
//
//	hammer [-connections 64] ADDRESS PATH...
//
// Each connection asks for one path after the other, each as soon as the
// answer before has come. Commands on standard input, one per line, each
// answered by one line of JSON on standard output:
//
//	window NAME MILLISECONDS  send requests for so long; the window's figures
//	total NAME                the figures of all windows of that name
//	close                     close the connections
//
// The figures are the number of requests, of those that failed (an error,
// another status than 200, or an answer without its end), the first failure,
// new connections, and percentiles of all times, exactly and not of a sample.
// The end of standard input ends the program.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"log"
	"os"
	"strconv"
	"strings"
	"time"
)

func main() {
	connections := flag.Int("connections", 64, "how many connections ask at the same time")
	flag.Parse()
	if flag.NArg() < 2 {
		log.Print("hammer takes an address and paths")
		os.Exit(2)
	}
	clients := newClients(*connections, flag.Arg(0), flag.Args()[1:])
	totals := map[string]*figures{}
	os.Stdout.WriteString("ready\n")

	in := bufio.NewScanner(os.Stdin)
	for in.Scan() {
		words := strings.Fields(in.Text())
		switch {
		case len(words) == 3 && words[0] == "window":
			length, err := strconv.Atoi(words[2])
			must(err)
			window := ask(clients, time.Duration(length)*time.Millisecond)
			say(window.summary())
			if totals[words[1]] == nil {
				totals[words[1]] = &figures{}
			}
			totals[words[1]].add(window)
		case len(words) == 2 && words[0] == "total" && totals[words[1]] != nil:
			say(totals[words[1]].summary())
		case len(words) == 1 && words[0] == "close":
			for _, client := range clients {
				client.close()
			}
			say(struct{}{})
		default:
			say(map[string]string{"error": "unknown command"})
		}
	}
	os.Exit(0)
}

func say(answer interface{}) {
	line, err := json.Marshal(answer)
	must(err)
	os.Stdout.Write(append(line, '\n'))
}

func must(err error) {
	if err != nil {
		log.Print(err)
		os.Exit(4)
	}
}
