package label

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/data"
)

var (
	kills     = flag.Int("kills", 5, "SIGKILLs of TestKills")
	killTexts = flag.Int("killtexts", 4000, "texts of TestKills")
)

// Variables of the victim, which is this test binary with TestVictim.
const (
	victimModel  = "LORABOOK_VICTIM_MODEL"
	victimInput  = "LORABOOK_VICTIM_INPUT"
	victimOutput = "LORABOOK_VICTIM_OUTPUT"
)

// TestVictim is the process that TestKills kills. On its own it does nothing.
func TestVictim(t *testing.T) {
	if os.Getenv(victimModel) == "" {
		return
	}
	c := toytest.OpenClassifier(t, testenv.GoBackend(t), os.Getenv(victimModel))
	if _, err := Run(context.Background(), c, Options{Inputs: []string{os.Getenv(victimInput)}, Output: os.Getenv(victimOutput), ShardTexts: 16}); err != nil {
		t.Fatal(err)
	}
}

// TestKills kills a labelling at random moments, and the next process continues. In the end the output
// must be that of an undisturbed process, byte for byte: nothing lost, nothing twice. The long form:
//
//	go test ./pkg/label -run Kills -kills 100 -killtexts 200000 -timeout 2h -v
func TestKills(t *testing.T) {
	testenv.NeedsTime(t, "it labels in other processes")
	model, input := toytest.Classifier(t, data.SingleLabel), write(t, letters(*killTexts), 3)
	dir := t.TempDir()
	victim := func(output string) *exec.Cmd {
		cmd := exec.Command(os.Args[0], "-test.run=^TestVictim$")
		cmd.Env = append(os.Environ(), victimModel+"="+model, victimInput+"="+input, victimOutput+"="+output)
		return cmd
	}
	whole, killed := filepath.Join(dir, "whole.jsonl"), filepath.Join(dir, "killed.jsonl")
	begun := time.Now()
	if out, err := victim(whole).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	took := time.Since(begun)
	moments := rand.New(rand.NewPCG(1, 0))
	done, restarts := 0, 0
	for done < *kills {
		cmd := victim(killed)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		// On average a process does a part of the work that lets each have a share of the kills.
		timer := time.AfterFunc(took/10+time.Duration(moments.Float64()*float64(took)/2), func() { _ = cmd.Process.Kill() })
		err := cmd.Wait()
		timer.Stop()
		if err != nil && cmd.ProcessState.ExitCode() >= 0 {
			t.Fatalf("it was not killed: %v", err)
		}
		if err != nil {
			done++
			continue
		}
		restarts++ // it ended by itself: the next process begins a new output
		if toytest.ReadFile(t, killed) != toytest.ReadFile(t, whole) {
			t.Fatal("the output differs from that of an undisturbed process")
		}
		for _, suffix := range []string{"", reportSuffix} {
			if err := os.Remove(killed + suffix); err != nil {
				t.Fatal(err)
			}
		}
	}
	if out, err := victim(killed).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	content := toytest.ReadFile(t, killed)
	if content != toytest.ReadFile(t, whole) {
		t.Error("the output differs from that of an undisturbed process")
	}
	if n := strings.Count(content, "\n"); n != *killTexts || !strings.HasPrefix(content, `{"row":1,"id":"t0",`) || !strings.Contains(content, fmt.Sprintf(`{"row":%d,"id":"t%d",`, n, n-1)) {
		t.Errorf("%d lines, expected %d", n, *killTexts)
	}
	if left, err := filepath.Glob(killed + "*"); err != nil || len(left) != 2 {
		t.Errorf("the files are %q, expected the output and its report", left)
	}
	t.Logf("%d kills, %d texts, %d outputs compared", done, *killTexts, restarts+1)
}
