package finetune

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/internal/bytesize"
	"github.com/lorabook/lorabook/internal/dotted"
	"github.com/lorabook/lorabook/internal/feed"
	"github.com/lorabook/lorabook/internal/prefixcache"
	"github.com/lorabook/lorabook/internal/trainer"
	"github.com/lorabook/lorabook/pkg/batching"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/encoding"
	"github.com/lorabook/lorabook/pkg/precision"
	"github.com/lorabook/lorabook/pkg/splits"
)

// Prefix describes the cache of Training.PrefixCache.
type Prefix struct {
	Layers  int     `json:"layers"`  // number of layers that were computed once for each example
	Bytes   int64   `json:"bytes"`   // size of the file with the hidden states
	Seconds float64 `json:"seconds"` // computing time, in the first run that needed it; excluded from Trained.Seconds
}

// String returns one line for people.
func (p *Prefix) String() string {
	return fmt.Sprintf("the first %d layers were computed once: %s, in %v", p.Layers, bytesize.Text(p.Bytes), time.Duration(p.Seconds*float64(time.Second)).Round(time.Second/10))
}

// PrefixSizeError reports hidden states that are larger than Options.MaxPrefixBytes.
type PrefixSizeError = prefixcache.SizeError

// defaultPrefixBytes is Options.MaxPrefixBytes' default.
const defaultPrefixBytes = 8 << 30

// validatePrefix refuses an unknown prefix cache, and a prefix cache without frozen layers.
func (e Experiment) validatePrefix() error {
	const field = "training.prefix_cache"
	switch c := e.Training.PrefixCache; {
	case c == "":
	case c != precision.Float32 && c != precision.BFloat16:
		return &FieldError{Field: field, Reason: fmt.Sprintf("is %q, expected %q, %q or \"\"", c, precision.Float32, precision.BFloat16)}
	case e.Method == Full:
		return &FieldError{Field: field, Reason: fmt.Sprintf("is %q, but method %q trains every layer: no layer has constant states; omit this field", c, Full)}
	}
	return nil
}

// prefix is the open cache of a training.
type prefix struct {
	states *prefixcache.States
	Prefix
}

// openPrefix opens the states of the training examples and, after them, the validation
// examples. The error is a *FieldError if no layer is frozen, and a *PrefixSizeError if the
// states are too large. It matches ErrStopped if ctx ended before they were complete.
func (r *Run) openPrefix(ctx context.Context, n *network, examples *splits.Examples) (*prefix, error) {
	e := r.Experiment
	layers, err := n.frozenLayers(e)
	if err != nil {
		return nil, err
	}
	rows := encoding.Concat(n.rowsOf("train", examples.Train), n.rowsOf("validation", examples.Validation))
	batcher, err := batching.NewBatcher(rows.IDs, nil, feed.BatchesFor(rows.IDs, n.Tokenizer, e.Data.MaxLength, n.Config.LayerWeights(), false))
	if err != nil {
		return nil, err
	}
	states, err := prefixcache.Open(ctx, prefixcache.Config{
		Model: n.Model, Encoder: n.encoder, Layers: layers,
		Stored: e.Training.PrefixCache, Products: e.Training.Precision, Engine: r.engine,
		Batches: batcher.InOrder(), Rows: rows, Limit: r.options.MaxPrefixBytes, Progress: r.options.Progress,
	})
	if err != nil {
		return nil, prefixError(ctx, err)
	}
	return &prefix{states, Prefix{Layers: layers, Bytes: states.Bytes(), Seconds: states.Seconds()}}, nil
}

// prefixError adds to an error of the cache the settings that remedy it, and ErrStopped if ctx
// ended.
func prefixError(ctx context.Context, err error) error {
	var size *PrefixSizeError
	switch {
	case ctx.Err() != nil && errors.Is(err, ctx.Err()):
		return fmt.Errorf("%w (%w)", ErrStopped, err)
	case errors.As(err, &size):
		half := ""
		if size.Stored != precision.BFloat16 {
			half = fmt.Sprintf(" lower training.prefix_cache to %q, which halves them,", precision.BFloat16)
		}
		return fmt.Errorf("%w: raise Options.MaxPrefixBytes,%s or lower data.max_length, data.train or data.validation", err, half)
	}
	return fmt.Errorf("training.prefix_cache: %w", err)
}

// used returns the description of the cache; nil without one.
func (p *prefix) used() *Prefix {
	if p == nil {
		return nil
	}
	return &p.Prefix
}

// tensors returns the states of batches, counted from the example first; nil without a cache.
func (p *prefix) tensors(first int) feed.More {
	if p == nil {
		return nil
	}
	return p.states.Tensors(first)
}

// logits computes the logits with the layers above the states.
func (p *prefix) logits() classify.Logits {
	return classify.Logits{Extra: []string{prefixcache.Tensor}, Build: p.states.Logits, NoTokenTypes: true}
}

// frozenLayers returns the number of lowest layers without a trainable variable in or below
// them. If it is 0, the error is a *FieldError with the variable.
func (n *network) frozenLayers(e Experiment) (int, error) {
	layers := n.Config.NumHiddenLayers
	frozen, lowest := layers, (*model.Variable)(nil)
	for _, v := range trainer.Trainable(n.Store.RootScope(), nil) {
		if d := n.Config.LayersBefore(v.Path()); lowest == nil || d < frozen {
			frozen, lowest = d, v
		}
	}
	if frozen > 0 {
		return frozen, nil
	}
	reason := fmt.Sprintf("is %q, but %s, of the lowest layer, is trainable", e.Training.PrefixCache, dotted.Name(lowest.Path()))
	if !bert.InLayer(lowest.Path()) {
		reason = strings.Replace(reason, "of the lowest layer", "below all layers", 1)
	}
	return 0, &FieldError{Field: "training.prefix_cache", Reason: reason + fmt.Sprintf(": no layer is frozen; use the adapter on higher layers, as with adapter.layers_to_transform %v, or omit this field", upperHalf(layers))}
}

// upperHalf returns the indices of the upper half of the layers, for the error's example.
func upperHalf(layers int) []int {
	var list []int
	for i := (layers + 1) / 2; i < layers; i++ {
		list = append(list, i)
	}
	return list
}
