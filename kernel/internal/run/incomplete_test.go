package run

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lorabook/lorabook/internal/testenv"
	"github.com/lorabook/lorabook/kernel/internal/nbformat"
)

// silentKernel is a kernel on ipykernel that never publishes the idle status of a cell.
const silentKernel = `
from ipykernel.kernelapp import IPKernelApp
from ipykernel.kernelbase import Kernel
class Silent(Kernel):
    implementation, implementation_version, banner = 'silent', '1', ''
    language_info = {'name': 'text', 'mimetype': 'text/plain', 'file_extension': '.txt'}
    executing = False
    def _publish_status(self, status, channel, parent=None):
        if not (status == 'idle' and self.executing):
            super()._publish_status(status, channel, parent)
    async def do_execute(self, code, silent, store_history=True, user_expressions=None, allow_stdin=False, **more):
        self.executing = True
        self.send_response(self.iopub_socket, 'stream', {'name': 'stdout', 'text': 'all that arrived\n'})
        return {'status': 'ok', 'execution_count': self.execution_count, 'payload': [], 'user_expressions': {}}
IPKernelApp.launch_instance(kernel_class=Silent)
`

// usePython installs a kernelspec gonb for this test whose kernel is a program of the
// Python that has ipykernel.
func usePython(t *testing.T, program string) {
	t.Helper()
	python := filepath.Join(filepath.Dir(testenv.Get(t, "LORABOOK_JUPYTER")), "python3")
	if err := exec.Command(python, "-c", "import ipykernel").Run(); err != nil {
		t.Skip("SKIPPED: no ipykernel; LORABOOK_JUPYTER names the jupyter of an environment that has it")
	}
	text, err := json.Marshal(map[string]any{
		"argv": []string{python, "-c", program, "-f", "{connection_file}"}, "display_name": "test", "language": "python",
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(fakeSpec(t), "kernel.json"), text, 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestOutputWhoseEndIsUnknown: the notebook and the terminal say that output may be missing.
func TestOutputWhoseEndIsUnknown(t *testing.T) {
	usePython(t, silentKernel)
	dir := t.TempDir()
	source := save(t, dir, "n.ipynb", codeCell("anything"))
	var progress bytes.Buffer
	if err := Run(t.Context(), Options{Notebooks: []string{source}, InPlace: true, Progress: &progress}); err != nil {
		t.Fatal(err)
	}
	if want := source + ": cell 1: " + incompleteOutput; !strings.Contains(progress.String(), want) {
		t.Errorf("%q is not in:\n%s", want, progress.String())
	}
	saved, err := nbformat.Read(source)
	if err != nil {
		t.Fatal(err)
	}
	cell := saved.Cells[0]
	if streams(cell, "stdout") != "all that arrived\n" || !strings.Contains(streams(cell, "stderr"), incompleteOutput) {
		t.Errorf("%+v", cell.Outputs)
	}
}
