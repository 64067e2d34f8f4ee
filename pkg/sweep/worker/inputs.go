package worker

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/lorabook/lorabook/internal/inputs"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/finetune"
)

// InputsError is the error of a worker whose data or model are not those of the sweep.
type InputsError struct {
	Sweep       string
	Differences []string // the parts of data and model
	Err         error    // why they cannot be read, or nil
}

// Error implements error.
func (e *InputsError) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("sweep %s: this worker cannot read its data or its model: %v", e.Sweep, e.Err)
	}
	return fmt.Sprintf("sweep %s: this worker has other inputs: %s; give it the same files", e.Sweep, strings.Join(e.Differences, ", "))
}

// Unwrap returns Err.
func (e *InputsError) Unwrap() error { return e.Err }

// Digests returns the digests of the data and of the model of an experiment, as run folders record
// them.
func Digests(ctx context.Context, e finetune.Experiment) (map[string]map[string]string, error) {
	all := map[string]map[string]string{}
	e, err := e.WithDefaults()
	if err != nil {
		return nil, err
	}
	open := func(ctx context.Context) (*data.Outline, error) { return e.Data.Outline(ctx, e.Task, nil) }
	if all["data"], err = inputs.Data(e.Data.Source, open).Digests(ctx); err != nil {
		return nil, err
	}
	all["model"], err = inputs.Model("model", e.Model, bert.ResolveOptions{Revision: e.ModelRevision}).Digests(ctx)
	return all, err
}

// InputsKey is equal for experiments with the same inputs.
func InputsKey(e finetune.Experiment) (string, error) {
	e, err := e.WithDefaults()
	if err != nil {
		return "", err
	}
	d := e.Data // what splits.Config.Open reads
	d.Train, d.Validation, d.Test, d.MaxLength, d.Seed = 0, 0, 0, 0, 0
	text, err := json.Marshal([]any{e.Model, e.ModelVersion, e.ModelRevision, e.Task, d})
	return string(text), err
}

// digests computes the digests of each input once.
type digests struct {
	lock  sync.Mutex
	known map[string]map[string]map[string]string
}

// check compares the inputs of an experiment on this machine with those of the sweep.
func (d *digests) check(ctx context.Context, sweep string, e finetune.Experiment, want map[string]map[string]string) error {
	key, err := InputsKey(e)
	if err != nil {
		return err
	}
	d.lock.Lock()
	defer d.lock.Unlock()
	mine := d.known[key]
	if mine == nil {
		if mine, err = Digests(ctx, e); err != nil {
			return &InputsError{Sweep: sweep, Err: err}
		}
		if d.known == nil {
			d.known = map[string]map[string]map[string]string{}
		}
		d.known[key] = mine
	}
	if list := Differences(want, mine); len(list) > 0 {
		return &InputsError{Sweep: sweep, Differences: list}
	}
	return nil
}

// Differences lists the parts with different digests: "train of data".
func Differences(want, mine map[string]map[string]string) []string {
	var list []string
	for _, input := range slices.Sorted(maps.Keys(want)) {
		parts := maps.Clone(want[input])
		if parts == nil {
			parts = map[string]string{}
		}
		maps.Copy(parts, mine[input])
		for _, part := range slices.Sorted(maps.Keys(parts)) {
			if want[input][part] != mine[input][part] {
				list = append(list, part+" of "+input)
			}
		}
	}
	return list
}
