package main

import (
	"context"
	"errors"

	"github.com/spf13/pflag"

	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/encoding"
	"github.com/lorabook/lorabook/pkg/precision"
)

// modelFlags are the flags of a command that uses a trained model.
type modelFlags struct {
	adapter, model   string
	options          classify.Options
	task, truncation string
	bfloat16         bool
}

func (m *modelFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&m.adapter, "adapter", "", "`FOLDER` of a run, of an adapter or of a complete model, or OWNER/NAME@REVISION of an adapter on the hub")
	flags.StringVar(&m.model, "model", "", "folder or hub name of the base `MODEL` (default: the base that --adapter names)")
	flags.StringVar(&m.task, "task", "", "`TASK` of an adapter of PEFT whose base does not name it: multi_label_classification or regression")
	flags.StringSliceVar(&m.options.Labels, "labels", nil, "`NAMES` of the classes, as in neg,pos (default: from --adapter, then from the model)")
	flags.StringVar(&m.options.Revision, "revision", "", "branch, tag or commit of the base on the hub (default: that of the adapter)")
	flags.IntVar(&m.options.MaxLength, "max-length", 0, "largest number `N` of tokens of a text (default: that of the training if the files record it, otherwise the largest of the model)")
	flags.StringVar(&m.truncation, "truncation", "", "what is read of longer texts: head, tail, head+tail or windows (default: that of the training)")
	flags.BoolVar(&m.bfloat16, "bfloat16", false, "multiply matrices in bfloat16, which halves the memory of the weights")
}

// missing returns an error if no model is named.
func (m *modelFlags) missing() error {
	if m.adapter == "" && m.model == "" {
		return errors.New("the flag --adapter is missing, expected the folder of a run, of an adapter or of a model, as in --adapter runs/imdb")
	}
	return nil
}

// complete returns the options of all flags.
func (m *modelFlags) complete() classify.Options {
	o := m.options
	o.Task, o.Truncation = data.Task(m.task), encoding.Truncation(m.truncation)
	if m.bfloat16 {
		o.Precision = precision.BFloat16
	}
	return o
}

func (m *modelFlags) open(ctx context.Context) (*classify.Classifier, error) {
	return classify.Open(ctx, m.model, m.adapter, m.complete())
}
