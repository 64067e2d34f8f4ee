package run

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/kernel/internal/jupyter"
	"github.com/lorabook/lorabook/kernel/internal/nbformat"
)

// save writes a notebook of these cells for the kernel gonb and returns its path.
func save(t *testing.T, dir, name string, cells ...*nbformat.Cell) string {
	t.Helper()
	nb := &nbformat.Notebook{
		Minor:    4,
		Metadata: map[string]any{"kernelspec": map[string]any{"name": "gonb", "display_name": "Go (gonb)"}, "mine": "kept"},
		Cells:    cells,
	}
	path := filepath.Join(dir, name)
	if err := nb.Write(path); err != nil {
		t.Fatal(err)
	}
	return path
}

// fakeSpec makes a kernelspec gonb whose program would fail the test if it were run, and
// returns its folder.
func fakeSpec(t *testing.T) string {
	t.Helper()
	data := t.TempDir()
	t.Setenv("JUPYTER_PATH", data)
	t.Setenv("JUPYTER_DATA_DIR", data)
	dir := filepath.Join(data, "kernels", "gonb")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	text := `{"argv":["/nowhere/gonb","{connection_file}"],"display_name":"Go (gonb)","language":"go"}`
	if err := os.WriteFile(filepath.Join(dir, "kernel.json"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestMistakesShowBeforeAnythingRuns(t *testing.T) {
	fakeSpec(t)
	dir := t.TempDir()
	good := save(t, dir, "good.ipynb", codeCell("var epochs = 2\nvar model = \"x\"\nconst c = 1", parametersTag))
	other := save(t, dir, "other.ipynb", codeCell("var lr = 0.1", parametersTag))
	plain := save(t, dir, "plain.ipynb", codeCell("x"))
	broken := save(t, dir, "broken.ipynb", codeCell("%%\nx := 1", parametersTag))
	if err := os.Mkdir(filepath.Join(dir, "sub"), 0o755); err != nil {
		t.Fatal(err)
	}
	twin := save(t, filepath.Join(dir, "sub"), "good.ipynb", codeCell("x"))
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return path
	}
	html := write("html.ipynb", "<!DOCTYPE html><html>")
	empty := write("empty.ipynb", "")
	list := write("list.ipynb", "[]")
	three := write("three.ipynb", `{"nbformat":3,"nbformat_minor":0,"metadata":{},"worksheets":[]}`)
	nameless := write("nameless.ipynb", `{"nbformat":4,"nbformat_minor":4,"metadata":{},"cells":[]}`)

	for name, test := range map[string]struct {
		options  Options
		problems []string
	}{
		"not notebooks":   {Options{Notebooks: []string{html, empty, list, three}}, []string{html + ": this is not a notebook: found", empty, list, three, "expected format 4, found 3"}},
		"no such file":    {Options{Notebooks: []string{filepath.Join(dir, "none.ipynb")}}, []string{"none.ipynb: no such file"}},
		"unknown name":    {Options{Notebooks: []string{good, other}, Parameters: []string{"lr=1", "epoch=3"}}, []string{`unknown parameter "epoch": did you mean "epochs"?`, "the parameters are epochs, model, lr\n", "--list"}},
		"a constant":      {Options{Notebooks: []string{good}, Parameters: []string{"c=3"}}, []string{`unknown parameter "c"`}},
		"no parameters":   {Options{Notebooks: []string{plain}, Parameters: []string{"epochs=3"}}, []string{"no cell that declares variables is tagged"}},
		"wrong value":     {Options{Notebooks: []string{good}, Parameters: []string{"epochs=many"}}, []string{good, "epochs is of type int"}},
		"given twice":     {Options{Notebooks: []string{good}, Parameters: []string{"epochs=1", "epochs=2"}}, []string{"epochs is given twice"}},
		"no value":        {Options{Notebooks: []string{good}, Parameters: []string{"epochs"}}, []string{"name=value"}},
		"parameters cell": {Options{Notebooks: []string{broken}, Parameters: []string{"x=2"}}, []string{broken, "cell 1", "only Go declarations"}},
		"no kernel":       {Options{Notebooks: []string{good}, Kernel: "julia"}, []string{good, `no kernel "julia"`, "gonb", "go run ./kernel install"}},
		"kernel unnamed":  {Options{Notebooks: []string{nameless}}, []string{nameless, "--kernel"}},
		"same result":     {Options{Notebooks: []string{good, twin}}, []string{twin + ": another notebook"}},
		"same notebook":   {Options{Notebooks: []string{plain, plain}, InPlace: true}, []string{"another notebook"}},
		"over itself":     {Options{Notebooks: []string{good}, Out: dir}, []string{good, "--in-place"}},
		"timeout":         {Options{Notebooks: []string{good}, Timeout: -1}, []string{"negative"}},
	} {
		t.Run(name, func(t *testing.T) {
			if test.options.Out == "" {
				test.options.Out = filepath.Join(t.TempDir(), "out")
			}
			test.options.Ensure = func(_ context.Context, kernel string) (string, error) {
				if name != "no kernel" {
					t.Errorf("the kernel %s would have been installed first", kernel)
				}
				return "", nil
			}
			err := Run(t.Context(), test.options)
			if err == nil {
				t.Fatal("no error")
			}
			for _, problem := range test.problems {
				if !strings.Contains(err.Error(), problem) {
					t.Errorf("%q is not in:\n%v", problem, err)
				}
			}
			if _, err := os.Stat(test.options.Out); err == nil && test.options.Out != dir {
				t.Error("the folder for the results was made already")
			}
		})
	}

	var unknown *UnknownParameterError
	if err := Run(t.Context(), Options{Notebooks: []string{good}, Parameters: []string{"x=1"}}); !errors.As(err, &unknown) || unknown.Name != "x" {
		t.Errorf("got %v", err)
	}
	var missing *jupyter.NotFoundError
	if err := Run(t.Context(), Options{Notebooks: []string{good}, Kernel: "julia"}); !errors.As(err, &missing) {
		t.Errorf("got %v", err)
	}
}

// TestEnsureComesFirst: each kernel is ensured once, and looked for where that says.
func TestEnsureComesFirst(t *testing.T) {
	data := filepath.Dir(filepath.Dir(fakeSpec(t)))
	t.Setenv("JUPYTER_PATH", t.TempDir())
	t.Setenv("JUPYTER_DATA_DIR", t.TempDir())
	dir := t.TempDir()
	options := Options{
		Notebooks: []string{save(t, dir, "a.ipynb", codeCell("x")), save(t, dir, "b.ipynb", codeCell("x"))},
		Out:       filepath.Join(dir, "out"),
	}
	var asked []string
	options.Ensure = func(_ context.Context, kernel string) (string, error) {
		asked = append(asked, kernel)
		return data, nil
	}
	jobs, err := plan(t.Context(), options)
	if err != nil || len(asked) != 1 || asked[0] != "gonb" || jobs[1].kernel.Argv[0] != "/nowhere/gonb" {
		t.Errorf("asked for %q: %v", asked, err)
	}
	broken := errors.New("no compiler")
	options.Ensure = func(context.Context, string) (string, error) { return "", broken }
	if err := Run(t.Context(), options); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

func TestList(t *testing.T) {
	dir := t.TempDir()
	path := save(t, dir, "a.ipynb",
		&nbformat.Cell{Type: nbformat.Markdown, Source: "prose\n## A title\n"},
		codeCell("var (\n\tepochs = 2 // passes\n\tlr float64\n)", parametersTag),
		codeCell("var seed, quick = 1, false // seed: of all; quick: less", parametersTag, "advanced"))
	got, err := List([]string{path})
	want := path + "  A title\n    epochs int = 2  // passes\n    lr float64\n" +
		"  advanced:\n    seed int = 1  // of all\n    quick bool = false  // less\n"
	if err != nil || got != want {
		t.Errorf("got %q (%v), want %q", got, err, want)
	}
}

func TestDefaultNotebooks(t *testing.T) {
	t.Chdir(t.TempDir())
	if _, err := DefaultNotebooks(); err == nil || !strings.Contains(err.Error(), "notebooks/*.ipynb") {
		t.Errorf("got %v", err)
	}
	if err := os.Mkdir("notebooks", 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"02-b.ipynb", "01-a.ipynb", "notes.md"} {
		if err := os.WriteFile(filepath.Join("notebooks", name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := DefaultNotebooks()
	if err != nil || strings.Join(got, " ") != "notebooks/01-a.ipynb notebooks/02-b.ipynb" {
		t.Errorf("got %v (%v)", got, err)
	}
}

// TestSplitByDefault: a notebook that says that it takes long runs only when it is named.
func TestSplitByDefault(t *testing.T) {
	dir := t.TempDir()
	var paths, want, wantNamed []string
	tagged := `{"cell_type": "markdown", "metadata": {"tags": ["a", "run-when-named"]}, "source": ""}`
	for name, content := range map[string][2]string{
		"plain": {`{}`, ``}, "long": {`{"lorabook": {"run": "named"}}`, ``}, "other": {`{"lorabook": {"run": "always"}}`, ``},
		"foreign": {`{"lorabook": 1}`, ``}, "tagged": {`{}`, tagged},
	} {
		path := filepath.Join(dir, name+".ipynb")
		if err := os.WriteFile(path, []byte(`{"nbformat": 4, "nbformat_minor": 4, "cells": [`+content[1]+`], "metadata": `+content[0]+`}`), 0o644); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
		if name == "long" || name == "tagged" {
			wantNamed = append(wantNamed, path)
		} else {
			want = append(want, path)
		}
	}
	got, named, err := SplitByDefault(paths)
	if err != nil || !slices.Equal(got, want) || !slices.Equal(named, wantNamed) {
		t.Errorf("got %v and %v (%v), want %v and %v", got, named, err, want, wantNamed)
	}
	for _, path := range []string{"../../../notebooks/00-your-data.ipynb", "../../../notebooks/05-variants.ipynb", "../../../notebooks/06-serve.ipynb", "../../../notebooks/07-sweep.ipynb"} {
		if _, named, err := SplitByDefault([]string{path}); err != nil || len(named) != 1 {
			t.Errorf("%s runs unasked: %v", path, err)
		}
		notebook, err := nbformat.Read(path)
		if err != nil || !slices.ContainsFunc(notebook.Cells, func(c *nbformat.Cell) bool { return c.HasTag(namedTag) }) {
			t.Errorf("%s has no cell tagged %s, which jupytext would keep: %v", path, namedTag, err)
		}
	}
	if _, _, err := SplitByDefault([]string{filepath.Join(dir, "missing.ipynb")}); err == nil || !strings.Contains(err.Error(), "missing.ipynb") {
		t.Errorf("got %v", err)
	}
}
