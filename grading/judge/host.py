"""The worker's side of the trusted process."""

from __future__ import annotations

import json
import socket
import tempfile
from typing import Any

from grading.sandbox.channel import Channel, Closed
from grading.sandbox.host import Sandbox, SandboxDied

IMPORTS = ("import grading.judge.trusted",)
PREPARE = "grading.judge.trusted:prepare"
GRACE_SECONDS = 60


class Judge:
    """The trusted process of one notebook, in a sandbox that no student's code ever enters.

    Parameters
    ----------
    sandbox : Sandbox
        Made with `IMPORTS` and `PREPARE`.
    """

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.channel, theirs = Channel.pair()
        sandbox.fork("grading.judge.trusted:run", (theirs.fileno(),), message_bytes=sandbox.limits.message_bytes)
        theirs.close()

    def setup(self, source: str) -> str:
        """Run a setup cell; return its error as text, empty if there is none."""
        return self._ask("setup", {"source": source}, (), GRACE_SECONDS)["error"]

    def grade(
        self, source: str, names: list[str], number: int, seconds: float, connection: socket.socket
    ) -> tuple[str, list[dict[str, Any]]]:
        """Run a graded cell against the student's process at the other end of `connection`.

        Parameters
        ----------
        source : str
            The cell, as the course has it.
        names : list of str
            What the course's solution cells define: the only names that cross.
        number : int
            The cell's execution count.
        seconds : float
            The time it may take.
        connection : socket.socket

        Returns
        -------
        end : str
            ``done``, ``time``, ``gone`` (the student's process ended) or ``died`` (the cell's process did).
        outputs : list of dict
            As a notebook stores them; empty unless `end` is ``done`` or ``gone``.
        """
        cell = {"source": source, "names": names, "number": number}
        with tempfile.TemporaryFile() as out:
            end = self._ask("grade", cell, (connection.fileno(), out.fileno()), seconds)["end"]
            out.seek(0)
            written = out.read()
        return end, json.loads(written) if end in ("done", "gone") and written else []

    def _ask(self, op: str, cell: dict[str, Any], fds: tuple[int, ...], seconds: float) -> dict[str, Any]:
        with tempfile.TemporaryFile() as source:
            source.write(json.dumps(cell).encode())
            source.seek(0)
            try:
                self.channel.send({"op": op, "seconds": seconds}, (source.fileno(), *fds))
                return self.channel.receive(seconds + GRACE_SECONDS)[0]
            except (Closed, TimeoutError) as error:
                raise SandboxDied(f"the trusted process does not answer ({op})") from error

    def close(self) -> None:
        """End the process."""
        self.channel.close()
        self.sandbox.end()
