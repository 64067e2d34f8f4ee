"""Writes the weights of ../encoder/tiny as Google published its models, with
TensorFlow itself: python make_google.py. Needs tensorflow and safetensors.

    uncased_L-2_H-16_A-4/         a checkpoint of TensorFlow 1, bert_config.json, vocab.txt,
                                  with a next-sentence head and an optimizer's slots
    bert-uncased-L-2-H-16-A-4/    what a SavedModel keeps beside its graph: variables/
                                  and assets/, names below module/, no configuration
"""

import json
import os
import re
import shutil
import tempfile

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import numpy as np
import tensorflow as tf
from safetensors.numpy import load_file

v1 = tf.compat.v1
here = os.path.dirname(os.path.abspath(__file__))
tiny = os.path.join(here, "..", "encoder", "tiny")


def google_name(name):
    """The name in Google's modeling.py of a tensor of transformers."""
    if name == "cls.predictions.bias":
        return "cls/predictions/output_bias"
    name = re.sub(r"layer\.(\d+)", r"layer_\1", name).replace(".", "/")
    name = name.replace("LayerNorm/weight", "LayerNorm/gamma").replace("LayerNorm/bias", "LayerNorm/beta")
    if name.endswith("_embeddings/weight"):
        return name.removesuffix("/weight")
    return re.sub(r"/weight$", "/kernel", name)


tensors = {}
for name, value in load_file(os.path.join(tiny, "model.safetensors")).items():
    if not name.startswith("classifier"):
        name = google_name(name)
        tensors[name] = value.T if name.endswith("/kernel") else value
random = np.random.default_rng(3)
pair = {
    "cls/seq_relationship/output_weights": random.normal(size=(2, 16)).astype(np.float32),
    "cls/seq_relationship/output_bias": random.normal(size=2).astype(np.float32),
}
training = {"global_step": np.int64(1000000)}
for slot in "adam_m", "adam_v":
    training["bert/pooler/dense/bias/" + slot] = np.zeros(16, np.float32)


def session_with(variables):
    for name, value in variables.items():
        v1.get_variable(name, initializer=tf.constant(value))
    session = v1.Session()
    session.run(v1.global_variables_initializer())
    return session


release = os.path.join(here, "uncased_L-2_H-16_A-4")
os.makedirs(release, exist_ok=True)
with tf.Graph().as_default(), session_with(tensors | pair | training) as session:
    v1.train.Saver().save(session, os.path.join(release, "bert_model.ckpt"), write_meta_graph=False, write_state=False)
with open(os.path.join(tiny, "config.json")) as f:
    config = json.load(f)
with open(os.path.join(release, "bert_config.json"), "w") as f:
    json.dump({k: config[k] for k in (
        "attention_probs_dropout_prob", "hidden_act", "hidden_dropout_prob", "hidden_size", "initializer_range",
        "intermediate_size", "max_position_embeddings", "num_attention_heads", "num_hidden_layers",
        "type_vocab_size", "vocab_size")}, f, indent=2)
shutil.copy(os.path.join(tiny, "vocab.txt"), release)

saved = os.path.join(here, "bert-uncased-L-2-H-16-A-4")
with tempfile.TemporaryDirectory() as tmp, tf.Graph().as_default():
    with session_with({"module/" + name: value for name, value in tensors.items()}) as session:
        builder = v1.saved_model.Builder(os.path.join(tmp, "model"))
        builder.add_meta_graph_and_variables(session, ["serve"])
        builder.save()
    shutil.copytree(os.path.join(tmp, "model", "variables"), os.path.join(saved, "variables"), dirs_exist_ok=True)
os.makedirs(os.path.join(saved, "assets"), exist_ok=True)
shutil.copy(os.path.join(tiny, "vocab.txt"), os.path.join(saved, "assets"))
