package nbformat

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lorabook/lorabook/internal/memorytest"
)

// The fixtures are written by testdata/make.py with Jupyter's own nbformat.
func TestMarshalWritesJupytersBytes(t *testing.T) {
	for _, name := range []string{"rich", "old", "empty"} {
		t.Run(name, func(t *testing.T) {
			want := string(read(t, "testdata/"+name+".ipynb"))
			for _, from := range []string{name + ".in.ipynb", name + ".ipynb"} {
				nb, err := Read(filepath.Join("testdata", from))
				if err != nil {
					t.Fatal(err)
				}
				got, err := nb.Marshal()
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(want, string(got)); diff != "" {
					t.Errorf("from %s (-Jupyter +ours):\n%s", from, diff)
				}
			}
		})
	}
}

func TestParseReadsEveryField(t *testing.T) {
	nb, err := Read("testdata/rich.ipynb")
	if err != nil {
		t.Fatal(err)
	}
	if nb.Minor != 5 || nb.KernelName() != "gonb" || len(nb.Cells) != 4 {
		t.Fatalf("minor %d, kernel %q, %d cells", nb.Minor, nb.KernelName(), len(nb.Cells))
	}
	if got := nb.Cells[0]; got.Type != Markdown || !got.HasTag("two") || got.HasTag("three") || !strings.HasPrefix(got.Source, "# Title\n\n!") {
		t.Errorf("markdown cell: %+v", got)
	}
	code := nb.Cells[1]
	if code.ID != "code-1" || *code.ExecutionCount != 1 || len(code.Outputs) != 5 {
		t.Fatalf("code cell: %+v", code)
	}
	if got := code.Outputs[1]; got.Name != "stderr" || got.Text != "control \x00\x01\x1b[31mred\x1b[0m\x7f\b\n日本語 🙂\n" {
		t.Errorf("stream: %+v", got)
	}
	if got := code.Outputs[2].Data["application/vnd.custom+json"]; !cmp.Equal(got, []any{"x\n", "y"}) {
		t.Errorf("JSON data was taken for text: %v", got)
	}
	if got := code.Outputs[2].Data["text/plain"]; got != "one\ntwo" {
		t.Errorf("text data: %v", got)
	}
	if got := code.Outputs[4]; got.EValue != "exit status 2" || len(got.Traceback) != 2 {
		t.Errorf("error: %+v", got)
	}
	if nb.Cells[2].ExecutionCount != nil {
		t.Error("a null count is not nil")
	}
}

func TestUnknownFieldsSurvive(t *testing.T) {
	text := `{
 "cells": [
  {
   "cell_type": "code",
   "execution_count": null,
   "future": {
    "deep": [
     1.50
    ]
   },
   "id": "a",
   "metadata": {},
   "outputs": [
    {
     "name": "stdout",
     "output_type": "stream",
     "sparkle": true,
     "text": []
    }
   ],
   "source": []
  }
 ],
 "invention": "kept",
 "metadata": {},
 "nbformat": 4,
 "nbformat_minor": 6
}
`
	nb, err := Parse([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	got, err := nb.Marshal()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(text, string(got)); diff != "" {
		t.Error(diff)
	}
}

// with wraps cells in an otherwise sound notebook.
func with(cells string) string {
	return `{"nbformat":4,"nbformat_minor":5,"metadata":{},"cells":[` + cells + `]}`
}

func TestParseRefuses(t *testing.T) {
	code := func(rest string) string {
		return with(`{"cell_type":"code","id":"a","metadata":{},"source":"","execution_count":null,` + rest + `}`)
	}
	tests := map[string]struct{ text, path, problem string }{
		"empty":          {"", "", "the file is empty"},
		"space":          {" \n", "", "only white space"},
		"HTML":           {"\n<!DOCTYPE html>\n<html>", "", "web page"},
		"list":           {`[{"cells":[]}]`, "", "expected an object, found a list"},
		"truncated":      {with("")[:30], "", "line 1, column 30: it is not JSON"},
		"sign":           {"-", "", "line 1, column 1: it is not JSON"},
		"trailing":       {with("") + "\n\n{}", "", "line 3, column 1: it is not JSON"},
		"BOM":            {"\ufeff" + with(""), "", "byte order mark"},
		"bytes":          {"{\n \"a\": \"é\xff\"}", "", "line 2, column 9: byte 0xff is not UTF-8"},
		"surrogate":      {`{"a":"\\\ud800\u0041"}`, "", `the escape \ud800 is half a surrogate pair`},
		"low surrogate":  {`{"a":"\udc00"}`, "", `the escape \udc00`},
		"other JSON":     {`{"name":"x"}`, "", `"nbformat" is missing`},
		"format 3":       {`{"nbformat":3,"worksheets":[]}`, "nbformat", "expected format 4, found 3"},
		"format as text": {`{"nbformat":"4"}`, "nbformat", `found "4"`},
		"twice":          {`{"nbformat":4,"metadata":{"a":1,"a":2}}`, "metadata.a", "given twice"},
		"no minor":       {`{"nbformat":4,"metadata":{},"cells":[]}`, "", `"nbformat_minor" is missing`},
		"minor":          {`{"nbformat":4,"nbformat_minor":1.5,"metadata":{},"cells":[]}`, "nbformat_minor", "found 1.5"},
		"cells":          {`{"nbformat":4,"nbformat_minor":5,"metadata":{},"cells":{}}`, "cells", "expected a list, found an object"},
		"cell":           {with(`7`), "cells[0]", "expected an object, found a number"},
		"cell type":      {with(`{"cell_type":"heading","id":"a","metadata":{},"source":""}`), "cells[0].cell_type", `expected the cell type code, markdown or raw, found "heading"`},
		"source":         {with(`{"cell_type":"raw","id":"a","metadata":{},"source":["x",1]}`), "cells[0].source[1]", "expected a string, found a number"},
		"output type":    {code(`"outputs":[{"output_type":"pyout"}]`), "cells[0].outputs[0].output_type", `expected the output type stream, display_data, execute_result or error, found "pyout"`},
		"stream text":    {code(`"outputs":[{"output_type":"stream","name":"stdout","text":null}]`), "cells[0].outputs[0].text", "found null"},
		"data":           {code(`"outputs":[{"output_type":"display_data","metadata":{},"data":{"text/plain":{}}}]`), `cells[0].outputs[0].data["text/plain"]`, "found an object"},
		"count":          {with(`{"cell_type":"code","id":"a","metadata":{},"source":"","execution_count":-1,"outputs":[]}`), "cells[0].execution_count", "found -1"},
		"tags":           {with(`{"cell_type":"raw","id":"a","metadata":{"tags":"x"},"source":""}`), "cells[0].metadata.tags", "a list of strings"},
		"tag":            {with(`{"cell_type":"raw","id":"a","metadata":{"tags":["x","y,z"]},"source":""}`), "cells[0].metadata.tags[1]", "comma"},
		"kernelspec":     {`{"nbformat":4,"nbformat_minor":5,"metadata":{"kernelspec":{"name":"gonb","display_name":null}},"cells":[]}`, "metadata.kernelspec.display_name", "expected a string, found null"},
		"deep":           {strings.Repeat("[", 100000), "", "not JSON"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "x.ipynb")
			if err := os.WriteFile(path, []byte(test.text), 0o644); err != nil {
				t.Fatal(err)
			}
			_, err := Read(path)
			var fault *Error
			if !errors.As(err, &fault) {
				t.Fatalf("got %v, want an *Error", err)
			}
			if fault.Path != test.path || !strings.Contains(fault.Reason, test.problem) {
				t.Errorf("got path %q, problem %q; want %q, %q", fault.Path, fault.Reason, test.path, test.problem)
			}
			if text := fault.Error(); !strings.HasPrefix(text, path+": this is not a notebook: ") {
				t.Errorf("the error does not name the file: %s", text)
			}
		})
	}
}

func TestWriteKeepsWhatItCannotReplace(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.ipynb")
	if err := os.WriteFile(path, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	bad := &Notebook{Minor: 5, Metadata: map[string]any{"x": 1.5i}}
	if err := bad.Write(path); err == nil || !strings.Contains(err.Error(), "metadata.x") {
		t.Errorf("got %v, want an error that names metadata.x", err)
	}
	if got := string(read(t, path)); got != "old" {
		t.Errorf("a failed write left %q", got)
	}
	if err := (&Notebook{Minor: 5}).Write(path); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(path); err != nil {
		t.Error(err)
	}
	if info, _ := os.Stat(path); info.Mode().Perm() != 0o600 {
		t.Errorf("the permissions became %v", info.Mode())
	}
	entries, _ := os.ReadDir(filepath.Dir(path))
	if len(entries) != 1 {
		t.Errorf("files were left behind: %v", entries)
	}
}

func FuzzParse(f *testing.F) {
	for _, name := range []string{"rich.in", "rich", "old", "empty"} {
		f.Add(read(f, "testdata/"+name+".ipynb"))
	}
	f.Add([]byte("-"))
	f.Add([]byte(`{"a":"\ud83d\ude42\\ud800"}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		var nb *Notebook
		var err error
		memorytest.Bounded(t, len(text), func() { nb, err = Parse(text) })
		if err != nil {
			return
		}
		once, err := nb.Marshal()
		if err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
		if !json.Valid(once) {
			t.Fatalf("not JSON: %s", once)
		}
		again, err := Parse(once)
		if err != nil {
			t.Fatalf("what was written cannot be read: %v\n%s", err, once)
		}
		twice, err := again.Marshal()
		if err != nil || string(once) != string(twice) {
			t.Fatalf("writing is not stable (%v):\n%s\n%s", err, once, twice)
		}
	})
}

func read(t testing.TB, path string) []byte {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return text
}
