"""The trusted process of a notebook: setup cells run in it, and each graded cell in a copy of it.

The copy, made by fork, ends with the first cell that a student's answer delayed, broke or changed data of: each
cell starts from what the setup cells left.
"""

from __future__ import annotations

import ast
import io
import json
import os
import signal
import socket
import sys
import warnings
from contextlib import redirect_stderr, redirect_stdout
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import CapturingDisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

import helpers.checks
from grading.judge import modes
from grading.judge.proxy import Student, StudentGone
from grading.judge.student import PRINTED
from grading.sandbox.channel import Channel, Closed

SEED = 0
TEXT = 200_000
_shell: InteractiveShell | None = None


class ResultHook(DisplayHook):
    """Keeps the value of a cell's last expression as the notebook would show it."""

    result: dict[str, Any] | None = None

    def __call__(self, result: Any = None) -> None:
        """Keep `result` unless it is None."""
        if result is not None and not self.quiet():
            if isinstance(result, np.number):
                result = result.item()  # "np.float64(0.5)" is no number to nbgrader, and full marks
            data, _ = self.compute_format_data(result)
            plain_text = {kind: text for kind, text in data.items() if isinstance(text, str)}
            type(self).result = {"output_type": "execute_result", "data": plain_text, "metadata": {}}


class TrustedShell(InteractiveShell):
    """An IPython shell that keeps what it would show."""

    displayhook_class = ResultHook
    error: dict[str, Any] | None = None

    def _showtraceback(self, etype: type, evalue: BaseException, stb: list[str]) -> None:
        self.error = {
            "output_type": "error",
            "ename": etype.__name__,
            "evalue": str(evalue),
            "traceback": [line for block in stb for line in block.split("\n")],
        }

    def init_sys_modules(self) -> None:
        """Leave ``__main__`` alone; the cells' namespace says that it is ``__main__`` all the same."""


def prepare() -> None:
    """Make the shell before the first fork, once for all notebooks."""
    global _shell
    config = Config({"HistoryManager": {"enabled": False}})
    shell = TrustedShell.instance(config=config, colors="neutral", autoindent=False)
    shell.display_pub = CapturingDisplayPublisher()
    shell.user_ns["__name__"] = "__main__"
    _shell = shell
    setup({"source": "raise ValueError('once')"})
    sys.last_exc = sys.last_traceback = sys.last_value = None


def run(order: dict[str, Any], fds: list[int]) -> None:
    """Take cells from the worker until it closes the connection.

    Parameters
    ----------
    order : dict
        ``message_bytes``: the largest message taken from the student's process.
    fds : list of int
        The connection.
    """
    if _shell is None:
        prepare()
    channel = Channel(socket.socket(fileno=fds[0]))
    bench = Bench(order["message_bytes"])
    modes.start_afresh(SEED)
    try:
        while True:
            message, descriptors = channel.receive()
            if message["op"] == "setup":
                channel.send({"error": setup(_read(descriptors[0]))})
                bench.dismiss()
            else:
                channel.send({"end": bench.grade(message["seconds"], descriptors)})
            for fd in descriptors:
                os.close(fd)
    except Closed:
        bench.dismiss()
        os._exit(0)


def setup(cell: dict[str, Any]) -> str:
    """Run a setup cell here and return its error's text, empty if there is none."""
    assert _shell is not None
    _shell.error = None
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        _shell.run_cell(cell["source"], store_history=False)
    return "" if _shell.error is None else f"{_shell.error['ename']}: {_shell.error['evalue']}"


class Bench:
    """Runs graded cells in a copy of this process, which is replaced once it can't be relied on any more.

    Parameters
    ----------
    limit : int
        The largest message taken from the student's process, in bytes.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.pid, self.channel = 0, None

    def grade(self, seconds: float, descriptors: list[int]) -> str:
        """Run a graded cell.

        Parameters
        ----------
        seconds : float
            The time it may take.
        descriptors : list of int
            The cell as a JSON file; the socket to the student's process; the file for the outputs.

        Returns
        -------
        str
            ``done``, ``time`` (stopped at the limit), ``gone`` (the student's process ended), ``died`` (the copy did).
        """
        if self.channel is None:
            self.appoint()
        assert self.channel is not None
        try:
            self.channel.send({}, tuple(descriptors))
            answer, _ = self.channel.receive(seconds)
        except TimeoutError:
            answer = {"end": "time", "fresh": True}
        except Closed:
            answer = {"end": "died", "fresh": True}
        if answer["fresh"]:
            self.dismiss()
        return answer["end"]

    def appoint(self) -> None:
        """Fork the copy."""
        ours, theirs = Channel.pair()
        self.pid = os.fork()
        if self.pid == 0:
            ours.close()
            try:
                _judge(Channel(theirs), self.limit)
            finally:
                os._exit(1)
        theirs.close()
        self.channel = ours

    def dismiss(self) -> None:
        """End the copy, if there is one."""
        if self.channel is not None:
            self.channel.close()
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
            self.channel = None


def _judge(channel: Channel, limit: int) -> None:
    """In the copy: run graded cells, each in the namespace that the setup cells left."""
    shell = _shell
    assert shell is not None
    after_setup = dict(shell.user_ns)
    while True:
        try:
            _, (source, connection, out) = channel.receive()
        except Closed:
            os._exit(0)
        cell = _read(source)
        student = Student(socket.socket(fileno=connection), limit)
        modes.start_afresh(SEED)
        with warnings.catch_warnings(), np.errstate():
            outputs = _outputs(shell, cell, student)
        with os.fdopen(out, "w") as file:
            json.dump(outputs, file)
        plt.close("all")
        shell.user_ns.clear()
        shell.user_ns.update(after_setup)
        os.close(source)
        student.sock.close()
        # What the student's code changed in place may be the setup cells' own data.
        channel.send({"end": "gone" if student.gone else "done", "fresh": bool(student.gone) or student.changed})


def _outputs(shell: TrustedShell, cell: dict[str, Any], student: Student) -> list[dict[str, Any]]:
    """Run a graded cell and return its outputs."""
    shell.error, ResultHook.result = None, None
    shell.execution_count = cell["number"]
    text = io.StringIO()
    helpers.checks._remote_observe = student.observe
    try:
        wanted = sorted(names_in(cell["source"]) & set(cell["names"]))
        shell.user_ns.update(student.names(wanted))
        with redirect_stdout(text), redirect_stderr(text):
            shell.run_cell(cell["source"], store_history=False)
    except StudentGone:
        pass  # told below, as is one that the cell itself met
    outputs: list[dict[str, Any]] = []
    said = "".join(student.printed)[:PRINTED]
    printed = text.getvalue()[:TEXT] + (f"--- printed by the student's code ---\n{said}" if said else "")
    if printed:
        outputs.append({"output_type": "stream", "name": "stdout", "text": printed})
    if student.gone:
        line = f"\x1b[0;31mStudentGone\x1b[0m: {student.gone}"
        shell.error = {"output_type": "error", "ename": "StudentGone", "evalue": student.gone, "traceback": [line]}
    if shell.error:
        outputs.append(shell.error)
    elif ResultHook.result:
        outputs.append({**ResultHook.result, "execution_count": cell["number"]})
    return outputs


def _read(fd: int) -> dict[str, Any]:
    with os.fdopen(os.dup(fd), "rb") as file:
        file.seek(0)
        return json.loads(file.read())


def names_in(source: str) -> set[str]:
    """Return every name that a cell mentions, in code, or in a string (as in ``using={"softmax": ...}``)."""
    from IPython.core.inputtransformer2 import TransformerManager

    tree = ast.parse(TransformerManager().transform_cell(source))
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            found.add(node.id)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.isidentifier():
            found.add(node.value)
    return found
