package sweep

import (
	"context"
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
	"github.com/lorabook/lorabook/pkg/natsconn"
	"github.com/lorabook/lorabook/pkg/sweep/queue"
	"github.com/lorabook/lorabook/pkg/sweep/worker"
)

// Environment variables of the campaign and of its processes.
const (
	campaignTrials = "LORABOOK_SWEEP_CAMPAIGN" // number of trials
	campaignWorker = "LORABOOK_TEST_WORKER"    // URLs of the servers
	campaignToken  = "LORABOOK_TEST_TOKEN"     // file with their token
)

// TestCampaignServer is a server of the campaign's cluster: another process.
func TestCampaignServer(t *testing.T) { clustertest.Serve(t) }

// TestCampaignWorker is a worker of the campaign: another process.
func TestCampaignWorker(t *testing.T) {
	urls := os.Getenv(campaignWorker)
	if urls == "" {
		return
	}
	for t.Context().Err() == nil { // a worker that finds no server at its start tries again
		err := worker.Run(t.Context(), worker.Options{Server: natsconn.Server{URL: urls, TokenFile: os.Getenv(campaignToken)}, Backend: testenv.GoBackend(t), CheckpointEvery: 100 * time.Millisecond})
		fmt.Println("worker:", err)
		time.Sleep(time.Second)
	}
}

// campaignProcess starts a worker of the campaign.
func campaignProcess(t *testing.T, server natsconn.Server) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestCampaignWorker$", "-test.timeout=0")
	cmd.Env = append(os.Environ(), campaignWorker+"="+server.URL, campaignToken+"="+server.TokenFile)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd
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
	cluster := clustertest.Start(t, "TestCampaignServer", 3)
	workers := make([]*exec.Cmd, 4)
	t.Cleanup(func() {
		for _, w := range workers {
			if w != nil {
				_ = w.Process.Kill()
				_ = w.Wait()
			}
		}
	})
	base := toy(t)
	base.Training.Epochs = 30
	var rates []any
	for i := range n - 1 {
		rates = append(rates, 0.001+0.0002*float64(i))
	}
	p := Plan{Base: base, Fields: []Field{{Name: "training.learning_rate", Values: rates}}}
	o := short(t, -1)
	o.Server, o.Replicas, o.Lease = cluster.Server, 3, 3*time.Second
	var last Status
	o.OnStatus = func(s Status) { last = s }
	for i := range workers {
		workers[i] = campaignProcess(t, cluster.Server)
	}
	dir := filepath.Join(t.TempDir(), "sweep")
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
	killed := 0
	for running := true; running; {
		select {
		case e = <-end:
			running = false
		case <-time.After(time.Duration(700+rng.IntN(1000)) * time.Millisecond):
			if rng.IntN(6) == 0 {
				cluster.KillOne(rng)
				continue
			}
			i := rng.IntN(len(workers))
			_ = workers[i].Process.Kill()
			_ = workers[i].Wait()
			workers[i] = campaignProcess(t, cluster.Server)
			killed++
		}
	}
	if e.err != nil {
		t.Fatal(e.err)
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
		len(e.result.Trials), seconds, cluster.Kills(), killed, attempts, abandoned, resumed, equal)
}
