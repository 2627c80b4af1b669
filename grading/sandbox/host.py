"""The worker's side of a sandbox: start it, fork processes in it, hear how they end."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from grading.errors import CourseError
from grading.sandbox import bubblewrap
from grading.sandbox.channel import Channel, Closed
from grading.sandbox.limits import Limits

START_SECONDS = 300
ORDER_SECONDS = 60


class SandboxDied(Exception):
    """The sandbox's first process is gone or does not answer; start another."""


class Sandbox:
    """One sandbox, with a first process that has what its notebooks import in memory.

    Parameters
    ----------
    limits : Limits
    imports : sequence of str
        Import statements; one that fails is left to the cell that has it.
    prepare : sequence of str
        Each ``module:function``, to run after the imports, before anything is forked.
    sandboxed : bool
        False runs the same first process without any protection.

    It starts on its own; `wait` for it before the first order.
    """

    def __init__(
        self, limits: Limits, imports: Sequence[str] = (), prepare: Sequence[str] = (), sandboxed: bool = True
    ) -> None:
        self.limits, self.sandboxed = limits, sandboxed
        self.events: list[dict[str, Any]] = []
        self.exit_status: int | None = None
        self._ids = itertools.count(1)
        self._temporary: str | None = None
        self._sockets_fd = -1
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115 - read when the start fails, closed in close()
        if sandboxed:
            self.work, self.sockets = bubblewrap.WORK, bubblewrap.SOCKETS
            folders = [self.work, "/tmp", "/dev/shm", self.sockets]
        else:
            self._temporary = tempfile.mkdtemp(prefix="grading-")
            self.work, self.sockets = f"{self._temporary}/work", f"{self._temporary}/k"
            folders = [self.work, self.sockets]
            for folder in folders:
                os.mkdir(folder, 0o700)
        config = {"limits": limits.as_dict(), "folders": folders, "imports": list(imports), "prepare": list(prepare)}
        self._start(config)

    def _start(self, config: dict[str, Any]) -> None:
        self.channel, theirs = Channel.pair()
        keep = [os.dup(theirs.fileno())]
        theirs.close()
        program = [sys.executable, "-P", "-m", "grading.sandbox.zygote", str(keep[0]), json.dumps(config)]
        try:
            if self.sandboxed:
                command, env = bubblewrap.command(program, self.limits, keep), None
            else:
                command, env = program, bubblewrap.environment(self.work)
            self.process = subprocess.Popen(
                command,
                pass_fds=keep,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=self._stderr,
                start_new_session=True,
            )
        finally:
            for fd in keep:
                os.close(fd)

    def wait(self) -> None:
        """Wait until the first process is ready.

        Raises
        ------
        CourseError
            Where no sandbox can be made, with the reason and the remedy.
        """
        try:
            while self.channel.receive(START_SECONDS)[0].get("event") != "ready":
                pass
        except (Closed, TimeoutError) as error:
            self.process.kill()
            self.process.wait()
            said = self._said()
            self.close()
            if self.sandboxed and "bwrap:" in said:
                raise bubblewrap.refusal(said) from None
            raise CourseError(
                f"the process that forks kernels did not start: {' '.join(said.split())[-600:]}",
                "check that `import torch, ipykernel, helpers` works in the course's environment",
            ) from error

    def _said(self) -> str:
        self._stderr.seek(0)
        return self._stderr.read().decode(errors="replace")

    def sockets_from_here(self) -> str:
        """Return a path by which this process reaches the folder where the sandbox's kernels bind their sockets."""
        if not self.sandboxed:
            return self.sockets
        if self._sockets_fd < 0:
            self._order("sockets")
        return f"/proc/self/fd/{self._sockets_fd}"

    def put(self, path: str, source: Path) -> None:
        """Copy the file `source` to `path` in the work folder.

        Raises
        ------
        OSError
            If it does not fit there.
        """
        fd = os.open(source, os.O_RDONLY | os.O_NOFOLLOW)
        try:
            answer = self._order("put", (fd,), path=path)
        finally:
            os.close(fd)
        if "error" in answer:
            raise OSError(answer["error"])

    def fork(self, run: str, fds: tuple[int, ...] = (), **order: Any) -> int:
        """Kill what ran before and start ``module:function`` in a process of its own; return its pid inside."""
        self.events.clear()
        self.exit_status = None
        return self._order("fork", fds, run=run, **order)["pid"]

    def trim(self) -> None:
        """Kill every process but the main one and the first."""
        self._order("trim")

    def used_mib(self) -> float:
        """Return the memory that the submission's processes hold, in MiB."""
        return self._order("used")["kib"] / 1024

    def end(self, wipe: bool = True) -> None:
        """Kill every process of the submission; with `wipe`, remove all that it wrote."""
        self._order("end", wipe=wipe)

    def poll(self) -> int | None:
        """Return the main process's exit status (negative: the signal that ended it), None while it runs."""
        with contextlib.suppress(BlockingIOError, TimeoutError):
            while True:
                self._note(*self._receive(0))
        return self.exit_status

    def limits_hit(self) -> list[str]:
        """Return which limits were hit since the last call, e.g. ``["memory"]``."""
        self.poll()
        hit = [event["what"] for event in self.events if event["event"] == "limit"]
        self.events = [event for event in self.events if event["event"] != "limit"]
        return hit

    def _order(self, op: str, fds: tuple[int, ...] = (), **order: Any) -> dict[str, Any]:
        number = next(self._ids)
        try:
            self.channel.send({"op": op, "id": number, **order}, fds)
            while True:
                message, received = self._receive(ORDER_SECONDS)
                if message.get("id") == number:
                    return message
                self._note(message, received)
        except (Closed, TimeoutError) as error:
            raise SandboxDied(f"the sandbox's first process does not answer ({op}): {self._said()[-500:]}") from error

    def _receive(self, timeout: float) -> tuple[dict[str, Any], list[int]]:
        try:
            return self.channel.receive(timeout)
        except Closed as error:
            raise SandboxDied(f"the sandbox's first process is gone: {self._said()[-500:]}") from error

    def _note(self, message: dict[str, Any], received: list[int]) -> None:
        if message["event"] == "exit":
            self.exit_status = message["status"]
        elif message["event"] == "sockets":
            self._sockets_fd = received[0]
        self.events.append(message)

    def let_go(self) -> None:
        """Have the sandbox and everything in it end; `close` waits for that."""
        self.channel.close()

    def close(self) -> None:
        """End the sandbox and everything in it; once is enough."""
        if self._stderr.closed:
            return
        self.let_go()
        if self._sockets_fd >= 0:
            os.close(self._sockets_fd)
            self._sockets_fd = -1
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self._stderr.close()
        if self._temporary:
            shutil.rmtree(self._temporary, ignore_errors=True)
