"""What seqeval counts for random sequences of tags, for seqeval_test.go to compare with.

    python3 seqeval_reference.py > seqeval.json      (pip install seqeval==1.2.2 numpy scikit-learn)

The output is a list of cases: the scheme, right and given tags of some sentences, and for both modes the precision, recall,
F1 and support of each type and the averages. In half of the cases the given tags are a noisy copy of the right ones.
"""
import json
import random
import warnings

from seqeval.metrics import accuracy_score, classification_report
from seqeval.metrics.sequence_labeling import get_entities
from seqeval.scheme import IOB1, IOB2, IOBES, Entities

warnings.filterwarnings("ignore")
random.seed(21)
types = ["PER", "LOC", "ORG", "x-y"]
cases = []
for name, scheme, letters in [("IOB1", IOB1, "BI"), ("IOB2", IOB2, "BI"), ("BIOES", IOBES, "BIES")]:
    for number in range(40):
        tags = ["O"] * (1 + number % 4) + [f"{p}-{t}" for p in letters for t in types[:1 + number % 4]]
        right = [[random.choice(tags) for _ in range(random.randint(1, 9))] for _ in range(random.randint(1, 6))]
        noise = random.random() if number % 2 else 1
        given = [[random.choice(tags) if random.random() < noise else tag for tag in sentence] for sentence in right]
        keep = lambda report: {k: {a: float(b) if b == b else None for a, b in v.items()} for k, v in report.items()}
        cases.append({
            "scheme": name, "right": right, "given": given, "accuracy": float(accuracy_score(right, given)),
            "entities": [[list(e) for e in get_entities(sentence)] for sentence in right],
            "strict_entities": [[list(e.to_tuple()[1:]) for e in s] for s in Entities(right, scheme).entities],
            "default": keep(classification_report(right, given, output_dict=True)),
            "strict": keep(classification_report(right, given, output_dict=True, mode="strict", scheme=scheme)),
        })
print("[" + ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases) + "]")
