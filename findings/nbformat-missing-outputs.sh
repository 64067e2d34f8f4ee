#!/usr/bin/env bash
# nbformat reads a code cell without outputs, and then cannot write the notebook.
#
# Expected: read refuses the file, or corrects it, as it adds an ID to a cell without one.
# Actual: read logs "Notebook JSON is invalid" and returns the notebook; write fails with an
# AttributeError for "outputs". A notebook without execution_count is read in the same way and
# can be written. nbclient corrects the cells that it runs, but not those without source.
# Tested: nbformat 5.11.1.
# Source: nbformat, v4/rwbase.py (split_lines), reader.py and validator.py.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check nbformat==5.11.1
venv/bin/python - <<'PY'
import json
import logging

import nbformat

logging.disable(logging.CRITICAL)
print("nbformat", nbformat.__version__)


def book(**fields):
    cell = {"cell_type": "code", "id": "a", "metadata": {}, "source": "1", **fields}
    return nbformat.reads(json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [cell]}), as_version=4)


nbformat.writes(book(outputs=[]))
print("without execution_count: read and written")
broken = book(execution_count=None)
assert "outputs" not in broken.cells[0], "reading mends it now"
try:
    nbformat.writes(broken)
    raise SystemExit("changed: it can be written")
except AttributeError as error:
    print("without outputs: read, then AttributeError:", error)
PY
echo "as described: nbformat 5.11.1"
