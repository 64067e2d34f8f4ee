"""Reads a folder's event files with TensorBoard and prints their content as JSON.

    pip install tensorboard
    python read_events.py DIR

"scalars": for each tag the events as [step, value, wall time]; "texts": for each tag the text.
"""

import json
import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.text import metadata
from tensorboard.util import tensor_util

events = EventAccumulator(sys.argv[1], size_guidance={"scalars": 0, "tensors": 0})
events.Reload()
tags = events.Tags()
texts = {}
for tag in tags["tensors"]:
    assert events.SummaryMetadata(tag).plugin_data.plugin_name == metadata.PLUGIN_NAME, tag
    (event,) = events.Tensors(tag)
    (text,) = tensor_util.make_ndarray(event.tensor_proto)
    texts[tag] = text.decode()
print(json.dumps({
    "scalars": {tag: [[e.step, e.value, e.wall_time] for e in events.Scalars(tag)] for tag in tags["scalars"]},
    "texts": texts,
}))
