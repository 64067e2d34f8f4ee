package trainer

import (
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"runtime/debug"
	"slices"
	"strings"
	"testing"

	_ "github.com/gomlx/compute/gobackend"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/internal/mismatch"
	"github.com/lorabook/lorabook/internal/safetensors"
	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/internal/variables"
	"github.com/lorabook/lorabook/pkg/batching"
	"github.com/lorabook/lorabook/pkg/progress"
	"github.com/lorabook/lorabook/pkg/runfolder"
	"github.com/lorabook/lorabook/pkg/schedule"
)

// numbers makes batches of one number each, the step's number, for a regression of 3x.
type numbers struct{ steps, perEpoch int }

func (n numbers) Steps() int              { return n.steps }
func (n numbers) Epoch(steps int) float64 { return float64(steps) / float64(n.perEpoch) }
func (n numbers) At(step int) ([]Batch, error) {
	in := batching.Tensors{
		IDs: tensors.FromFlatDataAndDimensions([]float32{float32(step%5) + 1}, 1), Lengths: tensors.FromFlatDataAndDimensions([]int32{1}, 1),
	}
	return []Batch{{Tensors: in, Tokens: 2}}, nil
}

// regression trains w in w·x to fit 3x, with noise from the random state.
var regression = Objective{Loss: func(root *model.Scope, in batching.Nodes) (sum, count *graph.Node) {
	x := in.IDs
	w := root.Store().GetVariable("/w").NodeValue(x.Graph())
	noise := root.Store().RandomNormal(x.Graph(), x.Shape())
	off := graph.Add(graph.Mul(graph.AddScalar(w, -3), x), graph.MulScalar(noise, 0.01))
	return graph.ReduceAllSum(graph.Square(off)), graph.Scalar(x.Graph(), x.DType(), 1)
}}

// toy is a training of 20 steps in a run folder.
type toy struct {
	at        Position
	config    Config
	evaluated []int // the steps of the evaluations
	lines     []runfolder.HistoryLine
}

func newToy(t *testing.T, dir string) *toy {
	t.Helper()
	backend := testenv.GoBackend(t)
	folder, err := runfolder.Create(dir, "run", map[string]int{"steps": 20}, runfolder.Environment{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := folder.Close(); err != nil {
			t.Error(err)
		}
	})
	store := newStore(t)
	y := &toy{}
	if err := ReadPosition(folder, &y.at); err != nil {
		t.Fatal(err)
	}
	y.config = Config{
		Name: "training", Backend: backend, Store: store, Objective: regression,
		Optimizer: Optimizer{LearningRate: 0.1, Schedule: schedule.Linear, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8, MaxGradNorm: 1},
		Batches:   numbers{20, 10},
		Evaluate: Evaluation{
			Due: func(step int) bool { return step%8 == 0 },
			Measure: func(context.Context) (Result, error) {
				y.evaluated = append(y.evaluated, y.at.Step)
				return Result{Loss: 1 / float64(1+y.at.Step)}, nil
			},
		},
		Position: &y.at, State: &y.at, Folder: folder, Progress: progress.Nop,
		OnHistory: func(l runfolder.HistoryLine) { y.lines = append(y.lines, l) },
	}
	return y
}

// run trains until the end, an error, or the given step (0: no stop).
func (y *toy) run(t *testing.T, stopAfter int) error {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	listen := y.config.OnHistory
	y.config.OnHistory = func(l runfolder.HistoryLine) {
		listen(l)
		if l.Kind == runfolder.TrainLine && l.Step == stopAfter {
			stop()
		}
	}
	trainer, err := New(y.config)
	if err != nil {
		return err
	}
	defer trainer.Close()
	return trainer.Run(ctx)
}

func checkpoint(t *testing.T, y *toy) map[string]string {
	t.Helper()
	f, err := safetensors.Open(y.config.Folder.Path(runfolder.CheckpointsDir, CheckpointFile))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	all := map[string]string{}
	for _, name := range f.Names() {
		all[name] = string(f.Bytes(name))
	}
	return all
}

// Evaluations follow the due steps and the last step; one precedes the first step if it is due.
// The optimizer's variables are removed from the store.
func TestEvaluations(t *testing.T) {
	y := newToy(t, t.TempDir())
	y.at.Due = true
	if err := y.run(t, 0); err != nil {
		t.Fatal(err)
	}
	if want := []int{0, 8, 16, 20}; !slices.Equal(y.evaluated, want) {
		t.Errorf("evaluated after the steps %v, expected %v", y.evaluated, want)
	}
	if !y.at.Done || y.at.Step != 20 || y.at.Tokens != 40 || len(y.at.EpochSeconds) != 2 {
		t.Errorf("the position is %+v", y.at)
	}
	value, err := y.config.Store.GetVariable("/w").Value()
	if err != nil {
		t.Fatal(err)
	}
	if w := tensors.MustCopyFlatData[float32](value)[0]; w < 0.5 {
		t.Errorf("w is %v after 20 steps towards 3", w)
	}
	for v := range y.config.Store.IterVariables() {
		if strings.Contains(v.Path(), adamScope) {
			t.Errorf("%s stays in the store", v.Path())
		}
	}
}

// Training with the Go backend keeps garbage low, only while it runs.
func TestGarbageIsKeptLow(t *testing.T) {
	t.Setenv("GOGC", "")
	percent := func() int {
		now := debug.SetGCPercent(-1)
		debug.SetGCPercent(now)
		return now
	}
	defer debug.SetGCPercent(debug.SetGCPercent(100))
	y := newToy(t, t.TempDir())
	measure, during := y.config.Evaluate.Measure, 0
	y.config.Evaluate.Measure = func(ctx context.Context) (Result, error) {
		during = percent()
		return measure(ctx)
	}
	if err := y.run(t, 0); err != nil {
		t.Fatal(err)
	}
	if during <= 0 || during > 50 || percent() != 100 {
		t.Errorf("the collector runs at %d %% of garbage during training and at %d %% afterwards, expected at most 50 and 100", during, percent())
	}
}

// Training ends with the evaluation that requests it.
func TestKeepStops(t *testing.T) {
	y := newToy(t, t.TempDir())
	y.config.Evaluate.Keep = func(r Result) (bool, error) { return r.Loss < 0.1, nil }
	if err := y.run(t, 0); err != nil {
		t.Fatal(err)
	}
	if !y.at.Done || y.at.Step != 16 {
		t.Errorf("stopped at %+v, expected step 16", y.at)
	}
}

// TestResumeIsExact stops after several steps, also before an evaluation.
func TestResumeIsExact(t *testing.T) {
	whole := newToy(t, t.TempDir())
	if err := whole.run(t, 0); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	var last *toy
	for _, after := range []int{3, 8, 13, 20, 0} {
		last = newToy(t, dir)
		err := last.run(t, after)
		if after > 0 && (!errors.Is(err, ErrStopped) || !errors.Is(err, context.Canceled) || last.at.Step != after) {
			t.Fatalf("at step %d: %v", last.at.Step, err)
		}
		if after == 0 && err != nil {
			t.Fatal(err)
		}
		if err := last.config.Folder.Close(); err != nil {
			t.Fatal(err)
		}
	}
	a, b := checkpoint(t, whole), checkpoint(t, last)
	if len(a) < 5 || !maps.Equal(a, b) {
		t.Errorf("checkpoints of %d and %d tensors differ", len(a), len(b))
	}
	strip := func(l runfolder.HistoryLine) runfolder.HistoryLine { l.TokensPerSecond, l.Elapsed = 0, 0; return l }
	if !slices.EqualFunc(whole.lines, last.lines, func(x, y runfolder.HistoryLine) bool { return reflect.DeepEqual(strip(x), strip(y)) }) {
		t.Errorf("histories of %d and %d lines differ", len(whole.lines), len(last.lines))
	}
}

// TestResumedOrder: a resumed training has the variables of an uninterrupted one, in the same order, which is
// that of the results of its programs. Otherwise XLA compiles all of them again.
func TestResumedOrder(t *testing.T) {
	order := func(y *toy) *[]string {
		var list []string
		y.config.Store.VariableWithValue("/b", []float32{0}).SetTrainable(true) // before w in the alphabet, after it in the store
		y.config.Objective.Loss = func(root *model.Scope, in batching.Nodes) (sum, count *graph.Node) {
			loss, count := regression.Loss(root, in)
			return graph.Add(loss, graph.ReduceAllSum(graph.Square(root.Store().GetVariable("/b").NodeValue(loss.Graph())))), count
		}
		measure := y.config.Evaluate.Measure
		y.config.Evaluate.Measure = func(ctx context.Context) (Result, error) {
			list = nil
			for v := range y.config.Store.IterVariables() {
				if !strings.Contains(v.Path(), "learning_rate") { // no result of a program
					list = append(list, v.Path())
				}
			}
			return measure(ctx)
		}
		return &list
	}
	whole := newToy(t, t.TempDir())
	want := order(whole)
	if err := whole.run(t, 0); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	first := newToy(t, dir)
	order(first)
	if err := first.run(t, 5); !errors.Is(err, ErrStopped) {
		t.Fatal(err)
	}
	if err := first.config.Folder.Close(); err != nil {
		t.Fatal(err)
	}
	second := newToy(t, dir)
	got := order(second)
	if err := second.run(t, 0); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(*got, *want) || len(*want) < 8 {
		t.Errorf("the variables are\n%s\nafter a resumption, without one\n%s", strings.Join(*got, " "), strings.Join(*want, " "))
	}
}

// One error lists every tensor that does not fit.
func TestDamagedCheckpoint(t *testing.T) {
	dir := t.TempDir()
	y := newToy(t, dir)
	if err := y.run(t, 3); !errors.Is(err, ErrStopped) {
		t.Fatal(err)
	}
	path := y.config.Folder.Path(runfolder.CheckpointsDir, CheckpointFile)
	f, err := safetensors.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	store, list := model.NewStore(), map[string]*model.Variable{}
	for _, name := range f.Names() {
		value, err := f.Tensor(name)
		if err != nil {
			t.Fatal(err)
		}
		list[name] = store.VariableWithValue("/"+name, value)
	}
	metadata := f.Metadata()
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	delete(list, adamStep)
	delete(list, momentNames("w")[0])
	list["w"] = store.VariableWithValue("/w2", []float32{1, 2})
	list["v"] = store.VariableWithValue("/v2", []float32{1})
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := variables.Write(path, list, map[string]string{"position": metadata["position"]}); err != nil {
		t.Fatal(err)
	}
	if err := y.config.Folder.Close(); err != nil {
		t.Fatal(err)
	}
	err = newToy(t, dir).run(t, 0)
	var damaged *runfolder.DamagedError
	var bad *variables.TensorsError
	if !errors.As(err, &damaged) || damaged.File != filepath.Join(dir, "run", runfolder.CheckpointsDir, CheckpointFile) || !errors.As(err, &bad) {
		t.Fatalf("the error is %v", err)
	}
	if !slices.Equal(bad.Missing, []string{adamStep, momentNames("w")[0]}) ||
		!slices.Equal(bad.Unexpected, []string{"v"}) || !slices.Equal(mismatch.Texts(bad.Misshapen), []string{"w: is F32 [2], expected F32 [1]"}) {
		t.Errorf("%v", bad)
	}
}

// An earlier version wrote its checkpoint before the last evaluation and without "done": the
// evaluation is done once.
func TestCheckpointOfAnEarlierVersion(t *testing.T) {
	dir := t.TempDir()
	y := newToy(t, dir)
	if err := y.run(t, 20); !errors.Is(err, ErrStopped) {
		t.Fatal(err)
	}
	if err := y.config.Folder.Close(); err != nil {
		t.Fatal(err)
	}
	again := newToy(t, dir)
	again.at.Due = false
	if err := again.run(t, 0); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(again.evaluated, []int{20}) || !again.at.Done {
		t.Errorf("evaluated %v, position %+v", again.evaluated, again.at)
	}
}
