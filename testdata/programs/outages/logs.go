package main

import (
	"log"
	"net/http"
	"os"
	"syscall"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

func init() {
	outages["log-pipe"] = logPipe
	outages["zap-pipe"] = zapPipe
}

// collected makes standard error a full pipe, whose reader is a collector of
// logs that does not read.
func collected() *os.File {
	var p [2]int
	fail(syscall.Pipe2(p[:], syscall.O_CLOEXEC|syscall.O_NONBLOCK))
	for line := make([]byte, 64); ; {
		if _, err := syscall.Write(p[1], line); err == syscall.EAGAIN {
			break
		}
	}
	for _, fd := range p {
		fail(syscall.SetNonblock(fd, false))
	}
	reader := os.NewFile(uintptr(p[0]), "collector")
	startWith([]*os.File{reader}, "deaf")
	fail(reader.Close())
	fail(syscall.Dup3(p[1], 2, 0))
	fail(syscall.Close(p[1]))
	return os.Stderr
}

// logged has 40 requests served that log: one writes, and 39 wait for it.
func logged(t *truth, place string, handler http.HandlerFunc) {
	visited(40, handler)
	await(40, place)
	t.stuck(39, "log-writer", place)
	t.Resource = append(t.Resource, "mutex", "file")
	for goid, g := range goroutines() {
		if g.state == "syscall" && len(g.own) > 0 && g.own[0] == place {
			t.holds(goid)
		}
	}
}

func logOrder(w http.ResponseWriter, r *http.Request) { log.Printf("order %s", r.URL.Path) }

// logPipe: nobody drains standard error.
func logPipe(t *truth) {
	log.SetOutput(collected())
	logged(t, "main.logOrder", logOrder)
}

type zapped struct{ log *zap.Logger }

func (z *zapped) order(w http.ResponseWriter, r *http.Request) {
	z.log.Info("order", zap.String("path", r.URL.Path))
}

// zapPipe: the same with zap.
func zapPipe(t *truth) {
	encoder := zapcore.NewJSONEncoder(zap.NewProductionEncoderConfig())
	core := zapcore.NewCore(encoder, zapcore.Lock(collected()), zap.InfoLevel)
	z := &zapped{zap.New(core)}
	logged(t, "main.(*zapped).order", z.order)
}
