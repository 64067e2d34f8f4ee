"""Writes line_ends.json: small CSV files with all kinds of line ends and blank lines, and the records that pandas reads in them.

Run in this folder, with pip install pandas==3.1.1.
"""
import csv
import io
import json
import random

import pandas as pd

random.seed(5)
cases = ["a,0\rb,1\r", "a,0\r\nb,1\rc,2\nd,3", "\r\ra,0\r\r\nb,1", "   \na,0\n \t \r\nb,1\n  ", '"a\rb",0\r"c\r\nd",1\r', '"a"\r,0\r', " a ,0\r  \rb, 1\r"]
while len(cases) < 3000:
    cases.append("".join(random.choice(["a,0", "b", ",", '"', " ", "\t", "\r", "\n", "\r\n", "c,1\r", '"d\re",2\n']) for _ in range(random.randint(3, 9))))
kept = []
for case in cases:
    try:
        table = pd.read_csv(io.StringIO("text,label\n" + case), dtype=str, keep_default_na=False)
    except pd.errors.ParserError:
        continue
    rows = [list(row) for row in table.itertuples(index=False)]
    by_csv = [row for row in csv.reader(io.StringIO(case, newline="")) if len(row) != 1 or row[0].strip(" \t")]
    if not rows or len(rows) != len(by_csv) or any(len(row) != 2 for row in by_csv):
        continue  # pandas fills rows up or takes a column as the index; both are errors here
    kept.append({"csv": case, "rows": rows})
print(len(kept))
json.dump(kept, open("line_ends.json", "w"), indent=0)
