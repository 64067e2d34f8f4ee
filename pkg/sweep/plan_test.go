package sweep

import (
	"encoding/json"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/internal/toytest"
	"github.com/lorabook/lorabook/pkg/finetune"
	"github.com/lorabook/lorabook/pkg/natsconn"
)

func TestPlanErrors(t *testing.T) {
	one := []any{1}
	for name, c := range map[string]struct {
		plan Plan
		want string
	}{
		"no field":         {Plan{}, "no field varies"},
		"misspelt":         {Plan{Fields: []Field{{Name: "training.learning_rat", Values: one}}}, `did you mean "training.learning_rate"?`},
		"without group":    {Plan{Fields: []Field{{Name: "learning_rate", Values: one}}}, `did you mean "training.learning_rate"?`},
		"unknown":          {Plan{Fields: []Field{{Name: "zzzzzzzzzzzz", Values: one}}}, "expected a path in experiment.json"},
		"group":            {Plan{Fields: []Field{{Name: "training.loss", Values: one}}}, "training.loss is a group of fields"},
		"twice":            {Plan{Fields: []Field{{Name: "seed", Values: one}, {Name: "seed", Values: one}}}, "named twice"},
		"no values":        {Plan{Fields: []Field{{Name: "seed"}}}, "no values and no range"},
		"both":             {Plan{Fields: []Field{{Name: "seed", Values: one, High: 3}}}, "values and a range"},
		"range in a grid":  {Plan{Fields: []Field{{Name: "seed", Low: 1, High: 3}}}, "a grid cannot take all values"},
		"range of a text":  {Plan{Method: Random, Trials: 3, Fields: []Field{{Name: "training.schedule", Low: 1, High: 3}}}, "it is no number"},
		"range reversed":   {Plan{Method: Random, Trials: 3, Fields: []Field{{Name: "seed", Low: 3, High: 1}}}, "from 3 to 1"},
		"log of 0":         {Plan{Method: Random, Trials: 3, Fields: []Field{{Name: "training.learning_rate", High: 1, Log: true}}}, "expected more than 0"},
		"method":           {Plan{Method: "best", Fields: []Field{{Name: "seed", Values: one}}}, `the method is "best"`},
		"trials of a grid": {Plan{Trials: 3, Fields: []Field{{Name: "seed", Values: one}}}, "no effect on a grid"},
		"no trials":        {Plan{Method: Random, Fields: []Field{{Name: "seed", Values: one}}}, "needs the number of trials"},
		"factor of a grid": {Plan{Factor: 3, Fields: []Field{{Name: "seed", Values: one}}}, "no effect on the method"},
		"factor 1":         {Plan{Method: Halving, Factor: 1, Fields: []Field{{Name: "seed", Values: one}}}, "factor is 1"},
		"epochs":           {Plan{Method: ASHA, Fields: []Field{{Name: "training.epochs", Values: one}}}, "cannot vary"},
		"refused value":    {Plan{Fields: []Field{{Name: "training.batch_size", Values: []any{8, -3}}}}, "the trial with training.batch_size=-3: experiment: training.batch_size is -3"},
		"wrong type":       {Plan{Fields: []Field{{Name: "training.epochs", Values: []any{"many"}}}}, "training.epochs: found the JSON string, expected an integer"},
		"zero for default": {Plan{Fields: []Field{{Name: "training.warmup", Values: []any{0, 0.1}}}}, "stands for the default 0.06"},
		"refused adapter":  {Plan{Fields: []Field{{Name: "adapter.r", Values: []any{-1}}}}, "the trial with adapter.r=-1"},
		"only the default": {Plan{Fields: []Field{{Name: "seed", Values: one}}}, "the only trial is the default"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "none")
			_, err := Run(t.Context(), dir, c.plan, Options{Workers: 1, Backend: testenv.GoBackend(t)})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want an error with %q", err, c.want)
			}
			if files, _ := filepath.Glob(filepath.Join(dir, "*")); len(files) > 0 {
				t.Errorf("the refused plan wrote %q", files)
			}
		})
	}
}

// TestFieldNames wants every field of experiment.json, those that are omitted by default too.
func TestFieldNames(t *testing.T) {
	names := FieldNames()
	for _, want := range []string{"model", "seed", "method", "fresh_head", "adapter.r", "adapter.target_modules", "adapter.rank_pattern", "data.columns.text", "data.drop_duplicates",
		"training.loraplus_lr_ratio", "training.loss.label_smoothing", "training.schedule"} {
		if !slices.Contains(names, want) {
			t.Errorf("%s is missing among %q", want, names)
		}
	}
}

// TestPoints draws points: the same for a seed, others for another, all in their ranges and
// different.
func TestPoints(t *testing.T) {
	plan := Plan{Method: Random, Trials: 200, Seed: 5, Fields: []Field{
		{Name: "training.learning_rate", Low: 1e-5, High: 1e-1, Log: true}, {Name: "adapter.r", Low: 1, High: 4},
		{Name: "training.weight_decay", Low: 0, High: 0.2}, {Name: "training.schedule", Values: []any{"linear", "cosine"}}}}
	points, err := plan.points()
	if err != nil || len(points) != 200 {
		t.Fatalf("%d points, %v", len(points), err)
	}
	text := func(points [][]Setting) string {
		content, err := json.Marshal(points)
		if err != nil {
			t.Fatal(err)
		}
		return string(content)
	}
	again, _ := plan.points()
	plan.Seed = 6
	other, _ := plan.points()
	if text(points) != text(again) || text(points) == text(other) {
		t.Error("the points do not depend on the seed, or not on it alone")
	}
	ranks, low := map[string]int{}, 0
	for _, point := range points {
		var rate float64
		if err := json.Unmarshal(point[0].Value, &rate); err != nil || rate < 1e-5 || rate > 1e-1 {
			t.Errorf("rate %s, %v", point[0].Value, err)
		}
		if rate < 1e-3 {
			low++
		}
		ranks[string(point[1].Value)]++
	}
	if len(ranks) != 4 || ranks["1"] < 20 || ranks["4"] < 20 {
		t.Errorf("ranks %v, expected 1 to 4 evenly", ranks)
	}
	if low < 70 || low > 130 {
		t.Errorf("%d of 200 rates are below the middle of the logarithmic range", low)
	}
	few := Plan{Method: Random, Trials: 10, Seed: 1, Fields: []Field{{Name: "adapter.r", Values: []any{1, 2, 3}}}}
	if points, err := few.points(); err != nil || len(points) != 3 {
		t.Errorf("%d points of 3 values, %v", len(points), err)
	}
}

// TestSeedField keeps the examples where the seed varies.
func TestSeedField(t *testing.T) {
	p, err := Plan{Base: finetune.Experiment{Seed: 4}, Fields: []Field{{Name: "seed", Values: []any{4, 5}}}}.withDefaults()
	if err != nil {
		t.Fatal(err)
	}
	trials, err := p.trials()
	if err != nil || len(trials) != 2 || trials[1].experiment.Seed != 5 || trials[1].experiment.Data.Seed != 4 {
		t.Errorf("%+v, %v", trials, err)
	}
}

// TestPromote checks decisions of successive halving on losses.
func TestPromote(t *testing.T) {
	const no = math.MaxFloat64
	for name, c := range map[string]struct {
		losses       []float64 // at the first rung; no: not finished
		level        []int
		ended        []bool
		asynchronous bool
		want         []int
	}{
		"waits for all":              {losses: []float64{3, 1, no, 2}, level: []int{1, 1, 1, 1}, want: nil},
		"half of all":                {losses: []float64{3, 1, 4, 2}, level: []int{1, 1, 1, 1}, want: []int{1, 3}},
		"at least one":               {losses: []float64{3}, level: []int{1}, want: []int{0}},
		"of equal ones the first":    {losses: []float64{1, 1, 1, 1}, level: []int{1, 1, 1, 1}, want: []int{0, 1}},
		"not twice":                  {losses: []float64{3, 1, 4, 2}, level: []int{1, 2, 1, 2}, want: nil},
		"a parked one does not stop": {losses: []float64{3, 1, no, 2}, level: []int{1, 1, 1, 1}, ended: []bool{false, false, true, false}, want: []int{1, 3}},
		"asynchronous":               {losses: []float64{3, 1, no, no}, level: []int{1, 1, 1, 1}, asynchronous: true, want: []int{1}},
		"asynchronous, too few":      {losses: []float64{3, no, no, no}, level: []int{1, 1, 1, 1}, asynchronous: true, want: nil},
		"asynchronous, one more":     {losses: []float64{3, 1, 0, 5}, level: []int{1, 2, 1, 1}, asynchronous: true, want: []int{2}},
	} {
		t.Run(name, func(t *testing.T) {
			var list []contestant
			for i, loss := range c.losses {
				x := contestant{level: c.level[i], ended: c.ended != nil && c.ended[i]}
				if loss != no {
					x.reached = 1
				}
				list = append(list, x)
			}
			got := promote(list, 2, 2, c.asynchronous, func(_, i, j int) bool { return c.losses[i] < c.losses[j] })
			if !slices.Equal(got, c.want) {
				t.Errorf("%v, expected %v", got, c.want)
			}
		})
	}
}

// TestValueErrors wants the error of a value to state what is expected in words.
func TestValueErrors(t *testing.T) {
	for name, want := range map[string]string{
		"adapter.r": "an integer", "training.learning_rate": "a finite number", "adapter.use_dora": "true or false",
		"adapter.target_modules": `a list in JSON, such as ["query","value"]`, "adapter.layers_to_transform": "a list in JSON, such as [1,2]",
		"adapter.rank_pattern": "JSON as in experiment.json", "training.loss.class_weights": "JSON as in experiment.json",
	} {
		if _, err := ParseValue(name, "query"); err == nil || !strings.Contains(err.Error(), `the value "query" of the field `+name+" cannot be read: expected "+want) {
			t.Errorf("%s: %v, want an error with %q", name, err, want)
		}
	}
}

// TestRefusedInputs wants a sweep whose data cannot be read to leave no folder behind, which would
// refuse the corrected plan.
func TestRefusedInputs(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "none")
	p := Plan{Base: toy(t), Fields: []Field{{Name: "data.source", Values: []any{"misspelt.csv"}}}}
	_, err := Run(t.Context(), dir, p, short(t, 1))
	if err == nil || !strings.Contains(err.Error(), "the trial with data.source=misspelt.csv") {
		t.Errorf("%v", err)
	}
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the refused sweep left its folder: %v", err)
	}
}

// TestServerWithoutURL wants credentials that have no effect to be refused.
func TestServerWithoutURL(t *testing.T) {
	for _, s := range []natsconn.Server{{TokenFile: "token"}, {Credentials: "a.creds"}, {CA: "ca.pem"}} {
		if _, err := (Options{Server: s}).withDefaults(); err == nil || !strings.Contains(err.Error(), "--nats") {
			t.Errorf("%+v: %v", s, err)
		}
	}
}

// TestFewerPoints wants a note if the fields have fewer points than the plan asks for.
func TestFewerPoints(t *testing.T) {
	p := Plan{Base: toy(t), Method: Random, Trials: 9, Fields: []Field{{Name: "adapter.r", Values: []any{2, 3}}}}
	trials, err := p.trials()
	if err != nil {
		t.Fatal(err)
	}
	notes := &toytest.Notes{}
	(&sweeper{plan: p, trials: trials, options: Options{Progress: notesOnly{notes}}}).begin("engine")
	if !strings.Contains(strings.Join(notes.Notes, "\n"), "9 random points were asked for, and the fields have 2 different ones") {
		t.Errorf("%q", notes.Notes)
	}
}
