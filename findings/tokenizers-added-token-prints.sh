#!/usr/bin/env bash
# tokenizers' AddedToken accepts any argument, and prints a message to standard output.
#
# Expected: an unknown argument raises TypeError, or causes a warning on standard error.
# Actual: AddedToken("x", anything=1) succeeds, and Rust prints "Ignored unknown kwarg option
# anything" to standard output, not through sys.stdout or warnings. A script that prints JSON
# for another program breaks, since transformers passes the "__type" of a saved token object
# in special_tokens_map.json on to AddedToken.
# Tested: tokenizers 0.23.3.
# Source: tokenizers, bindings/python/src/tokenizer.rs, PyAddedToken.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
export HF_HOME=$dir/hf HF_HUB_OFFLINE=1
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check tokenizers==0.23.3
cat > make.py <<'PY'
import contextlib
import io

from tokenizers import AddedToken

with contextlib.redirect_stdout(io.StringIO()):  # has no effect on what Rust prints
    token = AddedToken("<new>", special=True, anything=1)
assert token.content == "<new>" and token.special
PY
printed=$(venv/bin/python make.py 2> errors)
venv/bin/python -c 'import tokenizers; print("tokenizers", tokenizers.__version__)'
echo "standard output: $printed"
echo "standard error:  $(cat errors)"
case $printed in
*anything*) ;;
*) echo "the remark is no longer on standard output"; exit 1 ;;
esac
[ ! -s errors ]
echo "as described: tokenizers 0.23.3"
