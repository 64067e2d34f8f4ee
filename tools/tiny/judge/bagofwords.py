"""Logistic regression on tf-idf of words and pairs of words: the peer of judge.

Reads {"train": {"texts", "labels"}, "validation": ..., "test": ...} as JSON, chooses C
by the validation reviews, writes {"accuracy": ...} of the test reviews.
"""

import json
import sys

from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

sets = json.load(sys.stdin)
vectors = TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)
x = {"train": vectors.fit_transform(sets["train"]["texts"])}
for name in ("validation", "test"):
    x[name] = vectors.transform(sets[name]["texts"])
models = [LogisticRegression(C=c, max_iter=1000).fit(x["train"], sets["train"]["labels"]) for c in (1, 3, 10, 30, 100)]
best = max(models, key=lambda m: m.score(x["validation"], sets["validation"]["labels"]))
json.dump({"accuracy": best.score(x["test"], sets["test"]["labels"])}, sys.stdout)
