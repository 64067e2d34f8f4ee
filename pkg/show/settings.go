package show

import (
	"cmp"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/classify"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/encoding"
	"github.com/lorabook/lorabook/pkg/finetune"
	"github.com/lorabook/lorabook/pkg/lora"
	"github.com/lorabook/lorabook/pkg/notebook"
	"github.com/lorabook/lorabook/pkg/precision"
	"github.com/lorabook/lorabook/pkg/splits"
)

// Experiment returns the experiment of a notebook's parameters. A parameter that cannot be used
// ends the cell (see [notebook.Check]) with an error that names it.
func Experiment(s notebook.Settings) finetune.Experiment {
	return notebook.Must(experiment(s))
}

// Adapter returns the adapter of a notebook's parameters, as [Experiment] does.
func Adapter(s notebook.Settings) lora.Config {
	notebook.Check(s.Validate())
	return notebook.Must(adapter(s))
}

func experiment(s notebook.Settings) (finetune.Experiment, error) {
	if err := s.Validate(); err != nil {
		return finetune.Experiment{}, err
	}
	e := finetune.Experiment{
		Model:  s.Model,
		Task:   data.Task(s.Task),
		Data:   dataOf(s),
		Method: finetune.Method(s.Method),
		Training: finetune.Training{
			Epochs: s.Epochs, BatchSize: s.BatchSize, LearningRate: s.LearningRate, Evaluations: s.Evaluations,
			Precision: precision.Precision(s.Precision), PrefixCache: precision.Precision(s.PrefixCache),
		},
		Seed: int64(s.Seed), Devices: s.Devices,
	}
	if e.Method == finetune.LoRA || e.Method == "lora" {
		var err error
		if e.Adapter, err = adapter(s); err != nil {
			return e, err
		}
	}
	whole, err := e.WithDefaults()
	if err == nil {
		err = whole.Validate()
	}
	if refused := checkTask(e.Task); err == nil && refused != nil {
		return e, &notebook.ParameterError{Name: "task", Reason: refused.Error()}
	}
	return e, named(err)
}

// dataOf returns the selection of the examples.
func dataOf(s notebook.Settings) splits.Config {
	return splits.Config{
		Source: s.Data, Train: s.Train, Validation: s.Validation, Test: s.Test, TestShare: s.TestShare,
		MaxLength: s.MaxLength, Truncation: encoding.Truncation(s.Truncation),
		Columns: data.Columns{Text: s.Text, TextPair: s.TextPair, Label: s.Label, ID: s.ID, Split: s.Split}, BadRows: data.BadRows(s.BadRows),
		Delimiter: s.Delimiter, Header: data.Header(s.Header), Quotes: data.Quotes(s.Quotes), Encoding: s.Encoding, LabelSeparator: s.LabelSeparator,
		DropDuplicates: splits.Drop(s.DropDuplicates),
	}
}

// Labels returns the names of the classes of the data that a notebook's parameters name. It ends
// the cell with the error of data that cannot be opened (see [notebook.Check]).
func Labels(s notebook.Settings) []string {
	notebook.Check(s.Validate())
	d := dataOf(s)
	d.Source = cmp.Or(d.Source, data.Sample)
	return notebook.Must(d.Open(notebook.Context(), data.Task(s.Task))).Labels
}

// HeadOptions returns the options of bert.Open for a new classifier of a task, with a row for each
// class. The task "" is data.SingleLabel.
func HeadOptions(task string, classes []string, seed int) bert.Options {
	o := bert.Options{Head: bert.Classification, Labels: classes, ProblemType: task, Seed: int64(seed)}
	if data.Task(task) == data.TokenClassification {
		o.Head, o.ProblemType = bert.TokenClassification, ""
	}
	return o
}

// Sentences returns examples with texts, for a model of any task: they have words, too, each with the
// first tag.
func Sentences(texts ...string) []data.Example {
	out := make([]data.Example, len(texts))
	for i, text := range texts {
		words := strings.Fields(text)
		out[i] = data.Example{ID: strconv.Itoa(i + 1), Text: text, Words: words, Tags: make([]int, len(words))}
	}
	return out
}

// mostOutputs is the number of outputs that Outputs shows.
const mostOutputs = 8

// Outputs writes the outputs of a network, of more than eight the first ones.
func Outputs(p *classify.TaskPredictions) string {
	values := p.Outputs()
	if len(values) <= mostOutputs {
		return fmt.Sprint(values)
	}
	text := fmt.Sprint(values[:mostOutputs])
	return sayf("%s and %d more]", strings.TrimSuffix(text, "]"), len(values)-mostOutputs)
}

// adapter returns the adapter of valid settings.
func adapter(s notebook.Settings) (lora.Config, error) {
	targets, errTargets := s.TargetModules()
	layers, errLayers := s.LayerNumbers()
	c := lora.Config{Dropout: s.Dropout, TargetModules: targets, LayersToTransform: layers}
	if s.IsFraction() {
		c.Fraction, c.Alpha = s.Rank, cmp.Or(s.Alpha, 2*notebook.DefaultRank)
	} else {
		c.R = int(cmp.Or(s.Rank, notebook.DefaultRank))
		c.Alpha = cmp.Or(s.Alpha, 2*float64(c.R))
	}
	return c, errors.Join(errTargets, errLayers)
}

// parameters are the notebooks' names of fields of an experiment.
var parameters = map[string]string{
	"model": "model", "model_version": "model", "data.source": "data", "data.train": "train", "data.validation": "validation", "data.test": "test",
	"data.test_share": "testShare", "data.bad_rows": "badRows", "data.drop_duplicates": "dropDuplicates", "task": "task",
	"data.max_length": "maxLength", "data.truncation": "truncation", "method": "method", "training.epochs": "epochs", "training.batch_size": "batchSize",
	"training.learning_rate": "learningRate", "training.evaluations": "evaluations", "training.precision": "precision", "training.prefix_cache": "prefixCache",
	"adapter.layers_to_transform": "layers", "seed": "seed", "devices": "devices",
}

// named adds the parameter's name to the error of a field.
func named(err error) error {
	var field *finetune.FieldError
	if errors.As(err, &field) && parameters[field.Field] != "" {
		return &notebook.ParameterError{Name: parameters[field.Field], Reason: field.Reason}
	}
	return err
}
