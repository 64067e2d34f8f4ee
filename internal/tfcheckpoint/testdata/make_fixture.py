"""Writes the checkpoints beside this file with TensorFlow itself:
python make_fixture.py. Needs tensorflow (2.21 was used).

Every float32 tensor holds 0.5 * (0, 1, 2, ...) - 3, so that the test can tell what
must be in it, but "special", whose bits matter.
"""

import os
import shutil
import tempfile

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import numpy as np
import tensorflow as tf

here = os.path.dirname(os.path.abspath(__file__))


def ramp(*shape):
    return (0.5 * np.arange(np.prod(shape)) - 3).astype(np.float32).reshape(shape)


def save(prefix, tensors):
    tf.raw_ops.SaveV2(
        prefix=prefix, tensor_names=list(tensors), shape_and_slices=[""] * len(tensors),
        tensors=[tf.constant(t) for t in tensors.values()])


def saver():
    """A checkpoint as TensorFlow 1's Saver writes it, with optimizer slots."""
    with tf.Graph().as_default():
        for name, value in {
            "dense/kernel": ramp(3, 4), "dense/bias": ramp(4), "dense/bias/adam_m": ramp(4),
            "scalar": np.float32(-3), "empty": ramp(0, 4), "global_step": np.int64(7),
        }.items():
            tf.compat.v1.get_variable(name, initializer=tf.constant(value))
        with tf.compat.v1.Session() as session:
            session.run(tf.compat.v1.global_variables_initializer())
            tf.compat.v1.train.Saver().save(
                session, os.path.join(here, "saver.ckpt"), write_meta_graph=False, write_state=False)


def types():
    """One tensor of each element type, which all but float32 are refused."""
    bits = np.array([0x7fc00001, 0x7f800000, 0xff800000, 0x80000000, 0x00000001], np.uint32)
    save(os.path.join(here, "types"), {
        "special": bits.view(np.float32), "half": ramp(2).astype(np.float16), "double": ramp(2).astype(np.float64),
        "bfloat16": tf.cast(ramp(2), tf.bfloat16), "int32": np.array([1, 2], np.int32), "bool": np.array([True]),
        "string": np.array([b"one", b"two"]), "complex": np.array([1j], np.complex64),
    })


def sharded():
    """Three data files, as a distributed job writes them, merged under one index."""
    with tempfile.TemporaryDirectory() as tmp:
        parts = [os.path.join(tmp, f"part{i}") for i in range(3)]
        for i, part in enumerate(parts):
            save(part, {f"layer_{j}/kernel": ramp(2, j + 1) for j in range(i, 9, 3)})
        tf.raw_ops.MergeV2Checkpoints(
            checkpoint_prefixes=parts, destination_prefix=os.path.join(here, "sharded"), delete_old_dirs=False)


def partitioned():
    """A variable that is stored in two slices."""
    tf.raw_ops.SaveV2(
        prefix=os.path.join(here, "partitioned"), tensor_names=["split", "split", "whole"],
        shape_and_slices=["4 2 0,2:-", "4 2 2,2:-", ""],
        tensors=[tf.constant(ramp(4, 2)[:2]), tf.constant(ramp(4, 2)[2:]), tf.constant(ramp(3))])


def saved_model():
    """The variables of a SavedModel, as TensorFlow 1's builder writes it."""
    with tf.Graph().as_default(), tempfile.TemporaryDirectory() as tmp:
        tf.compat.v1.get_variable("module/dense/kernel", initializer=tf.constant(ramp(3, 4)))
        with tf.compat.v1.Session() as session:
            session.run(tf.compat.v1.global_variables_initializer())
            builder = tf.compat.v1.saved_model.Builder(os.path.join(tmp, "model"))
            builder.add_meta_graph_and_variables(session, ["serve"])
            builder.save()
        shutil.copytree(os.path.join(tmp, "model", "variables"), os.path.join(here, "variables"), dirs_exist_ok=True)


for make in saver, types, sharded, partitioned, saved_model:
    make()
