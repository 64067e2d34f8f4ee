"""Writes the notebooks beside this script with Jupyter's own nbformat.

    python make.py        # needs nbformat (5.x)

For each NAME, NAME.in.ipynb is a notebook as some tool might leave it and NAME.ipynb is
what nbformat makes of it: the bytes that our Marshal(Parse(in)) must give.
"""

import json
import pathlib

import nbformat

here = pathlib.Path(__file__).parent

rich = {
    "nbformat": 4,
    "nbformat_minor": 5,
    "metadata": {
        "language_info": {"version": "go1.26", "name": "go", "pygments_lexer": "go"},
        "kernelspec": {"name": "gonb", "language": "go", "display_name": "Go (gonb)"},
        "orig_nbformat": 4,
        "custom": {"z": [1, 2.5, 1e-05, -3, True, None], "a": {}, "b": [], "ключ": "значение", "Z": "é"},
    },
    "cells": [
        {
            "cell_type": "markdown",
            "id": "intro",
            "metadata": {"tags": ["one", "two"]},
            "source": "# Title\n\n![x](attachment:dot.png) <b>&amp;</b>",
            "attachments": {"dot.png": {"image/png": "iVBORw0KGgo=\n", "text/plain": "a\nb"}},
        },
        {
            "cell_type": "code",
            "id": "code-1",
            "metadata": {"trusted": True, "collapsed": False},
            "execution_count": 1,
            "source": ["fmt.Println(\"\\\"quoted\\\" \\\\ tab\\there\")\n", "// two"],
            "outputs": [
                {"output_type": "stream", "name": "stdout", "text": "a\r\nb\rc\x0bd\x0ce\x1cf\x1dg\x1eh\x85i\u2028j\u2029k\n"},
                {"output_type": "stream", "name": "stderr", "text": ["control \x00\x01\x1b[31mred\x1b[0m\x7f\b\n", "日本語 🙂\n"]},
                {
                    "output_type": "display_data",
                    "metadata": {"image/png": {"width": 3}},
                    "data": {
                        "text/html": "<script>1 < 2 && 3 > 2</script>\n<p>",
                        "text/plain": ["one\n", "two"],
                        "image/png": "iVBO\nRw0K\n",
                        "image/svg+xml": "<svg>\n</svg>",
                        "application/javascript": "x\ny",
                        "application/json": {"b": ["x\ny"], "a": "p\nq"},
                        "application/vnd.custom+json": ["x\n", "y"],
                    },
                },
                {"output_type": "execute_result", "execution_count": 1, "metadata": {}, "data": {"text/plain": "42"}},
                {"output_type": "error", "ename": "ERROR", "evalue": "exit status 2", "traceback": ["line 1\nline 2", "\u001b[0m"]},
            ],
        },
        {"cell_type": "code", "id": "_3", "metadata": {}, "execution_count": None, "source": "", "outputs": []},
        {"cell_type": "raw", "id": "raw", "metadata": {"format": "text/x-rst"}, "source": "a\n\n"},
    ],
}

old = {
    "nbformat": 4,
    "nbformat_minor": 4,
    "metadata": {},
    "cells": [
        {"cell_type": "code", "metadata": {}, "execution_count": None, "source": "x := 1", "outputs": []},
        {"cell_type": "markdown", "metadata": {}, "source": []},
    ],
}

empty = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": []}

for name, notebook in {"rich": rich, "old": old, "empty": empty}.items():
    text = json.dumps(notebook)  # one line, escapes for all that is not ASCII
    (here / f"{name}.in.ipynb").write_text(text)
    checked = nbformat.reads(text, as_version=nbformat.NO_CONVERT)
    nbformat.write(checked, here / f"{name}.ipynb", version=nbformat.NO_CONVERT)
