package main

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"runtime"
	"strings"
	"sync"

	"outages.test/outages/store"
)

func init() {
	outages["sql-pool"] = sqlPool
	outages["sql-pool-slow"] = sqlPoolSlow
	outages["pool-circle"] = poolCircle
	roles["database"] = database
}

const inStore = "outages.test/outages/store.(*Store)."

// database answers every line with one.
func database([]string) {
	accepting(func(c net.Conn) {
		for lines := bufio.NewScanner(c); lines.Scan(); {
			io.WriteString(c, "42\n")
		}
	})
}

type ledger struct {
	*store.Store
	holders names
	// Those that have begun a transaction; all go on together.
	begun sync.WaitGroup
}

func openLedger(role string, connections int) (*ledger, string) {
	address := start(role).said
	s, err := store.Open(address, connections)
	fail(err)
	return &ledger{Store: s}, address
}

func (l *ledger) order(w http.ResponseWriter, r *http.Request) {
	price, err := l.Price()
	answer(w, price, err)
}

func (l *ledger) exists(w http.ResponseWriter, r *http.Request) {
	if any, err := l.Any(); err != nil || !any {
		http.NotFound(w, r)
	}
}

func (l *ledger) move(w http.ResponseWriter, r *http.Request) {
	err := l.Move(func() {
		l.holders.add()
		l.begun.Done()
		l.begun.Wait()
	})
	answer(w, "moved", err)
}

// lent waits until all connections are, and so many wait for one.
func (l *ledger) lent(t *truth, max, waiting int) {
	until("all connections are lent", func() bool {
		s := l.DB.Stats()
		return s.InUse == max && s.OpenConnections == max && s.WaitCount == int64(waiting)
	})
	t.pooled(max, max, waiting)
}

// sqlPool: five handlers are gone, and never closed their rows; 60 wait.
func sqlPool(t *truth) {
	l, _ := openLedger("database", 5)
	visited(5, l.exists)
	until("five connections are lent", func() bool { return l.DB.Stats().InUse == 5 })
	visited(60, l.order)
	l.lent(t, 5, 60)
	t.stuck(60, "sql-conn", inStore+"Price")
	t.NoHolder = true
}

// sqlPoolSlow: the database does not answer on any of five connections.
func sqlPoolSlow(t *truth) {
	l, address := openLedger("mute", 5)
	visited(65, l.order)
	l.lent(t, 5, 60)
	t.stuck(60, "sql-conn", inStore+"Price")
	for goid := range inFunction("outages.test/outages/store.(*conn).ask") {
		t.holds(goid)
	}
	t.at(address)
}

// poolCircle: four handlers have a connection each and wait for a second
// one; that is all there are, and 20 more wait.
func poolCircle(t *truth) {
	l, _ := openLedger("database", 4)
	l.begun.Add(4)
	visited(4, l.move)
	until("all connections are lent", func() bool { return l.DB.Stats().WaitCount == 4 })
	visited(20, l.order)
	l.lent(t, 4, 24)
	t.stuck(24, "sql-conn", inStore+"Price")
	if notesCreators() {
		t.holds(l.holders.all()...)
	}
}

// notesCreators says whether this is Go 1.21 or later, whose runtime notes
// which goroutine has started another: by that alone it shows who has a
// transaction.
func notesCreators() bool {
	v := runtime.Version()
	return !strings.HasPrefix(v, "go1.19") && !strings.HasPrefix(v, "go1.20")
}
