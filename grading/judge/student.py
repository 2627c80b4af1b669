"""The student's side of a graded cell: a copy of the notebook's process that answers calls.

For the graded cells of an exercise the notebook's process forks a copy of itself, so whatever the calls do, the
notebook goes on from where its own cells left it. Nothing here is trusted: a student's code can change all of it,
and what it sends is plain data to the other side, whatever it is.
"""

from __future__ import annotations

import builtins
import io
import json
import os
import pickle
import socket
import sys
import traceback
import warnings
from collections.abc import Callable, Mapping
from types import FunctionType
from typing import Any

from grading.judge import modes, plain, wire
from grading.judge.arguments import fingerprint, random_states, tracked
from grading.sandbox.channel import LARGEST

PRINTED = 20_000
MESSAGE = 4_000
WARNINGS = 50
_namespace: dict[str, Any] = {}


def lookup(name: str) -> Any:
    """Return what the student's notebook calls `name`; this is what a stand-in for it becomes on this side.

    Raises
    ------
    NameError
        As Python says it.
    """
    if name not in _namespace:
        raise NameError(f"name {name!r} is not defined")
    return _namespace[name]


def wait_for_orders(orders: socket.socket, namespace: dict[str, Any]) -> None:
    """In a thread of the notebook's process: fork a copy whenever the worker asks for one.

    Parameters
    ----------
    orders : socket.socket
        A message is a JSON object. One with a descriptor asks for a copy, whose connection to the graded cells it is;
        ``remember`` lists names that setup cells have just defined: copies see them as they are now.
    namespace : dict
        The notebook's own.
    """
    remembered: dict[str, Any] = {}
    _namespace.clear()
    orders.send(b"ready")
    copies: list[int] = []
    while True:
        data, fds, _, _ = socket.recv_fds(orders, LARGEST, 1)
        if not data:
            return
        if not fds:
            names = json.loads(data)["remember"]
            remembered |= {name: namespace[name] for name in names if name in namespace}
            continue
        copies = [pid for pid in copies if not _reaped(pid)]
        sys.stdout.flush()
        # From 3.12 Python warns of any fork beside threads; here the copy uses none of theirs.
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            pid = os.fork()
        if pid == 0:
            try:
                orders.close()
                namespace |= remembered
                Server(socket.socket(fileno=fds[0]), namespace).serve()
            finally:
                os._exit(0)
        copies.append(pid)
        os.close(fds[0])


def _reaped(pid: int) -> bool:
    try:
        return os.waitpid(pid, os.WNOHANG)[0] == pid
    except ChildProcessError:
        return True


class Server:
    """Answers the calls of graded cells.

    Parameters
    ----------
    sock : socket.socket
    namespace : dict
        The notebook's own; functions defined in it see what is put there.
    """

    def __init__(self, sock: socket.socket, namespace: dict[str, Any]) -> None:
        global _namespace
        self.sock, self.namespace = sock, namespace
        _namespace = namespace
        self.printed = Printed()
        sys.stdout = sys.stderr = self.printed
        builtins.input = lambda prompt="": ""
        _silence_display()

    def serve(self) -> None:
        """Answer until the other side closes."""
        while True:
            try:
                request = wire.receive(self.sock)
            except wire.WireClosed:
                return
            wire.send(self.sock, self.answer(request))

    def answer(self, request: bytes) -> bytes:
        """Return the answer to one request, an error included."""
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                answer = self.perform(request)
            except plain.NotPlain as error:
                answer = [False, "TypeError", "TypeError", f"{error}: wrap what needs it in observe()", "", []]
            except BaseException as error:  # whatever the student's code raises is the answer
                answer = [False, *describe_error(error), []]
        told = [[item.category.__name__, str(item.message)[:MESSAGE]] for item in caught[:WARNINGS]]
        return plain.dumps([answer, told, self.printed.take()])

    def perform(self, request: bytes) -> list[Any]:
        """Run what `request` asks for: a call of a function, a probe, or what the names stand for."""
        kind, payload, wanted = pickle.loads(request)
        if kind == "names":
            return [True, plain.dumps({name: self.kind_of(name) for name in payload}), []]
        with modes.applied(wanted):
            if kind == "probe":
                return [True, plain.dumps(self.probe(*pickle.loads(payload))), []]
            return self.call(payload)

    def kind_of(self, name: str) -> list[Any]:
        """Say what a name is: absent, something to call, or a plain value."""
        if name not in self.namespace:
            return ["absent"]
        value = self.namespace[name]
        if callable(value):
            return ["callable"]
        try:
            return ["value", plain.dumps(value)]
        except plain.NotPlain as error:
            return ["other", str(error)]

    def call(self, payload: bytes) -> list[Any]:
        """Call a function, and tell what became of its arguments besides what it returned."""
        name, args, kwargs = pickle.loads(payload)
        objects = tracked((args, tuple(kwargs.values())))
        known = {id(item): number for number, item in enumerate(objects)}
        before = [fingerprint(item, known) for item in objects]
        states = random_states((args, tuple(kwargs.values())))
        try:
            outcome: list[Any] = [True, plain.dumps(lookup(name)(*args, **kwargs), known)]
        except plain.NotPlain as error:
            told = f"{name} returned something that can't be compared here: {error}"
            outcome = [False, "TypeError", "TypeError", told, ""]
        except BaseException as error:  # as above
            outcome = [False, *describe_error(error)]
        changes: list[Any] = []
        for number, item in enumerate(objects):
            if fingerprint(item, known) != before[number]:
                others = {key: value for key, value in known.items() if value != number}
                changes.append([number, plain.dumps(item, others)])
        after = random_states((args, tuple(kwargs.values())))
        turned = [
            [i, plain.dumps(new)]
            for i, (old, new) in enumerate(zip(states, after, strict=True))
            if str(old) != str(new)
        ]
        return [*outcome, [changes, turned]]

    def probe(self, probe: Callable[[], Any], using: Mapping[str, Any]) -> Any:
        """Run `probe` with the stand-ins in the places of the student's own definitions."""
        scopes = [self.namespace]
        while not isinstance(probe, FunctionType) and hasattr(probe, "func"):
            probe = probe.func
        if isinstance(probe, FunctionType) and probe.__globals__ is not self.namespace:
            scopes.append(probe.__globals__)
        absent = object()
        before = [{name: scope.get(name, absent) for name in using} for scope in scopes]
        for scope in scopes:
            scope.update(using)
        try:
            return probe()
        finally:
            for scope, values in zip(scopes, before, strict=True):
                for name, value in values.items():
                    if value is absent:
                        scope.pop(name, None)
                    else:
                        scope[name] = value


class Printed(io.TextIOBase):
    """What the student's functions print, up to a limit."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.room = PRINTED

    def write(self, text: str) -> int:
        """Keep `text` while there is room."""
        if self.room > 0:
            self.parts.append(str(text)[: self.room])
            self.room -= len(text)
            if self.room <= 0:
                self.parts.append("\n[output cut]\n")
        return len(text)

    def take(self) -> str:
        """Return what was kept since the last call."""
        text, self.parts, self.room = "".join(self.parts), [], PRINTED
        return text


def describe_error(error: BaseException) -> list[str]:
    """Return an exception's class, its nearest built-in class, its message and where in the cells it happened."""
    kind = type(error)
    builtin = next((base for base in kind.__mro__ if base.__module__ == "builtins"), Exception)
    try:
        message = str(error)[:MESSAGE]
    except Exception as worse:  # a message that can't be made is the student's own
        message = f"(its message raised {type(worse).__name__})"
    frames = [
        f"line {frame.lineno}, in {frame.name}: {frame.line or ''}"
        for frame in traceback.extract_tb(error.__traceback__)
        if "ipykernel" in frame.filename
    ]
    return [kind.__name__, builtin.__name__, message, "\n".join(frames[-6:])[:MESSAGE]]


def _silence_display() -> None:
    """Keep this copy from the notebook's own connection, which belongs to the process that it was forked from."""
    from IPython.core.displayhook import CapturingDisplayHook
    from IPython.core.displaypub import CapturingDisplayPublisher
    from IPython.core.getipython import get_ipython

    shell = get_ipython()
    if shell is not None:
        shell.display_pub = CapturingDisplayPublisher()
        sys.displayhook = CapturingDisplayHook(shell=shell, outputs=[])
