#!/usr/bin/env bash
# McNemar's test with the continuity correction gives equal counts a smaller p-value than
# counts that differ by one, in statsmodels and mlxtend.
#
# Expected: the more even the counts, the larger the p-value; equal counts have p = 1, as in R's
# mcnemar.test, which corrects by at most the difference.
# Actual: the correction is 1 even if the difference is 0. (|0| - 1) squared is 1: 30 against 30
# examples give the statistic 1/60 and p = 0.897, while 30 against 31 give 0 and p = 1.
# Tested: statsmodels 0.15.0, mlxtend 0.24.0.
# Source: statsmodels, stats/contingency_tables.py (mcnemar); mlxtend, evaluate/mcnemar.py; R,
# stats, mcnemar.test (YATES: min(1, |difference|)).
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check statsmodels==0.15.0 mlxtend==0.24.0
venv/bin/python - <<'PY'
import mlxtend
import numpy as np
import statsmodels
from mlxtend.evaluate import mcnemar as mlxtend_mcnemar
from statsmodels.stats.contingency_tables import mcnemar

print("statsmodels", statsmodels.__version__, "mlxtend", mlxtend.__version__)
p = {}
for first, second in ((30, 30), (30, 31), (30, 40)):
    table = np.array([[100, first], [second, 100]])
    ours = mcnemar(table, exact=False, correction=True)
    statistic, value = mlxtend_mcnemar(table, exact=False, corrected=True)
    print(f"{first} against {second}: statsmodels {ours.statistic:.4f}, p {ours.pvalue:.3f}; mlxtend {statistic:.4f}, p {value:.3f}")
    assert abs(ours.pvalue - value) < 1e-12, "the two libraries differ"
    p[first, second] = ours.pvalue
assert p[30, 30] < 0.9 < p[30, 31] == 1, "equal counts have the largest p-value"
PY
echo "as described: statsmodels 0.15.0, mlxtend 0.24.0"
