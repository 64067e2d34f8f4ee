"""A tokenizer package: the peer of bench's tasks tokenize-one and tokenize. bench starts it as

    python3 -c SCRIPT MODEL REVIEWS RECIPE

with the arguments of peer.py. RECIPE names the package, which is all that it needs: tokenizers
(0.23 and the rewritten 1.0) or nanotoken, with MODEL/tokenizer.json. Each package encodes the
texts, which are in memory, in one call of its fastest method for many texts. The result states
the SHA-256 of the ids: bench compares it with that of lorabook's ids.
"""

import hashlib
import json
import os
import platform
import resource
import struct
import sys
import time
from importlib import metadata

started = time.monotonic()
model, reviews, recipe = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
package, file = recipe["package"], os.path.join(model, "tokenizer.json")
if recipe.get("one_core"):
    os.environ["RAYON_NUM_THREADS"] = "1"  # Rust reads it once
if not os.path.exists(file):
    raise SystemExit(f"{file} is missing: {package} reads the tokenizer of this file")


def tokenizers(texts):
    """Returns the function to measure, and a function that lists the ids of its result."""
    from tokenizers import Tokenizer
    tokenizer = Tokenizer.from_file(file)
    # Like lorabook's, its encodings have no offsets. In 1.0 those of encode_batch have none.
    encode = getattr(tokenizer, "encode_batch_fast", tokenizer.encode_batch)
    return lambda: encode(texts), lambda encoded: (e.ids for e in encoded)


def nanotoken(texts):
    from nanotoken import Tokenizer
    tokenizer = Tokenizer(file)
    texts = [text.encode() for text in texts]  # UTF-8, as lorabook has it: 20 % faster than str
    return lambda: tokenizer.encode_batch(texts), lambda encoded: encoded


def digest(rows):
    """Returns the SHA-256 of the number of ids of each text and the ids, as little-endian uint32."""
    total = hashlib.sha256()
    for ids in rows:
        total.update(struct.pack(f"<{len(ids) + 1}I", len(ids), *ids))
    return total.hexdigest()


def read(name):
    with open(f"{reviews}/{name}", encoding="utf-8") as f:
        return [json.loads(line)["text"] for line in f]


try:
    version = metadata.version(package)
    run, ids = {"tokenizers": tokenizers, "nanotoken": nanotoken}[package](read("train.jsonl") + read("test.jsonl"))
except ModuleNotFoundError as missing:
    raise SystemExit(f"{sys.executable} has no {missing.name}: install bench/requirements.txt, bench/requirements-tokenizers-1.0.txt or bench/requirements-nanotoken.txt")
run()
began = time.monotonic()
encoded = run()
seconds = time.monotonic() - began
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
json.dump({"items": sum(len(row) for row in ids(encoded)), "seconds": seconds, "warm_up": began - started, "peak_bytes": peak,
           "ids": digest(ids(encoded)), "versions": f"{package} {version}, Python {platform.python_version()}"}, sys.stdout)
print()
