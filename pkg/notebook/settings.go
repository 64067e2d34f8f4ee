package notebook

import (
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/lorabook/lorabook/internal/nearest"
)

// Settings are the parameters of lorabook's notebooks: plain values, which a user edits in a cell
// or sets with -p name=value. Package show makes an experiment of them. The zero value of a field
// means its default.
type Settings struct {
	Model      string // folder, .zip or name of the model; default "lorabook-tiny"
	Data       string // source of the examples; default "sample"
	Train      int    // training examples; default 360 of the sample, else at most 1800; -1 means all
	Validation int    // validation examples; default 40 of the sample, else at most 200; -1 means the whole validation half
	Test       int    // test examples; default 200 of the sample, else at most 1000; -1 means all
	MaxLength  int    // maximum number of tokens of an example; default 256
	Truncation string // what is read of a longer example: "head", "tail", "head+tail" (both ends) or "windows" (all, in parts); default "head"

	Text           string  // column of the text; default: found by its name
	TextPair       string  // column of the second text of a pair; default: found by its name
	Label          string  // column of the label; default: found by its name
	Split          string  // column with the half of each example; default: found by its name
	ID             string  // column that names the examples, or of words in rows the sentences; default: found by its name
	Task           string  // kind of answer, as transformers' problem_type; default "single_label_classification"
	BadRows        string  // "fail" or "skip": treatment of rows that cannot be used; default "fail"
	Delimiter      string  // of a CSV file: one character, or "comma", "semicolon", "tab", "pipe"; default: found
	Header         string  // "yes" or "no": whether the first line of a CSV file names the columns; default: found
	Quotes         string  // role of double quotes in a CSV file: see data.Quotes; default: found
	Encoding       string  // of text files that are not in UTF-8, such as "latin1"; default UTF-8
	LabelSeparator string  // between the classes of a label, for several labels; default: found
	TestShare      float64 // share of the examples that is held out where the data have no test half; default 0.2
	DropDuplicates string  // "none", "exact", "letters" or "near": copies that are left out of the training and validation examples; default "near" of IMDB, else "none"

	Method  string  // "lora", "head" (the classifier only) or "full" (all weights); default "lora"
	Rank    float64 // a whole number, r; or a fraction between 0 and 1, the share of each weight's values that its matrices A and B have together; default [DefaultRank]
	Alpha   float64 // the adapter is scaled by alpha/r; default twice the rank, 16 with a fraction
	Dropout float64 // share of the adapter's input values that a training step drops; 0 means none
	Targets string  // names of the adapted modules, separated by commas, or "all-linear"; default [DefaultTargets]
	Layers  string  // numbers of the adapted layers, from 0, separated by commas, with ranges: "2,3", "8-11"; default all

	Epochs       int     // passes over the training examples; default 10 of lorabook-tiny, else 2
	BatchSize    int     // examples of a training step; default 16
	LearningRate float64 // peak; default that of the method: 0.001, of "full" 0.00005
	Evaluations  int     // of an epoch, evenly spaced, on the validation examples; default 2
	Precision    string  // of matrix products: "float32" or "bfloat16"; default "float32"
	PrefixCache  string  // "float32" or "bfloat16" caches the hidden states of the frozen lower layers; default off
	Seed         int     // of all random numbers; default 1
	Devices      int     // devices of the engine that share each batch; default 1
}

// Values of the notebooks' parameters whose zero value a method without an adapter also accepts.
const (
	DefaultRank    = 8
	DefaultDropout = 0.1
	DefaultTargets = "query,value"
)

// The methods of a [Settings].
const (
	methodLoRA = "lora"
	methodHead = "head"
	methodFull = "full"
)

// ParameterError is a parameter that cannot be used.
type ParameterError struct {
	Name   string // as in the notebooks: "maxLength"
	Reason string // what was found, what is expected, and what to do
}

// Error implements error.
func (e *ParameterError) Error() string { return fmt.Sprintf("parameter %s %s", e.Name, e.Reason) }

func wrong(name, format string, values ...any) error {
	return &ParameterError{Name: name, Reason: fmt.Sprintf(format, values...)}
}

// Validate reports the first parameter that cannot be used, as a *ParameterError. It reads no
// file: the model and the data may still be missing.
func (s Settings) Validate() error {
	for _, check := range []func() error{s.validateCounts, s.validateData, s.validateMethod, s.validateRank, s.validateNumbers, s.validateTruncation, s.validateFormats} {
		if err := check(); err != nil {
			return err
		}
	}
	if _, err := s.TargetModules(); err != nil {
		return err
	}
	_, err := s.LayerNumbers()
	return err
}

func (s Settings) validateCounts() error {
	for _, p := range []struct {
		name       string
		value, min int
		all        bool
	}{
		{"train", s.Train, 2, true}, {"validation", s.Validation, 2, true}, {"test", s.Test, 2, true}, {"maxLength", s.MaxLength, 3, false},
		{"epochs", s.Epochs, 1, false}, {"batchSize", s.BatchSize, 1, false}, {"evaluations", s.Evaluations, 1, false}, {"devices", s.Devices, 1, false},
	} {
		switch {
		case p.value == 0 || p.value >= p.min || p.all && p.value == -1:
		case p.all:
			return wrong(p.name, "is %d, expected at least %d, -1 for all, or 0 for the default", p.value, p.min)
		default:
			return wrong(p.name, "is %d, expected at least %d, or 0 for the default", p.value, p.min)
		}
	}
	return nil
}

// validateData checks the parameters of the data that have a fixed set of values.
func (s Settings) validateData() error {
	for _, p := range []struct {
		name, value string
		values      []string
	}{
		{"task", s.Task, []string{"single_label_classification", "multi_label_classification", "regression", "token_classification"}},
		{"badRows", s.BadRows, []string{"fail", "skip"}},
		{"dropDuplicates", s.DropDuplicates, []string{"none", "exact", "letters", "near"}},
	} {
		if p.value != "" && !slices.Contains(p.values, p.value) {
			return wrong(p.name, "is %q, expected one of %q%s", p.value, p.values, nearest.Hint(p.value, p.values))
		}
	}
	if !(s.TestShare >= 0 && s.TestShare < 1) {
		return wrong("testShare", "is %v, expected a number between 0 and 1, such as 0.2, or 0 for the default", s.TestShare)
	}
	return nil
}

func (s Settings) validateRank() error {
	if s.Rank == 0 || s.Rank > 0 && s.Rank < 1 || s.Rank >= 1 && s.Rank <= math.MaxInt32 && s.Rank == math.Trunc(s.Rank) {
		return nil
	}
	return wrong("rank", "is %v, expected a whole number such as %d, or a fraction between 0 and 1 such as 0.2", s.Rank, DefaultRank)
}

func (s Settings) validateNumbers() error {
	for _, p := range []struct {
		name  string
		value float64
	}{{"alpha", s.Alpha}, {"learningRate", s.LearningRate}} {
		if p.value < 0 || math.IsNaN(p.value) || math.IsInf(p.value, 0) {
			return wrong(p.name, "is %v, expected a number above 0, or 0 for the default", p.value)
		}
	}
	if !(s.Dropout >= 0 && s.Dropout < 1) {
		return wrong("dropout", "is %v, expected a number from 0 to below 1, such as %v", s.Dropout, DefaultDropout)
	}
	return nil
}

// validateMethod refuses an unknown method, and settings that the method would ignore.
func (s Settings) validateMethod() error {
	methods := []string{methodLoRA, methodHead, methodFull}
	if s.Method == "" || s.Method == methodLoRA {
		return nil
	}
	if !slices.Contains(methods, s.Method) {
		return wrong("method", "is %q, expected one of %q%s", s.Method, methods, nearest.Hint(s.Method, methods))
	}
	for _, p := range []struct {
		name           string
		value          any
		isSet          bool
		valueOfDefault string
	}{
		{"rank", s.Rank, s.Rank != 0 && s.Rank != DefaultRank, fmt.Sprint(DefaultRank)},
		{"alpha", s.Alpha, s.Alpha != 0, "0"},
		{"dropout", s.Dropout, s.Dropout != 0 && s.Dropout != DefaultDropout, fmt.Sprint(DefaultDropout)},
		{"targets", s.Targets, s.Targets != "" && s.Targets != DefaultTargets, strconv.Quote(DefaultTargets)},
		{"layers", s.Layers, s.Layers != "", `""`},
	} {
		if p.isSet {
			return wrong(p.name, "is %v, but the method %q has no adapter: leave it at its default, %s", p.value, s.Method, p.valueOfDefault)
		}
	}
	return nil
}

// Truncations are the values of [Settings.Truncation].
var Truncations = []string{"head", "tail", "head+tail", "windows"}

func (s Settings) validateTruncation() error {
	if s.Truncation != "" && !slices.Contains(Truncations, s.Truncation) {
		return wrong("truncation", "is %q, expected one of %q%s", s.Truncation, Truncations, nearest.Hint(s.Truncation, Truncations))
	}
	return nil
}

func (s Settings) validateFormats() error {
	formats := []string{"float32", "bfloat16"}
	if s.Precision != "" && !slices.Contains(formats, s.Precision) {
		return wrong("precision", "is %q, expected one of %q%s", s.Precision, formats, nearest.Hint(s.Precision, formats))
	}
	switch {
	case s.PrefixCache == "":
	case !slices.Contains(formats, s.PrefixCache):
		return wrong("prefixCache", "is %q, expected one of %q, or \"\" for none%s", s.PrefixCache, formats, nearest.Hint(s.PrefixCache, formats))
	case s.Method == methodFull, s.Method != methodHead && s.Layers == "":
		return wrong("prefixCache", "is %q, but no lower layer is frozen: set layers to the upper layers, or method to %q", s.PrefixCache, methodHead)
	}
	return nil
}

// IsFraction reports whether Rank is a share of the weights and not r.
func (s Settings) IsFraction() bool { return s.Rank > 0 && s.Rank < 1 }

var moduleName = regexp.MustCompile(`^[A-Za-z0-9_.-]+$`)

// TargetModules returns the names in Targets.
func (s Settings) TargetModules() ([]string, error) {
	text := s.Targets
	if text == "" {
		text = DefaultTargets
	}
	var names []string
	for name := range strings.SplitSeq(text, ",") {
		if name = strings.TrimSpace(name); !moduleName.MatchString(name) {
			return nil, wrong("targets", "is %q, expected names of modules separated by commas, such as %q, or \"all-linear\"", s.Targets, "query,key,value")
		}
		names = append(names, name)
	}
	return names, nil
}

// LayerNumbers returns the numbers in Layers, sorted; nil means all layers.
func (s Settings) LayerNumbers() ([]int, error) {
	if s.Layers == "" {
		return nil, nil
	}
	const mostLayers = 1000
	var numbers []int
	for part := range strings.SplitSeq(s.Layers, ",") {
		first, last, isRange := strings.Cut(strings.TrimSpace(part), "-")
		if !isRange {
			last = first
		}
		low, errLow := strconv.Atoi(first)
		high, errHigh := strconv.Atoi(last)
		if errLow != nil || errHigh != nil || low < 0 || high < low || high >= mostLayers {
			return nil, wrong("layers", "is %q, expected numbers of layers from 0, separated by commas, such as \"2,3\" or \"8-11\"", s.Layers)
		}
		for n := low; n <= high; n++ {
			numbers = append(numbers, n)
		}
	}
	slices.Sort(numbers)
	return slices.Compact(numbers), nil
}
