"""Runs reference scripts of tests in copies of one Python that has imported torch,
transformers and PEFT already: importing them takes 5 s of processor time, and tests run
some sixty scripts on each engine.

    python3 .ci/python.py --serve SOCKET
    python3 -IS .ci/python.py ARGUMENTS     as python3 ARGUMENTS

The second form forks the server for a script in a testdata folder that imports one of the
packages. The copy gets the script's arguments, folder, environment and standard streams, and
its own random seeds; it ends as Python ends, and its exit status or signal is the command's.
Python itself runs everything else: other scripts, bench (it measures time and memory),
scripts whose environment differs from the server's in a variable that the packages may have
read at import, and all scripts if there is no server. LORABOOK_CI_PYTHON_SOCKET names the
socket; SOCKET.log has a line for each script that asked the server. Scripts in the server
have no network (HF_HUB_OFFLINE=1), and all have one hash seed.
"""
import array
import json
import os
import re
import signal
import socket
import sys

REFUSED, ACCEPTED = b"-", b"+"
PATIENCE = 120  # seconds until the server answers
# Variables that no package reads at import, or that become() reads again. Tests that use XLA
# set TF_CPP_MIN_LOG_LEVEL.
FREE = re.compile("PWD|OLDPWD|SHLVL|_|TMPDIR|PYTHONDONTWRITEBYTECODE|HF_HUB_OFFLINE|TF_CPP_MIN_LOG_LEVEL|(GO|LORABOOK_).*")


def needs_packages(arguments):
    """Reports whether the command is a script in a testdata folder that imports a package."""
    if not arguments or not arguments[0].endswith(".py") or "testdata" not in os.path.abspath(arguments[0]).split(os.sep):
        return False
    try:
        with open(arguments[0], encoding="utf-8") as script:
            return re.search(r"^ *(import|from)\b.*\b(torch|transformers|peft)\b", script.read(), re.M) is not None
    except OSError:
        return False


def client(arguments):
    if needs_packages(arguments):
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(PATIENCE)
        try:
            connection.connect(os.environ.get("LORABOOK_CI_PYTHON_SOCKET", ""))
        except (ConnectionRefusedError, FileNotFoundError):
            pass  # .ci/run reports a server that has ended
        else:
            follow(connection, arguments)
    os.execv(sys.executable, [sys.executable, *arguments])


def follow(connection, arguments):
    """Has the server run a script and ends as it does. Returns if the server refuses."""
    request = json.dumps([arguments, os.getcwd(), dict(os.environ)]).encode()
    try:
        connection.sendmsg([len(request).to_bytes(8, "big")], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [0, 1, 2]))])
        connection.sendall(request)
        answer = connection.recv(1)
        if answer == REFUSED:
            return
        connection.settimeout(None)
        status = int(connection.makefile().read())  # empty if the server ended
    except (OSError, ValueError) as failure:
        sys.exit(f".ci/python.py: the server ended or does not answer ({failure!r}): {arguments[0]}")
    if status < 0:
        if -status != signal.SIGKILL:
            signal.signal(-status, signal.SIG_DFL)
        os.kill(os.getpid(), -status)
    os._exit(status)


def differences(environment, started):
    """Returns the names of the variables for which the packages may import otherwise with one
    environment than with the other."""
    def value(variables, name):
        if name == "PATH":  # go test puts Go's folder first, where it is already, by its path without symbolic links
            return list(dict.fromkeys(map(os.path.realpath, variables.get(name, "").split(os.pathsep))))
        return variables.get(name)
    names = [name for name in sorted(environment | started) if not FREE.fullmatch(name) and value(environment, name) != value(started, name)]
    return names if environment.get("HF_HUB_OFFLINE", "1") == "1" else ["HF_HUB_OFFLINE", *names]


def accept(connection, started, log_path):
    """Reads a request, notes in a log whether it is served, and forks. Returns the script's
    arguments in the new process; the first one passes the script's end on and ends."""
    def receive(size):
        data = b""
        while len(data) < size:
            part = connection.recv(min(size - len(data), 1 << 20))
            if not part:
                os._exit(1)  # the client was killed
            data += part
        return data

    size, rights, _, _ = connection.recvmsg(8, socket.CMSG_SPACE(3 * array.array("i").itemsize))
    streams = array.array("i")
    streams.frombytes(rights[0][2])
    arguments, folder, environment = json.loads(receive(int.from_bytes(size, "big")))
    differing = differences(environment, started)
    with open(log_path, "a", encoding="utf-8") as log:
        log.write(f"{'refused ' + ' '.join(differing) if differing else 'served'}: {arguments[0]}\n")
    if differing:
        connection.sendall(REFUSED)
        os._exit(0)
    connection.sendall(ACCEPTED)

    script = os.fork()
    if script == 0:
        connection.close()
        added = {name: value for name, value in os.environ.items() if name not in started}
        become(arguments, folder, added | environment, streams)
        return arguments

    for number in (0, 1, 2, *streams):
        os.close(number)
    from threading import Thread

    def kill_with_client():
        if connection.recv(1) == b"":
            os.kill(script, signal.SIGKILL)
    Thread(target=kill_with_client, daemon=True).start()
    _, status = os.waitpid(script, 0)
    connection.sendall(str(os.waitstatus_to_exitcode(status)).encode())
    os._exit(0)


def become(arguments, folder, environment, streams):
    """Makes this process one that Python just started for the script."""
    import random
    import tempfile

    import numpy
    import torch

    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.dont_write_bytecode = bool(environment.get("PYTHONDONTWRITEBYTECODE"))
    tempfile.tempdir = None
    random.seed()
    numpy.random.seed()
    torch.seed()
    sys.argv = arguments
    sys.path[0] = os.path.dirname(os.path.realpath(arguments[0]))


def serve(path):
    """Serves requests until the starting process ends. Returns the arguments of a script in
    the process that is to run it."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    started = dict(os.environ)  # the imports add variables
    # Names that transformers and PEFT import at their first use.
    import peft
    import safetensors.torch
    import torch
    from transformers import (AutoModel, AutoModelForMaskedLM, AutoModelForSequenceClassification, AutoTokenizer, BertConfig,
                              BertForMaskedLM, BertForSequenceClassification, BertModel, BertTokenizer, BertTokenizerFast, pipeline)

    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # ended copies leave no zombies
    parent = os.getppid()
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(path + ".new")
    listener.listen(64)
    os.rename(path + ".new", path)
    listener.settimeout(5)
    while os.getppid() == parent:
        try:
            connection, _ = listener.accept()
        except TimeoutError:
            continue
        if os.fork() == 0:
            signal.signal(signal.SIGINT, signal.default_int_handler)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            listener.close()
            return accept(connection, started, path + ".log")
        connection.close()
    sys.exit()


if sys.argv[1:2] == ["--serve"]:
    import runpy

    runpy.run_path(serve(sys.argv[2])[0], run_name="__main__")
else:
    client(sys.argv[1:])
