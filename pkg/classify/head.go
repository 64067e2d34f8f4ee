package classify

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/lorabook/lorabook/internal/classes"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/lora"
	"github.com/lorabook/lorabook/pkg/runfolder"
)

// head is the classifier of the trained weights in a folder.
type head struct {
	labels  []string // names of its rows, in their order; nil: none known
	rows    int      // of the folder's own classifier; 0: the base's classifier is used
	problem string   // problem type of transformers, or tokenProblem
}

// classes returns the number of the classifier's classes; 0 if it is unknown.
func (h head) classes() int { return max(h.rows, len(h.labels)) }

// recordedHead returns what the folder states about its classifier, without the problem type. The
// classifier's weight is the named tensor in the file.
func (t *tuned) recordedHead(file, classifier string) (h head, err error) {
	if h.labels, err = lora.ReadLabels(t.dir); err != nil {
		return h, err
	}
	if _, same, err := classes.Order(h.labels, t.recorded); h.labels != nil && len(t.recorded) > 0 && (err != nil || !same) {
		return h, fmt.Errorf("%s names the classes %q, the run's %s %q: one of the files belongs to another run", filepath.Join(t.dir, lora.LabelsFile), h.labels, runfolder.TrainingFile, t.recorded)
	}
	if h.labels == nil {
		h.labels = t.recorded
	}
	h.rows = rowsOf(filepath.Join(t.dir, file), classifier)
	if n := len(h.labels); n > 0 && h.rows > 0 && n != h.rows {
		return h, fmt.Errorf("%s: the classifier in %s has %d classes, but %d names, %q: the files belong to different trainings", t.dir, file, h.rows, n, h.labels)
	}
	return h, nil
}

// checkNumber compares the number of the caller's labels with the classifier.
func (t *tuned) checkNumber(h head) error {
	if n := len(t.labels); n > 0 && h.classes() > 0 && n != h.classes() {
		return fmt.Errorf("%s: the classifier has %d classes, but there are %d labels, %q: expected one for each class", t.dir, h.classes(), n, t.labels)
	}
	return nil
}

// takeProblem sets the head's problem type: that of the folder, otherwise that of the caller and
// the base. config is the base's configuration, and dir its folder.
func (t *tuned) takeProblem(h *head, config func() (bert.Config, error), dir string) error {
	problem, known, err := t.problemOf()
	if err != nil {
		return err
	}
	if h.problem = problem; h.labels != nil || known && t.recorded != nil {
		return nil
	}
	c, err := config()
	if err != nil {
		return err
	}
	h.problem, err = basesProblem(c, dir, problem, h.rows)
	return err
}

// takeLabels sets the classes of a folder that does not record them: the base's, since PEFT trains a
// classifier in their order, otherwise the caller's.
func (t *tuned) takeLabels(h *head, config func() (bert.Config, error), dir string) error {
	if h.labels != nil {
		return nil
	}
	c, err := config()
	if err != nil {
		return err
	}
	switch n := len(c.Labels); {
	case n > 0 && (h.rows == 0 || h.rows == n):
		h.labels = c.Labels
	case len(t.labels) > 0:
		h.labels = t.labels
	case h.problem == bert.Regression: // PEFT names no number: transformers' name for one row
		h.labels = []string{"LABEL_0"}
	case n > 0:
		return t.otherNumber(*h, dir, c.Labels)
	}
	return nil
}

// otherNumber is the error for a folder's classifier with another number of classes than the base, in
// the folder dir, names.
func (t *tuned) otherNumber(h head, dir string, bases []string) error {
	return fmt.Errorf("%s: the classifier has %d classes, but the base %s names %d, %q: name the adapter's classes in Labels (--labels of kernel serve, label, evaluate and merge)", t.dir, h.rows, dir, len(bases), bases)
}

// unnamed is the error for trained weights whose classes neither the folder nor the base, in the folder
// dir, names: with a classifier of the folder that the caller must name, or without any classifier.
func (t *tuned) unnamed(h head, dir string) error {
	if h.rows == 0 {
		return fmt.Errorf("%s: contains no trained classifier, and neither does the base %s: expected the model on which the weights were trained, or weights that were saved with their classifier (modules_to_save)", t.dir, dir)
	}
	return fmt.Errorf("%s: the classifier has %d classes, and neither the folder nor the base %s names them: name them in the order of its rows, in Labels (--labels of kernel serve, label, evaluate and merge)", t.dir, h.rows, dir)
}

// namesNoClass reports whether the error is about a model's folder that has neither names of classes nor
// a classifier, whose classes would have transformers' names.
func namesNoClass(err error) bool {
	ce := (*bert.ConfigError)(nil)
	return errors.As(err, &ce) && ce.Field == "id2label" && ce.Option != ""
}
