"""Compares scripts in the server of .ci/python.py with the same scripts in Python itself:
streams, exit status, arguments, folder, environment, random numbers.

    python3 .ci/python_test.py PYTHON CLIENT
"""
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

PYTHON, CLIENT = sys.argv[1:3]
IMPORT = "if not 'imported':\n    import torch\n"  # a script for the server that starts quickly without it
SERVED = "import sys\nprint('torch' in sys.modules)\n"


class SameAsPython(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        os.mkdir(os.path.join(self.folder, "testdata"))
        self.path = os.path.join("testdata", "script.py")

    def write(self, script, head=IMPORT):
        with open(os.path.join(self.folder, self.path), "w") as file:
            file.write(head + script)

    def start(self, program, *arguments, environment={}, **options):
        return subprocess.Popen([program, self.path, *arguments], cwd=self.folder, env=os.environ | environment, stdin=subprocess.PIPE,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **options)

    def run_both(self, script, *arguments, stdin="", environment={}):
        """Returns the exit status, standard output and standard error, the same of both."""
        self.write(script)
        results = []
        for program in (PYTHON, CLIENT):
            process = self.start(program, *arguments, environment=environment)
            out, err = process.communicate(stdin, timeout=60)
            results.append((process.returncode, out, err))
        self.assertEqual(*results)
        return results[0]

    def served(self, **options):
        out, _ = self.start(CLIENT, **options).communicate(timeout=60)
        return out.splitlines()[0]

    def test_the_server_runs_scripts_that_import_a_package(self):
        self.write(SERVED)
        self.assertEqual(self.served(), "True")
        self.assertEqual(self.served(environment={"PYTHONDONTWRITEBYTECODE": "1", "GOMLX_BACKEND": "go", "TMPDIR": "/tmp", "TF_CPP_MIN_LOG_LEVEL": "2", "HF_HUB_OFFLINE": "1"}), "True")
        # go test puts Go's folder first in PATH, where it is already.
        repeated = os.environ["PATH"].split(os.pathsep)[0] + os.pathsep + os.environ["PATH"]
        self.assertEqual(self.served(environment={"PATH": repeated}), "True")
        for name, value in {"PATH": "/elsewhere" + os.pathsep + os.environ["PATH"], "HF_HUB_OFFLINE": "0", "OMP_NUM_THREADS": "1", "HOME": "/elsewhere", "PYTHONHASHSEED": "1"}.items():
            self.assertEqual(self.served(environment={name: value}), "False", name)
        self.write(SERVED, head="")
        self.assertEqual(self.served(), "False")

    def test_arguments_folder_environment_and_input(self):
        script = """
import os, sys, tempfile
print(sys.argv, os.getcwd(), sys.path[0], __name__, __file__ and os.path.abspath(__file__))
print([item for item in sorted(os.environ.items()) if item[0] in ("HOME", "PATH", "TMPDIR", "LORABOOK_TEST")], tempfile.gettempdir(), sys.dont_write_bytecode, sys.stdin.read())
open("written", "w").write("here")
"""
        status, out, err = self.run_both(script, "", "two words", "ü", stdin="a\nü", environment={"TMPDIR": self.folder, "LORABOOK_TEST": "ü"})
        self.assertEqual((status, err), (0, ""))
        self.assertIn("two words", out)
        self.assertTrue(os.path.exists(os.path.join(self.folder, "written")))

    def test_exit_status(self):
        for script, status in {
            "pass": 0, "raise SystemExit": 0, "import sys; sys.exit(3)": 3, "import sys; sys.exit('words')": 1,
            "import os; os._exit(7)": 7, "import os; os.kill(os.getpid(), 9)": -9, "import os; os.kill(os.getpid(), 15)": -15,
            "import os; os.kill(os.getpid(), 6)": -6,
        }.items():
            with self.subTest(script):
                self.assertEqual(self.run_both(script)[0], status)

    def test_exceptions(self):
        for program in (PYTHON, CLIENT):
            self.write("print('before')\ndef f():\n    raise KeyError('the name')\nf()")
            process = self.start(program)
            out, err = process.communicate(timeout=60)
            self.assertEqual((process.returncode, out), (1, "before\n"))
            self.assertIn('script.py", line 5, in f', err)
            self.assertTrue(err.endswith("KeyError: 'the name'\n"), err)

    def test_threads_and_exit_functions_end_first(self):
        status, out, _ = self.run_both("""
import atexit, threading, time
atexit.register(print, "exit function")
threading.Thread(target=lambda: (time.sleep(0.3), print("thread"))).start()
print("script")
""")
        self.assertEqual((status, out), (0, "script\nthread\nexit function\n"))

    def test_random_numbers_differ(self):
        self.write("import random, numpy, torch\nprint(random.random(), numpy.random.rand(), torch.rand(1).item())", head="")
        first, second = (self.start(CLIENT).communicate(timeout=60)[0].split() for _ in range(2))
        self.assertEqual((len(first), len(second)), (3, 3))
        for a, b in zip(first, second):
            self.assertNotEqual(a, b)
        self.write("import random, numpy, torch\nrandom.seed(1); numpy.random.seed(1); torch.manual_seed(1)\nprint(random.random(), numpy.random.rand(), torch.rand(1).item())", head="")
        first, second = (self.start(program).communicate(timeout=60) for program in (PYTHON, CLIENT))
        self.assertEqual(first, second)

    def test_matrix_products_with_several_threads(self):
        self.write("import torch\nx = torch.ones(600, 600)\nprint((x @ x).sum().item(), torch.get_num_threads())", head="")
        first, second = (self.start(program).communicate(timeout=60) for program in (PYTHON, CLIENT))
        self.assertEqual(first, second)

    def test_a_killed_client_ends_its_script(self):
        self.write("import os, time\nprint(os.getpid(), flush=True)\ntime.sleep(60)")
        with self.start(CLIENT) as process:
            script = int(process.stdout.readline())
            self.assertNotEqual(script, process.pid)
            process.kill()
        for _ in range(800):  # below the 60 seconds of the script, however busy the machine is
            try:
                os.kill(script, 0)
            except ProcessLookupError:
                return
            time.sleep(0.05)
        os.kill(script, signal.SIGKILL)
        self.fail("the script still runs")

    def test_without_a_server(self):
        self.write(SERVED)
        self.assertEqual(self.served(environment={"LORABOOK_CI_PYTHON_SOCKET": os.path.join(self.folder, "socket")}), "False")

    def test_a_server_that_ends(self):
        self.write(SERVED)
        path = os.path.join(self.folder, "socket")
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
            listener.bind(path)
            listener.listen()
            process = self.start(CLIENT, environment={"LORABOOK_CI_PYTHON_SOCKET": path})
            listener.accept()[0].close()
            out, err = process.communicate(timeout=10)
        self.assertEqual((process.returncode, out), (1, ""))
        self.assertIn("the server ended or does not answer", err)


unittest.main(argv=sys.argv[:1])
