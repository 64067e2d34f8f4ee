package lora

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lorabook/lorabook/internal/floats"
	"github.com/lorabook/lorabook/internal/loratest"
)

func TestNewRefuses(t *testing.T) {
	for name, c := range map[string]struct {
		config Config
		field  string
		reason string
	}{
		"no fraction":       {Config{Fraction: -0.2}, "fraction", "above 0"},
		"fraction above 1":  {Config{Fraction: 1.5}, "fraction", "above 0"},
		"fraction of NaN":   {Config{Fraction: math.NaN()}, "fraction", "above 0"},
		"fraction and rank": {Config{Fraction: 0.2, R: 8}, "fraction", "leave r"},
		"fraction, pattern": {Config{Fraction: 0.2, RankPattern: Patterns[int]{{"query", 1}}}, "fraction", "rank_pattern"},
		"negative rank":     {Config{R: -1}, "r", "at least 1"},
		"negative alpha":    {Config{Alpha: -2}, "lora_alpha", "above 0"},
		"dropout of all":    {Config{Dropout: 1}, "lora_dropout", "below 1"},
		"negative dropout":  {Config{Dropout: -0.1}, "lora_dropout", "below 1"},
		"names and regexp":  {Config{TargetModules: []string{"query"}, TargetRegexp: ".*"}, "target_modules", "exclude one another"},
		"broken regexp":     {Config{TargetRegexp: "("}, "target_regexp", "missing closing"},
		"two halves":        {Config{TargetRegexp: "a)(b"}, "target_regexp", "unbalanced )"},
		"all-linear, more":  {Config{TargetModules: []string{"all-linear", "query"}}, "target_modules", "give it alone"},
		"excluded twice":    {Config{ExcludeModules: []string{"key"}, ExcludeRegexp: ".*"}, "exclude_modules", "exclude one another"},
		"broken exclusion":  {Config{ExcludeRegexp: "("}, "exclude_regexp", "missing closing"},
		"layers, regexp":    {Config{TargetRegexp: ".*", LayersToTransform: []int{1}}, "layers_to_transform", "by name"},
		"layers, all":       {Config{TargetModules: []string{"all-linear"}, LayersToTransform: []int{1}}, "layers_to_transform", "by name"},
		"no layers":         {Config{LayersPattern: []string{"layer"}}, "layers_pattern", "set those"},
		"layer below 0":     {Config{LayersToTransform: []int{-1}}, "layers_to_transform", "from 0"},
		"broken layers":     {Config{LayersToTransform: []int{1}, LayersPattern: []string{"("}}, "layers_pattern", "missing closing"},
		"rank of a pattern": {Config{RankPattern: Patterns[int]{{"query", 0}}}, "rank_pattern", "at least 1"},
		"broken rank":       {Config{RankPattern: Patterns[int]{{"(", 1}}}, "rank_pattern", "missing closing"},
		"bias of some":      {Config{Bias: "some"}, "bias", "lora_only"},
		"initialization":    {Config{Init: "zero"}, "init_lora_weights", "gaussian"},
		"passes of pissa":   {Config{Init: "pissa_niter_x"}, "init_lora_weights", "pissa_niter_N"},
		"passes below 0":    {Config{Init: "pissa_niter_-1"}, "init_lora_weights", "pissa_niter_N"},
		"pissa and bias":    {Config{Init: InitPiSSA, LoRABias: true}, "lora_bias", "kaiming"},
		"olora and bias":    {Config{Init: InitOLoRA, LoRABias: true}, "lora_bias", "kaiming"},
		"eva and bias":      {Config{Init: InitEVA, LoRABias: true}, "lora_bias", "kaiming"},
		"rho below 1":       {Config{Init: InitEVA, EVA: &EVAConfig{Rho: 0.5}}, "eva_config.rho", "at least 1"},
		"rho of NaN":        {Config{Init: InitEVA, EVA: &EVAConfig{Rho: math.NaN()}}, "eva_config.rho", "at least 1"},
		"rho without end":   {Config{Init: InitEVA, EVA: &EVAConfig{Rho: math.Inf(1)}}, "eva_config.rho", "at least 1"},
		"eva of another":    {Config{EVA: &EVAConfig{}}, "eva_config", "for the initialization eva only"},
		"dora and bias":     {Config{DoRA: true, LoRABias: true}, "lora_bias", "use_dora"},
		"init and bias":     {Config{Init: InitGaussian, LoRABias: true}, "lora_bias", "kaiming"},
		"alpha of pattern":  {Config{AlphaPattern: Patterns[float64]{{"query", 0}}}, "alpha_pattern", "above 0"},
		"empty target":      {Config{TargetModules: []string{""}}, "target_modules", "empty name"},
		"slashes":           {Config{TargetModules: []string{"output/dense"}}, "target_modules", "output.dense"},
		"slashes in a head": {Config{ModulesToSave: []string{"a/b"}}, "modules_to_save", "a.b"},
		"unknown task":      {Config{TaskType: "CLASSIFY"}, "task_type", "SEQ_CLS"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := New(c.config)
			var bad *ConfigError
			if !errors.As(err, &bad) || bad.Field != c.field || !strings.Contains(bad.Reason, c.reason) {
				t.Errorf("got %v, want a ConfigError of %s with %q", err, c.field, c.reason)
			}
		})
	}
}

func TestInjectRefusesAndChangesNothing(t *testing.T) {
	tooMany := append(loratest.Modules(), "encoder/layer/0/query")
	for name, c := range map[string]struct {
		config  Config
		modules []string
		want    []string
	}{
		"no such module":      {Config{R: 2, TargetModules: []string{"q_proj"}}, loratest.Modules(), []string{"q_proj", "encoder.layer.{0…1}.query", "classifier"}},
		"one of two":          {Config{R: 2, TargetModules: []string{"query", "q_proj"}}, loratest.Modules(), []string{`["q_proj"]`}},
		"half a name":         {Config{R: 2, TargetModules: []string{"uery"}}, loratest.Modules(), []string{`"uery"`}},
		"regexp in part":      {Config{R: 2, TargetRegexp: "query"}, loratest.Modules(), []string{"target_regexp", "query"}},
		"only the head":       {Config{R: 2, TargetModules: []string{"classifier"}}, loratest.Modules(), []string{"target_modules classifier", "as a head of task_type SEQ_CLS", "set the task type to none"}},
		"the head as well":    {Config{R: 2, TargetModules: []string{"query", "classifier"}}, loratest.Modules(), []string{"target_modules classifier", "as a head of task_type SEQ_CLS"}},
		"a head by name":      {Config{R: 2, TargetModules: []string{"query", "classifier"}, ModulesToSave: []string{"classifier"}, TaskType: NoTask}, loratest.Modules(), []string{"target_modules classifier", "modules_to_save"}},
		"no such head":        {Config{R: 2, ModulesToSave: []string{"pooler"}}, loratest.Modules(), []string{"modules_to_save", "pooler", "classifier"}},
		"adapted and saved":   {Config{R: 2, TargetModules: []string{"query"}, ModulesToSave: []string{"ery"}}, loratest.Modules(), []string{"encoder.layer.0.query", "adapted and trained whole"}},
		"rank beyond width":   {Config{R: 7}, loratest.Modules(), []string{"r 7", "encoder.layer.0.query", "[6, 6]"}},
		"rank of a pattern":   {Config{R: 2, RankPattern: Patterns[int]{{"value", 7}}}, loratest.Modules(), []string{"rank_pattern 7", "encoder.layer.0.value"}},
		"pattern for nothing": {Config{R: 2, RankPattern: Patterns[int]{{"key", 3}}}, loratest.Modules(), []string{"rank_pattern key", "encoder.layer.{0…1}.query"}},
		"pattern too late":    {Config{R: 2, AlphaPattern: Patterns[float64]{{"(query|value)", 3}, {"value", 2}}}, loratest.Modules(), []string{"alpha_pattern value", "earlier"}},
		"no such layer":       {Config{R: 2, LayersToTransform: []int{0, 2}}, loratest.Modules(), []string{"layers_to_transform", "layer [2]", "0 to 1"}},
		"layers elsewhere":    {Config{R: 2, LayersToTransform: []int{0}, LayersPattern: []string{"block"}}, loratest.Modules(), []string{"layers_to_transform", "numbered layer"}},
		"all excluded":        {Config{R: 2, ExcludeRegexp: ".*"}, loratest.Modules(), []string{"target_modules", "query"}},
		"odd and orthogonal":  {Config{R: 3, Init: InitOrthogonal}, loratest.Modules(), []string{"init_lora_weights orthogonal", "encoder.layer.0.query", "even"}},
		"listed twice":        {Config{R: 2}, tooMany, []string{"encoder.layer.0.query", "twice"}},
		"no weight":           {Config{R: 2, TargetModules: []string{"x"}}, []string{"a/x"}, []string{"/a/x/weight", "load the model"}},
		"weight of one axis":  {Config{R: 2, TargetModules: []string{"flat"}}, []string{"flat"}, []string{"module flat", "[out, in]"}},
		"weight of integers":  {Config{R: 2, TargetModules: []string{"whole"}}, []string{"whole"}, []string{"module whole", "Int32"}},
		"backtracks for ever": {Config{R: 2, TargetRegexp: `((\w|\.)+)+[^\w.]`}, []string{"encoder/" + strings.Repeat("layer", 20)}, []string{"target_regexp", "timeout"}},
	} {
		t.Run(name, func(t *testing.T) {
			store := loratest.Store(t)
			store.VariableWithValue("/flat/weight", []float32{1, 2})
			store.VariableWithValue("/whole/weight", [][]int32{{1, 2}})
			before := loratest.Snapshot(t, store)
			a, err := New(c.config)
			loratest.Must(t, err)
			err = a.Inject(store, c.modules, 1)
			if err == nil {
				t.Fatal("no error")
			}
			for _, want := range c.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("got %v, want %q in it", err, want)
				}
			}
			if diff := cmp.Diff(before, loratest.Snapshot(t, store)); diff != "" {
				t.Error(diff)
			}
			if a.Targets() != nil {
				t.Error("the adapter counts as injected")
			}
		})
	}
}

func TestOrderOfCalls(t *testing.T) {
	a, err := New(Config{R: 2})
	loratest.Must(t, err)
	_, reportErr := a.Report()
	for name, err := range map[string]error{
		"Report": reportErr, "Merge": a.Merge(), "Save": a.Save(t.TempDir()), "Load": a.Load("testdata/plain"),
	} {
		if err != ErrNotInjected {
			t.Errorf("%s before Inject: %v", name, err)
		}
	}
	store := loratest.Store(t)
	loratest.Must(t, a.Inject(store, loratest.Modules(), 1))
	if err := a.Inject(loratest.Store(t), loratest.Modules(), 1); err != ErrInjected {
		t.Errorf("injected twice: %v", err)
	}
	second, err := New(Config{R: 2})
	loratest.Must(t, err)
	if err := second.Inject(store, loratest.Modules(), 1); err == nil || !strings.Contains(err.Error(), "an adapter already") {
		t.Errorf("a second adapter on the model: %v", err)
	}
	loratest.Must(t, a.Merge())
	if err := a.Load("testdata/plain"); err != ErrMerged {
		t.Errorf("Load while merged: %v", err)
	}
}

// One error names every setting that cannot be, of a Config and of a file, and every setting
// in which a file differs from the adapter that loads it.
func TestAllMistakesAtOnce(t *testing.T) {
	_, err := New(Config{R: -1, Alpha: -2, Dropout: 2, TargetModules: []string{""}, RankPattern: Patterns[int]{{"a", 0}, {"b", -1}}})
	says := func(err error, words ...string) {
		t.Helper()
		for _, word := range words {
			if err == nil || !strings.Contains(err.Error(), word) {
				t.Errorf("%v does not contain %q", err, word)
			}
		}
	}
	says(err, "lora: r -1: ", "lora: lora_alpha -2: ", "lora: lora_dropout 2: ", "lora: target_modules", "rank of at least 1 for a", "rank of at least 1 for b")

	dir := edit(t, map[string]string{"lora_alpha": `"x"`, "bias": `1`, "use_dora": `3`})
	_, err = ReadConfig(dir)
	says(err, ConfigFile+": lora_alpha", ConfigFile+": bias 1", ConfigFile+": use_dora 3")
	_, err = ReadConfig(edit(t, map[string]string{"lora_dropout": `7`, "bias": `"some"`}))
	says(err, ConfigFile+": lora_dropout 7", ConfigFile+": bias some")

	a, _ := opened(t, "plain")
	says(a.Load(edit(t, map[string]string{"r": "3", "lora_alpha": "4", "use_rslora": "true"})),
		ConfigFile+": r 3: expected", ConfigFile+": use_rslora true: expected false", ConfigFile+": lora_alpha 4: expected")
}

// Given values become the adapter's, to the bit; what does not fit is refused, and the model
// stays as it was.
func TestInjectValues(t *testing.T) {
	given, store := opened(t, "plain")
	disturb(t, given, store)
	matrices, saved := map[string]Matrices{}, map[string][]float32{}
	value := func(path string) []float32 {
		values, err := floats.Read(store.GetVariable(path))
		loratest.Must(t, err)
		return values
	}
	for _, target := range given.Layout().Targets {
		matrices[target.Scope] = Matrices{value(target.PathA()), value(target.PathB())}
	}
	for _, s := range given.Layout().Saved {
		saved[s.Variable.Path()] = value(s.Variable.Path())
	}
	want := loratest.Outputs(t, store, given.Wrap(loratest.Linear), loratest.Input(t))

	derived, err := given.Derive(given.Config())
	loratest.Must(t, err)
	other := loratest.Store(t)
	loratest.Must(t, derived.InjectValues(other, loratest.Modules(), matrices, saved))
	if got := loratest.Outputs(t, other, derived.Wrap(loratest.Linear), loratest.Input(t)); !slices.Equal(got, want) {
		t.Errorf("computes %v, want %v", got, want)
	}
	if err := derived.InjectValues(other, loratest.Modules(), matrices, saved); err != ErrInjected {
		t.Errorf("injected twice: %v", err)
	}

	short := map[string]Matrices{}
	for scope, m := range matrices {
		short[scope] = Matrices{m.A[1:], m.B}
	}
	for name, c := range map[string]struct {
		change   func(*Config)
		matrices map[string]Matrices
		saved    map[string][]float32
		field    string
	}{
		"SHiRA":         {func(c *Config) { *c = Config{PeftType: SHiRA, R: 1} }, matrices, saved, "peft_type"},
		"DoRA":          {func(c *Config) { c.DoRA = true }, matrices, saved, "use_dora"},
		"bias of B":     {func(c *Config) { c.LoRABias = true }, matrices, saved, "lora_bias"},
		"no matrices":   {func(c *Config) {}, nil, saved, "r"},
		"short":         {func(c *Config) {}, short, saved, "r"},
		"short to save": {func(c *Config) {}, matrices, map[string][]float32{"/classifier/bias": {1}}, "modules_to_save"},
	} {
		t.Run(name, func(t *testing.T) {
			config := given.Config()
			c.change(&config)
			a, err := New(config)
			loratest.Must(t, err)
			store := loratest.Store(t)
			before := loratest.Snapshot(t, store)
			var bad *ConfigError
			if err := a.InjectValues(store, loratest.Modules(), c.matrices, c.saved); !errors.As(err, &bad) || bad.Field != c.field {
				t.Errorf("got %v, want a ConfigError of %s", err, c.field)
			}
			if diff := cmp.Diff(before, loratest.Snapshot(t, store)); diff != "" || a.Layout() != nil {
				t.Errorf("the model was changed: %s", diff)
			}
		})
	}
}
