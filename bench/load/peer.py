"""A classification service in Python, for comparison: FastAPI and uvicorn, PyTorch, PEFT.

    python3 peer.py --address 127.0.0.1:8000 --model MODEL NAME=ADAPTER...

With one adapter it is merged into the model. With several, each row of a batch names its own
(adapter_names). Requests that wait while a batch is computed are the next batch: sorted by
length, as many as fit into --tokens with their padding (dynamic batching). Requests that find
the queue full are answered with 429. Needs what requirements.txt lists.
"""

import argparse
import asyncio
import concurrent.futures
import json

import torch
import transformers
import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response
from peft import PeftModel
from transformers import AutoModelForSequenceClassification, AutoTokenizer

arguments = argparse.ArgumentParser()
arguments.add_argument("--address", required=True)
arguments.add_argument("--model", required=True)
arguments.add_argument("--precision", choices=["float32", "bfloat16"], default="float32")
arguments.add_argument("--tokens", type=int, default=512, help="tokens of a batch, padding included")
arguments.add_argument("--queue", type=int, default=512, help="texts that may wait")
arguments.add_argument("--threads", type=int, default=0, help="threads of PyTorch; default: its own number")
arguments.add_argument("adapters", nargs="+", metavar="NAME=ADAPTER")
options = arguments.parse_args()
transformers.logging.set_verbosity_error()
if options.threads:
    torch.set_num_threads(options.threads)

folders = dict(a.split("=", 1) for a in options.adapters)
names = list(folders)
labels = ["neg", "pos"]
tokenizer = AutoTokenizer.from_pretrained(options.model)
model = AutoModelForSequenceClassification.from_pretrained(options.model, num_labels=len(labels), dtype=torch.float32)
model = PeftModel.from_pretrained(model, folders[names[0]], adapter_name=names[0])
for name in names[1:]:
    model.load_adapter(folders[name], adapter_name=name)
if len(names) == 1:
    model = model.merge_and_unload()
model.eval()
if options.precision == "bfloat16":
    model = model.to(torch.bfloat16)
longest = model.config.max_position_embeddings


def compute(batch):
    """Answers a batch of (ids, adapter)."""
    inputs = tokenizer.pad({"input_ids": [ids for ids, _ in batch]}, return_tensors="pt")
    more = {"adapter_names": [adapter for _, adapter in batch]} if len(names) > 1 else {}
    with torch.inference_mode():
        return torch.softmax(model(**inputs, **more).logits.float(), -1).tolist()


waiting = []  # (ids, adapter, future)
arrived = asyncio.Event()
engine = concurrent.futures.ThreadPoolExecutor(1)


def next_batch():
    """Removes the shortest texts that fit into the token budget, beginning with the oldest."""
    oldest = waiting[0]
    rest = sorted(waiting[1:], key=lambda w: abs(len(w[0]) - len(oldest[0])))
    batch, width = [oldest], len(oldest[0])
    for w in rest:
        wider = max(width, len(w[0]))
        if wider * (len(batch) + 1) > options.tokens:
            break
        batch.append(w)
        width = wider
    chosen = {id(w) for w in batch}
    waiting[:] = [w for w in waiting if id(w) not in chosen]
    return batch


async def work():
    loop = asyncio.get_running_loop()
    while True:
        await arrived.wait()
        waiting[:] = [w for w in waiting if not w[2].cancelled()]
        if not waiting:
            arrived.clear()
            continue
        batch = next_batch()
        try:
            answers = await loop.run_in_executor(engine, compute, [w[:2] for w in batch])
        except Exception as e:
            for w in batch:
                w[2].cancelled() or w[2].set_exception(e)
            continue
        for w, answer in zip(batch, answers):
            w[2].cancelled() or w[2].set_result(answer)


async def lifespan(app):
    worker = asyncio.create_task(work())
    yield
    worker.cancel()


app = FastAPI(lifespan=lifespan)


@app.get("/readyz")
async def readyz():
    return {"status": "ready"}


@app.post("/v1/classify")
async def classify(request: Request):
    body = json.loads(await request.body())
    texts, adapter = body["inputs"], body.get("adapter", names[0])
    if adapter not in folders:
        return JSONResponse({"detail": "unknown adapter"}, 404)
    if len(waiting) + len(texts) > options.queue:
        return JSONResponse({"detail": "the queue is full"}, 429, {"Retry-After": "1"})
    encoded = tokenizer(texts, truncation=True, max_length=longest)["input_ids"]
    loop = asyncio.get_running_loop()
    futures = [loop.create_future() for _ in texts]
    waiting.extend((ids, adapter, future) for ids, future in zip(encoded, futures))
    arrived.set()
    answers = []
    for scores in await asyncio.gather(*futures):
        best = max(range(len(labels)), key=scores.__getitem__)
        answers.append({"adapter": adapter, "label": labels[best], "score": scores[best],
                        "scores": [{"label": labels[i], "score": scores[i]} for i in range(len(labels))]})
    return Response(json.dumps({"answers": answers}), media_type="application/json")


host, port = options.address.rsplit(":", 1)
uvicorn.run(app, host=host, port=int(port), log_level="warning", access_log=False)
