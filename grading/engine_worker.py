"""The process in which an engine's job runs: one notebook, and a forked child for each answer.

Run as ``python -m grading.engine_worker``; the job comes as JSON on standard input and each answer's outcome leaves
as one line of JSON on standard output. Nothing heavy is imported here, because the notebook's own setup cells do that.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import pickle
import resource
import selectors
import signal
import sys
import tempfile
import time
import types
import zlib
from dataclasses import dataclass, field
from typing import Any, TextIO

from grading.cell_runner import insist_on_full_marks, notebook_namespace, run_cell, run_graded, time_limit

GRACE = 3.0
"""Seconds beyond the time limit after which a child that did not stop by itself is killed."""
PATIENCE, AT_LEAST = 5.0, 5.0
"""A cell is stopped at this many times the solution's own time in it, but not before this many seconds."""
MEMORY = 4 * 2**30
"""Bytes of address space that an answer may take beyond what the notebook has taken."""


def digest(value: Any) -> int:
    """Checksum of a constant's contents, to notice that something changed it."""
    if type(value).__name__ == "Tensor":
        value = value.detach().cpu().numpy()
    if type(value).__name__ == "ndarray" and value.dtype != object:
        return zlib.crc32(memoryview(value.tobytes() if not value.flags.c_contiguous else value).cast("B"))
    if isinstance(value, (list, tuple)):
        return hash(tuple(map(digest, value)))
    if isinstance(value, dict):
        return hash(tuple((repr(k), digest(v)) for k, v in value.items()))
    if hasattr(value, "__dataclass_fields__") and not isinstance(value, type):
        return digest(vars(value))
    if isinstance(value, (types.ModuleType, types.FunctionType, type)):
        return id(value)
    try:
        return zlib.crc32(pickle.dumps(value))
    except Exception:
        return id(value)


class State:
    """What the notebook's setup and solution cells left, to be compared later with what is there then."""

    def __init__(self, namespace: dict[str, Any], names: list[str]) -> None:
        self.before = {name: namespace[name] for name in names if name in namespace}
        self.digests = {name: digest(value) for name, value in self.before.items()}

    def changes(self, namespace: dict[str, Any]) -> list[str]:
        """Names that now stand for something else, or whose contents changed."""
        absent = object()
        return [
            name
            for name, value in self.before.items()
            if namespace.get(name, absent) is not value or digest(value) != self.digests[name]
        ]


def run_answer(job: dict, at: int, answer: dict, namespace: dict[str, Any], state: State, report: Any) -> None:
    """Run the answer in place of the solution cell `at`, then the graded cells that concern it."""
    cells, exercise = job["cells"], answer["exercise"]
    try:
        with time_limit(job["seconds"]):
            run_cell(answer["source"], f"answer {exercise}", namespace)
        defined = None if exercise in namespace else f"it does not define {exercise}"
    except BaseException as error:
        defined = f"{type(error).__name__}: {error}"
    report({"defined": defined})
    own = [i for i, cell in enumerate(cells) if cell["kind"] == "graded" and cell["exercise"] == exercise and i > at]
    wanted = set(own)
    if not job["own_only"]:
        wanted |= {i for i, cell in enumerate(cells) if cell["name"] in job["reach"][exercise] and i > at}
    for i in range(at + 1, len(cells)):
        if i > max(wanted, default=at):
            break
        if cells[i]["kind"] != "graded":
            run_cell(cells[i]["source"], cells[i]["name"], namespace)
        elif i in wanted:
            report({"start": cells[i]["name"]})
            result = run_graded(cells[i], namespace, job["seconds"])
            report({"cell": result})
            if job["own_only"] and result["score"] < result["points"]:
                break
            if result["error"] == "Timeout" and i in own:  # it would be as endless in the next one
                wanted -= set(own)
        if i == own[-1] and not job["own_only"]:
            changed = state.changes(namespace)
            report({"changed": changed})
            if changed:
                wanted |= {j for j in range(i + 1, len(cells)) if cells[j]["kind"] == "graded"}
    report({"done": True})


@dataclass
class Child:
    """An answer that is running."""

    key: str
    pid: int
    pipe: int
    deadline: float
    since: float = 0.0
    text: bytes = b""
    outcome: dict = field(default_factory=lambda: {"cells": [], "defined": None, "changed": []})
    running: dict | None = None


class Pool:
    """Forked children, at most `size` at a time; their outcomes leave by `lines` as they end."""

    def __init__(self, job: dict, lines: TextIO) -> None:
        self.job, self.lines, self.size = job, lines, job["workers"]
        self.children: dict[int, Child] = {}
        self.selector = selectors.DefaultSelector()
        self.cells = {cell["name"]: cell for cell in job["cells"]}
        self.solution_seconds: dict[str, float] = {}

    def submit(self, at: int, answer: dict, namespace: dict[str, Any], state: State) -> None:
        """Fork a child for the answer as soon as there is room for one."""
        self.wait_until_below(self.size)
        reader, writer = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(self.lines.fileno())
            become_child()
            with os.fdopen(writer, "w") as pipe:

                def report(event: dict) -> None:
                    pipe.write(json.dumps(event) + "\n")
                    pipe.flush()

                try:
                    run_answer(self.job, at, answer, namespace, state, report)
                except BaseException as error:
                    report({"broken": f"{type(error).__name__}: {error}"})
                os._exit(0)
        os.close(writer)
        os.set_blocking(reader, False)
        now = time.monotonic()
        child = Child(answer["key"], pid, reader, now + self.job["seconds"] + GRACE, now)
        self.children[reader] = child
        self.selector.register(reader, selectors.EVENT_READ, child)

    def wait_until_below(self, size: int) -> None:
        """Wait until fewer than `size` children run."""
        while len(self.children) >= size:
            for key, _ in self.selector.select(timeout=0.1):
                self._read(key.data)
            for child in list(self.children.values()):
                self._watch(child)

    def close(self) -> None:
        """Kill what still runs."""
        for child in list(self.children.values()):
            self._end(child, None)

    def _watch(self, child: Child) -> None:
        now = time.monotonic()
        if now > child.deadline:
            self._end(child, {"error": "Timeout", "message": f"did not stop after {now - child.since:.1f} s"})
        elif child.running and child.running["name"] in self.solution_seconds:
            patience = max(AT_LEAST, PATIENCE * self.solution_seconds[child.running["name"]])
            if now > child.since + patience:
                os.kill(child.pid, signal.SIGALRM)
                child.deadline = min(child.deadline, child.since + patience + GRACE)

    def _read(self, child: Child) -> None:
        try:
            chunk = os.read(child.pipe, 2**16)
        except BlockingIOError:
            return
        *lines, child.text = (child.text + chunk).split(b"\n")
        for line in lines:
            event = json.loads(line)
            child.since = time.monotonic()
            child.deadline = child.since + self.job["seconds"] + GRACE
            if "start" in event:
                child.running = self.cells[event["start"]]
            elif "cell" in event:
                child.outcome["cells"].append(event["cell"])
                child.running = None
            elif "done" in event:
                return self._end(child, None)
            else:
                child.outcome |= event
        if not chunk:
            self._end(child, {"error": "Died", "message": ""})
        return None

    def _end(self, child: Child, fault: dict | None) -> None:
        self.selector.unregister(child.pipe)
        os.close(child.pipe)
        del self.children[child.pipe]
        if fault and fault["error"] == "Died":
            status = os.waitstatus_to_exitcode(os.waitpid(child.pid, 0)[1])
            fault["message"] = f"ended the process with status {status}" if status >= 0 else f"signal {-status}"
        kill_group(child.pid)
        if not fault or fault["error"] != "Died":
            os.waitpid(child.pid, 0)
        if fault:
            if child.running is None:
                child.outcome["defined"] = child.outcome["defined"] or f"{fault['error']}: {fault['message']}"
            else:
                cell = {key: child.running[key] for key in ("name", "exercise", "points")}
                child.outcome["cells"].append(cell | {"score": 0.0, "blame": "", "seconds": 0.0} | fault)
            child.outcome["ended"] = fault["error"]
        self.emit({"key": child.key, **child.outcome})

    def emit(self, event: dict) -> None:
        self.lines.write(json.dumps(event) + "\n")
        self.lines.flush()


def kill_group(pid: int) -> None:
    try:
        os.killpg(pid, signal.SIGKILL)
    except ProcessLookupError:  # it, and all that it started, ended before
        return


def become_child() -> None:
    """Leave the worker's process group, output, signal handlers and folder behind, and bound the memory."""
    os.setsid()
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    null = os.open(os.devnull, os.O_RDWR)
    for fd in (0, 1, 2):
        os.dup2(null, fd)
    os.chdir(tempfile.mkdtemp(dir="."))
    with open("/proc/self/statm") as stream:
        taken = int(stream.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    resource.setrlimit(resource.RLIMIT_AS, (taken + MEMORY, taken + MEMORY))


def run_job(job: dict, lines: TextIO) -> None:
    """Run the notebook's cells in order, and every answer at its solution cell."""
    namespace, pool = notebook_namespace(), Pool(job, lines)
    answers: dict[str, list[dict]] = {}
    for answer in job["answers"]:
        answers.setdefault(answer["exercise"], []).append(answer)
    for module in job["imports"]:  # what graded cells import, so that not every child has to
        with contextlib.suppress(ImportError):
            importlib.import_module(module)
    last = max((i for i, cell in enumerate(job["cells"]) if cell["exercise"] in answers), default=-1)
    kept: list[str] = []
    try:
        for i, cell in enumerate(job["cells"][: last + 1]):
            if cell["kind"] == "solution" and cell["exercise"] in answers:
                gc.collect()
                gc.freeze()
                state = State(namespace, kept)
                for answer in answers[cell["exercise"]]:
                    pool.submit(i, answer, namespace, state)
            pool.wait_until_below(pool.size)
            start = time.perf_counter()
            try:
                value = run_cell(cell["source"], cell["name"], namespace)
                if cell["kind"] == "graded":
                    insist_on_full_marks(value, cell["points"])
                    pool.solution_seconds[cell["name"]] = time.perf_counter() - start
            except BaseException as error:
                pool.emit({"reference": cell["name"], "error": f"{type(error).__name__}: {error}"})
                return
            if cell["kind"] == "setup" and "torch" in sys.modules:
                sys.modules["torch"].set_num_threads(1)
            if cell["kind"] != "graded":
                kept += [name for name in cell["binds"] if name in namespace]
        pool.wait_until_below(1)
    finally:
        pool.close()


def main() -> None:
    job = json.load(sys.stdin)
    lines = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_RDWR), 1)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            run_job(job, lines)
        finally:
            os.chdir("/")


if __name__ == "__main__":
    main()
