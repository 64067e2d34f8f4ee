package run

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/kernel/internal/nbformat"
)

const ipykernel = "from ipykernel.kernelapp import launch_new_instance; launch_new_instance()"

// TestRunAsNbclient: cells come out of a run as nbclient leaves them, skipped ones with
// their old outputs and counts, and missing fields of a notebook are corrected.
func TestRunAsNbclient(t *testing.T) {
	usePython(t, ipykernel)
	five := 5
	skipped := codeCell("input('asks the reader')", skipTag)
	skipped.ExecutionCount = &five
	skipped.Outputs = []*nbformat.Output{{Type: nbformat.Stream, Name: "stdout", Text: "an answer\n"}}
	stale := codeCell("print(1)")
	stale.ExecutionCount, stale.Outputs = &five, skipped.Outputs
	dir := t.TempDir()
	source := save(t, dir, "n.ipynb", stale, skipped, codeCell("import sys; sys.stderr.write('x'); 2"), codeCell("1/0", mayFailTag), codeCell("print('last')"))
	text, err := os.ReadFile(source)
	if err != nil {
		t.Fatal(err)
	}
	broken := strings.Replace(string(text), "\"execution_count\": null,\n", "", 1)
	if err := os.WriteFile(source, []byte(broken), 0o644); err != nil {
		t.Fatal(err)
	}

	out := filepath.Join(dir, "out")
	var progress strings.Builder
	if err := Run(t.Context(), Options{Notebooks: []string{source}, Out: out, Progress: &progress}); err != nil {
		t.Fatal(err)
	}
	if want := `corrected: cells[2]: the field "execution_count" is missing`; !strings.Contains(progress.String(), want) {
		t.Errorf("%q is not in:\n%s", want, progress.String())
	}
	ours, err := nbformat.Read(filepath.Join(out, "n.ipynb"))
	if err != nil {
		t.Fatal(err)
	}

	python := filepath.Join(filepath.Dir(testenv.Get(t, "LORABOOK_JUPYTER")), "python3")
	theirsPath := filepath.Join(dir, "theirs.ipynb")
	script := `
import sys, nbformat, nbclient
nb = nbformat.read(sys.argv[1], as_version=4)
nbclient.NotebookClient(nb, kernel_name='gonb', timeout=60, record_timing=False).execute()
nbformat.write(nb, sys.argv[2])
`
	if text, err := exec.Command(python, "-c", script, source, theirsPath).CombinedOutput(); err != nil {
		t.Fatalf("nbclient: %v\n%s", err, text)
	}
	theirs, err := nbformat.Read(theirsPath)
	if err != nil {
		t.Fatal(err)
	}
	for i := range theirs.Cells {
		if i == 3 { // a traceback names the process's own file of the cell
			theirs.Cells[i].Outputs[0].Traceback, ours.Cells[i].Outputs[0].Traceback = nil, nil
		}
		if diff := cmp.Diff(theirs.Cells[i].Outputs, ours.Cells[i].Outputs); diff != "" {
			t.Errorf("cell %d, -nbclient +ours:\n%s", i+1, diff)
		}
		if diff := cmp.Diff(theirs.Cells[i].ExecutionCount, ours.Cells[i].ExecutionCount); diff != "" {
			t.Errorf("cell %d, count, -nbclient +ours:\n%s", i+1, diff)
		}
	}
}
