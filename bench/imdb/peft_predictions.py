"""Computes the predictions of a published run a second time, by PEFT and transformers, from the files alone:

    pip install -r bench/requirements.txt
    python3 bench/imdb/peft_predictions.py RUN_OR_EVALUATION --adapter RUN --model bert-base-cased --data aclImdb_v1.tar.gz --out peft.csv

RUN_OR_EVALUATION is the folder with the predictions of lorabook, whose reviews are computed, and RUN the
one of the run, or of the adapter alone. Texts, tokens and truncation are computed here too. All reviews are computed in
bfloat16 (autocast). Those of which either side is less sure than a margin of 1 are computed in float32 as
well: the margin is the logit of "pos" minus that of "neg", whose sign is the answer. The rows of OUT are
the review's id, the margin in bfloat16, and the margin in float32 or nothing. The command continues an
OUT that it has left.

With --float32, all reviews are computed in float32 alone, with the adapter merged by PEFT: some processors
multiply float32 faster than bfloat16. The column of bfloat16 is empty then.

With --float32-of, the reviews of which OUT has a margin in float32 are written to a file of JSON lines, for
lorabook's own float32:

    go run ./kernel evaluate --adapter RUN --model bert-base-cased --data near.jsonl --max-length 384 --out runs/near
"""

import argparse
import csv
import html
import json
import os
import re
import tarfile

import torch
from peft import PeftModel
from tqdm import tqdm
from transformers import AutoModelForSequenceClassification, AutoTokenizer, logging

NEAR = 1.0  # margin below which a review is computed in float32
BATCH_TOKENS = 2048  # small, so that what a layer computes stays in the processor's cache: 7 % faster than 8192


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("predictions", help="folder of a run or of an evaluation")
    parser.add_argument("--adapter", required=True, help="folder of a run or of an adapter")
    parser.add_argument("--model", required=True)
    parser.add_argument("--data", required=True, help="aclImdb_v1.tar.gz")
    parser.add_argument("--out", required=True)
    parser.add_argument("--float32", action="store_true", help="all reviews in float32, the adapter merged")
    parser.add_argument("--float32-of", metavar="FILE", help="writes the reviews near the threshold to FILE")
    return parser.parse_args()


def lorabook_margins(folder):
    """Returns lorabook's margins by id, and the number of tokens that it reads of a review."""
    experiment = json.load(open(os.path.join(folder, "experiment.json")))["experiment"]
    evaluation = experiment.get("kind") == "evaluation"
    length = experiment["model"]["max_length"] if evaluation else experiment["data"]["max_length"]
    if (experiment["model"] if evaluation else experiment["data"]).get("truncation") != "head+tail":
        raise SystemExit(f"{folder}: expected the truncation head+tail")
    with open(os.path.join(folder, "evaluation_predictions.jsonl" if evaluation else "report_predictions.jsonl")) as f:
        classes = json.loads(next(f))["classes"]
        rows = [json.loads(line) for line in f]
    pos, neg = classes.index("pos"), classes.index("neg")
    return {row["id"]: row["logits"][pos] - row["logits"][neg] for row in rows}, length


def reviews(archive, ids):
    """Yields (id, text) of the reviews with these ids."""
    with tarfile.open(archive) as tar:
        for member in tar:
            name = member.name.removeprefix("aclImdb/").removesuffix(".txt")
            if name in ids:
                yield name, tar.extractfile(member).read().decode()


def cleaned(text):
    """Replaces line breaks of HTML, entities, and runs of white space, as data.Clean does. White space
    matters: the tokenizer removes U+0085, which ends a line, so that two words would be one."""
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"(?i)<br\s*/?>", "\n", text)))


def head_tail(ids, length):
    """Keeps the first 128/510 and the last 382/510 of the tokens that fit (Sun et al. 2019)."""
    keep = length - 2
    if len(ids) <= keep:
        return ids
    head = (2 * keep * 128 + 510) // (2 * 510)
    return ids[:head] + ids[len(ids) - (keep - head):]


def batches(rows):
    """Yields batches of (id, tokens) with few tokens of padding, the longest reviews first."""
    rows = sorted(rows, key=lambda row: (-len(row[1]), row[0]))
    at = 0
    while at < len(rows):
        size = max(1, BATCH_TOKENS // len(rows[at][1]))
        yield rows[at:at + size]
        at += size


def compute(model, tokenizer, rows, labels, bfloat16, write):
    """Writes the margin of each row, batch by batch."""
    with tqdm(total=len(rows), desc="bfloat16" if bfloat16 else "float32") as bar:
        for batch in batches(rows):
            inputs = tokenizer.pad({"input_ids": [tokens for _, tokens in batch]}, return_tensors="pt")
            with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=bfloat16):
                logits = model(**inputs).logits.float()
            margins = logits[:, labels.index("pos")] - logits[:, labels.index("neg")]
            write({name: margin for (name, _), margin in zip(batch, margins.tolist())})
            bar.update(len(batch))


def stored(out):
    """Returns the margins that OUT has, in bfloat16 and in float32."""
    first, second = {}, {}
    if os.path.exists(out):
        for row in csv.DictReader(open(out)):
            if row["bfloat16"]:
                first[row["id"]] = float(row["bfloat16"])
            if row["float32"]:
                second[row["id"]] = float(row["float32"])
    return first, second


def main():
    args = arguments()
    logging.set_verbosity_error()
    ours, length = lorabook_margins(args.predictions)
    bfloat16, float32 = stored(args.out)
    texts = dict(reviews(args.data, ours))
    if missing := sorted(set(ours) - set(texts)):
        raise SystemExit(f"{args.data}: no review {missing[0]}, and {len(missing) - 1} more")

    tokenizer = AutoTokenizer.from_pretrained(args.model)
    special = [tokenizer.cls_token_id], [tokenizer.sep_token_id]
    encoded = tokenizer([cleaned(text) for text in texts.values()], add_special_tokens=False, verbose=False)["input_ids"]
    tokens = {name: special[0] + head_tail(ids, length) + special[1] for name, ids in zip(texts, encoded)}
    adapter = os.path.join(args.adapter, "adapter")
    if not os.path.isdir(adapter):
        adapter = args.adapter
    labels = list(json.load(open(os.path.join(adapter, "labels.json")))["labels"])
    model = PeftModel.from_pretrained(
        AutoModelForSequenceClassification.from_pretrained(args.model, num_labels=len(labels), dtype=torch.float32),
        adapter).eval()

    def save():
        with open(args.out + ".tmp", "w", newline="") as f:
            table = csv.writer(f, lineterminator="\n")
            table.writerow(["id", "bfloat16", "float32"])
            for name in ours:
                if name in bfloat16 or name in float32:
                    table.writerow([name, f"{bfloat16[name]:.4f}" if name in bfloat16 else "",
                                    f"{float32[name]:.6f}" if name in float32 else ""])
        os.replace(args.out + ".tmp", args.out)

    def writer(margins):
        def write(more):
            margins.update(more)
            save()
        return write

    def of(names):
        return [(name, tokens[name]) for name in names]

    if args.float32:
        if bfloat16:
            raise SystemExit(f"{args.out} has margins in bfloat16: remove it, or continue without --float32")
        model = model.merge_and_unload()
        compute(model, tokenizer, of(name for name in ours if name not in float32), labels, False, writer(float32))
    else:
        compute(model, tokenizer, of(name for name in ours if name not in bfloat16), labels, True, writer(bfloat16))
    theirs = float32 if args.float32 else bfloat16
    near = [name for name in ours if min(abs(ours[name]), abs(theirs[name])) < NEAR]
    compute(model, tokenizer, of(name for name in near if name not in float32), labels, False, writer(float32))

    if args.float32_of:
        with open(args.float32_of, "w") as f:
            for name in near:
                f.write(json.dumps({"id": name, "text": texts[name], "label": name.split("/")[1]}) + "\n")
    margins = {**bfloat16, **float32}
    other = [name for name in ours if (ours[name] > 0) != (margins[name] > 0)]
    print(f"{len(ours)} reviews, {len(near)} of them in float32 too; {len(other)} with another answer than lorabook's predictions in {args.predictions}")


main()
