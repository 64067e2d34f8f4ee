package run

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lorabook/lorabook/kernel/internal/jupyter"
	"github.com/lorabook/lorabook/kernel/internal/nbformat"
)

// These tests run notebooks on the real GoNB, built from this module's go.mod.

var built struct {
	once sync.Once
	dir  string
	err  error
}

func TestMain(m *testing.M) {
	code := m.Run()
	if built.dir != "" {
		_ = os.RemoveAll(built.dir)
	}
	os.Exit(code)
}

// useGoNB builds GoNB and goimports once and installs a kernelspec for this test.
func useGoNB(t *testing.T) {
	t.Helper()
	if testing.Short() {
		t.Skip("SKIPPED: GoNB is not run with -short")
	}
	built.once.Do(func() {
		if built.dir, built.err = os.MkdirTemp("", "lorabook-gonb-"); built.err != nil {
			return
		}
		out, err := exec.Command("go", "build", "-o", built.dir, "github.com/janpfeifer/gonb", "golang.org/x/tools/cmd/goimports").CombinedOutput()
		if err != nil {
			built.err = fmt.Errorf("%w\n%s", err, out)
		}
	})
	if built.err != nil {
		t.Skipf("SKIPPED: no notebook was run on GoNB, for it cannot be built here: %v", built.err)
	}
	root, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(map[string]any{
		"argv":         []string{filepath.Join(built.dir, "gonb"), "--kernel", "{connection_file}", "-go_work=" + root},
		"display_name": "Go (gonb)", "language": "go", "interrupt_mode": "message",
		"env": map[string]string{"PATH": built.dir + string(os.PathListSeparator) + "${PATH}", "GOFLAGS": "-ldflags=-w"},
	})
	if err != nil {
		t.Fatal(err)
	}
	temporary := t.TempDir()
	t.Setenv("TMPDIR", temporary)
	if err := os.WriteFile(filepath.Join(fakeSpec(t), "kernel.json"), text, 0o644); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for pid, program := range running(t, filepath.Join(built.dir, "gonb")) {
			t.Errorf("process %s is left: %s", pid, program)
		}
		if left, err := os.ReadDir(temporary); err != nil || len(left) > 0 {
			t.Errorf("temporary files are left: %v (%v)", left, err)
		}
	})
}

// running returns the processes of a program, where /proc tells of them.
func running(t *testing.T, program string) map[string]string {
	found := make(map[string]string)
	paths, _ := filepath.Glob("/proc/[0-9]*/exe")
	for _, path := range paths {
		if target, err := os.Readlink(path); err == nil && strings.HasPrefix(target, program) {
			found[strings.Split(path, "/")[2]] = target
		}
	}
	return found
}

// runCells runs a notebook of these cells and returns it as it was saved.
func runCells(t *testing.T, ctx context.Context, options Options, cells ...*nbformat.Cell) (*nbformat.Notebook, error) {
	t.Helper()
	dir := t.TempDir()
	source := save(t, dir, "n.ipynb", cells...)
	before, _ := os.ReadFile(source)
	options.Notebooks, options.Out = []string{source}, filepath.Join(dir, "results")
	var progress bytes.Buffer
	options.Progress = &progress
	err := Run(ctx, options)
	t.Logf("%s%v", progress.String(), err)
	if after, _ := os.ReadFile(source); !bytes.Equal(before, after) {
		t.Error("the notebook itself was changed")
	}
	saved, readErr := nbformat.Read(filepath.Join(options.Out, "n.ipynb"))
	if readErr != nil {
		t.Fatal(readErr)
	}
	return saved, err
}

// streams returns what a cell wrote.
func streams(cell *nbformat.Cell, name string) string {
	var text string
	for _, output := range cell.Outputs {
		if output.Type == nbformat.Stream && output.Name == name {
			text += output.Text
		}
	}
	return text
}

func TestGoNBRunsANotebook(t *testing.T) {
	useGoNB(t)
	t.Setenv("LORABOOK_TEST_VALUE", "from outside")
	stale := codeCell(`//gonb:%noautoget`)
	nine := 9
	stale.ExecutionCount = &nine
	stale.Outputs = []*nbformat.Output{{Type: nbformat.Stream, Name: "stdout", Text: "stale"}}
	saved, err := runCells(t, t.Context(), Options{Parameters: []string{"model=größer \"x\"", "epochs=7", "lr=2", "quick=true", "limit=90m", "seed=5"}},
		&nbformat.Cell{Type: nbformat.Markdown, Source: "# Title"},
		stale,
		codeCell("var (\n\tmodel = \"x\"\n\tepochs = 2\n\tlr, quick = 1e-3, false\n\tlimit = 5 * time.Minute\n\tseed int64\n\tsteps = 10 * epochs\n)", parametersTag),
		codeCell("   "),
		codeCell("%%\nfmt.Printf(\"%q %d %T %g %v %v %T %d\\n\", model, epochs, lr, lr, quick, limit, seed, steps)\nfmt.Fprintln(os.Stderr, \"für stderr 🙂\")"),
		codeCell("%%\ngonbui.UpdateHTML(\"id\", \"<b>one</b>\")\ngonbui.DisplayPNG([]byte{1,2,3})\nfmt.Printf(\"10%%\\r20%%\\r\")\ngonbui.UpdateHTML(\"id\", \"<b>two</b>\")\ngonbui.Sync()"),
		codeCell("%%\ngonbui.UpdateHTML(\"id\", \"<b>three</b>\")\ngonbui.Sync()\nfmt.Print(os.Getenv(\"LORABOOK_TEST_VALUE\"))"),
		codeCell("!false", mayFailTag),
		codeCell("%%\npanic(\"allowed\")", mayFailTag),
		codeCell("!basename $PWD"),
		codeCell("%%\npanic(\"this cell asks the reader\")", skipTag),
	)
	if err != nil {
		t.Fatal(err)
	}
	cells := saved.Cells
	if len(cells) != 12 || cells[11].ExecutionCount != nil || len(cells[11].Outputs) != 0 || cells[0].Source != "# Title" || cells[3].ExecutionCount == nil || !cells[3].HasTag(injectedTag) {
		t.Fatalf("%d cells", len(cells))
	}
	if *cells[1].ExecutionCount != 1 || len(cells[1].Outputs) != 0 || cells[4].ExecutionCount != nil || *cells[10].ExecutionCount != 9 {
		t.Errorf("counts %d, %v, %d", *cells[1].ExecutionCount, cells[4].ExecutionCount, *cells[10].ExecutionCount)
	}
	if got, want := streams(cells[5], "stdout"), "\"größer \\\"x\\\"\" 7 float64 2 true 1h30m0s int64 70\n"; got != want {
		t.Errorf("parameters: got %q, want %q", got, want)
	}
	if got := streams(cells[5], "stderr"); got != "für stderr 🙂\n" {
		t.Errorf("stderr %q", got)
	}
	var data []map[string]any
	for _, output := range cells[6].Outputs {
		if output.Type == nbformat.DisplayData {
			data = append(data, output.Data)
		}
	}
	if diff := cmp.Diff([]map[string]any{{"text/html": "<b>three</b>"}, {"image/png": "AQID"}}, data); diff != "" {
		t.Errorf("displays: %s", diff)
	}
	if got := streams(cells[6], "stdout"); got != "20%" {
		t.Errorf("a progress bar is saved as %q", got)
	}
	if len(cells[7].Outputs) != 1 || streams(cells[7], "stdout") != "from outside" {
		t.Errorf("an update made an output of its own: %+v", cells[7].Outputs)
	}
	if got := streams(cells[10], "stdout"); !strings.HasPrefix(got, "00") {
		t.Errorf("the kernel does not work in the notebook's folder but in %q", got)
	}
	language, _ := saved.Metadata["language_info"].(map[string]any)
	if language["name"] != "go" || language["pygments_lexer"] != "go" || saved.Metadata["mine"] != "kept" {
		t.Errorf("metadata %v", saved.Metadata)
	}
	if last := saved.LastRun(); time.Since(last.Time).Abs() > time.Hour || !strings.Contains(last.Machine, runtime.GOARCH) || !strings.Contains(last.Machine, " core") {
		t.Errorf("the last run was recorded as %+v", last)
	}
}

func TestGoNBFailures(t *testing.T) {
	useGoNB(t)
	never := codeCell("%%\nfmt.Println(\"never\")")
	never.Outputs = []*nbformat.Output{{Type: nbformat.Stream, Name: "stdout", Text: "stale"}}
	for name, test := range map[string]struct {
		source string
		line   int
		cause  any
		texts  []string
	}{
		"compile error":  {"%%\nfmt.Println(1)\nfmt.Println(y)", 3, new(*RaisedError), []string{"undefined: y", "> 3 | fmt.Println(y)"}},
		"syntax error":   {"func f() {\n\tretrun 3\n}", 2, new(*RaisedError), []string{"expected ';', found 3"}},
		"panic":          {"%%\nfmt.Println(\"before\")\nvar m map[int]int\nm[1] = 2", 4, new(*RaisedError), []string{"exit status 2", "assignment to entry in nil map", "stdout:\n  before"}},
		"exit":           {"%%\nos.Exit(3)", 0, new(*RaisedError), []string{"exit status 3"}},
		"shell command":  {"!echo to stdout\n!echo to stderr >&2; exit 4", 0, new(*CommandError), []string{"a shell command ended with exit status 4", "to stdout", "to stderr"}},
		"one of them":    {"// text\n!ls /nowhere", 2, new(*CommandError), []string{"the shell command ended with exit status", "> 2 | !ls /nowhere"}},
		"script":         {"%%bash\necho hi\nkill -9 $$", 1, new(*CommandError), []string{"signal: killed"}},
		"unknown":        {"%cd .\n%foo bar", 2, new(*CommandError), []string{"does not know the special command %foo", "> 2 | %foo bar"}},
		"wrong use":      {"%cd a b c", 0, new(*RaisedError), []string{"none or one argument"}},
		"asks for input": {"%with_inputs\n!read x", 0, new(*jupyter.InputError), []string{"waits for input"}},
		"kills kernel":   {"!sleep 0.5; kill -9 $PPID", 0, new(*jupyter.DeadError), []string{"the kernel died (signal: killed)"}},
	} {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			saved, err := runCells(t, t.Context(), Options{}, codeCell("!echo first"), codeCell(test.source), never)
			var failure *CellError
			if !errors.As(err, &failure) || !errors.As(err, test.cause) {
				t.Fatalf("got %T %v, want a *CellError caused by %T", err, err, test.cause)
			}
			if failure.Cell != 2 || failure.Count != 2 || failure.Line != test.line || failure.Source != test.source {
				t.Errorf("cell %d, count %d, line %d, want line %d", failure.Cell, failure.Count, failure.Line, test.line)
			}
			for _, text := range append(test.texts, "n.ipynb: cell 2, In [2]") {
				if !strings.Contains(err.Error(), text) {
					t.Errorf("%q is not in:\n%v", text, err)
				}
			}
			if streams(saved.Cells[0], "stdout") != "first\n" || len(saved.Cells[1].Outputs) == 0 || len(saved.Cells[2].Outputs) != 0 {
				t.Errorf("what ran, and only that, was to be saved: %+v", saved.Cells)
			}
			if took := time.Since(start); took > 20*time.Second {
				t.Errorf("it took %v", took)
			}
		})
	}
}

func TestGoNBCellThatHangs(t *testing.T) {
	useGoNB(t)
	// The first second passes while GoNB compiles, and ignores interrupts.
	saved, err := runCells(t, t.Context(), Options{Timeout: 200 * time.Millisecond}, codeCell("%%\nfmt.Println(\"going\")\ntime.Sleep(time.Hour)", mayFailTag))
	var timeout *TimeoutError
	if !errors.As(err, &timeout) || timeout.Limit != 200*time.Millisecond {
		t.Fatalf("got %v", err)
	}
	outputs := saved.Cells[0].Outputs
	if last := outputs[len(outputs)-1]; last.EName != "Timeout" || !strings.Contains(last.EValue, "longer than 200ms") {
		t.Errorf("the result does not tell of it: %+v", last)
	}
}

func TestGoNBRunIsCanceled(t *testing.T) {
	useGoNB(t)
	why := errors.New("the user wants no more")
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	marker := filepath.Join(t.TempDir(), "running")
	go func() {
		for range 1200 {
			if _, err := os.Stat(marker); err == nil {
				break
			}
			time.Sleep(50 * time.Millisecond)
		}
		cancel(why)
	}()
	saved, err := runCells(t, ctx, Options{}, codeCell("%%\nfmt.Println(\"going\")\nos.WriteFile(\""+marker+"\", nil, 0o644)\ntime.Sleep(time.Hour)"), codeCell("!echo never"))
	if !errors.Is(err, why) {
		t.Fatalf("got %v", err)
	}
	if streams(saved.Cells[0], "stdout") != "going\n" || len(saved.Cells[1].Outputs) != 0 {
		t.Errorf("%+v", saved.Cells)
	}
}

func TestGoNBInPlace(t *testing.T) {
	useGoNB(t)
	dir := t.TempDir()
	one := save(t, dir, "1.ipynb", codeCell("!echo a >file"))
	two := save(t, dir, "2.ipynb", codeCell("!cat file"))
	if err := Run(t.Context(), Options{Notebooks: []string{one, two}, InPlace: true}); err != nil {
		t.Fatal(err)
	}
	saved, err := nbformat.Read(two)
	if err != nil || streams(saved.Cells[0], "stdout") != "a\n" {
		t.Errorf("%v, %+v", err, saved)
	}
	// A second run of the same changes nothing but the time.
	before, _ := os.ReadFile(two)
	if err := Run(t.Context(), Options{Notebooks: []string{two}, InPlace: true}); err != nil {
		t.Fatal(err)
	}
	again, err := nbformat.Read(two)
	if err != nil {
		t.Fatal(err)
	}
	after, _ := os.ReadFile(two)
	for _, run := range []nbformat.RunRecord{saved.LastRun(), again.LastRun()} {
		stamp := []byte(run.Time.Format(time.RFC3339))
		before, after = bytes.Replace(before, stamp, nil, 1), bytes.Replace(after, stamp, nil, 1)
	}
	if !bytes.Equal(before, after) {
		t.Errorf("-first +second run:\n%s", cmp.Diff(string(before), string(after)))
	}
}
