package safetensors

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/dtypes/bfloat16"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/tensors"

	"github.com/lorabook/lorabook/internal/memorytest"
	"github.com/lorabook/lorabook/internal/testenv"
)

const fixture = "testdata/python.safetensors" // written by testdata/make_fixture.py

func open(t *testing.T, path string) *File {
	t.Helper()
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	})
	return f
}

func TestReadsWhatPythonWrote(t *testing.T) {
	f := open(t, fixture)
	odd := `<name> & "quotes" ü`
	want := []string{odd, "bf16", "bool", "empty", "f16", "f32", "f64", "i16", "i32", "i64", "i8", "scalar", "u8"}
	if got := f.Names(); !slices.Equal(got, want) {
		t.Fatalf("names: got %q, want %q", got, want)
	}
	if got := f.Metadata()["format"]; got != "pt" {
		t.Errorf("metadata format: got %q, want pt", got)
	}
	for name, want := range map[string]any{
		"bool":   [][]bool{{false, true, true}, {true, true, true}},
		"u8":     [][]uint8{{0, 1, 2}, {3, 4, 5}},
		"i8":     [][]int8{{0, 1, 2}, {3, 4, 5}},
		"i16":    [][]int16{{0, 1, 2}, {3, 4, 5}},
		"i32":    [][]int32{{0, 1, 2}, {3, 4, 5}},
		"i64":    [][]int64{{0, 1, 2}, {3, 4, 5}},
		"f32":    [][]float32{{0, 1, 2}, {3, 4, 5}},
		"f64":    [][]float64{{0, 1, 2}, {3, 4, 5}},
		"scalar": float32(-1.5),
		odd:      []float32{3},
	} {
		got, err := f.Tensor(name)
		if err != nil {
			t.Error(err)
			continue
		}
		if !got.Equal(tensors.MustFromAnyValue(want)) {
			t.Errorf("%s: got %s, want %v", name, got, want)
		}
	}
	for name, dtype := range map[string]dtypes.DType{"f16": dtypes.Float16, "bf16": dtypes.BFloat16, "f32": dtypes.Float32} {
		got, err := f.Tensor(name)
		if err != nil {
			t.Fatal(err)
		}
		if want := shapes.Make(dtype, 2, 3); !got.Shape().Equal(want) {
			t.Errorf("%s: shape %s, want %s", name, got.Shape(), want)
		}
		values, err := f.Float32(name)
		if err != nil {
			t.Fatal(err)
		}
		if want := []float32{0, 1, 2, 3, 4, 5}; !slices.Equal(values, want) {
			t.Errorf("%s as float32: got %v, want %v", name, values, want)
		}
	}
	if dtype, shape, ok := f.Info("empty"); !ok || dtype != "F32" || !slices.Equal(shape, []int{0, 4}) {
		t.Errorf("empty: got %s %v %v", dtype, shape, ok)
	}
	if empty, err := f.Tensor("empty"); err != nil || empty.Size() != 0 {
		t.Errorf("empty: got %v, %v", empty, err)
	}
	if _, _, ok := f.Info("absent"); ok || f.Bytes("absent") != nil {
		t.Error("absent tensor found")
	}
}

// The writer makes the very bytes of the format's own library.
func TestWritesPythonsBytes(t *testing.T) {
	f := open(t, fixture)
	var named []Named
	for i, name := range f.Names() {
		dtype, shape, _ := f.Info(name)
		n := Named{Name: name, DType: dtype, Shape: shape, Data: f.Bytes(name)}
		if i%2 == 0 { // both ways of naming a tensor
			tensor, err := f.Tensor(name)
			if err != nil {
				t.Fatal(err)
			}
			if n, err = FromTensor(name, tensor); err != nil {
				t.Fatal(err)
			}
		}
		named = append(named, n)
	}
	path := filepath.Join(t.TempDir(), "again.safetensors")
	if err := Write(path, named, f.Metadata()); err != nil {
		t.Fatal(err)
	}
	got, _ := os.ReadFile(path)
	want, _ := os.ReadFile(fixture)
	if !bytes.Equal(got, want) {
		t.Errorf("%d bytes written differ from Python's %d:\n%.900q\n%.900q", len(got), len(want), got, want)
	}
}

func TestPythonReadsWhatGoWrote(t *testing.T) {
	python := testenv.Get(t, "LORABOOK_PYTHON")
	if python == "" {
		t.Skip("set LORABOOK_PYTHON to a python3 that has torch and safetensors")
	}
	path := filepath.Join(t.TempDir(), "go.safetensors")
	var named []Named
	for name, value := range map[string]any{
		"a.f32": [][]float32{{1, -2.5, 3e-8}, {4, 5, 6}}, "b.i64": []int64{1 << 40, -7}, "c.scalar": float32(0.25),
		"d.bf16": bfloat16.FromFloat32s(1, -0.5),
	} {
		n, err := FromTensor(name, tensors.MustFromAnyValue(value))
		if err != nil {
			t.Fatal(err)
		}
		named = append(named, n)
	}
	if err := Write(path, named, map[string]string{"format": "pt", "by": "lorabook <&>"}); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(python, "testdata/check.py", path).CombinedOutput()
	if err != nil || strings.TrimSpace(string(out)) != "same" {
		t.Errorf("%v\n%s", err, out)
	}
}

func TestWriteNothing(t *testing.T) {
	path := filepath.Join(t.TempDir(), "none.safetensors")
	if err := Write(path, nil, nil); err != nil {
		t.Fatal(err)
	}
	if f := open(t, path); len(f.Names()) != 0 || len(f.Metadata()) != 0 {
		t.Errorf("got %v, %v", f.Names(), f.Metadata())
	}
}

// file puts a header of that text, and so many bytes of data, together.
func file(header string, data int) []byte {
	b := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return append(append(b, header...), make([]byte, data)...)
}

func TestFaults(t *testing.T) {
	sound, err := os.ReadFile(fixture)
	if err != nil {
		t.Fatal(err)
	}
	one := `{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}`
	for name, c := range map[string]struct {
		content []byte
		tensor  string
		reason  string
	}{
		"empty file":        {nil, "", "empty"},
		"html":              {[]byte("<!DOCTYPE html><html><body>Sign in</body></html>"), "", "HTML page"},
		"short html":        {[]byte("<html>"), "", "HTML page"},
		"html after spaces": {[]byte("\n\n  <HTML lang=en>" + strings.Repeat("x", 100)), "", "HTML page"},
		"git-lfs":           {[]byte("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 3\n"), "", "Git LFS pointer"},
		"json":              {[]byte(`{"error": "Repository not found"}`), "", "JSON text"},
		"zip":               {[]byte("PK\x03\x04\x00\x00\x00\x00\x08\x08"), "", "zip archive"},
		"noise":             {bytes.Repeat([]byte{0xff}, 64), "", "the format allows"},
		"seven bytes":       {sound[:7], "", "truncated"},
		"half a header":     {sound[:100], "", "truncated"},
		"half the data":     {sound[:len(sound)-1], "", "1 are missing"},
		"a byte too many":   {append(slices.Clone(sound), 0), "", "1 bytes follow"},
		"not utf-8":         {file("{\"\xff\":1}", 0), "", "UTF-8"},
		"space first":       {file(" {}", 0), "", "start with '{'"},
		"no header":         {file("", 4), "", "start with '{'"},
		"broken json":       {file(`{"a":`, 0), "", "not one JSON object"},
		"two objects":       {file(`{}{}`, 0), "", "follows its end"},
		"name twice":        {file(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}`, 8), "", "comes twice"},
		"field twice":       {file(`{"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}}`, 4), "a", "comes twice"},
		"unknown field":     {file(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"scale":2}}`, 4), "a", `"scale"`},
		"case of field":     {file(`{"a":{"DType":"F32","shape":[1],"data_offsets":[0,4]}}`, 4), "a", `"DType"`},
		"missing field":     {file(`{"a":{"dtype":"F32","shape":[1]}}`, 4), "a", "must all be there"},
		"unknown dtype":     {file(`{"a":{"dtype":"F4","shape":[2],"data_offsets":[0,1]}}`, 1), "a", `"F4"`},
		"null shape":        {file(`{"a":{"dtype":"F32","shape":null,"data_offsets":[0,4]}}`, 4), "a", "whole numbers"},
		"null axis":         {file(`{"a":{"dtype":"F32","shape":[null],"data_offsets":[0,0]}}`, 0), "a", "whole numbers"},
		"negative axis":     {file(`{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}`, 4), "a", "whole numbers"},
		"overflow":          {file(`{"a":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}}`, 0), "a", "larger than any memory"},
		"hidden overflow":   {file(`{"a":{"dtype":"U8","shape":[0,18446744073709551615],"data_offsets":[0,0]}}`, 0), "a", "larger than any memory"},
		"three offsets":     {file(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,8]}}`, 4), "a", "start and an end"},
		"backwards":         {file(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}`, 4), "a", "start and an end"},
		"wrong size":        {file(`{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}`, 8), "a", "takes 12 bytes"},
		"hole":              {file(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}`, 8), "a", "gap"},
		"overlap":           {file(`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}`, 8), "b", "inside the previous tensor"},
		"beyond the end":    {file(one, 4), "", "4 are missing"},
		"metadata number":   {file(`{"__metadata__":{"n":1}}`, 0), "", `"n" must be a string`},
		"metadata null":     {file(`{"__metadata__":null}`, 0), "", "expected an object"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "f.safetensors")
			if err := os.WriteFile(path, c.content, 0o644); err != nil {
				t.Fatal(err)
			}
			_, err := Open(path)
			var format *FormatError
			if !errors.As(err, &format) {
				t.Fatalf("got %v, want a FormatError", err)
			}
			if format.Path != path || format.Tensor != c.tensor || !strings.Contains(format.Reason, c.reason) {
				t.Errorf("got %q, want tensor %q and a reason with %q", err, c.tensor, c.reason)
			}
		})
	}
	if _, err := Open(t.TempDir()); err == nil || !strings.Contains(err.Error(), "folder") {
		t.Errorf("a folder: got %v", err)
	}
	if _, err := Open(filepath.Join(t.TempDir(), "none")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: got %v", err)
	}
}

// A header whose length begins with the byte of '{' is no JSON text.
func TestHeaderLengthOfABrace(t *testing.T) {
	header := `{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}`
	header += strings.Repeat(" ", '{'-len(header))
	path := filepath.Join(t.TempDir(), "f.safetensors")
	if err := os.WriteFile(path, file(header, 8), 0o644); err != nil {
		t.Fatal(err)
	}
	open(t, path)
	if err := os.WriteFile(path, file(header, 4), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(path); err == nil || !strings.Contains(err.Error(), "truncated") {
		t.Errorf("got %v, want truncated", err)
	}
}

func TestWriteRefusesAndLeavesNothing(t *testing.T) {
	f32 := func(name string, shape []int, bytes int) Named {
		return Named{Name: name, DType: "F32", Shape: shape, Data: make([]byte, bytes)}
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "f.safetensors")
	if err := os.WriteFile(path, []byte("before"), 0o644); err != nil {
		t.Fatal(err)
	}
	for reason, named := range map[string][]Named{
		"takes 8 bytes":    {f32("a", []int{2}, 4)},
		"comes twice":      {f32("a", []int{1}, 4), f32("a", []int{1}, 4)},
		"negative axis":    {f32("a", []int{-1, -1}, 4)},
		"larger than":      {f32("a", []int{math.MaxInt/2 + 1, 16}, 4)},
		"not supported":    {{Name: "a", DType: "float32", Shape: []int{1}, Data: make([]byte, 4)}},
		"not __metadata__": {f32("__metadata__", []int{1}, 4)},
		"must be UTF-8":    {f32("\xff", []int{1}, 4)},
	} {
		err := Write(path, named, nil)
		var format *FormatError
		if !errors.As(err, &format) || !strings.Contains(format.Reason, reason) {
			t.Errorf("got %v, want a FormatError with %q", err, reason)
		}
	}
	if err := Write(path, nil, map[string]string{"a": "\xff"}); err == nil {
		t.Error("metadata that is not UTF-8 was written")
	}
	finalized := tensors.FromValue([]float32{1})
	named, err := FromTensor("a", finalized)
	if err != nil {
		t.Fatal(err)
	}
	finalized.MustFinalizeAll()
	if err := Write(path, []Named{named}, nil); err == nil {
		t.Error("a finalized tensor was written")
	}
	if content, _ := os.ReadFile(path); string(content) != "before" {
		t.Errorf("the file that stood there became %q", content)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("%d files lie there, want the one", len(entries))
	}
}

func TestRefusesToConvert(t *testing.T) {
	f, err := Open(fixture)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := f.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if f.Bytes("f32") != nil {
		t.Error("bytes of a closed file")
	}
	for _, name := range []string{"f32", "absent"} {
		if _, err := f.Tensor(name); err == nil {
			t.Errorf("Tensor(%q) of a closed file", name)
		}
		if _, err := f.Float32(name); err == nil {
			t.Errorf("Float32(%q) of a closed file", name)
		}
	}
	path := filepath.Join(t.TempDir(), "bool.safetensors")
	if err := Write(path, []Named{{Name: "b", DType: "BOOL", Shape: []int{2}, Data: []byte{1, 2}}}, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := open(t, path).Tensor("b"); err == nil || !strings.Contains(err.Error(), "0 or 1") {
		t.Errorf("a BOOL of 2: got %v", err)
	}
	f = open(t, fixture)
	if _, err := f.Float32("f64"); err == nil || !strings.Contains(err.Error(), "found F64") {
		t.Errorf("float64 as float32: got %v", err)
	}
}

func FuzzOpen(f *testing.F) {
	sound, err := os.ReadFile(fixture)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(sound)
	f.Add(file(`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}`, 8))
	f.Add(file(`{"__metadata__":{"a":"b"},"a":{"dtype":"U8","shape":[],"data_offsets":[0,1]}}`, 1))
	f.Add([]byte("<html>"))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, content []byte) {
		var h *header
		var err error
		memorytest.Bounded(t, len(content), func() { h, err = parseHeader("fuzz", content) })
		if err != nil {
			var format *FormatError
			if !errors.As(err, &format) {
				t.Fatalf("%T is not a FormatError: %v", err, err)
			}
			return
		}
		// What is sound stays so when it is written again.
		read := &File{path: "fuzz", memory: content, header: h}
		var named []Named
		for name := range h.tensors {
			dtype, shape, _ := read.Info(name)
			named = append(named, Named{Name: name, DType: dtype, Shape: shape, Data: read.Bytes(name)})
		}
		path := filepath.Join(dir, "f.safetensors")
		if err := Write(path, named, h.metadata); err != nil {
			t.Fatal(err)
		}
		again, err := Open(path)
		if err != nil {
			t.Fatal(err)
		}
		defer again.Close()
		for _, n := range named {
			if dtype, shape, _ := again.Info(n.Name); dtype != n.DType || fmt.Sprint(shape) != fmt.Sprint(n.Shape) || !bytes.Equal(again.Bytes(n.Name), n.Data) {
				t.Fatalf("%q came back as %s %v", n.Name, dtype, shape)
			}
		}
	})
}
