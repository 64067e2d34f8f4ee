package remote

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/lorabook/lorabook/internal/clustertest"
	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/label"
	"github.com/lorabook/lorabook/pkg/natsconn"
)

var (
	kills     = flag.Int("kills", 6, "SIGKILLs of TestKills")
	killTexts = flag.Int("killtexts", 6000, "texts of TestKills")
	servers   = flag.Int("servers", 1, "NATS servers of TestKills; several are a cluster, whose servers are killed too")
)

// Variables of the victims, which are this test binary with TestVictim.
const (
	victimURL    = "LORABOOK_VICTIM_NATS"
	victimToken  = "LORABOOK_VICTIM_TOKEN_FILE"
	victimModel  = "LORABOOK_VICTIM_MODEL"
	victimInput  = "LORABOOK_VICTIM_INPUT"
	victimOutput = "LORABOOK_VICTIM_OUTPUT" // of the coordinator; a worker has none
	victimCopies = "LORABOOK_VICTIM_COPIES" // replicas of a shard
)

// TestServerProcess is a server of TestKills: another process.
func TestServerProcess(t *testing.T) { clustertest.Serve(t) }

// TestVictim is a process that TestKills kills. On its own it does nothing.
func TestVictim(t *testing.T) {
	url := os.Getenv(victimURL)
	if url == "" {
		return
	}
	backend := testenv.GoBackend(t)
	server := natsconn.Server{URL: url, TokenFile: os.Getenv(victimToken)}
	output := os.Getenv(victimOutput)
	for output == "" { // a worker that reaches no server at its start tries again
		fmt.Println("worker:", Run(context.Background(), Options{Server: server, Open: opener(backend)}))
		time.Sleep(time.Second)
	}
	copies, err := strconv.Atoi(os.Getenv(victimCopies))
	if err != nil {
		t.Fatal(err)
	}
	model := os.Getenv(victimModel)
	c := toytest.OpenClassifier(t, backend, model)
	pool := &Pool{Server: server, Source: Source{Adapter: model}, Replicas: copies, Lease: time.Duration(copies) * time.Second, OnlyOthers: true}
	if _, err := label.Run(context.Background(), c, label.Options{Inputs: []string{os.Getenv(victimInput)}, Output: output, ShardTexts: 8, Pool: pool}); err != nil {
		t.Fatal(err)
	}
}

// TestKills kills three workers and the coordinator, each a process, at random moments, and starts them
// again. With -servers 3 the servers are a cluster, which keeps each shard on all of them, and one kill in
// six is that of a server. The output must be that of one undisturbed process, byte for byte. The long form:
//
//	go test ./pkg/label/remote -run Kills -kills 100 -killtexts 200000 -servers 3 -timeout 2h -v
func TestKills(t *testing.T) {
	testenv.NeedsTime(t, "it labels in other processes")
	s := newScene(t, data.SingleLabel, *killTexts)
	var cluster *clustertest.Cluster
	if *servers > 1 {
		cluster = clustertest.Start(t, "TestServerProcess", *servers)
		s.server = cluster.Server
	}
	start := func(output string) *exec.Cmd {
		cmd := exec.Command(os.Args[0], "-test.run=^TestVictim$", "-test.timeout=0")
		if cluster != nil {
			s.server = cluster.Server
		}
		cmd.Env = append(os.Environ(), victimCopies+"="+strconv.Itoa(*servers), victimURL+"="+s.server.URL, victimToken+"="+s.server.TokenFile, victimModel+"="+s.model, victimInput+"="+s.options.Inputs[0], victimOutput+"="+output)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		return cmd
	}
	workers := make([]*exec.Cmd, 3)
	for i := range workers {
		workers[i] = start("")
	}
	t.Cleanup(func() {
		for _, w := range workers {
			_ = w.Process.Kill()
			_ = w.Wait()
		}
	})
	_, want := s.alone(t, 8)
	rng, done := rand.New(rand.NewPCG(1, 0)), [2]int{}
	coordinate := func() (*exec.Cmd, chan error) {
		cmd, ended := start(s.options.Output), make(chan error, 1)
		go func() { ended <- cmd.Wait() }()
		return cmd, ended
	}
	outputs := 0
	compare := func() {
		t.Helper()
		outputs++
		if got := toytest.ReadFile(t, s.options.Output); got != want {
			t.Fatalf("the output differs from that of one process: %d bytes, expected %d", len(got), len(want))
		}
		if left, err := filepath.Glob(s.options.Output + "*"); err != nil || len(left) != 2 {
			t.Fatalf("the files are %q, expected the output and its report", left)
		}
	}
	killed := func() int {
		if cluster == nil {
			return done[0] + done[1]
		}
		return done[0] + done[1] + cluster.Kills()
	}
	cmd, ended := coordinate()
	for {
		moment := time.After(time.Duration(50+rng.IntN(600)) * time.Millisecond)
		if killed() >= *kills {
			moment = nil
		}
		var finished bool
		select {
		case err := <-ended:
			if finished = true; err != nil {
				t.Fatalf("the coordinator ended: %v", err)
			}
		case <-moment:
			if cluster != nil && rng.IntN(6) == 0 {
				cluster.KillOne(rng)
				continue
			}
			if i := rng.IntN(len(workers) + 1); i < len(workers) {
				_ = workers[i].Process.Kill()
				_ = workers[i].Wait()
				workers[i] = start("")
				done[0]++
				continue
			}
			_ = cmd.Process.Kill()
			if err := <-ended; err == nil {
				finished = true // it had ended
			} else if cmd.ProcessState.ExitCode() >= 0 {
				t.Fatalf("the coordinator ended: %v", err)
			} else {
				done[1]++
				cmd, ended = coordinate()
			}
		}
		if !finished {
			continue
		}
		compare()
		if killed() >= *kills {
			break
		}
		for _, path := range []string{s.options.Output, s.options.Output + ".report.json"} { // once more
			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
		}
		cmd, ended = coordinate()
	}
	if left := s.streams(t); len(left) != 0 {
		t.Errorf("the server still has the streams %q", left)
	}
	t.Logf("%d workers, %d coordinators and %d servers were killed, %d texts, %d outputs compared", done[0], done[1], killed()-done[0]-done[1], *killTexts, outputs)
}
