package finetune

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/lora"
	"github.com/lorabook/lorabook/pkg/progress"
	"github.com/lorabook/lorabook/pkg/splits"
	"github.com/lorabook/lorabook/pkg/tiny"
)

// BenchmarkDevices measures the tokens a second of a training of an adapter and of an evaluation on
// 1, 2 and 4 devices, without the compilation: the model is the folder LORABOOK_BERT, or
// lorabook-tiny. XLA's CPU devices share the processor. An iteration is a training of three epochs;
// the first is not counted.
func BenchmarkDevices(b *testing.B) {
	model, train := os.Getenv("LORABOOK_BERT"), 48
	if model == "" {
		model, train = tiny.Name, 360
	}
	has := toytest.Backend(b).NumDevices()
	for _, n := range []int{1, 2, 4} {
		if n > has {
			b.Logf("the engine has %d devices", has)
			break
		}
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			e := Experiment{
				Model: model, Devices: n, Data: splits.Config{Train: train, Validation: 40, Test: 100, MaxLength: 128},
				Adapter: lora.Config{R: 8, Alpha: 16, Dropout: 0.1}, Training: Training{Epochs: 3, Evaluations: 1},
			}
			var trained, read int
			var training, evaluation time.Duration
			for b.Loop() {
				r, err := Open(filepath.Join(b.TempDir(), "run"), e, Options{Backend: toytest.Backend(b)})
				if err != nil {
					b.Fatal(err)
				}
				done, err := r.Train(context.Background())
				if err != nil {
					b.Fatal(err)
				}
				trained += done.Tokens / e.Training.Epochs * (e.Training.Epochs - 1)
				for _, seconds := range done.EpochSeconds[1:] {
					training += time.Duration(seconds * float64(time.Second))
				}
				tokens, spent := evaluated(b, r)
				read, evaluation = read+tokens, evaluation+spent
				if err := r.Close(); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(trained)/training.Seconds(), "trained-tokens/s")
			b.ReportMetric(float64(read)/evaluation.Seconds(), "evaluated-tokens/s")
		})
	}
}

// evaluated returns the tokens of the test examples and the time of their second evaluation.
func evaluated(b *testing.B, r *Run) (tokens int, spent time.Duration) {
	b.Helper()
	ctx := context.Background()
	examples, err := r.Examples(ctx)
	if err != nil {
		b.Fatal(err)
	}
	n, err := r.open(ctx, true)
	if err != nil {
		b.Fatal(err)
	}
	p, err := r.predictor(n, classify.NetworkOf(n.Model, n.encoder))
	if err != nil {
		b.Fatal(err)
	}
	defer p.Close()
	rows := n.rowsOf("test", examples.Test)
	prepared, err := p.Prepare(examples.Test, rows)
	if err != nil {
		b.Fatal(err)
	}
	for range 2 {
		began := time.Now()
		if _, err := p.PredictTask(ctx, prepared, progress.Nop, "test", nil); err != nil {
			b.Fatal(err)
		}
		spent = time.Since(began)
	}
	for _, ids := range rows.IDs {
		tokens += len(ids)
	}
	return tokens, spent
}
