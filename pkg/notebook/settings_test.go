package notebook

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestSettingsValidate(t *testing.T) {
	for _, s := range []Settings{
		{},
		{Rank: 8, Dropout: 0.1, Targets: DefaultTargets, Method: "lora"},
		{Train: -1, Test: -1, Validation: 2, MaxLength: 3, Epochs: 1, BatchSize: 1, LearningRate: 1e-3},
		{Rank: 0.2, Alpha: 1, Targets: "all-linear", Precision: "bfloat16"},
		{Layers: "2,3", PrefixCache: "float32"},
		{Method: "head", Rank: 8, Dropout: 0.1, Targets: DefaultTargets, PrefixCache: "bfloat16"},
		{Method: "full"},
	} {
		if err := s.Validate(); err != nil {
			t.Errorf("%+v: %v", s, err)
		}
	}
	for _, test := range []struct {
		s          Settings
		name, text string
	}{
		{Settings{Train: 1}, "train", "is 1, expected at least 2, -1 for all, or 0 for the default"},
		{Settings{Train: -2}, "train", "is -2"},
		{Settings{Validation: -2}, "validation", "is -2, expected at least 2, -1 for all, or 0"},
		{Settings{Task: "regresion"}, "task", `did you mean "regression"?`},
		{Settings{BadRows: "ignore"}, "badRows", `is "ignore", expected one of ["fail" "skip"]`},
		{Settings{DropDuplicates: "all"}, "dropDuplicates", `is "all", expected one of ["none" "exact" "letters" "near"]`},
		{Settings{TestShare: 1}, "testShare", "is 1, expected a number between 0 and 1"},
		{Settings{TestShare: -0.1}, "testShare", "is -0.1"},
		{Settings{Test: -3}, "test", "is -3"},
		{Settings{MaxLength: 2}, "maxLength", "at least 3"},
		{Settings{Epochs: -1}, "epochs", "at least 1"},
		{Settings{BatchSize: -1}, "batchSize", "at least 1"},
		{Settings{Evaluations: -1}, "evaluations", "is -1, expected at least 1, or 0 for the default"},
		{Settings{Devices: -2}, "devices", "is -2, expected at least 1, or 0 for the default"},
		{Settings{Rank: 8.5}, "rank", "is 8.5, expected a whole number such as 8, or a fraction between 0 and 1 such as 0.2"},
		{Settings{Rank: -0.2}, "rank", "is -0.2"},
		{Settings{Rank: 1e300}, "rank", "is 1e+300"},
		{Settings{Alpha: -1}, "alpha", "is -1, expected a number above 0, or 0 for the default"},
		{Settings{LearningRate: -1}, "learningRate", "is -1"},
		{Settings{Dropout: 1}, "dropout", "is 1, expected a number from 0 to below 1"},
		{Settings{Dropout: -0.1}, "dropout", "is -0.1"},
		{Settings{Method: "ful"}, "method", `is "ful", expected one of ["lora" "head" "full"]: did you mean "full"?`},
		{Settings{Method: "full", Rank: 4}, "rank", `is 4, but the method "full" has no adapter: leave it at its default, 8`},
		{Settings{Method: "head", Alpha: 4}, "alpha", "no adapter"},
		{Settings{Method: "head", Dropout: 0.2}, "dropout", "its default, 0.1"},
		{Settings{Method: "head", Targets: "key"}, "targets", `its default, "query,value"`},
		{Settings{Method: "head", Layers: "1"}, "layers", "no adapter"},
		{Settings{Precision: "float16"}, "precision", `did you mean "bfloat16" or "float32"?`},
		{Settings{PrefixCache: "yes", Layers: "3"}, "prefixCache", `is "yes"`},
		{Settings{Truncation: "tial"}, "truncation", `is "tial", expected one of ["head" "tail" "head+tail" "windows"]`},
		{Settings{PrefixCache: "float32"}, "prefixCache", "set layers to the upper layers"},
		{Settings{PrefixCache: "float32", Method: "full"}, "prefixCache", "no lower layer is frozen"},
		{Settings{Targets: "query, "}, "targets", "names of modules"},
		{Settings{Targets: "query value"}, "targets", "separated by commas"},
		{Settings{Layers: "a"}, "layers", `is "a", expected numbers`},
		{Settings{Layers: "3-1"}, "layers", "numbers of layers"},
		{Settings{Layers: "-1"}, "layers", "numbers of layers"},
		{Settings{Layers: "1,"}, "layers", "numbers of layers"},
		{Settings{Layers: "0-999999999999"}, "layers", "numbers of layers"},
	} {
		err := test.s.Validate()
		var wrong *ParameterError
		if !errors.As(err, &wrong) || wrong.Name != test.name || !strings.Contains(err.Error(), test.text) {
			t.Errorf("%+v: %v, expected %s: %s", test.s, err, test.name, test.text)
		}
	}
}

func TestLayerNumbers(t *testing.T) {
	for text, want := range map[string][]int{"": nil, "3": {3}, "2, 3": {2, 3}, "8-11": {8, 9, 10, 11}, "5,1-2,2": {1, 2, 5}} {
		if got, err := (Settings{Layers: text}).LayerNumbers(); err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: %v, %v, want %v", text, got, err, want)
		}
	}
}

func TestTargetModules(t *testing.T) {
	for text, want := range map[string]string{"": "query value", "query, key": "query key", "attention.output.dense": "attention.output.dense"} {
		if got, err := (Settings{Targets: text}).TargetModules(); err != nil || strings.Join(got, " ") != want {
			t.Errorf("%q: %v, %v, want %v", text, got, err, want)
		}
	}
}
