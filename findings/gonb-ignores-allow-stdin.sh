#!/usr/bin/env bash
# GoNB requests input although the client's request disallows it.
#
# Expected: a kernel sends no input_request if execute_request has allow_stdin false (The
# Jupyter messaging protocol, "Execute"); ipykernel raises StdinNotImplementedError there.
# Actual: GoNB ignores allow_stdin. With %with_inputs and gonbui's RequestInput it sends an
# input_request, even to clients that do not read that channel. Without them it sends none,
# and a program that reads its standard input blocks: the input is a pipe without a writer,
# which is closed at the program's end.
# Tested: GoNB v0.11.5, jupyter_client 8.10.0.
# Source: GoNB, internal/kernel/messages.go (PromptInput), internal/jpyexec/jpyexec.go.
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
    client.execute("%with_inputs\n!read answer; echo the answer is $answer", allow_stdin=False)
    request = client.get_stdin_msg(timeout=30)
    print("allow_stdin false ->", request["msg_type"], request["content"])
    client.input("42")
    reply = client.get_shell_msg(timeout=30)
    assert request["msg_type"] == "input_request", "no input is asked for now"
    assert reply["content"]["status"] == "ok"
finally:
    client.stop_channels()
    manager.shutdown_kernel(now=True)
PY
echo "as described: GoNB v0.11.5"
