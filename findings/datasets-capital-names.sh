#!/usr/bin/env bash
# datasets: Train.csv and Test.csv are one split, train, with the test examples in it.
#
# Expected: a folder with Train.csv and Test.csv has the splits train and test, as it has with
# train.csv and test.csv, or a warning says that no split was found in the names. Many published data sets have
# such names.
# Actual: load_dataset returns the split train with the rows of both files, without a warning: who holds a part of it
# out, or trains on all of it and tests on Test.csv, trains on test examples.
# Tested: datasets 5.2.0 (with pandas 3.1.1 and pyarrow 26.0.1).
# Source: datasets' guide "Structure your repository", which names the splits in small letters and says nothing of
# others.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/pip" install --quiet --disable-pip-version-check datasets==5.2.0 pandas==3.1.1 pyarrow==26.0.1
export HF_HOME="$work/home" HF_HUB_OFFLINE=1
"$work/venv/bin/python" - "$work" <<'PYTHON'
import pathlib
import sys
import warnings

import datasets

datasets.disable_progress_bars()
warnings.simplefilter("error")
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


assert splits("small", "train.csv", "test.csv") == {"train": 2, "test": 2}
if splits("capital", "Train.csv", "Test.csv") != {"train": 4}:
    sys.exit("the behaviour has changed")
PYTHON
