// Command typed parks goroutines in methods, and knows what the fields of their
// receivers are. To each line on its standard input it answers with that, as
// JSON: by a method and the path of a field, the value. `cargo xtask types`
// reads the same from outside.
package main

import (
	"bufio"
	"database/sql"
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"time"

	one "gopeek.test/programs/typed/one/pool"
	two "gopeek.test/programs/typed/two/pool"
)

const (
	open    = 5
	waiting = 60
)

// truth is one answer.
type truth struct {
	Values map[string]string `json:"values"`
	Names  []string          `json:"names"`
}

// names are those of what goroutines wait at.
var names = []string{
	"database/sql.(*DB).openerCh",
	"gopeek.test/programs/typed/one/pool.(*Pool).gate",
	"gopeek.test/programs/typed/two/pool.(*Pool).gate",
	"main.(*Registry).lock",
	"main.(*Service).gate",
}

func main() {
	db := fill()
	service := newService()
	waits := []func(){service.Wait, service.deep.registry.Wait, one.New(11).Wait, two.New(22).Wait}
	for _, wait := range waits {
		go wait()
	}
	for i := 0; i < waiting; i++ {
		go query(db)
	}
	for db.Stats().WaitCount < waiting || parked() < waiting+len(waits) {
		time.Sleep(time.Millisecond)
	}
	fmt.Println("ready")
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		values := service.values()
		stats := db.Stats()
		conn := "database/sql.(*DB).conn "
		values[conn+"numOpen"] = strconv.Itoa(stats.OpenConnections)
		values[conn+"maxOpen"] = strconv.Itoa(stats.MaxOpenConnections)
		values[conn+"waitCount"] = strconv.FormatInt(stats.WaitCount, 10)
		values[conn+"freeConn"] = strconv.Itoa(stats.Idle)
		values[conn+"closed"] = "false"
		values[conn+"connector.dsn"] = dsn
		values["gopeek.test/programs/typed/one/pool.(*Pool).Wait mark"] = "11"
		values["gopeek.test/programs/typed/two/pool.(*Pool).Wait mark"] = "22"
		answer, err := json.Marshal(truth{Values: values, Names: names})
		if err != nil {
			panic(err)
		}
		fmt.Println(string(answer))
	}
}

// parked counts the goroutines that are neither this one nor on the way.
func parked() int {
	records := make([]runtime.StackRecord, 4*waiting)
	n, _ := runtime.GoroutineProfile(records)
	return n - 1
}

// fill takes all connections of a pool, and never gives them back.
func fill() *sql.DB {
	sql.Register("fake", fake{})
	db, err := sql.Open("fake", dsn)
	if err != nil {
		panic(err)
	}
	db.SetMaxOpenConns(open)
	for i := 0; i < open; i++ {
		if _, err := db.Query("select 1"); err != nil {
			panic(err)
		}
	}
	return db
}

//go:noinline
func query(db *sql.DB) {
	rows, err := db.Query("select 1")
	fmt.Println(rows, err)
}
