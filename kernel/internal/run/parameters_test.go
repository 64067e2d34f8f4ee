package run

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lorabook/lorabook/internal/memorytest"
	"github.com/lorabook/lorabook/kernel/internal/nbformat"
)

const parametersSource = `//gonb:%cd .
import "os"
// The model.
var model = "bert" + "-base"
var (
	epochs      = 2 // passes over the data
	lr, warmup  = 1e-3, 0.06
	quick       bool
	limit       = 5 * time.Minute
	seed        int64 = 42
	half        float32
	n           uint8 = 200
	letter      = 'x'
	dir         string = os.Getenv("HOME")
	found       = os.Getenv("HOME")
	list        = []string{"a"}
	z           = 1i
	_           = 3
)
!echo \
  done
const fixed = 1
func f() {}`

func TestDeclared(t *testing.T) {
	got, err := declared(parametersSource)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, p := range got {
		lines = append(lines, p.String())
	}
	want := []string{
		`model string = "bert" + "-base"`,
		`epochs int = 2`,
		`lr float64 = 1e-3`,
		`warmup float64 = 0.06`,
		`quick bool`,
		`limit time.Duration = 5 * time.Minute`,
		`seed int64 = 42`,
		`half float32`,
		`n uint8 = 200`,
		`letter rune = 'x'`,
		`dir string = os.Getenv("HOME")`,
		`found = os.Getenv("HOME")`,
		`list = []string{"a"}`,
		`z = 1i`,
	}
	if diff := cmp.Diff(want, lines); diff != "" {
		t.Error(diff)
	}
	if got[0].Comment != "The model." || got[1].Comment != "passes over the data" {
		t.Errorf("comments %q, %q", got[0].Comment, got[1].Comment)
	}
}

func TestDeclaredRefuses(t *testing.T) {
	for source, problem := range map[string]string{
		"%%\nx := 1":           "line 2",
		"var a = 1\nvar b = (": "line 2",
	} {
		if _, err := declared(source); err == nil || !strings.Contains(err.Error(), problem) || !strings.Contains(err.Error(), "only Go declarations") {
			t.Errorf("%q: got %v, want %q", source, err, problem)
		}
	}
}

func TestDeclaration(t *testing.T) {
	parameters, err := declared(parametersSource)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ name, value, want string }{
		{"model", `a "b"` + "\n\\é", `var model = "a \"b\"\n\\é"`},
		{"model", "", `var model = ""`},
		{"epochs", "-3", "var epochs = -3"},
		{"epochs", "0x10", "var epochs = 16"},
		{"lr", "2", "var lr = 2.0"},
		{"lr", "1e-5", "var lr = 1e-05"},
		{"quick", "true", "var quick = true"},
		{"limit", "1h30m", "var limit = 90 * time.Minute"},
		{"limit", "1.5s", "var limit = 1500 * time.Millisecond"},
		{"limit", "0", "var limit = time.Duration(0)"},
		{"limit", "-2h", "var limit = -2 * time.Hour"},
		{"seed", "7", "var seed int64 = 7"},
		{"half", "0.1", "var half float32 = 0.1"},
		{"n", "255", "var n uint8 = 255"},
		{"letter", "120", "var letter rune = 120"},
		{"dir", "/tmp", `var dir = "/tmp"`},
	} {
		got, err := find(parameters, test.name).declaration(test.value)
		if err != nil || got != test.want {
			t.Errorf("%s=%s: got %s (%v), want %s", test.name, test.value, got, err, test.want)
		}
		if _, err := parser.ParseFile(token.NewFileSet(), "", "package p\n"+got, 0); err != nil {
			t.Errorf("%s is not Go: %v", got, err)
		}
	}
	for _, test := range []struct{ name, value, problem string }{
		{"epochs", "two", `parameter epochs is of type int, and "two" is none: expected a whole number, such as -p epochs=2`},
		{"epochs", "1.5", "expected a whole number, such as -p epochs=2"},
		{"epochs", "99999999999999999999", "expected a whole number in the range of int"},
		{"n", "256", "a whole number from 0 in the range of uint8, such as -p n=200"},
		{"n", "-1", "expected a whole number from 0"},
		{"lr", "fast", `parameter lr is of type float64, and "fast" is none: expected a number, such as -p lr=0.001`},
		{"lr", "NaN", "expected a number in the range of float64"},
		{"half", "1e300", "a number in the range of float32, such as -p half=0.5"},
		{"quick", "yes", "write true or false"},
		{"limit", "5", "write it as 90s"},
		{"found", "x", "not known without running the cell"},
		{"list", "x", "its type is []string"},
		{"z", "1", "complex128"},
	} {
		if got, err := find(parameters, test.name).declaration(test.value); err == nil || !strings.Contains(err.Error(), test.problem) {
			t.Errorf("%s=%s: got %s, %v, want %q", test.name, test.value, got, err, test.problem)
		}
	}
}

func find(parameters []Parameter, name string) Parameter {
	for _, p := range parameters {
		if p.Name == name {
			return p
		}
	}
	panic(name)
}

// codeCell makes a cell, tagged if tags are given.
func codeCell(source string, tags ...string) *nbformat.Cell {
	cell := &nbformat.Cell{Type: nbformat.Code, Source: source, Metadata: map[string]any{}}
	var list []any
	for _, tag := range tags {
		list = append(list, tag)
	}
	if list != nil {
		cell.Metadata["tags"] = list
	}
	return cell
}

func TestInject(t *testing.T) {
	nb := &nbformat.Notebook{Cells: []*nbformat.Cell{
		codeCell("first"),
		codeCell("var a = 1\nvar b = 2", parametersTag),
		codeCell("var b = 77", injectedTag),
		codeCell("last"),
	}}
	parameters, err := Parameters(nb)
	if err != nil {
		t.Fatal(err)
	}
	if names, err := inject(nb, parameters, []assignment{{"other", "1"}}); err != nil || names != nil || len(nb.Cells) != 4 {
		t.Errorf("nothing was to be set: %v, %v, %d cells", names, err, len(nb.Cells))
	}
	names, err := inject(nb, parameters, []assignment{{"b", "5"}, {"a", "4"}})
	if err != nil || !cmp.Equal(names, []string{"a", "b"}) || len(nb.Cells) != 4 {
		t.Fatalf("%v, %v, %d cells", names, err, len(nb.Cells))
	}
	if got := nb.Cells[2]; got.Source != "// Set for this run.\nvar a = 4\nvar b = 5" || !got.HasTag(injectedTag) || got.ID != "" {
		t.Errorf("injected %+v", got)
	}
	if _, err := inject(nb, parameters, []assignment{{"a", "x"}}); err == nil {
		t.Error("a wrong value was injected")
	}
}

func TestInjectedCellHasAnID(t *testing.T) {
	nb := &nbformat.Notebook{Minor: 5, Cells: []*nbformat.Cell{codeCell("var a = 1", parametersTag), codeCell("x")}}
	nb.Cells[0].ID, nb.Cells[1].ID = "a", injectedTag
	parameters, _ := Parameters(nb)
	if _, err := inject(nb, parameters, []assignment{{"a", "2"}}); err != nil {
		t.Fatal(err)
	}
	if got := nb.Cells[1].ID; got != "injected-parameters-2" || nb.Check() != nil {
		t.Errorf("ID %q, %v", got, nb.Check())
	}
}

// Several cells can declare parameters; the values of a run follow the last of them.
func TestSeveralParametersCells(t *testing.T) {
	nb := &nbformat.Notebook{Cells: []*nbformat.Cell{
		codeCell("var a = 1", parametersTag), codeCell("x"), codeCell("var b float64 = 8", parametersTag, "advanced"), codeCell("y"),
	}}
	parameters, err := Parameters(nb)
	if err != nil || len(parameters) != 2 || parameters[0].Group != "" || parameters[1].Group != "advanced" || parameters[1].String() != "b float64 = 8" {
		t.Fatalf("%+v, %v", parameters, err)
	}
	names, err := inject(nb, parameters, []assignment{{"b", "4"}, {"a", "2"}})
	if err != nil || !cmp.Equal(names, []string{"a", "b"}) || nb.Cells[3].Source != "// Set for this run.\nvar a = 2\nvar b = 4.0" {
		t.Errorf("%v, %v, %q", names, err, nb.Cells[3].Source)
	}
	nb = &nbformat.Notebook{Cells: []*nbformat.Cell{codeCell("var a = 1", parametersTag), codeCell("var a = 2", parametersTag)}}
	if _, err := Parameters(nb); err == nil || !strings.Contains(err.Error(), `cell 2, tagged "parameters": the parameter a is declared in an earlier cell too`) {
		t.Errorf("got %v", err)
	}
}

// The comment of a line with several variables has a part for each.
func TestCommentsOfOneLine(t *testing.T) {
	parameters, err := declared("var (\n\ttrain, test = 0, 0 // train: examples; 0: 360; -1: all; test: the same; 0: 200\n\ta, b = 1, 2 // of both; b: no\n)")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range parameters {
		got = append(got, p.Name+" "+p.Comment)
	}
	if want := []string{"train examples; 0: 360; -1: all", "test the same; 0: 200", "a of both; b: no", "b of both; b: no"}; !cmp.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// What is declared stays parsable Go or is refused; never a panic.
func FuzzDeclared(f *testing.F) {
	f.Add(parametersSource, "5")
	f.Add("var a, b = f()\nvar time = 3\nvar c time.Duration", "5s")
	f.Fuzz(func(t *testing.T, source, value string) {
		var parameters []Parameter
		var err error
		memorytest.Bounded(t, len(source), func() { parameters, err = declared(source) })
		if err != nil {
			return
		}
		for _, p := range parameters {
			text, err := p.declaration(value)
			if err != nil {
				continue
			}
			file, err := parser.ParseFile(token.NewFileSet(), "", "package p\n"+text, 0)
			if err != nil || len(file.Decls) != 1 || file.Decls[0].(*ast.GenDecl).Tok != token.VAR {
				t.Errorf("%q: %v", text, err)
			}
		}
	})
}
