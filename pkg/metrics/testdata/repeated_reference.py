#!/usr/bin/env python3
"""Writes repeated_reference.json beside itself: tests of two classifiers that were
trained several times, from the mean squares of statsmodels' two-way analysis of
variance and scipy's t distribution, and Holm's correction by statsmodels. Needs numpy,
pandas, scipy and statsmodels; the versions used are recorded in the file.

    python3 repeated_reference.py
"""
import json
import pathlib

import numpy as np
import pandas
import scipy
import statsmodels
from scipy.stats import t
from statsmodels.formula.api import ols
from statsmodels.stats.anova import anova_lm
from statsmodels.stats.multitest import multipletests


def case(name, first, second):
    """first and second are [trainings, examples], 1 where the prediction is right."""
    first, second = np.asarray(first), np.asarray(second)
    trainings, n = first.shape
    x = second - first
    mean = x.mean()
    if trainings == 1:
        variance, freedom = x.var(ddof=1), n - 1
    else:
        s, i = np.indices(x.shape)
        table = anova_lm(ols("x ~ C(s) + C(i)", pandas.DataFrame({"x": x.ravel(), "s": s.ravel(), "i": i.ravel()})).fit())
        squares, degrees = table["mean_sq"], table["df"]
        variance, freedom = squares["C(i)"], degrees["C(i)"]
        if squares["C(s)"] > squares["Residual"]:
            parts = [squares["C(i)"], squares["C(s)"], squares["Residual"]]
            variance = parts[0] + parts[1] - parts[2]
            freedom = variance**2 / sum(p**2 / d for p, d in zip(parts, [degrees["C(i)"], degrees["C(s)"], degrees["Residual"]]))
    spread = np.sqrt(variance / x.size)
    low, high = t.interval(0.95, freedom, loc=mean, scale=spread)
    return {"name": name, "first": first.tolist(), "second": second.tolist(), "difference": float(mean),
            "statistic": float(mean / spread), "freedom": float(freedom), "p_value": float(2 * t.sf(abs(mean / spread), freedom)),
            "low": float(low), "high": float(high)}


def draw(rng, trainings, n, accuracy, spread):
    """Predictions of one kind: examples differ in difficulty, trainings by a shift."""
    difficulty = np.random.default_rng(7).normal(size=n)
    logit = np.log(accuracy / (1 - accuracy)) + difficulty + spread * rng.normal(size=(trainings, 1)) + rng.normal(size=(trainings, n))
    return (logit > 0).astype(int)


def main():
    rng = np.random.default_rng(20261128)
    cases = [case(f"{trainings} trainings, spread {spread}", draw(rng, trainings, 40, 0.7, spread), draw(rng, trainings, 40, 0.8, spread))
             for trainings in (1, 2, 3, 5) for spread in (0.0, 1.0)]
    assert any(c["freedom"] == 39 and len(c["first"]) > 1 for c in cases), "no case in which the trainings vary less than chance"
    assert any(c["freedom"] < 10 for c in cases), "no case in which the trainings vary much"
    holm = []
    for p in ([0.01, 0.04, 0.03, 0.005], [0.5], [0.2, 0.2, 0.9, 0.9], [0.0, 1.0, 1e-9, 0.012, 0.0251, 0.7, 0.02, 0.02, 0.3]):
        holm.append({"p": p, "adjusted": multipletests(p, method="holm")[1].tolist()})
    out = {"versions": {"numpy": np.__version__, "pandas": pandas.__version__, "scipy": scipy.__version__, "statsmodels": statsmodels.__version__},
           "cases": cases, "holm": holm}
    path = pathlib.Path(__file__).with_suffix(".json")
    path.write_text(json.dumps(out, separators=(",", ":")).replace('{"name"', '\n{"name"').replace('{"p"', '\n{"p"') + "\n")


if __name__ == "__main__":
    main()
