package nbformat

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lorabook/lorabook/internal/testenv"
)

// correctable are notebooks that nbformat reads although the schema forbids them.
var correctable = map[string]struct {
	text        string
	corrections []string // what Corrections says, without the new IDs
}{
	"no ID": {with(`{"cell_type":"raw","metadata":{},"source":"x"}`),
		[]string{`cells[0]: the field "id" is missing or empty, which format 4.5 requires; the cell has the new ID`}},
	"empty ID": {with(`{"cell_type":"raw","id":"","metadata":{},"source":"x"}`),
		[]string{`cells[0]: the field "id" is missing or empty, which format 4.5 requires; the cell has the new ID`}},
	"malformed ID": {with(`{"cell_type":"raw","id":"a b","metadata":{},"source":"x"}`),
		[]string{`cells[0]: "a b" is not a cell ID (expected 1 to 64 letters, digits, '-' or '_'); the cell has the new ID`}},
	"ID twice": {with(`{"cell_type":"raw","id":"a","metadata":{},"source":"x"},{"cell_type":"raw","id":"a","metadata":{},"source":"x"},{"cell_type":"raw","id":"a","metadata":{},"source":"x"}`),
		[]string{`cells[1]: "a" is already the ID of cells[0]; the cell has the new ID`, `cells[2]: "a" is already the ID of cells[0]; the cell has the new ID`}},
	"no outputs": {with(`{"cell_type":"code","id":"a","metadata":{},"source":"x","execution_count":3}`),
		[]string{`cells[0]: the field "outputs" is missing; the cell has none`}},
	"no count": {with(`{"cell_type":"code","id":"a","metadata":{},"source":"x","outputs":[]}`),
		[]string{`cells[0]: the field "execution_count" is missing; the cell has not run`}},
	"outputs": {with(`{"cell_type":"code","id":"a","metadata":{},"source":"x","execution_count":null,"outputs":[{"output_type":"stream","text":"x"},{"output_type":"execute_result","data":{"text/plain":"1"}}]}`),
		[]string{
			`cells[0].outputs[0]: the field "name" is missing; its value is stdout`,
			`cells[0].outputs[1]: the field "metadata" is missing; the output has none`,
			`cells[0].outputs[1]: the field "execution_count" is missing; the output has none`}},
	"tag twice": {with(`{"cell_type":"raw","id":"a","metadata":{"tags":["x","y","x"]},"source":"x"}`),
		[]string{`cells[0]: the tag "x" occurs twice; one is kept`}},
	"kernelspec": {`{"nbformat":4,"nbformat_minor":5,"metadata":{"kernelspec":{"name":"gonb"}},"cells":[]}`,
		[]string{`metadata.kernelspec: the field "display_name" is missing; the kernel is shown as "gonb"`}},
	"format 4.4": {`{"nbformat":4,"nbformat_minor":4,"metadata":{},"cells":[{"cell_type":"code","metadata":{},"source":"x"}]}`,
		[]string{`cells[0]: the field "execution_count" is missing; the cell has not run`, `cells[0]: the field "outputs" is missing; the cell has none`}},
}

func TestParseCorrects(t *testing.T) {
	for name, test := range correctable {
		t.Run(name, func(t *testing.T) {
			nb, err := Parse([]byte(test.text))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, change := range nb.Corrections {
				change, _, _ = strings.Cut(change, " ID \"")
				if strings.HasSuffix(change, "the cell has the new") {
					change += " ID"
				}
				got = append(got, change)
			}
			if diff := cmp.Diff(test.corrections, got); diff != "" {
				t.Errorf("corrections: %s", diff)
			}
			once, err := nb.Marshal()
			if err != nil {
				t.Fatal(err)
			}
			second, err := Parse([]byte(test.text))
			if err != nil {
				t.Fatal(err)
			}
			if again, _ := second.Marshal(); string(again) != string(once) {
				t.Error("the same file was corrected in two ways")
			}
			whole, err := Parse(once)
			if err != nil || len(whole.Corrections) > 0 {
				t.Errorf("the written notebook needs corrections: %v, %v", err, whole.Corrections)
			}
		})
	}
}

// TestMendedAsByNbformat: nbformat reads each of these files, finds no fault in what we
// write of it, and reads the same from both where it mends the file itself.
func TestMendedAsByNbformat(t *testing.T) {
	python := filepath.Join(filepath.Dir(testenv.Get(t, "LORABOOK_JUPYTER")), "python3")
	if err := exec.Command(python, "-c", "import nbformat").Run(); err != nil {
		t.Skip("SKIPPED: no nbformat; LORABOOK_JUPYTER names the jupyter of an environment that has it")
	}
	dir := t.TempDir()
	for name, test := range correctable {
		nb, err := Parse([]byte(test.text))
		if err != nil {
			t.Fatal(err)
		}
		text, err := nb.Marshal()
		if err != nil {
			t.Fatal(err)
		}
		for suffix, text := range map[string]string{".in.ipynb": test.text, ".ipynb": string(text)} {
			if err := os.WriteFile(filepath.Join(dir, name+suffix), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	const script = `
import glob, logging, sys, warnings, nbformat
logging.disable(logging.CRITICAL)
for path in sorted(glob.glob(sys.argv[1] + '/*.in.ipynb')):
    name = path[:-len('.in.ipynb')]
    with warnings.catch_warnings():
        warnings.simplefilter('ignore')
        theirs = nbformat.read(path, as_version=4)
    with warnings.catch_warnings():
        warnings.simplefilter('error')
        ours = nbformat.read(name + '.ipynb', as_version=4)
        nbformat.validate(ours)
    for a, b in zip(theirs.cells, ours.cells, strict=True):
        for cell in a, b:
            cell.pop('id', None)
            cell.metadata.pop('tags', None)
            for key, value in dict(outputs=[], execution_count=None).items():
                if cell.cell_type == 'code': cell.setdefault(key, value)
            for output in cell.get('outputs', []):
                defaults = nbformat.v4.new_output(output.output_type)
                for key, value in defaults.items(): output.setdefault(key, value)
        assert a == b, (name, a, b)
print(nbformat.__version__)
`
	if out, err := exec.Command(python, "-c", script, dir).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	} else {
		t.Logf("nbformat %s", out)
	}
}
