package sweep

import (
	"bufio"
	"context"
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

	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/pkg/natsconn"
	"github.com/lorabook/lorabook/pkg/sweep/queue"
	"github.com/lorabook/lorabook/pkg/sweep/worker"
)

// Environment variables of the campaign and of its processes.
const (
	campaignTrials = "LORABOOK_SWEEP_CAMPAIGN" // number of trials
	campaignServer = "LORABOOK_TEST_NATS"      // name, folder and routes of a server, with bars between
	campaignWorker = "LORABOOK_TEST_WORKER"    // URLs of the servers
	campaignToken  = "only for this test"
)

// TestCampaignServer is a server of the campaign's cluster: another process.
func TestCampaignServer(t *testing.T) {
	parts := strings.Split(os.Getenv(campaignServer), "|")
	if len(parts) < 4 {
		return
	}
	port, err := strconv.Atoi(parts[3])
	if err != nil {
		t.Fatal(err)
	}
	o := &server.Options{
		ServerName: parts[0], Host: "127.0.0.1", Port: server.RANDOM_PORT, Authorization: campaignToken,
		JetStream: true, StoreDir: parts[1], NoSigs: true, NoLog: true,
		Cluster: server.ClusterOpts{Name: "campaign", Host: "127.0.0.1", Port: port},
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

// TestCampaignWorker is a worker of the campaign: another process.
func TestCampaignWorker(t *testing.T) {
	urls := os.Getenv(campaignWorker)
	if urls == "" {
		return
	}
	for t.Context().Err() == nil { // a worker that finds no server at its start tries again
		err := worker.Run(t.Context(), worker.Options{Server: natsconn.Server{URL: urls}, Backend: testenv.GoBackend(t), CheckpointEvery: 100 * time.Millisecond})
		fmt.Println("worker:", err)
		time.Sleep(time.Second)
	}
}

// process is a child of the campaign.
type process struct {
	cmd         *exec.Cmd
	url         string // of a server
	killed      int
	lastStarted time.Time
}

func (p *process) kill() {
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait()
	p.killed++
}

// startProcess starts this test binary for one test. A server is ready when it returns.
func startProcess(t *testing.T, p *process, test, variable, value string) {
	t.Helper()
	p.cmd = exec.Command(os.Args[0], "-test.run=^"+test+"$", "-test.timeout=0")
	p.cmd.Env = append(os.Environ(), variable+"="+value, natsconn.TokenVariable+"="+campaignToken, campaignTrials+"=")
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p.lastStarted = time.Now()
	if variable != campaignServer {
		go func() { // the pipe must not fill
			for lines := bufio.NewScanner(out); lines.Scan(); {
			}
		}()
		return
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if _, err := fmt.Sscanf(lines.Text(), "ready %s", &p.url); err == nil {
			return
		}
	}
	t.Fatal("a server does not start")
}

// TestCampaign runs a sweep on three clustered servers with four workers, all processes of their
// own, and kills servers and workers at random all along. Every result must equal the training
// without a sweep, to the bit; no trial may be lost or counted twice.
//
//	LORABOOK_SWEEP_CAMPAIGN=64 go test ./pkg/sweep -run TestCampaign$ -v -timeout 30m
func TestCampaign(t *testing.T) {
	n, err := strconv.Atoi(os.Getenv(campaignTrials))
	if err != nil || n < 2 {
		t.Skip("set " + campaignTrials + " to the number of trials")
	}
	t.Setenv(natsconn.TokenVariable, campaignToken)
	root := t.TempDir()
	servers, workers := make([]*process, 3), make([]*process, 4)
	t.Cleanup(func() {
		for _, p := range append(servers, workers...) {
			if p != nil && p.cmd != nil && p.cmd.ProcessState == nil {
				p.kill()
			}
		}
	})
	// A clustered server must know the others before it starts. The ports of the clients are not
	// chosen in advance: servers and clients tell each other.
	var ports, routes []string
	for range servers {
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
	urls := func() string {
		var list []string
		for _, p := range servers {
			list = append(list, p.url)
		}
		return strings.Join(list, ",")
	}
	startServer := func(i int) {
		if servers[i] == nil {
			servers[i] = &process{}
		}
		startProcess(t, servers[i], "TestCampaignServer", campaignServer, fmt.Sprintf("n%d|%s|%s|%s", i, filepath.Join(root, "server", strconv.Itoa(i)), strings.Join(routes, " "), ports[i]))
	}
	for i := range servers {
		startServer(i)
	}
	healthy := func() bool { // a stream with three replicas can be made
		conn, err := natsconn.Connect(t.Context(), natsconn.Server{URL: urls()}, "probe")
		if err != nil {
			return false
		}
		defer conn.Close()
		q, err := queue.Create(t.Context(), conn, queue.Manifest{Format: queue.Format, Sweep: "probe", Lease: time.Minute}, 3)
		return err == nil && q.Delete(t.Context()) == nil
	}
	for deadline := time.Now().Add(2 * time.Minute); !healthy(); time.Sleep(time.Second) {
		if time.Now().After(deadline) {
			t.Fatal("the cluster does not form")
		}
	}
	base := toy(t)
	base.Training.Epochs = 30
	var rates []any
	for i := range n - 1 {
		rates = append(rates, 0.001+0.0002*float64(i))
	}
	p := Plan{Base: base, Fields: []Field{{Name: "training.learning_rate", Values: rates}}}
	o := short(t, -1)
	o.Server, o.Replicas, o.Lease = natsconn.Server{URL: urls()}, 3, 3*time.Second
	var last Status
	o.OnStatus = func(s Status) { last = s }
	for i := range workers {
		workers[i] = &process{}
		startProcess(t, workers[i], "TestCampaignWorker", campaignWorker, urls())
	}
	dir := filepath.Join(root, "sweep")
	type ended struct {
		result *Result
		err    error
	}
	end := make(chan ended, 1)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	began := time.Now()
	go func() {
		r, err := Run(ctx, dir, p, o)
		end <- ended{r, err}
	}()
	rng := rand.New(rand.NewPCG(1, 1))
	var e ended
	for running := true; running; {
		select {
		case e = <-end:
			running = false
		case <-time.After(time.Duration(700+rng.IntN(1000)) * time.Millisecond):
			if rng.IntN(6) == 0 {
				i := rng.IntN(len(servers))
				if time.Since(servers[0].lastStarted) > 8*time.Second && time.Since(servers[1].lastStarted) > 8*time.Second && time.Since(servers[2].lastStarted) > 8*time.Second {
					servers[i].kill()
					startServer(i)
				}
				continue
			}
			w := workers[rng.IntN(len(workers))]
			w.kill()
			startProcess(t, w, "TestCampaignWorker", campaignWorker, urls())
		}
	}
	if e.err != nil {
		t.Fatal(e.err)
	}
	kills := [2]int{}
	for i, group := range [][]*process{servers, workers} {
		for _, p := range group {
			kills[i] += p.killed
		}
	}
	seconds := time.Since(began).Seconds()
	attempts, abandoned, resumed := 0, 0, 0
	for _, x := range e.result.Trials {
		attempts, abandoned, resumed = attempts+x.Attempts, abandoned+x.Abandoned, resumed+x.Resumed
	}
	if done := ofState(e.result, queue.Done); done != n || last.Done != n {
		t.Errorf("%d trials are done, expected %d; the last status is %v", done, n, last)
	}
	equal := wantAlone(t, o.Backend, dir, p, e.result)
	t.Logf("%d trials in %.0f s: %d servers and %d workers killed; %d attempts, %d abandoned, %d results resumed from a checkpoint; %d results equal to single runs",
		len(e.result.Trials), seconds, kills[0], kills[1], attempts, abandoned, resumed, equal)
}
