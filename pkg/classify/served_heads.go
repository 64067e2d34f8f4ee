package classify

import (
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"

	"github.com/lorabook/lorabook/internal/classes"
	"github.com/lorabook/lorabook/internal/settings"
	"github.com/lorabook/lorabook/pkg/adapters"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/data"
	"github.com/lorabook/lorabook/pkg/lora"
)

// servedHead is the classifier of one of several adapters.
type servedHead struct {
	task      data.Task
	labels    []string // in the order of the answers
	columns   []int    // the logit of each label
	decisions decisions
}

// servedHeads are the classifiers of [Classifiers].
type servedHeads struct {
	options ClassifiersOptions
	config  bert.Config // of the model's folder
	dir     string      // the model's folder
	vocab   int         // number of the model's word embeddings
	fresh   []string    // tensors that the model's folder lacks
	model   *bert.Model
	tags    bool  // adapters for data.TokenClassification are served too
	inFile  int64 // bert.Options.WordsInFile of the base

	base      []string               // class names of the model's classifier, in the order of its rows
	untrained error                  // why the base's classifier is not used; nil if it is used
	unnamed   bool                   // nobody names the classes of the model's classifier
	noBase    error                  // why the model does not answer without an adapter; nil if it does
	common    map[data.Task][]string // class names of all adapters of a task, in the order of the answers
	heads     map[string]*servedHead // by adapter
}

// openHeads opens the base and finds the classifiers of the adapters in the folders.
func openHeads(ctx context.Context, base tuned, dirs map[string]string, options ClassifiersOptions) (*servedHeads, *bert.Model, error) {
	dir, err := base.resolve(ctx)
	if err != nil {
		return nil, nil, err
	}
	config, err := bert.ReadConfig(dir)
	if err != nil {
		return nil, nil, err
	}
	if err := checkProblem(config, dir); err != nil {
		return nil, nil, err
	}
	s := &servedHeads{options: options, config: config, dir: dir, vocab: config.VocabSize, common: map[data.Task][]string{}, heads: map[string]*servedHead{}}
	found := map[string]head{}
	names := slices.Sorted(maps.Keys(dirs))
	for _, recorded := range []bool{true, false} { // the folders that record their classes name those of the others
		for _, name := range names {
			labels, err := lora.ReadLabels(dirs[name])
			if err != nil {
				return nil, nil, fmt.Errorf("adapter %q: %w", name, err)
			}
			if (labels != nil) != recorded {
				continue
			}
			if found[name], err = s.read(name, dirs[name]); err != nil {
				return nil, nil, err
			}
			s.join(name, found[name])
		}
	}
	m, err := s.open(ctx, s.lead(names, found), allHaveClassifiers(dirs))
	if err != nil {
		return nil, nil, err
	}
	for _, name := range names {
		if s.heads[name], err = s.head(name, dirs[name], found[name]); err != nil {
			return nil, nil, err
		}
	}
	return s, m, s.checkOptions()
}

// lead returns the classifier with the task and the classes for which the base is opened: that of
// an adapter without a classifier of its own, otherwise of an adapter for the task of the base,
// otherwise of the first adapter.
func (s *servedHeads) lead(names []string, found map[string]head) head {
	stated := orSingle(s.config.ProblemType)
	for _, fits := range []func(head) bool{
		func(h head) bool { return h.rows == 0 },
		func(h head) bool { return h.problem == stated },
		func(head) bool { return true },
	} {
		for _, name := range names {
			if h := found[name]; fits(h) {
				h.labels = s.order(name, h)
				return h
			}
		}
	}
	problem := string(s.options.Task)
	settings.Default(&problem, s.config.ProblemType)
	return head{problem: orSingle(problem), labels: s.options.Labels}
}

// open opens the base for the classifier lead. If the base's classifier does not fit it, and is not
// needed since all adapters have classifiers, the base has a new one.
func (s *servedHeads) open(ctx context.Context, lead head, notNeeded bool) (*bert.Model, error) {
	options := bert.Options{Labels: lead.labels, ProblemType: lead.problem, WordsInFile: s.inFile}
	m, err := openClassifying(ctx, s.dir, options, labelsOption)
	if err != nil && notNeeded {
		options.FreshHead = true
		if m, freshErr := openClassifying(ctx, s.dir, options, labelsOption); freshErr == nil {
			s.untrained = err
			s.noBase = fmt.Errorf("the model without an adapter cannot answer: %w", err)
			s.setBase(m)
			return m, nil
		}
	}
	if err != nil {
		return nil, err
	}
	s.setBase(m)
	return m, nil
}

// setBase sets the classifier of the model without an adapter.
func (s *servedHeads) setBase(m *bert.Model) {
	s.base, s.fresh, s.model = m.Config.Labels, m.Fresh, m
	h := &servedHead{task: taskOf(m), labels: s.base, columns: counted(len(s.base))}
	s.heads[adapters.Base] = h
	if s.noBase != nil {
		return
	}
	if s.options.Calibrated {
		fitted := calibrationOf{dir: m.Dir}
		if fitted.Calibration, s.noBase = ReadCalibration(m.Dir); s.noBase == nil {
			h.decisions, s.noBase = s.decide(adapters.Base, fitted, h)
		}
	} else {
		h.decisions, s.noBase = s.decide(adapters.Base, calibrationOf{}, h)
	}
	if s.noBase != nil {
		s.noBase = fmt.Errorf("the model without an adapter cannot answer: %w", s.noBase)
	}
	if m.FreshClassifier() {
		return
	}
	_, same, err := classes.Order(s.config.Labels, s.base)
	switch {
	case len(s.config.Labels) > 0 && len(s.options.Labels) == 0 && (err != nil || !same):
		s.noBase = fmt.Errorf("the model without an adapter has the classes %q, and the adapters %q: if both lists mean the same classes in this order, name them in Labels", s.config.Labels, s.base)
	case s.config.ProblemType == "" && h.task != data.SingleLabel && s.options.Task == "":
		s.noBase = fmt.Errorf("the model without an adapter cannot answer: %s states no problem_type, and the adapters have the task %s: if the model has it too, set classify.Options.Task", filepath.Join(s.dir, "config.json"), h.task)
	}
}

// read checks what the adapters have in common, and returns the classifier of an adapter.
func (s *servedHeads) read(name, dir string) (h head, err error) {
	fail := func(format string, args ...any) (head, error) {
		return h, fmt.Errorf("adapter %q: %w", name, fmt.Errorf(format, args...))
	}
	config, err := lora.ReadConfig(dir)
	if err != nil {
		return fail("%w", err)
	}
	own := s.options.Adapters[name]
	t := tuned{dir: dir, task: s.options.Task}
	if own.Task != "" {
		t.task = own.Task
	}
	if !s.tags {
		err = CheckTask(config, data.SingleLabel)
	} else if err = t.takeTask(config); err != nil && own.Task == "" && config.TaskType == tokenTask {
		t.task, err = data.TokenClassification, nil // the task of the others is for adapters that record none
	}
	if err != nil {
		return fail("%s: task_type %w", filepath.Join(dir, lora.ConfigFile), err)
	}
	if _, n := wordEmbeddingRows(dir); n > s.vocab {
		return fail("%s: tokens were added to the vocabulary, from %d to %d word embeddings, which the other adapters do not have: open it alone, with Open", dir, s.vocab, n)
	}
	if h, err = t.recordedHead(lora.TensorsFile, classifierKey); err != nil {
		return fail("%w", err)
	}
	base := func() (bert.Config, error) { return s.config, nil }
	if err := t.takeProblem(&h, base, s.dir); err != nil {
		return fail("%w", err)
	}
	if h.problem = orSingle(h.problem); h.problem == tokenProblem && !s.tags {
		return fail("%s: was trained for the task %s; several adapters on one model serve only classifiers of texts: open it alone, with Open", dir, h.problem)
	}
	t.labels = s.given(name, h)
	if err := t.checkNumber(h); err != nil {
		return fail("%w", err)
	}
	if n := len(s.common[data.Task(h.problem)]); t.labels == nil && n > 0 && (h.rows == 0 || h.rows == n) {
		t.labels = s.common[data.Task(h.problem)]
	}
	if err := t.takeLabels(&h, base, s.dir); err != nil {
		return fail("%w", err)
	}
	return h, nil
}

// given returns the caller's class names for an adapter's classifier; nil if there are none.
func (s *servedHeads) given(name string, h head) []string {
	if own := s.options.Adapters[name].Labels; len(own) > 0 {
		return own
	}
	if h.problem == bert.Regression || len(s.options.Labels) == 0 {
		return nil
	}
	return s.options.Labels
}

// join makes the classes of an adapter's classifier those of all adapters of its task, if it is the
// first.
func (s *servedHeads) join(name string, h head) {
	task := data.Task(h.problem)
	if s.common[task] == nil && s.given(name, h) == nil && task != data.Regression && !s.options.OwnLabels {
		s.common[task] = h.labels
	}
}

// order returns the class names of an adapter in the order of the answers; nil if none are known.
func (s *servedHeads) order(name string, h head) []string {
	if given := s.given(name, h); given != nil {
		return given
	}
	if common := s.common[data.Task(h.problem)]; common != nil {
		return common
	}
	return h.labels
}

// head returns the classifier of an adapter as the answers use it.
func (s *servedHeads) head(name, dir string, h head) (*servedHead, error) {
	fail := func(format string, args ...any) (*servedHead, error) {
		return nil, fmt.Errorf("adapter %q: %w", name, fmt.Errorf(format, args...))
	}
	c, err := s.checkShared(dir)
	if err != nil {
		return fail("%w", err)
	}
	if h.rows == 0 && s.untrained != nil {
		return fail("%s has no classifier, and the model's classifier is not used: %w", dir, s.untrained)
	}
	for _, tensor := range s.fresh {
		if rowsOf(filepath.Join(dir, lora.TensorsFile), "base_model.model."+tensor) == 0 {
			return fail("%w", absentTensor(dir, tensor, c, s.config, s.dir))
		}
	}
	if h.labels == nil { // neither the adapter nor the base names classes
		if h.rows > 0 && (s.unnamed || data.Task(h.problem) != s.heads[adapters.Base].task) {
			return fail("%s: names no classes, and neither does the model %s: name them in the order of the classifier's %d rows, in AdapterOptions.Labels or with --labels %s=NAME,NAME of kernel serve", dir, s.dir, h.rows, name)
		}
		h.labels = s.base
	}
	out := &servedHead{task: data.Task(h.problem), labels: s.order(name, h)}
	if out.labels == nil {
		out.labels = h.labels
	}
	if n := h.classes(); n != len(out.labels) {
		return fail("%s: the classifier has %d classes, expected the %d of all adapters for the task %s, %q: if each adapter has classes of its own, set OwnLabels", dir, n, len(out.labels), out.task, out.labels)
	}
	order, same, err := classes.Order(h.labels, out.labels)
	switch {
	case err != nil:
		return fail("%s: %w", dir, err)
	case !same && s.given(name, h) == nil:
		return fail("%s: the classes are %q, expected those of all adapters for the task %s, %q: if both lists mean the same classes in this order, name them in Labels; if each adapter has classes of its own, set OwnLabels", dir, h.labels, out.task, out.labels)
	}
	rows := counted(h.classes())
	if h.rows == 0 {
		if rows, err = s.baseRows(h); err != nil {
			return fail("%s: %w", dir, err)
		}
		if !slices.IsSorted(rows) && rowsOf(filepath.Join(dir, lora.TensorsFile), "base_model.model.classifier.lora_B.weight") > 0 {
			return fail("%s: the adapter changes the base's classifier with the class order %q, expected the order of the others, %q: open it alone, or set Labels to its order", dir, h.labels, s.base)
		}
	}
	for _, row := range order {
		out.columns = append(out.columns, rows[row])
	}
	fitted := calibrationOf{dir: dir}
	if s.optionsOf(name).Calibrated && out.task != data.Regression {
		if fitted.Calibration, err = ReadCalibration(dir); err != nil {
			return fail("%w", err)
		}
	}
	if out.decisions, err = s.decide(name, fitted, out); err != nil {
		return fail("%w", err)
	}
	return out, nil
}

// baseRows returns the row of the opened base's classifier for each class of an adapter without a
// classifier of its own. Both name the rows of the classifier in the model's folder.
func (s *servedHeads) baseRows(h head) ([]int, error) {
	if len(h.labels) != len(s.base) {
		return nil, fmt.Errorf("the classes are %q, and the classifier of the model %s, which the adapter uses, has %d, %q", h.labels, s.dir, len(s.base), s.base)
	}
	stored, _, err := classes.Order(s.config.Labels, s.base)
	if err != nil {
		return nil, err
	}
	own, _, err := classes.Order(s.config.Labels, h.labels)
	if err != nil {
		return nil, err
	}
	for i, row := range own {
		own[i] = slices.Index(stored, row)
	}
	return own, nil
}

// decide returns the decisions of the options for the classifier of an adapter. A regression has none.
func (s *servedHeads) decide(name string, fitted calibrationOf, h *servedHead) (decisions, error) {
	own := s.options.Adapters[name]
	switch {
	case own.Threshold != 0 && h.task != data.MultiLabel:
		return decisions{}, fmt.Errorf("options: Threshold is %v, but the adapter's task is %s, which has none: leave it out", own.Threshold, h.task)
	case (h.task == data.Regression || h.task == data.TokenClassification) && !own.Calibrated:
		return decisions{}, nil
	}
	o := s.optionsOf(name)
	return o.decisions(fitted, h.task, h.labels)
}

// optionsOf returns the options with the decisions of one adapter.
func (s *servedHeads) optionsOf(name string) Options {
	o, own := s.options.Options, s.options.Adapters[name]
	switch {
	case own.Threshold != 0:
		o.Threshold, o.Calibrated = own.Threshold, false
	case own.Calibrated:
		o.Threshold, o.Calibrated = 0, true
	}
	return o
}

// checkOptions refuses options that have no effect on any adapter.
func (s *servedHeads) checkOptions() error {
	if s.options.Spare > 0 {
		return nil
	}
	uses := func(fits func(data.Task) bool) bool {
		for _, h := range s.heads {
			if fits(h.task) {
				return true
			}
		}
		return false
	}
	if s.options.Threshold != 0 && !uses(func(t data.Task) bool { return t == data.MultiLabel }) {
		return fmt.Errorf("options: Threshold is %v, but no adapter has the task %s: leave it out", s.options.Threshold, data.MultiLabel)
	}
	if s.options.Calibrated && !uses(func(t data.Task) bool { return t != data.Regression }) {
		return fmt.Errorf("options: Calibrated is set, but all adapters have the task %s, which has no probabilities: leave it out", data.Regression)
	}
	return nil
}

// outputs returns the largest number of classes of the adapters that have classifiers.
func (s *servedHeads) outputs() int {
	n := max(s.options.MaxClasses, len(s.base))
	for _, h := range s.heads {
		n = max(n, len(h.labels))
	}
	return n
}

// checkBase refuses a prediction of the base if it cannot answer.
func (s *servedHeads) checkBase(names []string) error {
	if s.noBase != nil && slices.Contains(names, adapters.Base) {
		return s.noBase
	}
	return nil
}

// counted returns 0 to n-1.
func counted(n int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i
	}
	return out
}
