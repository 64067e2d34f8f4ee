#!/usr/bin/env bash
# ipykernel loses outputs for a slow client, and the cell's status is ok.
#
# Expected: 50,000 displays of 1 kB arrive eventually, or the cell fails.
# Actual: ipykernel publishes outputs on a PUB socket of libzmq with its default high-water
# mark of 1,000 messages. Further messages are dropped without notice on both sides, often
# including the idle status; execute_reply has the status ok. This affects clients that work
# for each message (write a file, draw), and clients that wait for the reply first, as this
# script.
# Tested: ipykernel 7.4.0, jupyter_client 8.10.0, pyzmq 27.3.0.
# Source: libzmq, zmq_setsockopt(3), ZMQ_SNDHWM and ZMQ_RCVHWM; ipykernel, kernelapp.py.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
export JUPYTER_PATH= IPYTHONDIR=$dir/ipython
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check ipykernel==7.4.0 jupyter_client==8.10.0 pyzmq==27.3.0
venv/bin/python - 2>kernel.log <<'PY' || { cat kernel.log; exit 1; }
import queue

from jupyter_client.manager import start_new_kernel

displays = 50_000
manager, client = start_new_kernel(kernel_name="python3")
try:
    request = client.execute(
        "from IPython.display import publish_display_data\n"
        f"for i in range({displays}): publish_display_data({{'text/plain': 'x' * 1000}})"
    )
    reply = client.get_shell_msg(timeout=120)
    while reply["parent_header"].get("msg_id") != request:  # an answer to an earlier question
        reply = client.get_shell_msg(timeout=120)
    arrived = 0
    try:
        while True:
            arrived += client.get_iopub_msg(timeout=5)["msg_type"] == "display_data"
    except queue.Empty:
        pass
    print("reply:", reply["content"]["status"], "|", arrived, "of", displays, "displays arrived")
    assert reply["content"]["status"] == "ok" and arrived < displays, "all outputs arrive now"
finally:
    client.stop_channels()
    manager.shutdown_kernel(now=True)
PY
echo "as described: ipykernel 7.4.0"
