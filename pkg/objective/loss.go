package objective

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/lorabook/lorabook/internal/settings"
	"github.com/lorabook/lorabook/pkg/data"
)

// Loss changes the loss that a training minimizes. The zero value is the loss that transformers'
// BertForSequenceClassification has for the task: the mean cross-entropy, the mean sigmoid
// cross-entropy of all examples and classes, or the mean squared error.
//
// Evaluations, and the selection of the best state by loss, always use the zero value's loss.
type Loss struct {
	// ClassWeights are the weights w of the classes, for data.SingleLabel: the loss of a batch
	// is sum(w[label] * loss) / sum(w[label]), as in torch.nn.CrossEntropyLoss(weight=w).
	// Balanced weights are n / (classes * count) for a class with count of the n training
	// examples, as scikit-learn's compute_class_weight has them (King and Zeng 2001,
	// doi:10.1093/oxfordjournals.pan.a004868). Default: none.
	ClassWeights Weights `json:"class_weights,omitzero"`

	// LabelSmoothing is the share e of the target that is spread evenly over all K classes,
	// from 0 to below 1, for data.SingleLabel (Szegedy et al. 2016, arXiv:1512.00567):
	// (1-e) * -log p[label] + e/K * sum of -log p over the classes. With ClassWeights, each
	// -log p is multiplied by the weight of its class, as torch.nn.CrossEntropyLoss does.
	// Default 0.
	LabelSmoothing float64 `json:"label_smoothing,omitempty"`

	// FocalGamma is the exponent g of the focal loss (Lin et al. 2017, arXiv:1708.02002), for
	// data.SingleLabel: (1 - p[label])^g * -log p[label], which counts examples less that are
	// already classified with confidence. ClassWeights are its alpha. The paper's best is 2.
	// Default 0: cross-entropy.
	FocalGamma float64 `json:"focal_gamma,omitempty"`

	// PositiveWeights are the weights of the classes' positive examples, for data.MultiLabel:
	// the loss of a class that an example has is multiplied by the weight, and that of a class
	// that it lacks is not, as in torch.nn.BCEWithLogitsLoss(pos_weight=w). Balanced weights are
	// the training examples without the class divided by those with it. Default: none.
	PositiveWeights Weights `json:"positive_weights,omitzero"`
}

// Weights are one weight per class. The zero value means none.
type Weights struct {
	// Balanced computes the weights from the training examples. In JSON it is "balanced".
	Balanced bool
	// ByClass contains a positive number, from 1e-30 to 1e30, for every class, by the class's name. In JSON it is
	// the object {"neg": 1, "pos": 2.5}.
	ByClass map[string]float64
}

// Balanced are weights that are computed from the training examples.
var Balanced = Weights{Balanced: true}

const balanced = "balanced"

// Limits of weights: the sums of a batch's weights, and its losses and gradients times the weights, are normal
// numbers of float32.
const minWeight, maxWeight = 1e-30, 1e30

// IsZero reports whether there are no weights.
func (w Weights) IsZero() bool { return !w.Balanced && len(w.ByClass) == 0 }

// MarshalJSON implements json.Marshaler.
func (w Weights) MarshalJSON() ([]byte, error) {
	if w.Balanced {
		return json.Marshal(balanced)
	}
	return json.Marshal(w.ByClass)
}

// UnmarshalJSON implements json.Unmarshaler.
func (w *Weights) UnmarshalJSON(text []byte) error {
	*w = Weights{}
	var name string
	if json.Unmarshal(text, &name) == nil {
		if name != balanced {
			return fmt.Errorf("weights %q: expected %q, or an object with a number for each class", name, balanced)
		}
		w.Balanced = true
		return nil
	}
	return json.Unmarshal(text, &w.ByClass)
}

// validate refuses options that do not fit the task, and impossible values.
func (l Loss) validate(task data.Task) error {
	for _, f := range []struct {
		field string
		set   bool
		task  data.Task // of the option
	}{
		{"class_weights", !l.ClassWeights.IsZero(), data.SingleLabel}, {"label_smoothing", l.LabelSmoothing != 0, data.SingleLabel},
		{"focal_gamma", l.FocalGamma != 0, data.SingleLabel}, {"positive_weights", !l.PositiveWeights.IsZero(), data.MultiLabel},
	} {
		if f.set && f.task != task {
			return &settings.FieldError{Field: "training.loss." + f.field, Reason: fmt.Sprintf("is set, but belongs to the task %s, and the task is %s: leave it out", f.task, task)}
		}
	}
	switch {
	case !(l.LabelSmoothing >= 0 && l.LabelSmoothing < 1):
		return &settings.FieldError{Field: "training.loss.label_smoothing", Reason: fmt.Sprintf("is %v, expected 0 or more, and below 1", l.LabelSmoothing)}
	case !(l.FocalGamma >= 0) || math.IsInf(l.FocalGamma, 0):
		return &settings.FieldError{Field: "training.loss.focal_gamma", Reason: fmt.Sprintf("is %v, expected a number of 0 or more", l.FocalGamma)}
	case l.FocalGamma > 0 && l.LabelSmoothing > 0:
		return &settings.FieldError{Field: "training.loss.focal_gamma", Reason: "is set together with label_smoothing, and their combination has no common definition: set one of the two"}
	}
	if err := settings.Float32("training.loss.label_smoothing", l.LabelSmoothing); err != nil {
		return err
	}
	if err := settings.Float32("training.loss.focal_gamma", l.FocalGamma); err != nil {
		return err
	}
	if err := l.ClassWeights.validate("training.loss.class_weights"); err != nil {
		return err
	}
	return l.PositiveWeights.validate("training.loss.positive_weights")
}

func (w Weights) validate(field string) error {
	if w.Balanced && len(w.ByClass) > 0 {
		return &settings.FieldError{Field: field, Reason: "is balanced and has given weights: set one of the two"}
	}
	if w.ByClass != nil && len(w.ByClass) == 0 {
		return &settings.FieldError{Field: field, Reason: fmt.Sprintf("is an object without a class, expected a weight for each class, or %q; leave it out for no weights", balanced)}
	}
	for _, class := range slices.Sorted(maps.Keys(w.ByClass)) {
		if value := w.ByClass[class]; !(value >= minWeight && value <= maxWeight) {
			return &settings.FieldError{Field: field, Reason: fmt.Sprintf("has the weight %v for class %q, expected a positive number from %g to %g, of which float32 holds the sums", value, class, minWeight, maxWeight)}
		}
	}
	return nil
}
