package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	health "google.golang.org/grpc/health/grpc_health_v1"
)

func init() {
	outages["grpc-unary"] = grpcUnary
	outages["grpc-stream"] = grpcStream
	outages["grpc-server-unary"] = grpcServerUnary
	roles["grpc-mute"] = func([]string) { said(serveGRPC(muteHealth{})) }
	roles["grpc-clients"] = grpcClients
}

// serveGRPC serves the health service, and returns the address.
func serveGRPC(h health.HealthServer) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	fail(err)
	s := grpc.NewServer()
	health.RegisterHealthServer(s, h)
	go s.Serve(l)
	return l.Addr().String()
}

func dialGRPC(address string) health.HealthClient {
	c, err := grpc.Dial(address, grpc.WithTransportCredentials(insecure.NewCredentials()))
	fail(err)
	keep(c)
	return health.NewHealthClient(c)
}

// muteHealth never answers.
type muteHealth struct {
	health.UnimplementedHealthServer
}

func (muteHealth) Check(ctx context.Context, _ *health.HealthCheckRequest) (*health.HealthCheckResponse, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

func (muteHealth) Watch(_ *health.HealthCheckRequest, s health.Health_WatchServer) error {
	<-s.Context().Done()
	return s.Context().Err()
}

// grpcClients call a server so many times, each in a goroutine.
func grpcClients(args []string) {
	n, err := strconv.Atoi(args[1])
	fail(err)
	client := dialGRPC(args[0])
	for i := 0; i < n; i++ {
		go client.Check(context.Background(), &health.HealthCheckRequest{})
	}
	said("called")
}

type gateway struct{ orders health.HealthClient }

func (g *gateway) unary(w http.ResponseWriter, r *http.Request) {
	status, err := g.orders.Check(context.Background(), &health.HealthCheckRequest{})
	answer(w, status.String(), err)
}

func (g *gateway) stream(w http.ResponseWriter, r *http.Request) {
	stream, err := g.orders.Watch(context.Background(), &health.HealthCheckRequest{})
	for err == nil {
		var status *health.HealthCheckResponse
		if status, err = stream.Recv(); err == nil {
			io.WriteString(w, status.String())
		}
	}
	answer(w, "", err)
}

// grpcUnary: calls without a deadline, and the server never answers.
func grpcUnary(t *truth) {
	address := start("grpc-mute").said
	g := &gateway{dialGRPC(address)}
	visited(40, g.unary)
	t.stuck(40, "grpc-unary", "main.(*gateway).unary")
	t.at(address)
}

// grpcStream: handlers wait for a message that the server never sends.
func grpcStream(t *truth) {
	address := start("grpc-mute").said
	g := &gateway{dialGRPC(address)}
	visited(20, g.stream)
	t.stuck(20, "grpc-stream", "main.(*gateway).stream")
	t.at(address)
}

// balances answers calls under a lock.
type balances struct {
	health.UnimplementedHealthServer
	mu      sync.Mutex
	saved   chan string
	holders names
}

func (b *balances) Check(context.Context, *health.HealthCheckRequest) (*health.HealthCheckResponse, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.holders.add()
	b.save()
	return &health.HealthCheckResponse{}, nil
}

func (b *balances) save() { b.saved <- "balance" }

// grpcServerUnary: one handler has the lock and sends into a channel that
// nobody reads any more; 19 wait for the lock.
func grpcServerUnary(t *truth) {
	b := &balances{saved: make(chan string)}
	start("grpc-clients", serveGRPC(b), fmt.Sprint(20))
	t.stuck(19, "mutex", "main.(*balances).Check")
	await(1, "main.(*balances).save")
	t.Resource = append(t.Resource, "grpc-server-stream")
	t.holds(b.holders.all()...)
}
