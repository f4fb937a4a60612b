package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/puddle/v2"
	"github.com/redis/go-redis/v9"
)

func init() {
	outages["puddle"] = puddlePool
	outages["pgxpool"] = pgxPool
	outages["redis-pool"] = redisPool
	roles["postgres"] = postgres
	roles["redis"] = redisServer
}

type printers struct {
	*shop
	pool    *puddle.Pool[int]
	holders names
}

func (p *printers) order(w http.ResponseWriter, r *http.Request) {
	printer, err := p.pool.Acquire(context.Background())
	if err != nil {
		return
	}
	defer printer.Release()
	p.holders.add()
	price, err := p.price(r.URL.Path)
	answer(w, price, err)
}

// puddlePool: four handlers have the resources, and wait for an upstream.
func puddlePool(t *truth) {
	s, _ := slow()
	pool, err := puddle.NewPool(&puddle.Config[int]{
		Constructor: func(context.Context) (int, error) { return 1, nil },
		Destructor:  func(int) {},
		MaxSize:     4,
	})
	fail(err)
	p := &printers{shop: s, pool: pool}
	visited(44, p.order)
	await(4, inPrice)
	t.stuck(40, "puddle-pool", "main.(*printers).order")
	t.holds(p.holders.all()...)
	t.pooled(4, 4, 40)
}

// postgres says enough of the protocol for a connection, and never answers a
// query.
func postgres([]string) {
	accepting(func(c net.Conn) {
		var size [4]byte
		if _, err := io.ReadFull(c, size[:]); err != nil {
			return
		}
		startup := int64(binary.BigEndian.Uint32(size[:])) - 4
		if _, err := io.CopyN(io.Discard, c, startup); err != nil {
			return
		}
		// AuthenticationOk, BackendKeyData, ReadyForQuery.
		io.WriteString(c, "R\x00\x00\x00\x08\x00\x00\x00\x00")
		io.WriteString(c, "K\x00\x00\x00\x0c\x00\x00\x00\x01\x00\x00\x00\x02")
		io.WriteString(c, "Z\x00\x00\x00\x05I")
		io.Copy(io.Discard, c)
	})
}

type accounts struct{ pool *pgxpool.Pool }

func (a *accounts) order(w http.ResponseWriter, r *http.Request) {
	var balance string
	err := a.pool.QueryRow(context.Background(), "select balance from accounts").Scan(&balance)
	answer(w, balance, err)
}

// pgxPool: the database does not answer on any of four connections, and 40
// handlers wait for one.
func pgxPool(t *truth) {
	address := start("postgres").said
	pool, err := pgxpool.New(context.Background(),
		"postgres://shop@"+address+"/shop?sslmode=disable&pool_max_conns=4")
	fail(err)
	a := &accounts{pool}
	visited(44, a.order)
	until("all connections are lent", func() bool {
		return pool.Stat().AcquiredConns() == 4
	})
	t.stuck(40, "pgx-pool", "main.(*accounts).order")
	await(44, "main.(*accounts).order")
	t.at(address)
	t.pooled(4, 4, 40)
	for goid, g := range goroutines() {
		if g.state == "IO wait" && len(g.own) > 0 && g.own[0] == "main.(*accounts).order" {
			t.holds(goid)
		}
	}
}

func redisServer([]string) { serveRedis(false) }

// serveRedis refuses what it does not know. It answers a GET, or never does.
func serveRedis(answers bool) {
	accepting(func(c net.Conn) {
		for in := bufio.NewReader(c); ; {
			words, err := command(in)
			if err != nil {
				return
			}
			switch strings.ToUpper(words[0]) {
			case "GET":
				if answers {
					io.WriteString(c, "$4\r\nuser\r\n")
				}
			case "HELLO":
				io.WriteString(c, "-ERR unknown command\r\n")
			default:
				io.WriteString(c, "+OK\r\n")
			}
		}
	})
}

// command reads an array of strings.
func command(in *bufio.Reader) ([]string, error) {
	n, err := length(in)
	words := make([]string, n)
	for i := range words {
		size, err := length(in)
		if err != nil {
			return nil, err
		}
		text := make([]byte, size+2)
		if _, err := io.ReadFull(in, text); err != nil {
			return nil, err
		}
		words[i] = string(text[:size])
	}
	return words, err
}

func length(in *bufio.Reader) (int, error) {
	line, err := in.ReadString('\n')
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(strings.TrimSpace(line[1:]))
}

type sessions struct{ redis *redis.Client }

func (s *sessions) order(w http.ResponseWriter, r *http.Request) {
	user, err := s.redis.Get(context.Background(), "session").Result()
	answer(w, user, err)
}

// redisPool: the server does not answer on any of four connections, and 40
// handlers wait for one.
func redisPool(t *truth) {
	address := start("redis").said
	s := &sessions{redis.NewClient(&redis.Options{
		Addr: address, PoolSize: 4, ReadTimeout: -1, WriteTimeout: -1, PoolTimeout: time.Hour,
	})}
	visited(44, s.order)
	t.stuck(40, "redis-pool", "main.(*sessions).order")
	await(44, "main.(*sessions).order")
	t.at(address)
	for goid, g := range goroutines() {
		if g.state == "IO wait" && len(g.own) > 0 && g.own[0] == "main.(*sessions).order" {
			t.holds(goid)
		}
	}
	max := 4
	t.Pool = &pool{Max: &max}
}
