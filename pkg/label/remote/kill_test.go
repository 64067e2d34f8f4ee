package remote

import (
	"context"
	"flag"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/label"
	"github.com/lorabook/lorabook/pkg/natsconn"
)

var (
	kills     = flag.Int("kills", 6, "SIGKILLs of TestKills")
	killTexts = flag.Int("killtexts", 6000, "texts of TestKills")
)

// Variables of the victims, which are this test binary with TestVictim.
const (
	victimURL    = "LORABOOK_VICTIM_NATS"
	victimToken  = "LORABOOK_VICTIM_TOKEN_FILE"
	victimModel  = "LORABOOK_VICTIM_MODEL"
	victimInput  = "LORABOOK_VICTIM_INPUT"
	victimOutput = "LORABOOK_VICTIM_OUTPUT" // of the coordinator; a worker has none
)

// TestVictim is a process that TestKills kills. On its own it does nothing.
func TestVictim(t *testing.T) {
	url := os.Getenv(victimURL)
	if url == "" {
		return
	}
	backend := testenv.GoBackend(t)
	server := natsconn.Server{URL: url, TokenFile: os.Getenv(victimToken)}
	output := os.Getenv(victimOutput)
	if output == "" {
		if err := Run(context.Background(), Options{Server: server, Open: opener(backend)}); err != nil {
			t.Fatal(err)
		}
	}
	model := os.Getenv(victimModel)
	c := toytest.OpenClassifier(t, backend, model)
	pool := &Pool{Server: server, Source: Source{Adapter: model}, Lease: time.Second, OnlyOthers: true}
	if _, err := label.Run(context.Background(), c, label.Options{Inputs: []string{os.Getenv(victimInput)}, Output: output, ShardTexts: 8, Pool: pool}); err != nil {
		t.Fatal(err)
	}
}

// TestKills kills three workers and the coordinator, each a process, at random moments, and starts them
// again. The output must be that of one undisturbed process, byte for byte. The long form:
//
//	go test ./pkg/label/remote -run Kills -kills 100 -killtexts 200000 -timeout 2h -v
func TestKills(t *testing.T) {
	testenv.NeedsTime(t, "it labels in other processes")
	s := newScene(t, data.SingleLabel, *killTexts)
	start := func(output string) *exec.Cmd {
		cmd := exec.Command(os.Args[0], "-test.run=^TestVictim$", "-test.timeout=0")
		cmd.Env = append(os.Environ(), victimURL+"="+s.server.URL, victimToken+"="+s.server.TokenFile, victimModel+"="+s.model, victimInput+"="+s.options.Inputs[0], victimOutput+"="+output)
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
	cmd, ended := coordinate()
	for {
		moment := time.After(time.Duration(50+rng.IntN(600)) * time.Millisecond)
		if done[0]+done[1] >= *kills {
			moment = nil
		}
		var finished bool
		select {
		case err := <-ended:
			if finished = true; err != nil {
				t.Fatalf("the coordinator ended: %v", err)
			}
		case <-moment:
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
		if done[0]+done[1] >= *kills {
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
	t.Logf("%d workers and %d coordinators were killed, %d texts, %d outputs compared", done[0], done[1], *killTexts, outputs)
}
