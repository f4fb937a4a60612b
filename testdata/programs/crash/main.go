// Command crash brings itself down, in the way that its argument says. Some
// goroutines are parked meanwhile, and one is below a few frames.
package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"sort"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"
)

// ways are what the argument may be.
var ways = map[string]func(){
	"string":     func() { panic("out of luck\nand of lines") },
	"error":      func() { panic(fmt.Errorf("open the door: %w", errors.New("no key"))) },
	"stringer":   func() { panic(answer(42)) },
	"int":        func() { panic(-7) },
	"named":      func() { panic(mood("grim")) },
	"float":      func() { panic(1.5) },
	"struct":     func() { panic(point{3, 4}) },
	"pointer":    func() { panic(&point{3, 4}) },
	"nested":     nested,
	"recovered":  recovered,
	"repanicked": repanicked,
	"goexit":     goexit,
	"index":      func() { numbers[atomic.AddInt32(&ten, 0)]++ },
	"divide":     func() { numbers[0] = 1 / zero },
	"assertion":  func() { _ = anything.(fmt.Stringer) },
	"nil":        func() { *nowhere = 1 },
	"nilmap":     func() { none["a"] = 1 },
	"method":     func() { _ = asleep.String() },
	"goroutine":  other,
	"bus":        bus,
	"address":    func() { *(*int)(unsafe.Pointer(uintptr(zero) + 0xdead0000)) = 1 },
	"maps":       maps,
	"unlock":     func() { new(sync.Mutex).Unlock() },
	"deadlock":   deadlock,
	"overflow":   func() { debug.SetMaxStack(1 << 20); overflow(1) },
	"within":     within,
	"complex":    func() { panic(turn(complex(0, -1e-7))) },
	"memory":     memory,
	"abort":      func() { kill(syscall.SIGABRT) },
	"quit":       quit,
	"segv":       func() { kill(syscall.SIGSEGV) },
	"printing":   func() { panic(speechless{}) },
	"after":      after,
}

// What must not be known to the compiler.
var (
	numbers        = make([]int, 3)
	ten      int32 = 10
	zero     int
	nowhere  *int
	none     map[string]int
	anything any = 5
	asleep   fmt.Stringer
	bytes    []byte
)

type (
	answer     int
	mood       string
	turn       complex128
	point      struct{ x, y int }
	speechless struct{}
)

func (a answer) String() string  { return fmt.Sprint("the answer is ", int(a)) }
func (speechless) Error() string { panic("no words") }

func main() {
	names := make([]string, 0, len(ways))
	for name := range ways {
		names = append(names, name)
	}
	sort.Strings(names)
	if len(os.Args) != 2 || ways[os.Args[1]] == nil {
		fmt.Println(names)
		os.Exit(64)
	}
	park()
	below(3, ways[os.Args[1]])
}

// park starts goroutines, and returns when they wait.
func park() {
	var mutex sync.Mutex
	mutex.Lock()
	parked := []func(){
		func() { <-make(chan int) },
		func() { mutex.Lock() },
		func() { select {} },
	}
	for _, how := range parked {
		go how()
	}
	text := make([]byte, 1<<16)
	for !settled(string(text[:runtime.Stack(text, true)])) {
		runtime.Gosched()
	}
}

//go:noinline
func below(depth int, do func()) {
	if depth == 0 {
		do()
	} else {
		below(depth-1, do)
	}
	runtime.KeepAlive(do)
}

func nested() {
	defer func() { panic(errors.New("second")) }()
	panic("first")
}

// recovered panics again while it recovers.
func recovered() {
	defer func() {
		recover()
		panic("second")
	}()
	panic("first")
}

// repanicked hands on what it recovered.
func repanicked() {
	defer func() { panic(recover()) }()
	panic(errors.New("once"))
}

// goexit panics while its goroutine ends.
func goexit() {
	go func() {
		defer func() { panic("at the exit") }()
		runtime.Goexit()
	}()
	select {}
}

// after prints before it panics, as programs do.
func after() {
	println("fatal error: not yet")
	panic("now")
}

// other has another goroutine do it.
func other() {
	go below(2, func() { *nowhere = 1 })
	select {}
}

// bus reads behind the end of a file.
func bus() {
	file, err := os.CreateTemp("", "crash")
	fail(err)
	fail(os.Remove(file.Name()))
	mapped, err := syscall.Mmap(int(file.Fd()), 0, 8192, syscall.PROT_READ, syscall.MAP_SHARED)
	fail(err)
	numbers[0] = int(mapped[4096])
}

// maps has two goroutines write a map.
func maps() {
	both := map[int]int{}
	for i := 0; i < 2; i++ {
		go func() {
			for n := 0; ; n++ {
				both[n%100] = n
			}
		}()
	}
	select {}
}

func deadlock() { select {} }

// within gives the runtime a reason to give up while it panics.
func within() {
	defer new(sync.Mutex).Unlock()
	panic("first")
}

//go:noinline
func overflow(n int) int { return overflow(n+1) + n }

// memory asks for more than there is.
func memory() { bytes = make([]byte, uint64(1)<<(37+uint(ten))) }

// quit has another process do it. Before Go 1.22, a core does not tell a signal
// that its program sent itself from those by which it asks its threads.
func quit() {
	fail(exec.Command("sh", "-c", fmt.Sprint("kill -QUIT ", os.Getpid())).Run())
	time.Sleep(time.Hour)
}

func kill(signal syscall.Signal) {
	fail(syscall.Kill(syscall.Getpid(), signal))
	time.Sleep(time.Hour)
}

func fail(err error) {
	if err != nil {
		fmt.Println(err)
		os.Exit(4)
	}
}
