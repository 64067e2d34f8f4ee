#!/usr/bin/env python3
"""Times Rust `tokenizers` on the reviews that BenchmarkTokenizer encodes.

    RAYON_NUM_THREADS=1 python3 benchmark_rust.py --bert DIR --minilm DIR --imdb aclImdb_v1.tar.gz
"""
import argparse
import os
import time

import make_reference


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("--bert", "--minilm", "--imdb"):
        parser.add_argument(name, required=True)
    args = parser.parse_args()
    texts = dict(make_reference.reviews(args.imdb))["test/pos"]
    size = sum(len(t.encode()) for t in texts)
    for name, folder, lowercase in (("bert-base-cased", args.bert, False), ("minilm-uncased", args.minilm, True)):
        t = make_reference.build(make_reference.read_vocab(folder), lowercase=lowercase)
        best, work = float("inf"), float("inf")
        for _ in range(3):
            begin, cpu = time.perf_counter(), time.process_time()
            t.encode_batch_fast(texts)
            best, work = min(best, time.perf_counter() - begin), min(work, time.process_time() - cpu)
        print(f"{name} threads={os.environ.get('RAYON_NUM_THREADS', 'all')}: {best:.2f} s, {size / best / 1e6:.1f} MB/s; {work:.2f} s of processor time")


if __name__ == "__main__":
    main()
