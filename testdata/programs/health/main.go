// Command health allocates, collects and sleeps, and then keeps still. To each
// line on its standard input it answers with what its runtime says of itself,
// as JSON: figures and histograms, by the names that `cargo xtask health` gives
// them.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync"
	"time"
)

const (
	percent    = 150
	limit      = 1 << 30
	maxThreads = 5000
	timers     = 40
	forced     = 3
)

// The runtime's own names of figures and histograms.
var figures = map[string]string{
	"/gc/cycles/forced:gc-cycles":         "forced",
	"/gc/cycles/total:gc-cycles":          "ended",
	"/gc/heap/allocs:bytes":               "allocated",
	"/gc/heap/allocs:objects":             "allocs",
	"/gc/heap/frees:bytes":                "freed",
	"/gc/heap/frees:objects":              "frees",
	"/gc/heap/tiny/allocs:objects":        "tiny",
	"/gc/heap/goal:bytes":                 "goal",
	"/gc/heap/live:bytes":                 "marked",
	"/gc/gogc:percent":                    "percent",
	"/gc/gomemlimit:bytes":                "limit",
	"/memory/classes/heap/free:bytes":     "free",
	"/memory/classes/heap/released:bytes": "released",
	"/sched/gomaxprocs:threads":           "processors",
}

var histograms = map[string]string{
	"/gc/pauses:seconds":       "pauses",
	"/sched/latencies:seconds": "latencies",
}

// Truth is one answer.
type Truth struct {
	Figures    map[string]uint64   `json:"figures"`
	Histograms map[string][]uint64 `json:"histograms"`
}

var kept [][]byte

func main() {
	debug.SetGCPercent(percent)
	debug.SetMemoryLimit(limit)
	debug.SetMaxThreads(maxThreads)
	work()
	for i := 0; i < timers; i++ {
		time.AfterFunc(time.Duration(i+1)*time.Hour, func() {})
	}
	for i := 0; i < forced; i++ {
		runtime.GC()
	}
	samples := samples()
	fmt.Println("ready")
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		answer, err := json.Marshal(truth(samples))
		if err != nil {
			panic(err)
		}
		fmt.Println(string(answer))
	}
}

// work makes garbage of all sizes on many goroutines, and keeps some.
func work() {
	var all sync.WaitGroup
	var lock sync.Mutex
	for i := 0; i < 20; i++ {
		all.Add(1)
		go func(n int) {
			defer all.Done()
			for size := 1; size < 1<<17; size += size/7 + 1 {
				garbage := make([]byte, size)
				garbage[0] = byte(n)
				time.Sleep(time.Microsecond)
				lock.Lock()
				if size%5 == 0 {
					kept = append(kept, garbage)
				}
				lock.Unlock()
			}
		}(i)
	}
	all.Wait()
}

func samples() []metrics.Sample {
	var all []metrics.Sample
	for _, described := range metrics.All() {
		_, figure := figures[described.Name]
		_, histogram := histograms[described.Name]
		if figure || histogram {
			all = append(all, metrics.Sample{Name: described.Name})
		}
	}
	return all
}

func truth(samples []metrics.Sample) Truth {
	said := Truth{Figures: map[string]uint64{}, Histograms: map[string][]uint64{}}
	metrics.Read(samples)
	for _, sample := range samples {
		switch sample.Value.Kind() {
		case metrics.KindUint64:
			said.Figures[figures[sample.Name]] = sample.Value.Uint64()
		case metrics.KindFloat64Histogram:
			counts := sample.Value.Float64Histogram().Counts
			said.Histograms[histograms[sample.Name]] = append([]uint64(nil), counts...)
		}
	}
	var gc debug.GCStats
	debug.ReadGCStats(&gc)
	said.Figures["last_end"] = uint64(gc.LastGC.UnixNano())
	said.Figures["pause_total"] = uint64(gc.PauseTotal)
	said.Figures["pause_count"] = uint64(len(gc.Pause))
	for i, pause := range gc.Pause {
		said.Figures[fmt.Sprintf("pause_%d", i)] = uint64(pause)
		said.Figures[fmt.Sprintf("pause_end_%d", i)] = uint64(gc.PauseEnd[i].UnixNano())
	}
	said.Figures["percent"] = percent
	said.Figures["limit"] = limit
	said.Figures["max_ms"] = maxThreads
	said.Figures["timers"] = timers
	said.Figures["c_calls"] = uint64(runtime.NumCgoCall())
	// This one stops the world, and so comes last.
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	said.Figures["in_use"] = memory.HeapInuse
	said.Figures["cpu_fraction"] = math.Float64bits(memory.GCCPUFraction)
	return said
}
