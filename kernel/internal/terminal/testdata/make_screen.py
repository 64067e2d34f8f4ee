"""Writes screen.json: texts and what the terminal emulator pyte shows of them.

    python make_screen.py        # needs pyte (0.8.2)
"""

import json
import pathlib
import random

import pyte

pieces = (
    list("abcXYZ019 %") * 3
    + ["word", "50%", "é", "\r", "\r", "\r", "\n", "\b", "\t"]
    + ["\x1b[K", "\x1b[0K", "\x1b[1K", "\x1b[2K", "\x1b[3C", "\x1b[D", "\x1b[2D", "\x1b[G", "\x1b[5G", "\x1b[A", "\x1b[2A\r", "\x1b[B", "\x1b[J"]
    + ["\x1b[31m", "\x1b[0m", "\x1b[1;32m", "\x1b[38;5;200m", "\x1b[48;2;1;2;3m", "\x1b[m", "\x1b[?25l", "\x1b(B"]
)


# No wide characters: pyte leaves the other half of one that is overwritten in half.


def show(text):
    screen = pyte.Screen(400, 60)
    screen.set_mode(pyte.modes.LNM)  # a newline returns to the first column, as on a tty
    pyte.Stream(screen).feed(text)
    return "\n".join(line.rstrip() for line in screen.display).rstrip("\n")


random.seed(1)
cases = [
    "\x1b[32m50%\x1b[0m\r\x1b[32m100%\x1b[0m",
    "\x1b[1;31mlonger\x1b[0m\rab",
    "\x1b[38;2;255;0;0mloading\x1b[0m 日本\rxy",
    "one: 1%\ntwo: 2%\x1b[A\rone: 100%\n\n",
    "a\tb\rXYZ",
]
cases += ["".join(random.choices(pieces, k=random.randint(3, 40))) for _ in range(2000)]
table = [{"text": text, "shown": show(text)} for text in cases]
path = pathlib.Path(__file__).parent / "screen.json"
path.write_text(json.dumps(table, ensure_ascii=False, separators=(",", ":")).replace("},{", "},\n{") + "\n")
