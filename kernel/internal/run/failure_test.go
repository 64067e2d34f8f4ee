package run

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lorabook/lorabook/kernel/internal/nbformat"
)

// The shape of the page in which GoNB reports errors.
const page = `
<style>
.gonb-err-location { color: red; }
</style>
<div class="jp-RenderedText">

<div style="white-space: pre-wrap;"> # gonb_1</div>

<div style="white-space: pre-wrap;"><span class="gonb-err-hover-area"><span class="gonb-cell-line-info">Cell[4]: Line 9</span> <span class="gonb-err-location">./main.go:3:1: </span></span>undefined: a &lt; b<div class="gonb-err-context">
hidden <div class="gonb-err-line">hidden, too
</div></div></div>

<div style="white-space: pre-wrap;"><span class="gonb-cell-line-info">Cell[5]: Line 2</span> <span class="gonb-err-location">./main.go:12:13: </span>undefined: y</div>
</div>
`

func TestCellErrorShowsTheCell(t *testing.T) {
	five := 5
	cell := codeCell("%%\nfmt.Println(y)\n// end")
	cell.ExecutionCount = &five
	var stdout strings.Builder
	for range 30 {
		stdout.WriteString("line\n")
	}
	cell.Outputs = []*nbformat.Output{
		{Type: nbformat.Stream, Name: "stdout", Text: stdout.String()},
		{Type: nbformat.Stream, Name: "stderr", Text: "\x1b[31mred\x1b[0m\u009b Cell [5] Line 3\n"},
		{Type: nbformat.DisplayData, Data: map[string]any{"text/html": page}},
		{Type: nbformat.DisplayData, Data: map[string]any{"text/html": "Cell[5]: Line 1, of the user"}},
	}
	failure := newCellError("n.ipynb", 6, cell, &RaisedError{Name: "ERROR", Value: "exit status 1", Traceback: []string{"exit status 1"}})
	want := `n.ipynb: cell 7, In [5], line 2: exit status 1

  1 | %%
> 2 | fmt.Println(y)
  3 | // end

error:
  # gonb_1
  Cell[4]: Line 9 ./main.go:3:1: undefined: a < b
  Cell[5]: Line 2 ./main.go:12:13: undefined: y

stderr:
  red Cell [5] Line 3

stdout (the last 20 lines of 30):
` + strings.TrimRight(strings.Repeat("  line\n", 20), "\n")
	if diff := cmp.Diff(want, failure.Error()); diff != "" {
		t.Error(diff)
	}
}

func TestCellErrorOfOtherKernels(t *testing.T) {
	failure := newCellError("n.ipynb", 0, codeCell("1/0"), &RaisedError{Name: "ZeroDivisionError", Value: "division by zero", Traceback: []string{"\x1b[1mTraceback", "line 1"}})
	want := "n.ipynb: cell 1: ZeroDivisionError: division by zero\n\n  1 | 1/0\n\ntraceback:\n  Traceback\n  line 1"
	if diff := cmp.Diff(want, failure.Error()); diff != "" {
		t.Error(diff)
	}
}

func TestCellErrorHintsAtAutoget(t *testing.T) {
	failure := newCellError("n.ipynb", 0, codeCell("x"), &RaisedError{Name: "ERROR", Value: `failed to run "/usr/bin/go get": exit status 1`})
	if !strings.Contains(failure.Error(), "%noautoget") {
		t.Error(failure)
	}
}
