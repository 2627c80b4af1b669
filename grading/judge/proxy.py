"""What a graded cell sees of the student's notebook: stand-ins that call over, and plain data that comes back."""

from __future__ import annotations

import builtins
import io
import pickle
import socket
import warnings
from collections.abc import Callable, Mapping
from typing import Any

import cloudpickle

from grading.judge import modes, plain, wire
from grading.judge.arguments import advance, apply, generators, tracked
from grading.judge.student import PRINTED, lookup

NOTE = "The student's code said:"
_SIMPLE_ERRORS = {
    name: kind
    for name, kind in vars(builtins).items()
    if isinstance(kind, type)
    and issubclass(kind, Exception)
    and not issubclass(kind, (UnicodeError, BaseExceptionGroup))
}


class StudentGone(BaseException):
    """The student's process ended, or broke the rules of the connection, while a cell waited for it.

    Not an `Exception`: a test that accepts any error must not take this for the one it wants.
    """


class StudentError(Exception):
    """The student's code raised something that Python has no built-in class for."""


class StandIn:
    """A name of the student's that can be called.

    Parameters
    ----------
    name : str
    student : Student
    """

    def __init__(self, name: str, student: Student) -> None:
        self.__name__ = self.__qualname__ = name
        self._student = student

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        return self._student.call(self.__name__, args, kwargs)

    def __reduce__(self) -> tuple[Callable[[str], Any], tuple[str]]:
        return lookup, (self.__name__,)

    def __repr__(self) -> str:
        return f"<the student's {self.__name__}>"

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        raise AttributeError(
            f"{name}: only calls reach the student's {self.__name__} from a graded cell; use observe() for the rest"
        )


class Student:
    """The connection to the student's process.

    Parameters
    ----------
    sock : socket.socket
    limit : int
        The largest message taken, in bytes.
    """

    def __init__(self, sock: socket.socket, limit: int) -> None:
        self.sock, self.limit = sock, limit
        self.printed: list[str] = []
        self.gone = ""
        self.changed = False

    def names(self, names: list[str]) -> dict[str, Any]:
        """Return what each name stands for in the student's notebook; absent ones are left out.

        Returns
        -------
        dict
            From name to a `StandIn`, or to the plain value that the name has.
        """
        kinds = self._result(self._ask("names", names)[:-1])
        found: dict[str, Any] = {}
        for name in names:
            kind, *rest = kinds[name] if type(kinds) is dict and type(kinds.get(name)) is list else ["absent"]
            if kind == "callable":
                found[name] = StandIn(name, self)
            elif kind == "value":
                found[name] = self._loads(rest[0])
        return found

    def call(self, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Call the student's `name`; arrays, tensors, lists, dicts and generators that it changes are changed here.

        Raises
        ------
        Exception
            What the student's function raised: the built-in class of that name, with the message.
        """
        __tracebackhide__ = True
        objects = tracked((args, tuple(kwargs.values())))
        answer = self._ask("call", _pickled((name, args, kwargs), name))
        with self._rules():
            *outcome, after = answer
            changes, turned = after or [[], []]
            self.changed |= bool(changes)
            for number, data in changes:
                apply(objects[number], plain.loads(data, objects))
            found = generators((args, tuple(kwargs.values())))
            for number, data in turned:
                advance(found[number], plain.loads(data))
        return self._result(outcome, objects)

    def observe(self, probe: Callable[[], Any], using: Mapping[str, Any]) -> Any:
        """Run `probe` in the student's process and return the plain data that it returns."""
        __tracebackhide__ = True
        return self._result(self._ask("probe", _pickled((probe, dict(using)), "the probe"))[:-1])

    def _ask(self, kind: str, payload: Any) -> list[Any]:
        __tracebackhide__ = True
        if self.gone:
            raise StudentGone(self.gone)
        try:
            wire.send(self.sock, pickle.dumps((kind, payload, modes.current())))
            data = wire.receive(self.sock, self.limit)
        except wire.WireClosed as error:
            self.gone = f"The process with the student's code ended, or its answer was too large ({error})."
            raise StudentGone(self.gone) from None
        with self._rules():
            answer, told, printed = plain.loads(data)
            if type(answer) is not list or type(printed) is not str:
                raise plain.NotPlain("malformed answer")
            if sum(map(len, self.printed)) < PRINTED:
                self.printed.append(printed)
            pairs = [(str(category), str(message)) for category, message in told]
        for category, message in pairs:
            kind_of_warning = getattr(builtins, category, UserWarning)
            if not (isinstance(kind_of_warning, type) and issubclass(kind_of_warning, Warning)):
                kind_of_warning = UserWarning
            warnings.warn(message, kind_of_warning, stacklevel=4)
        return answer

    def _result(self, outcome: list[Any], objects: list[Any] | None = None) -> Any:
        """Return what an answer holds, or raise what it tells of."""
        __tracebackhide__ = True
        with self._rules():
            if outcome[0] is True:
                return plain.loads(outcome[1], objects or ())
            _, name, builtin, message, where = (str(part) for part in outcome)
        raise make_error(name, builtin, message, where)

    def _loads(self, data: bytes) -> Any:
        with self._rules():
            return plain.loads(data)

    def _rules(self) -> _Rules:
        return _Rules(self)


class _Rules:
    """Turns a malformed answer into `StudentGone`."""

    def __init__(self, student: Student) -> None:
        self.student = student

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type | None, error: BaseException | None, trace: Any) -> None:
        if isinstance(error, (plain.NotPlain, ValueError, TypeError, LookupError, AttributeError, RecursionError)):
            self.student.gone = f"The process with the student's code sent something else than an answer ({error})."
            raise StudentGone(self.student.gone) from None


def make_error(name: str, builtin: str, message: str, where: str) -> Exception:
    """Return the exception that stands for the student's: of a built-in class, and of the student's name for it."""
    base = _SIMPLE_ERRORS.get(builtin, StudentError)
    label = name if name.isidentifier() and name.isascii() and len(name) < 80 else "StudentError"
    kind = base if label == base.__name__ else type(label, (base,), {"__module__": "__main__"})
    try:
        error = kind(message)
    except Exception:  # a class whose constructor wants more than a message
        error = StudentError(f"{name}: {message}")
    if where:
        error.add_note(f"{NOTE}\n{where}")
    return error


def _pickled(value: Any, what: str) -> bytes:
    try:
        file = io.BytesIO()
        cloudpickle.CloudPickler(file, protocol=pickle.HIGHEST_PROTOCOL).dump(value)
    except Exception as error:  # pickling runs any code; the author of the cell should be told
        raise TypeError(f"what the cell hands to {what} can't travel to the student's process: {error}") from error
    return file.getvalue()
