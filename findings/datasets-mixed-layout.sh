#!/usr/bin/env bash
# datasets: a test file beside a folder of training files is left out.
#
# Expected: a folder with train/a.csv and test.csv has the splits train and test, as it has
# with train.csv and test.csv, or with train/a.csv and test/b.csv.
# Actual: load_dataset returns only the split train, without a warning.
# Tested: datasets 5.2.0 (with pandas 3.1.1 and pyarrow 26.0.1).
# Source: datasets' guide "Structure your repository", which shows splits as file names and as
# folder names, but not both together.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check datasets==5.2.0 pandas==3.1.1 pyarrow==26.0.1
export HF_HOME="$work/home" HF_HUB_OFFLINE=1
"$work/venv/bin/python" - "$work" <<'PYTHON'
import pathlib
import sys

import datasets

datasets.disable_progress_bars()
work = pathlib.Path(sys.argv[1])
print("datasets", datasets.__version__)


def splits(name, *files):
    for file in files:
        path = work / name / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("text,label\nfine,1\npoor,0\n")
    found = {split: len(part) for split, part in datasets.load_dataset(str(work / name)).items()}
    print(*files, "->", found)
    return found


both = {"train": 2, "test": 2}
assert splits("files", "train.csv", "test.csv") == both
assert splits("folders", "train/a.csv", "test/b.csv") == both
if splits("mixed", "train/a.csv", "test.csv") != {"train": 2}:
    sys.exit("the behaviour has changed")
PYTHON
