package bert_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/internal/floats"
	"github.com/lorabook/lorabook/internal/safetensors"
	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/pkg/bert"
	"github.com/lorabook/lorabook/pkg/tiny"
)

// openInFile opens a copy of the small model, whose word embeddings stay in their file from a size on.
func openInFile(t *testing.T, least int64) (*bert.Model, string) {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("testdata/encoder/tiny")); err != nil {
		t.Fatal(err)
	}
	m, err := bert.Open(t.Context(), dir, bert.Options{WordsInFile: least})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.Words.Close() })
	return m, filepath.Join(dir, "model.safetensors")
}

// TestWordsInFile: the rows from the file, and the variable's values, equal those of a model in memory
// to the bit. A graph that uses the variable is an error.
func TestWordsInFile(t *testing.T) {
	m, _ := openInFile(t, 1)
	inMemory, _ := openInFile(t, 0)
	if m.Words == nil || inMemory.Words != nil {
		t.Fatalf("word embeddings in the file: %v and %v, expected true and false", m.Words != nil, inMemory.Words != nil)
	}
	want, err := floats.Read(inMemory.Variable(bert.WordEmbeddings))
	if err != nil {
		t.Fatal(err)
	}
	width := m.Words.Width()
	last := int32(len(want)/width) - 1
	ids := []int32{5, last, 0, 0, 0, 7}
	rows := make([]float32, len(ids)*width)
	if err := m.Words.Lookup(ids, rows); err != nil {
		t.Fatal(err)
	}
	for i, id := range ids {
		if got, want := rows[i*width:(i+1)*width], want[int(id)*width:int(id+1)*width]; !slices.Equal(got, want) {
			t.Errorf("row %d is %v, expected %v", id, got, want)
		}
	}
	v := m.Variable(bert.WordEmbeddings)
	if got, err := floats.Read(v); err != nil || !slices.Equal(got, want) {
		t.Errorf("the variable has other values than in memory (%v)", err)
	}
	for _, id := range []int32{-1, last + 1} {
		if err := m.Words.Lookup([]int32{id}, rows[:width]); err == nil || !strings.Contains(err.Error(), "expected 0 to") {
			t.Errorf("token %d: the error is %v, expected one with the range", id, err)
		}
	}
	if err := m.Words.Lookup(ids, rows[:width]); err == nil {
		t.Error("values for fewer rows gave no error")
	}
	_, err = model.CallOnce(testenv.GoBackend(t), m.Store, func(root *model.Scope, ids *graph.Node) *graph.Node {
		return m.Encoder().LastHiddenState(root, bert.Inputs{IDs: ids, Mask: graph.GreaterOrEqual(ids, graph.ZerosLike(ids))})
	}, [][]int32{{2, 5, 3}})
	if err == nil {
		t.Error("a graph that uses the variable gave no error")
	}
}

// TestWordsInMemory: small word embeddings, and those of other types, are read.
func TestWordsInMemory(t *testing.T) {
	if m, _ := openInFile(t, 1<<30); m.Words != nil {
		t.Error("word embeddings of less than 1 GiB stay in their file")
	}
	m, err := bert.Open(t.Context(), tiny.Name, bert.Options{WordsInFile: 1}) // bfloat16
	if err != nil {
		t.Fatal(err)
	}
	if _, err := floats.Read(m.Variable(bert.WordEmbeddings)); err != nil || m.Words != nil {
		t.Errorf("word embeddings in bfloat16 in their file: %v; %v", m.Words != nil, err)
	}
}

// TestWordsOfChangedFile: a file that was written to is an error, and not other rows; a file that took
// its place has no effect.
func TestWordsOfChangedFile(t *testing.T) {
	m, path := openInFile(t, 1)
	row := make([]float32, m.Words.Width())
	old := path + ".old"
	if err := errors.Join(os.Rename(path, old), os.WriteFile(path, []byte("another file"), 0o600)); err != nil {
		t.Fatal(err)
	}
	if err := m.Words.Lookup([]int32{1}, row); err != nil {
		t.Errorf("another file under the name: %v", err)
	}
	later := time.Now().Add(time.Hour)
	if err := os.Chtimes(old, later, later); err != nil {
		t.Fatal(err)
	}
	var changed *safetensors.FormatError
	if err := m.Words.Lookup([]int32{1}, row); !errors.As(err, &changed) || !strings.Contains(err.Error(), "has changed") {
		t.Errorf("the error of a file that was written to is %v", err)
	}
	if _, err := floats.Read(m.Variable(bert.WordEmbeddings)); !errors.As(err, &changed) {
		t.Errorf("the variable's error is %v", err)
	}
}
