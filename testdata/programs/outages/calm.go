package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/redis/go-redis/v9"
	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	health "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/keepalive"

	"outages.test/outages/store"
)

func init() {
	outages["calm-service"] = calmService
	outages["calm-busy"] = calmBusy
	roles["redis-ok"] = redisOK
	roles["subscribers"] = subscribers
}

// jobs is the pool of workers that the whole program has.
var jobs = struct{ queue chan func() }{make(chan func(), 16)}

func work() {
	for job := range jobs.queue {
		job()
	}
}

// mailbox hands out messages one by one.
type mailbox struct{ messages chan string }

func (m *mailbox) next() (string, bool) {
	message, ok := <-m.messages
	return message, ok
}

func (m *mailbox) deliver() {
	for {
		if _, ok := m.next(); !ok {
			return
		}
		atomic.AddInt64(&beats, 1)
	}
}

// terminate waits for the signal to end.
func terminate() {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM)
	waitFor(signals)
	os.Exit(0)
}

func waitFor(signals chan os.Signal) { <-signals }

func remind() {
	for {
		<-time.After(time.Hour)
		atomic.AddInt64(&beats, 1)
	}
}

func poll(ctx context.Context) {
	ticker := time.NewTicker(50 * time.Millisecond)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			atomic.AddInt64(&beats, 1)
		case <-ctx.Done():
			return
		}
	}
}

// news sends events as they come.
type news struct{ events chan string }

func (n *news) stream(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	w.WriteHeader(http.StatusOK)
	w.(http.Flusher).Flush()
	for {
		select {
		case event := <-n.events:
			fmt.Fprintf(w, "data: %s\n\n", event)
		case <-r.Context().Done():
			return
		}
	}
}

// subscribers read streams of events, over so many connections.
func subscribers(args []string) {
	for i := 0; i < 12; i++ {
		answer, err := http.Get("http://" + args[0] + "/news")
		fail(err)
		go io.Copy(io.Discard, answer.Body)
	}
	said("subscribed")
}

// watched answers calls at once, and keeps streams open.
type watched struct {
	health.UnimplementedHealthServer
}

func (watched) Check(context.Context, *health.HealthCheckRequest) (*health.HealthCheckResponse, error) {
	return &health.HealthCheckResponse{Status: health.HealthCheckResponse_SERVING}, nil
}

func (watched) Watch(_ *health.HealthCheckRequest, s health.Health_WatchServer) error {
	if err := s.Send(&health.HealthCheckResponse{}); err != nil {
		return err
	}
	<-s.Context().Done()
	return s.Context().Err()
}

// subscription is a stream that is read in a loop, in the background.
func subscription(stream health.Health_WatchClient) {
	for {
		if _, err := stream.Recv(); err != nil {
			return
		}
		atomic.AddInt64(&beats, 1)
	}
}

// calmly has everything that a service has, with nothing wrong.
type calmly struct {
	store *store.Store
	redis *redis.Client
	grpc  health.HealthClient
	http  *http.Client
	self  string
	mu    sync.Mutex
	seen  map[string]int
}

// order asks everybody, and answers in milliseconds.
func (c *calmly) order(w http.ResponseWriter, r *http.Request) {
	price, err := c.store.Price()
	if err == nil {
		err = c.redis.Get(r.Context(), "session").Err()
	}
	if err == nil {
		_, err = c.grpc.Check(r.Context(), &health.HealthCheckRequest{})
	}
	c.mu.Lock()
	c.seen[price]++
	c.mu.Unlock()
	done := make(chan int)
	jobs.queue <- func() { close(done) }
	<-done
	answer(w, price, err)
}

func (c *calmly) ask() {
	answer, err := c.http.Get("http://" + c.self + "/order")
	fail(err)
	_, err = io.Copy(io.Discard, answer.Body)
	fail(err)
	fail(answer.Body.Close())
	if answer.StatusCode != http.StatusOK {
		fail(fmt.Errorf("order: %s", answer.Status))
	}
}

func redisOK([]string) { serveRedis(true) }

func startCalm() *calmly {
	for i := 0; i < 12; i++ {
		go work()
	}
	box := &mailbox{make(chan string)}
	keep(box)
	for i := 0; i < 12; i++ {
		go box.deliver()
	}
	go terminate()
	go remind()
	ctx, cancel := context.WithCancel(context.Background())
	keep(cancel)
	go poll(ctx)
	afterCancel(ctx)
	q := &queue{}
	q.some = sync.NewCond(&q.mu)
	keep(q)
	for i := 0; i < 12; i++ {
		go q.consume()
	}
	var group errgroup.Group
	for i := 0; i < 12; i++ {
		group.Go(func() error { box.deliver(); return nil })
	}

	s, err := store.Open(start("database").said, 8)
	fail(err)
	c := &calmly{store: s, http: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 8}}}
	c.seen = map[string]int{}
	c.redis = redis.NewClient(&redis.Options{Addr: start("redis-ok").said, PoolSize: 8, MinIdleConns: 2})
	alive := keepalive.ClientParameters{Time: time.Minute, PermitWithoutStream: true}
	conn, err := grpc.Dial(serveGRPC(watched{}), grpc.WithKeepaliveParams(alive),
		grpc.WithTransportCredentials(insecure.NewCredentials()))
	fail(err)
	c.grpc = health.NewHealthClient(conn)
	for i := 0; i < 12; i++ {
		stream, err := c.grpc.Watch(ctx, &health.HealthCheckRequest{})
		fail(err)
		go subscription(stream)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/order", c.order)
	mux.HandleFunc("/news", (&news{make(chan string)}).stream)
	c.self = serve(mux.ServeHTTP)
	start("subscribers", c.self)
	return c
}

func (q *queue) consume() {
	for {
		q.take()
		atomic.AddInt64(&beats, 1)
	}
}

// calmService: it has served a few orders, and waits for more.
func calmService(t *truth) {
	c := startCalm()
	var asked sync.WaitGroup
	for i := 0; i < 12; i++ {
		asked.Add(1)
		go func() { defer asked.Done(); c.ask() }()
	}
	asked.Wait()
	t.calm()
}

// calmBusy: it serves orders all the time.
func calmBusy(t *truth) {
	c := startCalm()
	var served int64
	for i := 0; i < 4; i++ {
		go func() {
			for {
				c.ask()
				atomic.AddInt64(&served, 1)
				time.Sleep(20 * time.Millisecond)
			}
		}()
	}
	until("100 orders are served", func() bool { return atomic.LoadInt64(&served) > 100 })
	t.calm()
}
