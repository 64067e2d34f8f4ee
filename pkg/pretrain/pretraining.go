package pretrain

import (
	"fmt"
	"math"

	"github.com/lorabook/lorabook/internal/settings"
	"github.com/lorabook/lorabook/internal/trainer"
	"github.com/lorabook/lorabook/pkg/batching"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/precision"
	"github.com/lorabook/lorabook/pkg/schedule"
	"github.com/lorabook/lorabook/pkg/tiny"
)

// Pretraining is the complete configuration of a masked-language-model training: a BERT reads
// unlabelled texts with masked tokens and learns to predict them. It trains a new model, or
// adapts a general model to a domain before the training of an adapter (Gururangan et al. 2020,
// arXiv:2004.10964). The objective is that of Devlin et al. 2019 (arXiv:1810.04805),
// next-sentence prediction left out.
type Pretraining struct {
	Model        string              `json:"model"`             // initial model: a folder, .zip or name for bert.Resolve, with a masked-language-model head; default tiny.Name
	Texts        []string            `json:"texts"`             // data sets for data.OpenTexts: their training halves and unlabelled texts; default "sample"
	HeldOut      int                 `json:"held_out"`          // number of texts for the evaluation, which are not trained on; texts that also occur among the training texts, as strings or by their tokens, are not evaluated; default 500, with "sample" alone 40
	Stages       []Stage             `json:"stages"`            // executed in order; default one of 1000 steps, 32 rows, 128 tokens
	Mask         float64             `json:"mask"`              // share of a row's tokens to predict, special and unknown tokens left out; default 0.15
	Bag          float64             `json:"bag"`               // weight of the bag-of-words loss: predicting, from a row's pooled output, the tokens of the other row of its text; default 0
	Neighbours   int                 `json:"neighbours"`        // number of consecutive texts that stay in one batch if rows are paired, so that the contrastive loss cannot rely on the names in reviews of one film; default 1: sampled from all
	Teacher      *Teacher            `json:"teacher,omitempty"` // a larger model for the distillation of hidden states; default none
	Contrast     float64             `json:"contrast"`          // weight of the contrastive loss, which identifies the pairs of rows from one text; default 0: rows are not paired
	LearningRate float64             `json:"learning_rate"`     // peak; default 5e-5, suitable for a trained model; use 1e-3 with a small new model
	Schedule     schedule.Name       `json:"schedule"`          // of the learning rate, after the warm-up: one of schedule.Names; default schedule.Linear
	Warmup       float64             `json:"warmup"`            // share of the steps in which the rate rises from 0; default 0.06; -1 means none, and a single step has none
	WeightDecay  float64             `json:"weight_decay"`      // of every tensor, as in torch.optim.AdamW; default 0
	Beta1        float64             `json:"adam_beta1"`        // default 0.9; -1 means 0
	Beta2        float64             `json:"adam_beta2"`        // default 0.98; -1 means 0
	Epsilon      float64             `json:"adam_epsilon"`      // default 1e-6
	MaxGradNorm  float64             `json:"max_grad_norm"`     // limit of the gradient's global norm; default 1; -1 means no clipping
	Precision    precision.Precision `json:"precision"`         // of matrix products: Float32 or BFloat16; default Float32
	MeasureEvery int                 `json:"measure_every"`     // steps between evaluations on the held-out texts; default a tenth of all
	Seed         int64               `json:"seed"`              // of the held-out texts, rows, masks and dropout; default 1

	// Columns names the columns of the tables among Texts; default: they are found by their names. Label and
	// ID are refused, since they are not read. Both texts of a pair are texts, unless TextPair is
	// data.NoColumn.
	Columns data.Columns `json:"columns,omitzero"`
	// BadRows states the treatment of records that cannot be used; default data.FailBadRows.
	BadRows data.BadRows `json:"bad_rows,omitempty"`
	// Delimiter, Header, Quotes and Encoding are those of data.Opener, for all Texts; default: they are
	// found. A .txt file is a table where one of the first three or Columns is set, or where its first line
	// names columns; otherwise each of its lines is a text.
	Delimiter string      `json:"delimiter,omitempty"`
	Header    data.Header `json:"header,omitempty"`
	Quotes    data.Quotes `json:"quotes,omitempty"`
	Encoding  string      `json:"encoding,omitempty"`
}

// Stage is a part of a pre-training with rows of one shape. Short rows cost less for the same
// number of tokens; a last stage with long rows trains the far positions.
type Stage struct {
	Steps  int `json:"steps"`  // at most 2^31-1 in all stages together
	Rows   int `json:"rows"`   // rows of a batch; rows times length is at most 2^24
	Length int `json:"length"` // tokens of a row, special tokens included
}

// WithDefaults returns p with all defaults written out.
func (p Pretraining) WithDefaults() Pretraining {
	settings.Default(&p.Model, tiny.Name)
	if len(p.Texts) == 0 {
		p.Texts = []string{data.Sample}
	}
	if len(p.Texts) == 1 && p.Texts[0] == data.Sample {
		settings.Default(&p.HeldOut, 40)
	}
	settings.Default(&p.HeldOut, 500)
	if len(p.Stages) == 0 {
		p.Stages = []Stage{{Steps: 1000, Rows: 32, Length: 128}}
	}
	if p.BadRows == data.FailBadRows {
		p.BadRows = ""
	}
	settings.Default(&p.Mask, 0.15)
	settings.Default(&p.Neighbours, 1)
	if p.Teacher != nil {
		p.Teacher = p.Teacher.withDefaults()
	}
	settings.Default(&p.LearningRate, 5e-5)
	settings.Default(&p.Schedule, schedule.Linear)
	settings.Default(&p.Warmup, 0.06)
	settings.Default(&p.Beta1, 0.9)
	settings.Default(&p.Beta2, 0.98)
	settings.Default(&p.Epsilon, 1e-6)
	settings.Default(&p.MaxGradNorm, 1)
	settings.Default(&p.Precision, precision.Float32)
	settings.Default(&p.MeasureEvery, max(1, p.steps()/10))
	settings.Default(&p.Seed, 1)
	return p
}

// Validate returns a *settings.FieldError for the first invalid field, after the defaults are
// written out.
func (p Pretraining) Validate() error {
	steps := 0
	for i, s := range p.Stages {
		for _, f := range []struct {
			name       string
			value, min int
		}{{"steps", s.Steps, 1}, {"rows", s.Rows, 1}, {"length", s.Length, 4}} {
			if f.value < f.min {
				return &settings.FieldError{Field: fmt.Sprintf("stages[%d].%s", i, f.name), Reason: fmt.Sprintf("is %d, expected at least %d", f.value, f.min)}
			}
		}
		if s.Rows > batching.MaxTokens/s.Length {
			return &settings.FieldError{Field: fmt.Sprintf("stages[%d].rows", i), Reason: fmt.Sprintf("is %d, expected at most %d with a length of %d: a batch is held in memory", s.Rows, batching.MaxTokens/s.Length, s.Length)}
		}
		if s.Steps > math.MaxInt32-steps {
			return &settings.FieldError{Field: fmt.Sprintf("stages[%d].steps", i), Reason: fmt.Sprintf("is %d, expected at most %d in all stages together", s.Steps, math.MaxInt32)}
		}
		steps += s.Steps
	}
	if err := p.validateColumns(); err != nil {
		return err
	}
	if p.HeldOut < 1 {
		return &settings.FieldError{Field: "held_out", Reason: fmt.Sprintf("is %d, expected at least 1", p.HeldOut)}
	}
	if p.MeasureEvery < 1 {
		return &settings.FieldError{Field: "measure_every", Reason: fmt.Sprintf("is %d, expected at least 1", p.MeasureEvery)}
	}
	if !(p.Mask > 0 && p.Mask < 1) {
		return &settings.FieldError{Field: "mask", Reason: fmt.Sprintf("is %v, expected more than 0 and less than 1", p.Mask)}
	}
	for _, w := range []struct {
		name  string
		value float64
	}{{"contrast", p.Contrast}, {"bag", p.Bag}} {
		if !(w.value >= 0) || math.IsInf(w.value, 0) {
			return &settings.FieldError{Field: w.name, Reason: fmt.Sprintf("is %v, expected at least 0", w.value)}
		}
		if err := settings.Float32(w.name, w.value); err != nil {
			return err
		}
	}
	if p.Teacher != nil {
		if err := p.Teacher.validate(); err != nil {
			return err
		}
	}
	if p.Neighbours < 1 {
		return &settings.FieldError{Field: "neighbours", Reason: fmt.Sprintf("is %d, expected at least 1", p.Neighbours)}
	}
	if p.Neighbours > 1 && !p.paired() {
		return &settings.FieldError{Field: "neighbours", Reason: fmt.Sprintf("is %d, expected 1 without a loss that compares rows: set contrast or bag, or leave it 1", p.Neighbours)}
	}
	for i, s := range p.Stages {
		if p.paired() && (s.Rows < 4 || s.Rows%2 == 1) {
			return &settings.FieldError{Field: fmt.Sprintf("stages[%d].rows", i), Reason: fmt.Sprintf("is %d, expected an even number of at least 4: contrast and bag take rows in pairs", s.Rows)}
		}
	}
	return trainer.Validate("", p.optimizer(), p.Precision)
}

// paired reports whether rows are formed in pairs, two from one text.
func (p Pretraining) paired() bool { return p.Contrast > 0 || p.Bag > 0 }

// optimizer returns the settings of the optimizer.
func (p Pretraining) optimizer() trainer.Optimizer {
	return trainer.Optimizer{
		LearningRate: p.LearningRate, Schedule: p.Schedule, Warmup: p.Warmup, WeightDecay: p.WeightDecay,
		Beta1: p.Beta1, Beta2: p.Beta2, Epsilon: p.Epsilon, MaxGradNorm: p.MaxGradNorm,
	}
}

// steps returns the number of updates of all stages.
func (p Pretraining) steps() int {
	n := 0
	for _, s := range p.Stages {
		n += s.Steps
	}
	return n
}
