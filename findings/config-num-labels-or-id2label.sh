#!/usr/bin/env bash
# transformers 4 and 5 differ for a config.json with num_labels and an id2label of another
# length.
#
# Expected: an error, or the same precedence in all versions.
# Actual: transformers 4 uses id2label and ignores num_labels; transformers 5 uses num_labels,
# drops every name of id2label and invents LABEL_0, LABEL_1, ... Both log the same warning. An
# upgrade therefore renames the classes of such a model, and its classifier no longer fits.
# Tested: transformers 4.57.3 and 5.24.0.
# Source: transformers, src/transformers/configuration_utils.py (PretrainedConfig.__init__,
# PreTrainedConfig.__post_init__).
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

cat > config.json <<'JSON'
{"model_type": "bert", "num_labels": 3, "id2label": {"0": "neg", "1": "pos"}, "label2id": {"neg": 0, "pos": 1}}
JSON
cat > show.py <<'PY'
import json, sys, transformers
config = transformers.AutoConfig.from_pretrained(".")
names = [config.id2label[i] for i in sorted(config.id2label)]
print(f"transformers {transformers.__version__}: num_labels {config.num_labels}, classes {names}", file=sys.stderr)
print(json.dumps(names))
PY
names() { # VERSION
    python3 -m venv "venv-$1"
    "venv-$1/bin/pip" install -q --disable-pip-version-check "transformers==$1"
    "venv-$1/bin/python" show.py
}
four=$(names 4.57.3)
five=$(names 5.24.0)
[ "$four" = '["neg", "pos"]' ] && [ "$five" = '["LABEL_0", "LABEL_1", "LABEL_2"]' ] || { echo "the behaviour has changed"; exit 1; }
