// Package clustertest starts a cluster of NATS servers with JetStream on loopback for tests that kill
// servers. Each server is a process of its own, the test binary with one of its tests:
//
//	func TestServerProcess(t *testing.T) { clustertest.Serve(t) }
//
//	cluster := clustertest.Start(t, "TestServerProcess", 3)
//	… cluster.Server …
//	cluster.KillOne(rng)
package clustertest

import (
	"bufio"
	"fmt"
	"math/rand/v2"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/lorabook/lorabook/pkg/natsconn"
)

const (
	variable = "LORABOOK_TEST_NATS" // name, folder, routes and port of the routes of a server, with bars between
	token    = "only for this test"

	// settling is the time that a server needs to take its part in the cluster again. A second one that
	// is killed within it leaves no majority, which is another fault than a lost server.
	settling = 8 * time.Second
)

// Cluster is a cluster of servers.
type Cluster struct {
	Server natsconn.Server // all of them, as clients connect to them

	t       testing.TB
	test    string // that calls Serve
	servers []*process
	kills   int
}

// process is a server.
type process struct {
	cmd     *exec.Cmd
	args    string // of variable
	url     string
	started time.Time
}

// Serve is a server of a cluster if Start started this process as one; it does not return then. In the
// test process it does nothing.
func Serve(t *testing.T) {
	parts := strings.Split(os.Getenv(variable), "|")
	if len(parts) < 4 {
		return
	}
	port, err := strconv.Atoi(parts[3])
	if err != nil {
		t.Fatal(err)
	}
	o := &server.Options{
		ServerName: parts[0], Host: "127.0.0.1", Port: server.RANDOM_PORT, Authorization: token,
		JetStream: true, StoreDir: parts[1], NoSigs: true, NoLog: true,
		Cluster: server.ClusterOpts{Name: "test", Host: "127.0.0.1", Port: port},
	}
	for _, route := range strings.Fields(parts[2]) {
		u, err := url.Parse(route)
		if err != nil {
			t.Fatal(err)
		}
		o.Routes = append(o.Routes, u)
	}
	s, err := server.NewServer(o)
	if err != nil {
		t.Fatal(err)
	}
	go s.Start()
	if !s.ReadyForConnections(time.Minute) {
		t.Fatal("the server does not start")
	}
	fmt.Printf("ready %s\n", s.ClientURL())
	select {}
}

// Start starts n servers, which run until the test ends, and returns when a stream can have a replica on
// each. The test named calls Serve.
func Start(t testing.TB, test string, n int) *Cluster {
	t.Helper()
	c := &Cluster{t: t, test: test, servers: make([]*process, n)}
	root := t.TempDir()
	c.Server.TokenFile = filepath.Join(root, "token")
	if err := os.WriteFile(c.Server.TokenFile, []byte(token), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for _, p := range c.servers {
			if p != nil && p.cmd != nil && p.cmd.ProcessState == nil {
				p.kill()
			}
		}
	})
	// A clustered server must know the others before it starts. The ports of the clients are not
	// chosen in advance: servers and clients tell each other.
	var ports, routes []string
	for range n {
		free, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		_, port, _ := net.SplitHostPort(free.Addr().String())
		ports, routes = append(ports, port), append(routes, "nats://127.0.0.1:"+port)
		if err := free.Close(); err != nil {
			t.Fatal(err)
		}
	}
	for i := range c.servers {
		c.servers[i] = &process{args: fmt.Sprintf("n%d|%s|%s|%s", i, filepath.Join(root, strconv.Itoa(i)), strings.Join(routes, " "), ports[i])}
		c.start(i)
	}
	var err error
	for deadline := time.Now().Add(2 * time.Minute); ; time.Sleep(time.Second) {
		if err = c.probe(n); err == nil {
			return c
		}
		if time.Now().After(deadline) {
			t.Fatalf("the cluster does not form: %v", err)
		}
	}
}

// start starts a server and returns when it is ready for clients.
func (c *Cluster) start(i int) {
	c.t.Helper()
	p := c.servers[i]
	p.cmd = exec.Command(os.Args[0], "-test.run=^"+c.test+"$", "-test.timeout=0")
	p.cmd.Env = append(os.Environ(), variable+"="+p.args)
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		c.t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		c.t.Fatal(err)
	}
	p.started = time.Now()
	for lines := bufio.NewScanner(out); lines.Scan(); {
		if _, err := fmt.Sscanf(lines.Text(), "ready %s", &p.url); err == nil {
			c.Server.URL = c.urls()
			return
		}
	}
	c.t.Fatal("a server does not start")
}

func (c *Cluster) urls() string {
	var list []string
	for _, p := range c.servers {
		if p != nil && p.url != "" {
			list = append(list, p.url)
		}
	}
	return strings.Join(list, ",")
}

// probe makes a stream with n replicas and deletes it.
func (c *Cluster) probe(n int) error {
	conn, err := natsconn.Connect(c.t.Context(), c.Server, "probe")
	if err != nil {
		return err
	}
	defer conn.Close()
	js := conn.JetStream()
	if _, err := js.CreateOrUpdateStream(c.t.Context(), jetstream.StreamConfig{Name: "probe", Subjects: []string{"probe"}, Replicas: n}); err != nil {
		return err
	}
	return js.DeleteStream(c.t.Context(), "probe")
}

// KillOne kills a server that rng chooses and starts it again. It does nothing while a server is settling.
// Server then has the address of the new process too.
func (c *Cluster) KillOne(rng *rand.Rand) {
	c.t.Helper()
	for _, p := range c.servers {
		if time.Since(p.started) < settling {
			return
		}
	}
	i := rng.IntN(len(c.servers))
	c.servers[i].kill()
	c.kills++
	c.start(i)
}

// Kills returns the number of servers that KillOne has killed.
func (c *Cluster) Kills() int { return c.kills }

func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait()
}
