"""Worker processes on this machine, each replaced when it dies."""

from __future__ import annotations

import os
import time
from collections import deque
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass, field
from multiprocessing import get_context
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn
from traitlets.config import Config

from grading import worker
from grading.errors import CourseError
from grading.execute import Execute
from grading.outcomes import Outcome
from grading.pipeline import Lesson
from grading.sandbox.limits import Limits
from grading.status import line

TRIES = 2
SPARE_SECONDS = 300


class Tally:
    """The outcomes so far: a line for each as it comes, and a progress bar with the time left.

    Parameters
    ----------
    console : Console
    title : str
    total : int
        How many are to come.
    """

    def __init__(self, console: Console, title: str, total: int) -> None:
        self.console = console
        self.outcomes: dict[str, Outcome] = {}
        columns = (SpinnerColumn(), TextColumn(title), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        self.progress = Progress(*columns, console=console)
        self.task = self.progress.add_task("grading", total=total)

    def add(self, outcome: Outcome) -> None:
        """Note an outcome and print its line."""
        self.outcomes[outcome.student] = outcome
        self.console.print(line(outcome), soft_wrap=True)
        self.progress.update(self.task, completed=len(self.outcomes))


@dataclass
class Slot:
    """One worker process and the submission that it is at."""

    executor: ProcessPoolExecutor
    future: Future[Any]
    student: str | None = None
    pid: int = 0
    deadline: float = field(default=float("inf"))


class Pool:
    """Worker processes, each replaced when it dies.

    Parameters
    ----------
    lesson : Lesson
    config : Config
        nbgrader's.
    tally : Tally
    """

    def __init__(self, lesson: Lesson, config: Config, tally: Tally) -> None:
        self.lesson, self.config, self.tally = lesson, config, tally
        limits = Limits.from_dict(Execute(config=config).limits)
        self.patience = 2 * limits.notebook_seconds + SPARE_SECONDS
        self.tries: dict[str, int] = {}

    def grade(self, students: list[str], workers: int) -> None:
        """Grade these students' submissions."""
        self.waiting = deque(students)
        slots: list[Slot] = []
        try:
            slots += [self.hire() for _ in range(workers)]
            while any(slot.student for slot in slots) or self.waiting:
                wait([slot.future for slot in slots if not self.idle(slot)], 1.0, FIRST_COMPLETED)
                for number, slot in enumerate(slots):
                    slots[number] = self.serve(slot)
        finally:
            for slot in slots:
                self.dismiss(slot)
            for slot in slots:
                slot.executor.shutdown(wait=True)

    def idle(self, slot: Slot) -> bool:
        """Tell whether a worker is ready and has nothing to do."""
        return slot.student is None and slot.pid > 0

    def hire(self) -> Slot:
        """Start a worker."""
        executor = ProcessPoolExecutor(
            1,
            get_context("forkserver"),
            initializer=worker.start,
            initargs=(dict(self.config), str(self.lesson.root), os.getpid()),
        )
        return Slot(
            executor, executor.submit(worker.warm_up, self.lesson.name), deadline=time.monotonic() + SPARE_SECONDS
        )

    def dismiss(self, slot: Slot) -> None:
        """Have a worker end, at once if it is at work."""
        if slot.pid and not self.idle(slot):
            _kill(slot.pid)
        slot.executor.shutdown(wait=False, cancel_futures=True)

    def serve(self, slot: Slot) -> Slot:
        """Take what a worker has finished and give it something to do; return the worker, or its successor."""
        if not slot.future.done():
            if time.monotonic() > slot.deadline and slot.pid:
                _kill(slot.pid)
            return slot
        if not self.idle(slot):
            try:
                result = slot.future.result()
            except BrokenExecutor:
                return self.replace(slot)
            if slot.student is None:
                slot.pid = result
            else:
                self.tally.add(result)
                slot.student = None
        if self.waiting:
            slot.student = self.waiting.popleft()
            self.tries[slot.student] = self.tries.get(slot.student, 0) + 1
            slot.deadline = time.monotonic() + self.patience
            try:
                slot.future = slot.executor.submit(worker.grade, self.lesson.name, slot.student)
            except BrokenExecutor:
                return self.replace(slot)
        return slot

    def replace(self, slot: Slot) -> Slot:
        """Start a worker in the place of one that died; its submission is tried once more."""
        slot.executor.shutdown(wait=False)
        student = slot.student
        if student is None:
            self.tries[""] = self.tries.get("", 0) + 1
            if self.tries[""] > TRIES:
                raise CourseError("the workers end as they start", "run with --workers=1 --debug to see why")
        elif self.tries[student] < TRIES:
            self.tally.console.print(f"  {student}: the worker died; trying once more")
            self.waiting.appendleft(student)
        else:
            what = f"the worker died {TRIES} times"
            self.tally.add(worker.lost(self.lesson.root, self.lesson.name, student, what))
        return self.hire()


def _kill(pid: int) -> None:
    try:
        os.kill(pid, 9)
    except ProcessLookupError:
        return
