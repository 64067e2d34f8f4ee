package bert

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"github.com/lorabook/lorabook/internal/safetensors"
	"github.com/lorabook/lorabook/internal/testenv"
)

const untied = "testdata/encoder/untied.safetensors" // see make_untied.py

// setField changes a field of the folder's config.json; nil removes it.
func setField(t *testing.T, dir, field string, value any) {
	t.Helper()
	path := filepath.Join(dir, "config.json")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var fields map[string]any
	if err := json.Unmarshal(data, &fields); err != nil {
		t.Fatal(err)
	}
	if fields[field] = value; value == nil {
		delete(fields, field)
	}
	if data, err = json.Marshal(fields); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
}

// readField is the text of a field of the folder's config.json.
func readField(t *testing.T, dir, field string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(dir, "config.json"))
	if err != nil {
		t.Fatal(err)
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(data, &fields); err != nil {
		t.Fatal(err)
	}
	return string(fields[field])
}

// maskedLogits are those of the folder's masked-word head for the batch.
func maskedLogits(t *testing.T, dir string, batch []*tensors.Tensor) *tensors.Tensor {
	t.Helper()
	m, err := open(dir, MaskedLM)
	if err != nil {
		t.Fatal(err)
	}
	return run(t, m, batch, func(e *Encoder, root *model.Scope, in Inputs) []*graph.Node {
		return []*graph.Node{e.MaskedLogits(root, in)}
	})[0]
}

// TestUntiedDecoder compares the masked-word head with transformers where its decoder is
// not the word embedding: as opened, saved and opened again, and converted.
func TestUntiedDecoder(t *testing.T) {
	ref := openFile(t, untied)
	tensor := func(name string) safetensors.Named {
		dtype, shape, _ := ref.Info(name)
		return safetensors.Named{DType: dtype, Shape: shape, Data: ref.Bytes(name)}
	}
	batch := readBatch(t, tiny+"/inputs.safetensors")
	for name, c := range map[string]struct {
		tie    any
		change func(all map[string]safetensors.Named)
		saved  string // tie_word_embeddings of what is saved
	}{
		"untied": {false, func(all map[string]safetensors.Named) {
			all[decoderWeight], all[decoderBias] = tensor(decoderWeight), tensor(decoderBias)
		}, "false"},
		"differing": {nil, func(all map[string]safetensors.Named) {
			all[decoderWeight], all[decoderBias] = tensor(decoderWeight), tensor(decoderBias)
		}, "false"},
		"shared_bias": {false, func(all map[string]safetensors.Named) {
			all[decoderWeight] = tensor(decoderWeight)
		}, "false"},
		"tied": {true, func(all map[string]safetensors.Named) {
			all[decoderWeight], all[decoderBias] = all[WordEmbeddings], tensor(decoderBias)
		}, "true"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := copyTiny(t)
			setField(t, dir, "tie_word_embeddings", c.tie)
			rewrite(t, dir, c.change)
			compare(t, ref, name, maskedLogits(t, dir, batch), batch[1], 2e-6)

			m, err := open(dir, MaskedLM)
			if err != nil {
				t.Fatal(err)
			}
			saved, converted := filepath.Join(t.TempDir(), "saved"), filepath.Join(t.TempDir(), "converted")
			if err := m.Save(saved); err != nil {
				t.Fatal(err)
			}
			if err := Convert(t.Context(), dir, converted, ResolveOptions{}); err != nil {
				t.Fatal(err)
			}
			for _, written := range []string{saved, converted} {
				compare(t, ref, name, maskedLogits(t, written, batch), batch[1], 2e-6)
				if got := readField(t, written, "tie_word_embeddings"); got != c.saved && !(got == "" && c.saved == "true") {
					t.Errorf("tie_word_embeddings is %s, expected %s", got, c.saved)
				}
			}
			t.Run("transformers", func(t *testing.T) {
				python := testenv.Need(t, "LORABOOK_PYTHON")
				for _, written := range []string{saved, converted} {
					out := filepath.Join(t.TempDir(), "out.safetensors")
					cmd := exec.Command(python, "testdata/encoder/reference.py", written, tiny+"/inputs.safetensors", out)
					if text, err := cmd.CombinedOutput(); err != nil {
						t.Fatalf("reference.py: %v\n%s", err, text)
					}
					want, err := ref.Tensor(name)
					if err != nil {
						t.Fatal(err)
					}
					compare(t, openFile(t, out), "masked_logits", want, batch[1], 2e-6)
				}
			})
		})
	}
	t.Run("without a decoder", func(t *testing.T) {
		dir := copyTiny(t)
		setField(t, dir, "tie_word_embeddings", false)
		_, err := open(dir, MaskedLM)
		if err == nil || !contains(err.Error(), "missing", decoderWeight) {
			t.Errorf("got %v", err)
		}
	})
}
