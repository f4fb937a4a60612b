package main

import "sync"

func init() {
	// Before Go 1.21, words that are left over in the frames of their maker
	// hide at times that nobody else can come to the two channels.
	if notesCreators() {
		outages["channel-circle"] = channelCircle
	}
	outages["waitgroup-circle"] = waitGroupCircle
}

// actor tells another of each thing that it is told.
type actor struct {
	told  chan int
	other *actor
}

func (a *actor) tell(n int) { a.other.told <- n }

func (a *actor) run(holders *names) {
	holders.add()
	for n := 0; ; n++ {
		a.tell(n)
		<-a.told
	}
}

// channelCircle: two goroutines send to each other, and neither receives.
func channelCircle(t *truth) {
	a, b := &actor{told: make(chan int)}, &actor{told: make(chan int)}
	a.other, b.other = b, a
	var holders names
	go a.run(&holders)
	go b.run(&holders)
	t.stuck(2, "channel", "main.(*actor).tell")
	t.holds(holders.all()...)
	// A word left over on a stack may hide half of the circle: the other half is
	// a goroutine that nobody can come to, which is as true.
	t.What = append(t.What, "leak")
	t.Count = 1
}

type batch struct {
	mu   sync.Mutex
	sum  int
	done sync.WaitGroup
}

func (b *batch) work(holders *names) {
	defer b.done.Done()
	holders.add()
	b.mu.Lock()
	defer b.mu.Unlock()
	b.sum++
}

func (b *batch) close(holders *names) {
	b.mu.Lock()
	defer b.mu.Unlock()
	holders.add()
	for i := 0; i < 3; i++ {
		b.done.Add(1)
		go b.work(holders)
	}
	b.done.Wait()
}

// waitGroupCircle: a goroutine waits for workers, which wait for its lock.
func waitGroupCircle(t *truth) {
	b := &batch{}
	var holders names
	go b.close(&holders)
	await(1, "main.(*batch).close")
	t.stuck(3, "mutex", "main.(*batch).work")
	t.Place = append(t.Place, "main.(*batch).close")
	t.Resource = append(t.Resource, "waitgroup")
	t.holds(holders.all()...)
}
