package prefixcache

import (
	"math/rand/v2"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/internal/engine"
	"github.com/lorabook/lorabook/internal/feed"
	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/batching"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/precision"
	"github.com/lorabook/lorabook/pkg/progress"
)

// maxLength is the largest number of tokens of the examples.
const maxLength = 20

// toy is a Config for a model of two layers, of which the lower is frozen.
func toy(t *testing.T, examples int) Config {
	t.Helper()
	m, err := bert.Open(t.Context(), toytest.Model(t), bert.Options{Head: bert.Classification, Labels: []string{"bad", "good"}, Seed: 3})
	if err != nil {
		t.Fatal(err)
	}
	return Config{
		Model: m, Encoder: m.Encoder(), Layers: 1,
		Stored: precision.Float32, Products: precision.Float32, Engine: &engine.Engine{Backend: testenv.GoBackend(t), Config: "go"},
		Batches: batches(t, m, randomIDs(m, 1, examples)), Limit: 1 << 30, Progress: progress.Nop,
	}
}

// randomIDs returns the token ids of examples with 3 to maxLength tokens.
func randomIDs(m *bert.Model, seed uint64, examples int) [][]int32 {
	rng := rand.New(rand.NewPCG(seed, 0))
	ids := make([][]int32, examples)
	for i := range ids {
		ids[i] = make([]int32, 3+rng.IntN(maxLength-2))
		for j := range ids[i] {
			ids[i][j] = int32(rng.IntN(m.Config.VocabSize))
		}
	}
	return ids
}

func batches(t *testing.T, m *bert.Model, ids [][]int32) batching.Sequence {
	t.Helper()
	batcher, err := batching.NewBatcher(ids, make([]int, len(ids)), feed.EvaluationBatches(m.Tokenizer, maxLength))
	if err != nil {
		t.Fatal(err)
	}
	return batcher.InOrder()
}

// count gives a Config a counter of the examples whose states are computed.
func count(c Config) (Config, *toytest.StatesProgress) {
	counter := &toytest.StatesProgress{}
	c.Progress = counter
	return c, counter
}

// open opens the states until the test ends, and returns the number of examples whose states
// were computed.
func open(t *testing.T, c Config) (*States, int) {
	t.Helper()
	c, counter := count(c)
	s, err := Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s, counter.Computed()
}

// once is open for states that are closed at once. It returns their logits.
func once(t *testing.T, c Config) (logits [][]float32, computed int) {
	t.Helper()
	c, counter := count(c)
	s, err := Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	logits = fromStates(t, c, s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return logits, counter.Computed()
}

// fromStates computes the logits of every example from its cached states.
func fromStates(t *testing.T, c Config, s *States) [][]float32 {
	t.Helper()
	return logitsOf(t, c, batching.Signature{Extra: []string{Tensor}}, s.Tensors(0), s.Logits)
}

// fromTokens computes the logits of every example with the whole network.
func fromTokens(t *testing.T, c Config) [][]float32 {
	t.Helper()
	return logitsOf(t, c, batching.Signature{}, nil, func(root *model.Scope, in batching.Nodes) *graph.Node {
		return c.Encoder.Logits(root, bert.PaddedInputs(in.IDs, in.Lengths))
	})
}

func logitsOf(t *testing.T, c Config, signature batching.Signature, more feed.More, build func(*model.Scope, batching.Nodes) *graph.Node) [][]float32 {
	t.Helper()
	exec, err := feed.New(c.Engine.Backend, c.Model.Store, signature, func(root *model.Scope, in batching.Nodes) []*graph.Node {
		return []*graph.Node{build(root, in)}
	})
	if err != nil {
		t.Fatal(err)
	}
	defer exec.Finalize()
	labels := len(c.Model.Config.Labels)
	all := make([][]float32, c.Batches.Examples())
	err = feed.Forward{Exec: exec, More: more}.Each(t.Context(), c.Batches, 0, func(_ int, batch batching.Batch, logits []float32) error {
		for row, example := range batch.Index {
			all[example] = logits[row*labels : (row+1)*labels]
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// difference is the largest difference between the logits.
func difference(t *testing.T, a, b [][]float32) float32 {
	t.Helper()
	if len(a) == 0 || len(a) != len(b) {
		t.Fatalf("logits of %d and %d examples", len(a), len(b))
	}
	worst := float32(0)
	for i := range a {
		for j := range a[i] {
			worst = max(worst, a[i][j]-b[i][j], b[i][j]-a[i][j])
		}
	}
	return worst
}
