"""Writes quotes.json: small CSV files and the records that pandas reads in them, null for an error.

Run in this folder, with pip install pandas==3.1.1. Python's csv module has to agree.
"""
import csv
import io
import json
import random

import pandas as pd

random.seed(3)
cases = ['c "x" d,0\n', '"c" d,0\n', '"c" "d",0\n', '"c"d"e",0\n', 'a""b,0\n', '"a""b",0\n', '"a"""b,0\n', ' "a",0\n', '"",0\n', '"""",0\n',
         '"a\nb" c,0\r\n"d",1\r\n', '5\'11",0\n', '"open,0\n', 'a,"open\n', '"x"y,0\n"z",1', '"a,b" and "c",1\n', '\n\na,0\n\nb,1\n']
while len(cases) < 600:
    cases.append("".join(random.choice('ab",, "\n') for _ in range(random.randint(3, 14))))
kept = []
for case in cases:
    try:
        table = pd.read_csv(io.StringIO("text,label\n" + case), dtype=str, keep_default_na=False, lineterminator=None)
        rows = [list(row) for row in table.itertuples(index=False)]
    except pd.errors.ParserError as error:
        if "EOF inside string" in str(error):
            kept.append({"csv": case, "rows": None})
        continue
    by_csv = [row for row in csv.reader(io.StringIO(case, newline="")) if row]
    if not by_csv or any(len(row) != 2 for row in by_csv):
        continue  # pandas fills rows up or takes a column as the index; both are errors here
    if rows != by_csv:
        assert all(set(a) <= {" ", ""} for a in map("".join, (set(map(tuple, by_csv)) ^ set(map(tuple, rows)))) ), (case, rows, by_csv)
        continue
    kept.append({"csv": case, "rows": rows})
print(len(kept), sum(case["rows"] is None for case in kept))
json.dump(kept, open("quotes.json", "w"), indent=0)
