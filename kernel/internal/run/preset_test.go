package run

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/kernel/internal/nbformat"
)

func TestPreset(t *testing.T) {
	dir := t.TempDir()
	ran := codeCell("println(epochs)")
	ran.Outputs = []*nbformat.Output{{Type: nbformat.Stream, Name: "stdout", Text: "2"}}
	source := save(t, dir, "a.ipynb", codeCell("var epochs = 2", parametersTag), ran)
	other := save(t, dir, "b.ipynb", codeCell("var lr = 0.1", parametersTag))
	before, err := os.ReadFile(source)
	if err != nil {
		t.Fatal(err)
	}
	copies := filepath.Join(dir, "copies")
	paths, err := Preset([]string{source, other}, []string{"epochs=5"}, copies, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Join(paths, " ") != filepath.Join(copies, "a.ipynb")+" "+filepath.Join(copies, "b.ipynb") {
		t.Errorf("copied to %v", paths)
	}
	nb, err := nbformat.Read(paths[0])
	if err != nil {
		t.Fatal(err)
	}
	if len(nb.Cells) != 3 || !strings.Contains(nb.Cells[1].Source, "5") || len(nb.Cells[2].Outputs) > 0 {
		t.Errorf("the copy has %d cells, the second %q, outputs %v", len(nb.Cells), nb.Cells[1].Source, nb.Cells[2].Outputs)
	}
	if after, _ := os.ReadFile(source); string(after) != string(before) {
		t.Error("the notebook itself was changed")
	}

	// What somebody has worked on stays.
	nb.Cells[2].Source = "println(epochs, 1)"
	if err := nb.Write(paths[0]); err != nil {
		t.Fatal(err)
	}
	if _, err := Preset([]string{source, other}, []string{"epochs=5"}, copies, io.Discard); err != nil {
		t.Error(err)
	}
	if again, err := nbformat.Read(paths[0]); err != nil || again.Cells[2].Source != "println(epochs, 1)" {
		t.Errorf("the copy was written again: %v", err)
	}
	_, err = Preset([]string{other, source}, []string{"epochs=6"}, copies, io.Discard)
	if different := new(OtherPresetError); !errors.As(err, &different) || different.Path != paths[0] {
		t.Errorf("for other parameters: %v", err)
	}
	fresh := filepath.Join(dir, "fresh")
	if _, err := Preset([]string{source}, []string{"epoch=6"}, fresh, io.Discard); !errors.As(err, new(*UnknownParameterError)) {
		t.Errorf("an unknown parameter: %v", err)
	}
	if _, err := os.Stat(fresh); err == nil {
		t.Error("a folder was made for nothing")
	}
}

// TestPresetSaysWhatItMended: a copy of a notebook that lacks something is whole.
func TestPresetSaysWhatItMended(t *testing.T) {
	dir := t.TempDir()
	source := filepath.Join(dir, "a.ipynb")
	text := `{"nbformat":4,"nbformat_minor":5,"metadata":{"kernelspec":{"name":"gonb","display_name":"Go"}},"cells":[
		{"cell_type":"code","metadata":{"tags":["parameters"]},"source":"var epochs = 2","execution_count":null,"outputs":[]}]}`
	if err := os.WriteFile(source, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	paths, err := Preset([]string{source}, []string{"epochs=5"}, filepath.Join(dir, "copies"), &out)
	if err != nil {
		t.Fatal(err)
	}
	if want := source + ": corrected in the copy " + paths[0] + `: cells[0]: the field "id" is missing`; !strings.Contains(out.String(), want) {
		t.Errorf("%q is not in %q", want, out.String())
	}
	if nb, err := nbformat.Read(paths[0]); err != nil || len(nb.Corrections) > 0 || nb.Cells[0].ID == "" {
		t.Errorf("the copy is not whole: %v", err)
	}
}
