#!/usr/bin/env python3
"""Writes metrics_reference.json beside itself: what scikit-learn, scipy and
statsmodels say of made-up predictions. Needs numpy, scipy, scikit-learn and
statsmodels; the versions used are recorded in the file.

    python3 metrics_reference.py
"""
import json
import pathlib
import warnings

import numpy as np
import scipy
import sklearn
import statsmodels
from scipy.special import log_softmax, softmax
from scipy.stats import binomtest, bootstrap
from sklearn import metrics
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.proportion import proportion_confint


def calibration(probabilities, labels, bins):
    """Expected calibration error, and [examples, confidence, accuracy] a bin."""
    chosen = probabilities.argmax(axis=1)
    confidence = probabilities.max(axis=1)
    edges = np.arange(bins + 1) / bins
    at = np.searchsorted(edges[1:-1], confidence, side="left")
    table, error = [], 0.0
    for b in range(bins):
        inside = at == b
        if not inside.any():
            table.append([0, 0.0, 0.0])
            continue
        conf, acc = confidence[inside].mean(), (chosen == labels)[inside].mean()
        table.append([int(inside.sum()), float(conf), float(acc)])
        error += abs(conf - acc) * inside.mean()
    return {"ece": float(error), "bins": table}


def case(name, labels, classes, logits=None, probabilities=None):
    labels = np.asarray(labels)
    out = {"name": name, "labels": labels.tolist(), "classes": classes}
    if logits is not None:
        logits = np.asarray(logits, dtype=np.float32)
        out["logits"] = [float(v) for v in logits.ravel()]
        exact = logits.astype(np.float64)
        p = softmax(exact, axis=1)
        out["loss"] = float(-log_softmax(exact, axis=1)[np.arange(len(labels)), labels].mean())
    else:
        single = np.asarray(probabilities, dtype=np.float32)
        out["probabilities"] = [float(v) for v in single.ravel()]
        p = single.astype(np.float64)
        eps = np.finfo(np.float32).eps
        out["loss"] = float(metrics.log_loss(labels, np.clip(p, eps, 1 - eps), labels=range(classes)))
    chosen = p.argmax(axis=1)
    # Probabilities that round to 1 would be ties; the difference of the logits has none.
    ranking = exact - exact[:, ::-1] if logits is not None and classes == 2 else p
    every = list(range(classes))
    precision, recall, f1, support = metrics.precision_recall_fscore_support(
        labels, chosen, labels=every, zero_division=0)
    out |= {
        "accuracy": float(metrics.accuracy_score(labels, chosen)),
        "precision": precision.tolist(), "recall": recall.tolist(), "f1": f1.tolist(),
        "support": support.tolist(),
        "macro_f1": float(metrics.f1_score(labels, chosen, labels=every, average="macro", zero_division=0)),
        "confusion": metrics.confusion_matrix(labels, chosen, labels=every).tolist(),
        "auc": [float(metrics.roc_auc_score(labels == c, ranking[:, c])) for c in every],
        "calibration_10": calibration(p, labels, 10),
        "calibration_15": calibration(p, labels, 15),
    }
    if classes == 2:
        out["macro_auc"] = float(metrics.roc_auc_score(labels, ranking[:, 1]))
        out["brier"] = float(metrics.brier_score_loss(labels, p[:, 1]))
    else:
        out["macro_auc"] = float(metrics.roc_auc_score(labels, p, multi_class="ovr", average="macro"))
        out["brier"] = float(metrics.brier_score_loss(labels, p, labels=every))
    return out


def bca(name, values, level, rng):
    values = np.asarray(values, dtype=np.float64)
    result = bootstrap((values,), np.mean, n_resamples=199, confidence_level=level, method="BCa", rng=rng)
    return {
        "name": name, "values": values.tolist(), "level": level,
        "means": result.bootstrap_distribution.tolist(),
        "low": float(result.confidence_interval.low), "high": float(result.confidence_interval.high),
    }


def test_of(b, c):
    exact = b + c < 25
    result = mcnemar([[0, b], [c, 0]], exact=exact, correction=True)
    return {"first": b, "second": c, "exact": exact,
            "statistic": float(result.statistic), "p_value": float(result.pvalue)}


def main():
    rng = np.random.default_rng(20261123)
    n = 60
    labels = rng.integers(0, 2, n)
    scores = rng.normal(size=(n, 2))
    scores[np.arange(n), labels] += 0.8
    cases = [case("two classes", labels, 2, logits=scores)]
    cases.append(case("two classes with ties", labels, 2, logits=np.round(scores * 2) / 2))
    cases.append(case("two classes, huge logits", labels, 2, logits=np.where(scores > 0.3, 900, -900) + scores))
    coarse = np.round(softmax(2 * scores, axis=1)[:, 1] * 16) / 16  # exact in float32, and so are their sums
    cases.append(case("two classes, probabilities with 0 and 1", labels, 2,
                      probabilities=np.stack([1 - coarse, coarse], axis=1)))
    labels = np.concatenate([[0, 1, 2, 3], rng.integers(0, 3, 41)])
    scores = rng.normal(size=(45, 4))
    scores[np.arange(45), labels] += 1
    scores[:, 3] -= 6  # a class that is never answered
    cases.append(case("four classes, one never answered", labels, 4, logits=scores))

    wilson = []
    for k, trials, level in [(0, 7, 0.95), (7, 7, 0.95), (484, 1000, 0.95), (866, 1000, 0.99), (1, 3, 0.5)]:
        low, high = proportion_confint(k, trials, alpha=1 - level, method="wilson")
        check = binomtest(k, trials).proportion_ci(level, method="wilson")
        assert abs(check.low - low) < 1e-12 and abs(check.high - high) < 1e-12
        wilson.append({"successes": k, "n": trials, "level": level, "low": float(check.low), "high": float(check.high)})

    counts = [(0, 1), (3, 3), (2, 9), (12, 12), (0, 24), (0, 25), (10, 16), (20, 61), (130, 512), (0, 400)]
    differences = rng.choice([-1, 0, 0, 0, 1, 1], size=80)
    out = {
        "versions": {"numpy": np.__version__, "scipy": scipy.__version__,
                     "scikit-learn": sklearn.__version__, "statsmodels": statsmodels.__version__},
        "cases": cases,
        "wilson": wilson,
        "mcnemar": [test_of(b, c) for b, c in counts],
        "bootstrap": [bca("differences", differences, 0.95, rng),
                      bca("skewed", np.round(rng.exponential(size=30), 6), 0.9, rng)],
    }
    path = pathlib.Path(__file__).with_suffix(".json")
    path.write_text(json.dumps(out, separators=(",", ":")).replace('{"name"', '\n{"name"') + "\n")


if __name__ == "__main__":
    warnings.simplefilter("error")
    main()
