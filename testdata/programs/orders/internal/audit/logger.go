// Package audit keeps a record of everything done to orders.
package audit

import (
	"encoding/json"
	"io"
	"sync"
	"sync/atomic"
	"time"
)

// An Entry is one line of the audit trail.
type Entry struct {
	Time   time.Time `json:"time"`
	Action string    `json:"action"`
	Order  string    `json:"order"`
}

// A Logger writes entries one after the other.
type Logger struct {
	mu      sync.Mutex
	out     io.Writer
	written int

	pending int64
}

// NewLogger returns a logger that writes to w.
func NewLogger(w io.Writer) *Logger { return &Logger{out: w} }

// Record writes an entry to the trail.
func (l *Logger) Record(action, order string) error {
	atomic.AddInt64(&l.pending, 1)
	defer atomic.AddInt64(&l.pending, -1)
	line, err := json.Marshal(Entry{Time: time.Now(), Action: action, Order: order})
	if err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.writeLine(line)
}

// writeLine is called with the mutex held.
func (l *Logger) writeLine(line []byte) error {
	n, err := l.out.Write(append(line, '\n'))
	l.written += n
	return err
}

// Pending says how many calls of Record have not returned.
func (l *Logger) Pending() int64 { return atomic.LoadInt64(&l.pending) }
