#!/usr/bin/env bash
# GoNB executes queued cells although an earlier cell failed.
#
# Expected: if a request fails and has stop_on_error true, the default, the kernel aborts the
# execute_requests that are in its queue: it replies with status "aborted" and executes nothing
# (The Jupyter messaging protocol, "Execute"). JupyterLab's "Run All Cells" sends all cells at
# once and relies on it; ipykernel does it.
# Actual: GoNB replies with status "error" and executes the following cells, after a compile
# error as well as after a non-zero exit status or an interrupt.
# Tested: GoNB v0.11.5, jupyter_client 8.10.0.
# Source: GoNB, internal/dispatcher/dispatcher.go (handleBusyMessage, handleExecuteRequest).
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
export TMPDIR=$dir JUPYTER_PATH=$dir/jupyter GOFLAGS=-mod=mod
mkdir -p bin tools jupyter/kernels/gonb
(cd tools && go mod init tools && go get github.com/janpfeifer/gonb@v0.11.5 golang.org/x/tools@v0.39.0 &&
	go build -o ../bin/ github.com/janpfeifer/gonb golang.org/x/tools/cmd/goimports) >build.log 2>&1 || { cat build.log; exit 1; }
unset GOFLAGS
cat >jupyter/kernels/gonb/kernel.json <<JSON
{"argv": ["$dir/bin/gonb", "--kernel", "{connection_file}"], "display_name": "Go", "language": "go", "interrupt_mode": "message", "env": {"PATH": "$dir/bin:$PATH"}}
JSON
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check jupyter_client==8.10.0
venv/bin/python - 2>kernel.log <<'PY' || { cat kernel.log; exit 1; }
from jupyter_client.manager import start_new_kernel

manager, client = start_new_kernel(kernel_name="gonb")
try:
    for failing in ("%%\nfmt.Println(undeclared)", "%%\nos.Exit(1)"):
        requests = [client.execute(code, stop_on_error=True) for code in (failing, '%%\nfmt.Println("executed")')]
        replies = {}
        while len(replies) < len(requests):
            message = client.get_shell_msg(timeout=120)
            replies[message["parent_header"]["msg_id"]] = message["content"]["status"]
        statuses = [replies[request] for request in requests]
        print(repr(failing), "and a cell behind it ->", statuses)
        assert statuses == ["error", "ok"], "the queue is aborted now"
finally:
    client.stop_channels()
    manager.shutdown_kernel(now=True)
PY
echo "as described: GoNB v0.11.5"
