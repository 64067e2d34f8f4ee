#!/usr/bin/env python3
"""Writes tasks_reference.json beside itself: what scikit-learn and scipy say of made-up
predictions of several labels and of numbers, of temperatures, thresholds, intervals and
permutation tests. Needs numpy, scipy and scikit-learn; the versions used are recorded in
the file.

    python3 tasks_reference.py
"""
import json
import pathlib
import warnings

import numpy as np
import scipy
import sklearn
from scipy.optimize import brentq
from scipy.special import expit, log_softmax, softmax
from scipy.stats import bootstrap, pearsonr, permutation_test, rankdata, spearmanr
from sklearn import metrics


def floats(array):
    return [float(v) for v in np.asarray(array).ravel()]


def ece(p, labels, bins=15):
    confidence, right = p.max(axis=1), p.argmax(axis=1) == labels
    at = np.searchsorted((np.arange(bins + 1) / bins)[1:-1], confidence, side="left")
    return float(sum(abs(confidence[at == b].mean() - right[at == b].mean()) * (at == b).mean() for b in range(bins) if (at == b).any()))


def loss(z, labels):
    return float(-log_softmax(z, axis=1)[np.arange(len(labels)), labels].mean())


def temperature(rng, name, n, classes, scale):
    """The temperature at which the derivative of the validation loss is 0."""
    def draw(n):
        labels = rng.integers(0, classes, n)
        z = rng.normal(size=(n, classes))
        z[np.arange(n), labels] += 1
        return labels, (scale * z).astype(np.float32)
    (labels, logits), (test_labels, test_logits) = draw(n), draw(2 * n)
    z, test = logits.astype(np.float64), test_logits.astype(np.float64)
    def slope(b):
        return ((softmax(b * z, axis=1) * z).sum(axis=1) - z[np.arange(n), labels]).sum()
    t = 1 / brentq(slope, 0.01, 100, xtol=1e-15, rtol=1e-14)
    chosen = test.argmax(axis=1)
    return {
        "name": name, "classes": classes, "labels": labels.tolist(), "logits": floats(logits),
        "test_labels": test_labels.tolist(), "test_logits": floats(test_logits), "temperature": float(t),
        "loss": [loss(z, labels), loss(z / t, labels)], "ece": [ece(softmax(z, axis=1), labels), ece(softmax(z / t, axis=1), labels)],
        "test_loss": [loss(test, test_labels), loss(test / t, test_labels)],
        "test_ece": [ece(softmax(test, axis=1), test_labels), ece(softmax(test / t, axis=1), test_labels)],
        "macro_f1": float(metrics.f1_score(test_labels, chosen, average="macro", labels=range(classes), zero_division=0)),
        "weighted_f1": float(metrics.f1_score(test_labels, chosen, average="weighted", labels=range(classes), zero_division=0)),
    }


def threshold(has, p):
    """The best threshold by trying one between every two neighbouring probabilities."""
    edges = np.unique(np.concatenate([[0.0], p]))
    best = None
    for low, high in zip(edges[:-1], edges[1:]):
        t = 0.5 if low < 0.5 <= high else low + (high - low) / 2
        score = metrics.f1_score(has, p >= t, zero_division=0)
        key = (score, -abs(t - 0.5), t)
        best = max(best, key) if best else key
    return best[2], best[0]


def multi_label(rng, name, n, classes, rates, rounded=False, as_probabilities=False, absent=None):
    has = rng.random((n, classes)) < rates
    if absent is not None:
        has[:, absent] = False
    z = rng.normal(size=(n, classes)) + np.where(has, 1.0, -1.0)
    if rounded:
        z = np.round(z)
    z = z.astype(np.float32)
    p = expit(z.astype(np.float64))
    out = {"name": name, "classes": classes, "labels": [np.flatnonzero(row).tolist() for row in has]}
    exact = z.astype(np.float64)
    if as_probabilities:
        single = p.astype(np.float32)
        out["probabilities"], p = floats(single), single.astype(np.float64)
        clipped = np.clip(np.where(has, p, 1 - p), np.finfo(np.float32).eps, 1 - np.finfo(np.float32).eps)
        out["loss"] = float(-np.log(clipped).mean())
    else:
        out["logits"] = floats(z)
        out["loss"] = float(np.logaddexp(0, np.where(has, -exact, exact)).mean())
    # The thresholds are fitted on the first half and measured on the second.
    half = n // 2
    fitted = [threshold(has[:half, c], p[:half, c]) if has[:half, c].any() else (0.5, 0.0) for c in range(classes)]
    out["fitted"] = [[float(t), float(f1)] for t, f1 in fitted]
    out["at_half"] = label_metrics(has, p, np.full(classes, 0.5))
    out["at_fitted"] = label_metrics(has[half:], p[half:], np.array([t for t, _ in fitted]))
    return out


def two_columns(rows):
    """scikit-learn takes one column for a binary question, and counts its absence as a class too.
    A second, empty column keeps it a question of several labels; it adds nothing to micro F1."""
    return np.hstack([rows, np.zeros_like(rows)]) if rows.shape[1] == 1 else rows


def f1(has, chosen, average):
    return metrics.f1_score(two_columns(has), two_columns(chosen), average=average, labels=range(has.shape[1]), zero_division=0)


def label_metrics(has, p, thresholds):
    chosen = p >= thresholds
    precision, recall, scores, support = metrics.precision_recall_fscore_support(
        two_columns(has), two_columns(chosen), average=None, labels=range(has.shape[1]), zero_division=0)
    auc = [float(metrics.roc_auc_score(has[:, c], p[:, c])) if 0 < has[:, c].sum() < len(has) else None for c in range(has.shape[1])]
    return {
        "precision": floats(precision), "recall": floats(recall), "f1": floats(scores), "support": [int(v) for v in support], "auc": auc,
        "macro_auc": None if None in auc else float(metrics.roc_auc_score(has, p, average="macro")),
        "micro_f1": float(f1(has, chosen, "micro")),
        "macro_f1": float(f1(has, chosen, "macro")),
        "subset": float(metrics.accuracy_score(has, chosen)), "hamming": float(metrics.hamming_loss(has, chosen)),
    }


def interval(rng, statistic, n):
    """scipy's BCa interval of a statistic of row numbers, with its resampled values."""
    result = bootstrap((np.arange(n),), statistic, n_resamples=199, method="BCa", vectorized=False, rng=rng)
    return {"resampled": floats(result.bootstrap_distribution),
            "low": float(result.confidence_interval.low), "high": float(result.confidence_interval.high)}


def label_interval(rng, n, classes):
    has = rng.random((n, classes)) < 0.4
    chosen = np.where(rng.random((n, classes)) < 0.25, ~has, has)
    def of(average):
        return lambda rows: f1(has[rows], chosen[rows], average)
    return {"labels": [np.flatnonzero(r).tolist() for r in has], "chosen": [np.flatnonzero(r).tolist() for r in chosen], "classes": classes,
            "micro": interval(rng, of("micro"), n), "macro": interval(rng, of("macro"), n)}


def regression(rng, name, n, digits, slope=1.0):
    values = np.round(rng.normal(size=n) * 2 + 3, digits)
    answers = np.round(slope * values + rng.normal(size=n), digits)
    r = pearsonr(values, answers)
    out = {"name": name, "values": floats(values), "answers": floats(answers), "pearson": float(r.statistic), "spearman": float(spearmanr(values, answers).statistic),
           "mae": float(metrics.mean_absolute_error(values, answers)), "rmse": float(metrics.root_mean_squared_error(values, answers)), "r2": float(metrics.r2_score(values, answers)),
           "fisher": [[level, *floats(r.confidence_interval(level))] for level in (0.95, 0.8)],
           "value_ranks": floats(rankdata(values))}
    out["intervals"] = {
        "pearson": interval(rng, lambda rows: pearsonr(values[rows], answers[rows]).statistic, n),
        "spearman": interval(rng, lambda rows: spearmanr(values[rows], answers[rows]).statistic, n),
        "mae": interval(rng, lambda rows: metrics.mean_absolute_error(values[rows], answers[rows]), n),
        "rmse": interval(rng, lambda rows: metrics.root_mean_squared_error(values[rows], answers[rows]), n),
        "r2": interval(rng, lambda rows: metrics.r2_score(values[rows], answers[rows]), n),
    }
    return out


def exchange(statistic, n):
    """The p-value of a statistic of row numbers: below n the answer before, from n on after."""
    result = permutation_test((np.arange(n), np.arange(n) + n), lambda x, y: statistic(y) - statistic(x),
                              permutation_type="samples", vectorized=False, n_resamples=10_000)
    assert len(result.null_distribution) == 2**n, "not exact"
    return float(result.pvalue)


def exact_regression(rng, n, digits):
    values = np.round(rng.normal(size=n), digits)
    before, after = np.round(2 * values + rng.normal(size=n) * 2, digits), np.round(values + rng.normal(size=n), digits)
    both = np.concatenate([before, after])
    error = np.abs(both - np.tile(values, 2))
    standard = np.concatenate([(a - a.mean()) / a.std() for a in (before, after)])
    ranks = np.concatenate([(a - a.mean()) / a.std() for a in (rankdata(before), rankdata(after))])
    return {"values": floats(values), "before": floats(before), "after": floats(after),
            "mae": exchange(lambda rows: error[rows].mean(), n), "rmse": exchange(lambda rows: np.sqrt((error[rows] ** 2).mean()), n),
            "pearson": exchange(lambda rows: pearsonr(values, standard[rows]).statistic, n),
            "spearman": exchange(lambda rows: pearsonr(rankdata(values), ranks[rows]).statistic, n)}


def exact_labels(rng, n, classes):
    has = rng.random((n, classes)) < 0.4
    both = np.concatenate([np.where(rng.random((n, classes)) < wrong, ~has, has) for wrong in (0.4, 0.15)])
    def of(score):
        return exchange(lambda rows: score(has, both[rows]), n)
    def names(rows):
        return [np.flatnonzero(r).tolist() for r in rows]
    return {"classes": classes, "labels": names(has), "before": names(both[:n]), "after": names(both[n:]),
            "micro_f1": of(lambda a, b: f1(a, b, "micro")),
            "macro_f1": of(lambda a, b: f1(a, b, "macro")),
            "subset": of(metrics.accuracy_score), "hamming": of(metrics.hamming_loss)}


def main():
    rng = np.random.default_rng(20261128)
    out = {
        "versions": {"numpy": np.__version__, "scipy": scipy.__version__, "scikit-learn": sklearn.__version__},
        "temperature": [temperature(rng, "too certain", 60, 2, 4), temperature(rng, "too uncertain", 60, 3, 0.3), temperature(rng, "twelve classes", 40, 12, 3)],
        "multi_label": [
            multi_label(rng, "three classes", 60, 3, [0.2, 0.5, 0.8]),
            multi_label(rng, "ties", 60, 3, [0.2, 0.5, 0.8], rounded=True),
            multi_label(rng, "probabilities, a class without examples", 50, 4, 0.4, as_probabilities=True, absent=2),
            multi_label(rng, "one class", 40, 1, 0.5),
        ],
        "label_intervals": [label_interval(rng, 40, 3), label_interval(rng, 25, 1)],
        "regression": [regression(rng, "three digits", 40, 3), regression(rng, "ties", 40, 0), regression(rng, "negative", 12, 2, slope=-0.5)],
        "exact_regression": [exact_regression(rng, 7, 3), exact_regression(rng, 8, 0)],
        "exact_labels": [exact_labels(rng, 6, 3), exact_labels(rng, 7, 1)],
    }
    path = pathlib.Path(__file__).with_suffix(".json")
    path.write_text(json.dumps(out, separators=(",", ":")).replace('{"name"', '\n{"name"').replace('],"', '],\n"') + "\n")


if __name__ == "__main__":
    warnings.simplefilter("error")
    warnings.filterwarnings("ignore", message="An input array is constant")
    main()
