#!/usr/bin/env bash
# nbconvert highlights the Go code of a notebook that GoNB ran as Python.
#
# Expected: code marked as Go, since language_info.name and the kernelspec say "go".
# Actual: GoNB's kernel_info_reply sets pygments_lexer to "", and nbclient writes it into the
# notebook. nbconvert takes language_info.name only if the field is absent; an empty lexer
# becomes "ipython3". The page then shows func as a name and defer as no keyword. Markdown
# from the same notebook is fenced as go, because that template reads language_info.name.
# The Jupyter protocol (kernel_info_reply) says that a kernel may omit the field if it equals
# the language's name.
# Tested: GoNB v0.11.5, nbclient 0.10.4, nbconvert 7.17.0, Pygments 2.21.0.
# Source: GoNB, internal/kernel/messages.go (KernelLanguageInfo); nbconvert,
# exporters/html.py (from_notebook_node), filters/highlight.py.
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
venv/bin/pip install --quiet --disable-pip-version-check nbconvert==7.17.0 nbclient==0.10.4 pygments==2.21.0
cat >cell.ipynb <<'JSON'
{"cells": [{"cell_type": "code", "execution_count": null, "id": "a", "metadata": {}, "outputs": [], "source": ["func f() { defer close(make(chan int)) }"]}],
 "metadata": {"kernelspec": {"display_name": "Go", "language": "go", "name": "gonb"}}, "nbformat": 4, "nbformat_minor": 5}
JSON
venv/bin/jupyter execute --inplace cell.ipynb 2>execute.log || { cat execute.log; exit 1; }

# shown FILE: language_info, and the language of the page's and the Markdown's code
shown() {
	venv/bin/python -c 'import json, sys; i = json.load(open(sys.argv[1]))["metadata"]["language_info"]; print("  name %r, pygments_lexer %r" % (i["name"], i.get("pygments_lexer", "absent")))' "$1"
	venv/bin/jupyter nbconvert --to html --stdout "$1" 2>/dev/null | grep -o 'highlight hl-[a-z0-9]*' | head -n 1 | sed 's/^highlight /  page: /'
	venv/bin/jupyter nbconvert --to markdown --stdout "$1" 2>/dev/null | grep '^```[a-z]' | sed 's/^/  Markdown: /'
}
echo "as GoNB leaves it:"
shown cell.ipynb | tee seen
echo "with the field removed:"
venv/bin/python -c 'import json; n = json.load(open("cell.ipynb")); del n["metadata"]["language_info"]["pygments_lexer"]; json.dump(n, open("removed.ipynb", "w"))'
shown removed.ipynb | tee -a seen
diff seen - <<'TXT'
  name 'go', pygments_lexer ''
  page: hl-ipython3
  Markdown: ```go
  name 'go', pygments_lexer 'absent'
  page: hl-go
  Markdown: ```go
TXT
echo "as described: GoNB v0.11.5, nbconvert 7.17.0"
