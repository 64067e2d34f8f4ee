#!/usr/bin/env bash
# GoNB initializes package-level variables in alphabetical order.
#
# Expected: Go's order: a variable after its dependencies, otherwise in the order of
# declaration (The Go Programming Language Specification, Package initialization).
# Actual: GoNB writes all variables of all cells sorted by name, so that their initializers
# run in that order. Two draws from one seeded generator are exchanged.
# Tested: GoNB v0.11.5, Go 1.26.
# Source: GoNB, internal/goexec/composer.go (RenderVariables, SortedKeys).
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


package, main = run(
    "var generator = rand.New(rand.NewSource(1))\nvar weights = generator.Intn(1000)\nvar bias = generator.Intn(1000)\n%%\nfmt.Println(weights, bias)",
    "%%\ngenerator := rand.New(rand.NewSource(1))\nfirst := generator.Intn(1000)\nsecond := generator.Intn(1000)\nfmt.Println(first, second)",
)
first, second = main[0].split()
print("in main", first, second, "| at package level", package[0].strip())
assert package[0].split() == [second, first], "the order is Go's now"
PY
echo "as described: GoNB v0.11.5"
