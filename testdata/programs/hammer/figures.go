package main

import (
	"sort"
	"time"
)

// figures are of a window, or of several.
type figures struct {
	times  []time.Duration
	failed int
	// The first failure.
	failure string
	dials   int
	took    time.Duration
}

// summary is what is said of them.
type summary struct {
	Requests int    `json:"requests"`
	Failed   int    `json:"failed"`
	Failure  string `json:"failure"`
	Dials    int    `json:"dials"`
	Took     int64  `json:"took_ns"`
	P50      int64  `json:"p50_ns"`
	P99      int64  `json:"p99_ns"`
	P999     int64  `json:"p999_ns"`
	Longest  int64  `json:"longest_ns"`
}

func (f *figures) note(err error) {
	if err != nil {
		f.failed++
		if f.failure == "" {
			f.failure = err.Error()
		}
	}
}

func (f *figures) add(other *figures) {
	f.times = append(f.times, other.times...)
	f.failed += other.failed
	if f.failure == "" {
		f.failure = other.failure
	}
	f.dials += other.dials
	f.took += other.took
}

func (f *figures) summary() summary {
	sort.Slice(f.times, func(i, j int) bool { return f.times[i] < f.times[j] })
	return summary{
		Requests: len(f.times),
		Failed:   f.failed,
		Failure:  f.failure,
		Dials:    f.dials,
		Took:     int64(f.took),
		P50:      f.at(50, 100),
		P99:      f.at(99, 100),
		P999:     f.at(999, 1000),
		Longest:  f.at(1, 1),
	}
}

// at is the time within which such a part of the requests was answered, in
// nanoseconds.
func (f *figures) at(part, of int) int64 {
	if len(f.times) == 0 {
		return 0
	}
	return int64(f.times[(len(f.times)*part+of-1)/of-1])
}
