package stdio_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/lorabook/lorabook/internal/stdio"
)

func TestSilenceStdout(t *testing.T) {
	file, err := os.Create(filepath.Join(t.TempDir(), "stdout"))
	if err != nil {
		t.Fatal(err)
	}
	before := os.Stdout
	defer func() { os.Stdout = before }()
	os.Stdout = file
	fmt.Print("before ")
	restore := stdio.SilenceStdout()
	fmt.Print("silenced ")
	restore()
	fmt.Print("after")
	if err := file.Close(); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(file.Name()); err != nil || string(got) != "before after" {
		t.Errorf("printed %q, %v", got, err)
	}
}

func TestFilesPipesAndBuffersAreNoTerminals(t *testing.T) {
	null, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer null.Close()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	defer w.Close()
	var none *os.File
	for name, stream := range map[string]any{"a device": null, "a pipe": w, "a buffer": &bytes.Buffer{}, "nil": nil, "no file": none} {
		if stdio.IsTerminal(stream) {
			t.Errorf("%s is taken for a terminal", name)
		}
	}
}
