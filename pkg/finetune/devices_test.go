package finetune

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/internal/safetensors"
	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/internal/trainer"
	"github.com/lorabook/lorabook/pkg/lora"
	"github.com/lorabook/lorabook/pkg/precision"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// deviceBound is the largest difference that the number of devices makes in these tests, relative
// to the largest value of a tensor, of the logits or of a loss. The largest seen is 1e-5.
const deviceBound = 1e-4

// needDevices skips the test where the shared engine has fewer devices.
func needDevices(t *testing.T, n int) {
	t.Helper()
	if has := toytest.Backend(t).NumDevices(); has < n {
		t.Skipf("the engine has %d devices, and the test needs %d: `go run ./kernel install` installs XLA", has, n)
	}
}

// outcome is what a finished run computed.
type outcome struct {
	dir     string
	steps   int
	losses  []float64 // of the history, in its order
	outputs []float32 // on the validation examples
}

func outcomeOf(t *testing.T, e Experiment) outcome {
	t.Helper()
	r := openToy(t, filepath.Join(t.TempDir(), "run"), e, Options{})
	ctx := context.Background()
	done, err := r.Train(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Report(ctx); err != nil {
		t.Fatal(err)
	}
	validation, err := r.PredictValidation(ctx)
	if err != nil {
		t.Fatal(err)
	}
	o := outcome{dir: r.Folder.Dir(), steps: done.Steps, outputs: validation.Outputs()}
	lines, err := r.Folder.ReadHistory()
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range lines {
		o.losses = append(o.losses, l.Loss)
	}
	return o
}

// near compares two lists of numbers by deviceBound.
func near[T float32 | float64](t *testing.T, what string, got, want []T) {
	t.Helper()
	if len(got) != len(want) || len(want) == 0 {
		t.Fatalf("%s: %d values, expected %d", what, len(got), len(want))
	}
	var most, worst float64
	for i := range want {
		most = max(most, math.Abs(float64(want[i])))
		if d := math.Abs(float64(got[i] - want[i])); !(d <= worst) {
			worst = d
		}
	}
	if !(worst <= deviceBound*most) {
		t.Errorf("%s: differs by %v of at most %v", what, worst, most)
	}
}

// Training and evaluation on two and four devices are those on one: losses, weights, moments of
// the optimizer and logits within deviceBound, the random state to the bit. The models and the
// adapters have dropout, and the masks would differ at once if they depended on the number of
// devices.
func TestDevices(t *testing.T) {
	needDevices(t, 4)
	for name, c := range map[string]struct {
		devices []int
		toy     func(*testing.T) Experiment
	}{
		"LoRA":        {[]int{2, 4}, toy},
		"accumulated": {[]int{2}, func(t *testing.T) Experiment { e := toy(t); e.Training.Accumulate = 2; return e }},
		"bfloat16":    {[]int{4}, func(t *testing.T) Experiment { e := toy(t); e.Training.Precision = precision.BFloat16; return e }},
		"full": {[]int{2}, func(t *testing.T) Experiment {
			e := toy(t)
			e.Method, e.Adapter, e.Training.LearningRate = Full, lora.Config{}, 2e-3
			return e
		}},
		"tags": {[]int{2}, func(t *testing.T) Experiment { e := tagToy(t); e.Training.Epochs = 3; return e }},
	} {
		if testing.Short() && name != "LoRA" {
			continue // they compile other graphs for seconds
		}
		t.Run(name, func(t *testing.T) {
			e := c.toy(t)
			want := outcomeOf(t, e)
			recorded, err := os.ReadFile(filepath.Join(want.dir, runfolder.ExperimentFile))
			if err != nil || strings.Contains(string(recorded), `"devices"`) {
				t.Errorf("one device: %v, %s", err, recorded)
			}
			for _, n := range c.devices {
				e.Devices = n
				got := outcomeOf(t, e)
				recorded, err := os.ReadFile(filepath.Join(got.dir, runfolder.ExperimentFile))
				if err != nil || !strings.Contains(string(recorded), fmt.Sprintf(`"devices": %d`, n)) {
					t.Errorf("%d devices: %v, %s", n, err, recorded)
				}
				if got.steps != want.steps {
					t.Errorf("%d devices: %d steps, on one %d", n, got.steps, want.steps)
				}
				near(t, fmt.Sprintf("%d devices: losses", n), got.losses, want.losses)
				near(t, fmt.Sprintf("%d devices: outputs", n), got.outputs, want.outputs)
				sameState(t, n, got.dir, want.dir)
			}
		})
	}
}

// sameState compares the checkpoints of two run folders.
func sameState(t *testing.T, n int, got, want string) {
	t.Helper()
	open := func(dir string) *safetensors.File {
		f, err := safetensors.Open(filepath.Join(dir, runfolder.CheckpointsDir, trainer.CheckpointFile))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = f.Close() })
		return f
	}
	a, b := open(got), open(want)
	if !slices.Equal(a.Names(), b.Names()) {
		t.Fatalf("%d devices: tensors %q, on one %q", n, a.Names(), b.Names())
	}
	for _, name := range b.Names() {
		// A key's bias adds the same number to all scores of a query: its gradient is zero but for
		// rounding, and AdamW's step is as large as that of any other.
		if strings.Contains(name, "/attention/self/key/bias") {
			continue
		}
		if kind, _, _ := b.Info(name); kind != "F32" {
			if string(a.Bytes(name)) != string(b.Bytes(name)) {
				t.Errorf("%d devices: %s differs", n, name)
			}
			continue
		}
		x, errX := a.Float32(name)
		y, errY := b.Float32(name)
		if errX != nil || errY != nil {
			t.Fatalf("%s: %v, %v", name, errX, errY)
		}
		near(t, fmt.Sprintf("%d devices: %s", n, name), x, y)
	}
}

// A number of devices that the engine lacks is refused by the field's name before anything is
// computed, and the corrected experiment works in the same folder.
func TestTooManyDevices(t *testing.T) {
	e := toy(t)
	e.Devices, e.Training.BatchSize = 64, 64
	dir := filepath.Join(t.TempDir(), "run")
	for part, compute := range map[string]func(*Run) error{
		"baseline": func(r *Run) error { _, err := r.Baseline(context.Background()); return err },
		"training": func(r *Run) error { _, err := r.Train(context.Background()); return err },
	} {
		t.Log(part)
		r := openToy(t, dir, e, Options{Backend: testenv.GoBackend(t)})
		err := compute(r)
		toytest.WantField(t, err, "devices")
		if err == nil || !strings.Contains(err.Error(), "is 64, and the engine") || !strings.Contains(err.Error(), "has 1: use 1") {
			t.Error(err)
		}
	}
	e.Devices = 1
	if _, err := openToy(t, dir, e, Options{Backend: testenv.GoBackend(t)}).Baseline(context.Background()); err != nil {
		t.Error(err)
	}
}

func TestDevicesFaults(t *testing.T) {
	for _, c := range []struct {
		devices, batch int
		field, says    string
	}{
		{-1, 16, "devices", "is -1, expected at least 1"},
		{4, 6, "training.batch_size", "is 6, and 4 devices do not divide it: expected a multiple of 4, such as 4 or 8"},
		{4, 2, "training.batch_size", "such as 4"},
	} {
		e := Experiment{Devices: c.devices, Training: Training{BatchSize: c.batch}}
		_, err := Open(filepath.Join(t.TempDir(), "run"), e, Options{Backend: toytest.Backend(t)})
		toytest.WantField(t, err, c.field)
		if err == nil || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%v, expected %s", err, c.says)
		}
	}
}

// A run keeps its number of devices: another one is another experiment. Its results can be read
// where there are fewer devices.
func TestRunKeepsItsDevices(t *testing.T) {
	needDevices(t, 2)
	e := toy(t)
	e.Devices, e.Training.Epochs = 2, 1
	dir := filepath.Join(t.TempDir(), "run")
	r := openToy(t, dir, e, Options{})
	want, err := r.Report(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	other := e
	other.Devices = 0
	_, err = Open(dir, other, Options{Backend: toytest.Backend(t)})
	var changed *runfolder.ChangedError
	if !errors.As(err, &changed) || len(changed.Changes) != 1 || changed.Changes[0].Path != "devices" {
		t.Errorf("another number of devices: %v", err)
	}
	got, err := openToy(t, dir, e, Options{Backend: testenv.GoBackend(t)}).Report(context.Background())
	if err != nil || got.After.Loss != want.After.Loss {
		t.Errorf("the report on one device: %v", err)
	}
}
