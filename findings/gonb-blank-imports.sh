#!/usr/bin/env bash
# GoNB keeps only one of several blank imports.
#
# Expected: `import (_ "image/png"; _ "image/jpeg")` registers both formats.
# Actual: GoNB stores imports by name, and _ is one name. Only the last one remains, in a cell
# and across cells. There is no error, and PNG files have an "unknown format".
# Tested: GoNB v0.11.5, Go 1.26.
# Source: GoNB, internal/goexec/parser.go (ParseImportEntry).
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
export TMPDIR=$dir JUPYTER_PATH=$dir/jupyter GOFLAGS=-mod=mod
mkdir -p bin tools jupyter/kernels/gonb
(cd tools && go mod init tools && go get github.com/janpfeifer/gonb@v0.11.5 golang.org/x/tools@v0.39.0 &&
	go build -o ../bin/ github.com/janpfeifer/gonb golang.org/x/tools/cmd/goimports) >build.log 2>&1 || { cat build.log; exit 1; }
unset GOFLAGS
cat >jupyter/kernels/gonb/kernel.json <<JSON
{"argv": ["$dir/bin/gonb", "--kernel", "{connection_file}"], "display_name": "Go", "language": "go", "interrupt_mode": "message", "env": {"PATH": "$dir/bin:$PATH"}}
JSON
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check nbclient==0.11.0 nbformat==5.11.1 jupyter_client==8.10.0
venv/bin/python - 2>kernel.log <<'PY' || { cat kernel.log; exit 1; }
import nbclient
import nbformat


def run(*cells):
    """Runs the cells with nbclient and returns for each its stdout and its errors."""
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    nbclient.NotebookClient(book, kernel_name="gonb", timeout=120, allow_errors=True).execute()
    results = []
    for cell in book.cells:
        text = "".join(o.text for o in cell.outputs if o.output_type == "stream" and o.name == "stdout")
        error = "".join(o.get("data", {}).get("text/html", "") + o.get("evalue", "") for o in cell.outputs)
        results.append((text, error))
        print(cell.source, "->", repr(text[:200]), "error" if any(o.output_type == "error" for o in cell.outputs) else "")
    return results


formats = '%%\nfor _, data := range []string{"\\x89PNG\\r\\n\\x1a\\n", "\\xff\\xd8"} {\n\t_, name, _ := image.DecodeConfig(strings.NewReader(data))\n\tfmt.Printf("%q\\n", name)\n}'
both, named = run(
    'import (\n\t_ "image/png"\n\t_ "image/jpeg"\n)\n' + formats,
    'import (\n\t"image/png"\n\t"image/jpeg"\n)\nvar keepPNG, keepJPEG = png.Decode, jpeg.Decode\n' + formats,
)
assert both[0] == '""\n"jpeg"\n', "both blank imports are kept now"
assert named[0] == '"png"\n"jpeg"\n'
PY
echo "as described: GoNB v0.11.5"
