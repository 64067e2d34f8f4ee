"""Writes the folders of this folder as the datasets library and the hub lay data sets out.

Run in this folder, with pip install datasets==5.2.0
"""
import os
import shutil

import datasets

datasets.disable_progress_bars()
features = datasets.Features(text=datasets.Value("string"), label=datasets.ClassLabel(names=["poor", "fine"]))


def split(name, n):
    return datasets.Dataset.from_dict({"text": [f"{name} text {i}" for i in range(n)], "label": [i % 2 for i in range(n)]}, features=features)


for name in ["saved", "from_saved", "hub", "converted"]:
    shutil.rmtree(name, ignore_errors=True)
parts = datasets.DatasetDict(train=split("train", 5), test=split("test", 3), validation=split("validation", 2))
parts.save_to_disk("saved")
os.makedirs("from_saved")
[part.to_parquet(f"from_saved/{name}.parquet") for name, part in datasets.load_from_disk("saved").items()]

# What push_to_hub uploads: data/SPLIT-NNNNN-of-NNNNN.parquet.
os.makedirs("hub/data")
for part, shards in [("train", 2), ("test", 1)]:
    for i in range(shards):
        parts[part].shard(shards, i, contiguous=True).to_parquet(f"hub/data/{part}-{i:05}-of-{shards:05}.parquet")

# What the hub's conversion makes: CONFIG/SPLIT/NNNN.parquet.
for part, shards in [("train", 2), ("test", 1)]:
    os.makedirs(f"converted/default/{part}")
    for i in range(shards):
        parts[part].shard(shards, i, contiguous=True).to_parquet(f"converted/default/{part}/{i:04}.parquet")
