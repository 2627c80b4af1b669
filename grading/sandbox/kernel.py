"""The forked process that is a notebook's kernel."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sys
import threading
from typing import Any

import ipykernel.compiler
from ipykernel.iostream import OutStream
from ipykernel.ipkernel import IPythonKernel
from ipykernel.kernelapp import IPKernelApp

from grading.judge import modes
from grading.judge.student import wait_for_orders

SEED = 0
CELL_FILES = "/tmp/ipykernel"
WAITING = 100_000


class StudentKernel(IPythonKernel):
    """An IPython kernel for which nobody sits at the keyboard."""

    def raw_input(self, prompt: str = "") -> str:
        """Answer ``input()`` with an empty line."""
        return ""

    def getpass(self, prompt: str = "", stream: Any = None) -> str:
        """Answer ``getpass()`` with an empty line."""
        return ""


class PromptStream(OutStream):
    """Sends what was written before much of it waits, so that the grader sees a flood before memory is full."""

    waiting = 0

    def write(self, string: str) -> int | None:
        """Write, and wait until it is sent once there is more than `WAITING` characters."""
        written = super().write(string)
        self.waiting += len(string)
        if self.waiting > WAITING:
            self.waiting = 0
            self.flush()
        return written


class StudentKernelApp(IPKernelApp):
    """The kernel's process: no history on disk, no low-level output capture, no process numbers in file names."""

    kernel_class = StudentKernel
    outstream_class = f"{__name__}.PromptStream"

    def init_crash_handler(self) -> None:
        """Leave uncaught exceptions to Python: nobody reads this process's stderr."""

    def init_signal(self) -> None:
        """Let an interrupt reach the running cell."""
        signal.signal(signal.SIGINT, signal.default_int_handler)


def run(order: dict[str, Any], fds: list[int]) -> None:
    """Be the kernel that `order` describes; returns when it is told to shut down.

    Parameters
    ----------
    order : dict
        ``connection``: the connection file's content; ``folder``: where to write it.
    fds : list of int
        One end of the socket over which graded cells are served.
    """
    modes.start_afresh(SEED)
    ipykernel.compiler.get_tmp_directory = lambda: CELL_FILES
    os.environ.pop("JPY_PARENT_PID", None)
    # A cell's local modules and data files are found beside the notebook.
    sys.path.insert(0, "")
    sys.modules["__main__"].__dict__.pop("__file__", None)
    connection_file = os.path.join(order["folder"], "kernel.json")
    with open(connection_file, "w") as file:
        json.dump(order["connection"], file)
    asyncio.set_event_loop(asyncio.new_event_loop())
    app = StudentKernelApp.instance(
        connection_file=connection_file, capture_fd_output=False, parent_handle=0, log_level=50
    )
    app.initialize(["--HistoryManager.enabled=False"])
    wire = socket.socket(fileno=fds[0])
    threading.Thread(target=wait_for_orders, args=(wire, app.shell.user_ns), daemon=True).start()
    app.start()
    os._exit(0)
