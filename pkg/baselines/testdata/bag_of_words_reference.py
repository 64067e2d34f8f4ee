#!/usr/bin/env python3
"""Writes bag_of_words_reference.json beside itself: words, tf-idf weights, coefficients and
predictions of scikit-learn's TfidfVectorizer, LogisticRegression, OneVsRestClassifier and
Ridge on the sample of pkg/data and on made-up texts. Needs numpy, scipy and scikit-learn;
the versions used are recorded in the file.

    python3 bag_of_words_reference.py
"""
import json
import pathlib
import warnings

import numpy as np
import scipy
import sklearn
from scipy.sparse import hstack
from sklearn.dummy import DummyClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.multiclass import OneVsRestClassifier

HERE = pathlib.Path(__file__).parent

ODD_TEXTS = [
    "It's a well-known film: 10/10, not 9.5! a I x2 _ __ _a a_",
    "ΟΔΟΣ Οδός ΣΑΣ İstanbul ISTANBUL ẞtraße STRASSE ﬁne ǅungla",
    "naïve cafe\u0301 e\u0301te\u0301 हिन्दी किताब ภาษาไทย 日本語の文章。中文 한국어",
    "½ ²³ ⅷⅸ ①② ٣٤ x² 〇〇 𝐀𝐁 𐐀𐐁 😀😀 a\u200db a\u00adb a\u00a0b\tc\ncd",
    "",
]


def floats(array):
    return [float(f"{v:.10g}") for v in np.asarray(array).ravel()]


def logistic():
    # To the minimum; the default tolerance stops earlier.
    return LogisticRegression(tol=1e-10, max_iter=100_000)


def sample():
    rows = [json.loads(line) for line in (HERE / "../../data/sample/reviews.jsonl").read_text(encoding="utf-8").splitlines()]
    halves = {half: [r for r in rows if r["split"] == half] for half in ("train", "test")}
    classes = sorted({r["label"] for r in rows})
    vectorizer = TfidfVectorizer()
    x = vectorizer.fit_transform(r["text"] for r in halves["train"])
    model = logistic().fit(x, [classes.index(r["label"]) for r in halves["train"]])
    test = vectorizer.transform(r["text"] for r in halves["test"])
    return {
        "classes": classes, "words": " ".join(vectorizer.get_feature_names_out()), "idf": floats(vectorizer.idf_),
        "row": [x[0].indices[np.argsort(x[0].indices)].tolist(), floats(x[0].data[np.argsort(x[0].indices)])],
        "sums": floats(x.sum(axis=0)), "coefficients": floats(model.coef_), "intercept": float(model.intercept_[0]),
        "ids": [r["id"] for r in halves["test"]], "scores": floats(model.decision_function(test)),
        "accuracy": float(model.score(test, [classes.index(r["label"]) for r in halves["test"]])),
    }


def made_up(rng, n):
    """Texts of made-up words, several labels and a number that depend on them."""
    words = [a + b for a in ("ka", "lo", "mi", "nu", "re") for b in ("ba", "do", "fi", "gu", "ti", "zo")]
    frequency = 1 / np.arange(1, len(words) + 1)
    texts, pairs = [], []
    for _ in range(n):
        texts.append(" ".join(rng.choice(words, size=rng.integers(0, 12), p=frequency / frequency.sum())))
        pairs.append(" ".join(rng.choice(words, size=rng.integers(0, 6))))
    effect = rng.normal(size=(len(words), 4))
    counts = np.array([[t.split().count(w) for w in words] for t in texts])
    scores = counts @ effect + rng.normal(size=(n, 4))
    return texts, pairs, scores


def main():
    rng = np.random.default_rng(20261128)
    train, test = 80, 30
    texts, pairs, scores = made_up(rng, train + test)
    vectorizer = TfidfVectorizer()
    x = vectorizer.fit_transform(texts[:train])
    t = vectorizer.transform(texts[train:])
    labels = scores.argmax(axis=1)
    classes = logistic().fit(x, labels[:train])
    has = scores > 0.5
    several = OneVsRestClassifier(logistic()).fit(x, has[:train].astype(int))
    values = np.round(100 + 50 * scores[:, 0], 3)
    ridge = Ridge(solver="cholesky").fit(x.toarray(), values[:train])
    second = TfidfVectorizer()
    both = hstack([x, second.fit_transform(pairs[:train])]).tocsr()
    both_test = hstack([t, second.transform(pairs[train:])]).tocsr()
    paired = logistic().fit(both, has[:train, 0].astype(int))
    few = TfidfVectorizer(max_features=7).fit(texts[:train])
    few_weights = few.transform(texts[:train])
    prior = DummyClassifier(strategy="prior").fit(x, labels[:train])
    out = {
        "versions": {"numpy": np.__version__, "scipy": scipy.__version__, "scikit-learn": sklearn.__version__},
        "odd": [{"text": text, "words": TfidfVectorizer().build_analyzer()(text)} for text in ODD_TEXTS],
        "sample": sample(),
        "train": train, "texts": texts, "pairs": pairs, "labels": labels.tolist(),
        "several": [np.flatnonzero(row).tolist() for row in has], "values": floats(values),
        "prior": floats(prior.predict_proba(t[:1])), "majority": int(prior.predict(t[:1])[0]),
        "class_coefficients": floats(classes.coef_.T), "class_intercepts": floats(classes.intercept_), "class_scores": floats(classes.decision_function(t)),
        "class_probabilities": floats(classes.predict_proba(t)),
        "label_coefficients": [floats(e.coef_) for e in several.estimators_], "label_scores": floats(several.decision_function(t)),
        "ridge_coefficients": floats(ridge.coef_), "ridge_intercept": float(ridge.intercept_), "ridge_answers": floats(ridge.predict(t.toarray())),
        "pair_coefficients": floats(paired.coef_), "pair_scores": floats(paired.decision_function(both_test)),
        "few_words": list(few.get_feature_names_out()), "few_sums": floats(few_weights.sum(axis=0)),
    }
    path = pathlib.Path(__file__).with_suffix(".json")
    path.write_text(json.dumps(out, separators=(",", ":"), ensure_ascii=False).replace('],"', '],\n"') + "\n", encoding="utf-8")


if __name__ == "__main__":
    warnings.simplefilter("error")
    main()
