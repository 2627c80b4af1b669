"""The driver of ``python -m grading autograde``: a class, several submissions at a time."""

from __future__ import annotations

import os
import sys
import time
from collections import deque
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, ProcessPoolExecutor, wait
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.apps.autogradeapp import aliases as nbgrader_aliases
from nbgrader.apps.autogradeapp import flags as nbgrader_flags
from nbgrader.apps.baseapp import NbGrader
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn
from traitlets import Integer
from traitlets.config import Config

from grading import worker
from grading.errors import CourseError
from grading.execute import Execute, digest, forget
from grading.outcomes import Outcome, read_outcome, write_outcome
from grading.pipeline import Lesson
from grading.sandbox.limits import Limits
from grading.status import line, summary
from grading.submissions import Submission, find_lesson, require_release, scan

TRIES = 2
SPARE_SECONDS = 300


class AutogradeClass(NbGrader):
    """nbgrader's base app: its configuration file, its ``--student``, ``--assignment``, ``--force`` and the rest."""

    name = "grading-autograde"
    description = "Grade the submissions of an assignment, several at a time, each in a sandbox."
    examples = "python -m grading autograde ps04_one_layer_networks --workers=4"
    aliases = {**nbgrader_aliases, "workers": "AutogradeClass.workers"}
    flags = {
        **{name: flag for name, flag in nbgrader_flags.items() if name != "no-execute"},
        "run-try-it": ({"Execute": {"run_try_it": True}}, "Run the cells tagged try-it too."),
        "unsafe-no-sandbox": (
            {"Execute": {"unsafe_no_sandbox": True}},
            "Run students' code with your own rights, where no sandbox can be made.",
        ),
    }
    workers = Integer(0, help="How many submissions at a time; 0: one for each core.").tag(config=True)

    def start(self) -> None:
        """Grade; `main` reads the result."""
        super().start()
        if len(self.extra_args) > 1:
            raise CourseError(
                f"one assignment at a time; there are {len(self.extra_args)}: {', '.join(self.extra_args)}",
                "call the command once for each",
            )
        if self.extra_args:
            self.coursedir.assignment_id = self.extra_args[0]
        self.good = autograde(self)


def main(argv: list[str]) -> int:
    """Run the command; the exit status is 0 only if every submission has a score."""
    app = AutogradeClass()
    app.log_level = "WARN"
    app.initialize(argv)
    try:
        app.start()
    except KeyboardInterrupt:
        print("stopped; the same command finishes the rest", file=sys.stderr)
        return 130
    return 0 if app.good else 1


def autograde(app: AutogradeClass) -> bool:
    """Grade what is not graded yet; return whether every submission has a score."""
    root = Path(app.coursedir.root)
    lesson = find_lesson(app.coursedir.assignment_id, "autograde", root)
    require_release(lesson)
    _require_gradebook(app, lesson)
    chosen = [found for found in scan(lesson) if app.coursedir.student_id in ("*", found.student)]
    if not chosen:
        who = "nobody" if app.coursedir.student_id == "*" else f"no student {app.coursedir.student_id!r}"
        raise CourseError(
            f"{who} has handed in {lesson.name}",
            f"put notebooks into submitted/STUDENT/{lesson.name}/, or nbgrader collect",
        )
    force = bool(app.config.BaseConverter.get("force", False))
    outcomes = {found.student: _known(lesson, found, force) for found in chosen}
    todo = [student for student, outcome in outcomes.items() if outcome is None]
    console = Console(highlight=False)
    done = len(outcomes) - len(todo)
    if done:
        console.print(f"{done} of {len(outcomes)} need no grading; --force grades them again.")
    if todo:
        count = min(len(todo), app.workers or os.cpu_count() or 1)
        outcomes |= Pool(lesson, app.config, console).grade(todo, count)
    console.print(*summary(list(filter(None, outcomes.values()))), sep="\n")
    return all(outcome is not None and outcome.has_score for outcome in outcomes.values())


def _require_gradebook(app: AutogradeClass, lesson: Lesson) -> None:
    with Gradebook(app.coursedir.db_url, app.coursedir.course_id) as gradebook:
        try:
            gradebook.find_assignment(lesson.name)
        except MissingEntry:
            raise CourseError(
                f"{lesson.name} is not in the gradebook", f"make release ASSIGNMENT={lesson.name} puts it there"
            ) from None


def _known(lesson: Lesson, found: Submission, force: bool) -> Outcome | None:
    """Return the outcome of a submission that needs no grading, None for one that does."""
    if found.state != "ok":
        forget(lesson.root, lesson.name, found.student)
        outcome = Outcome(found.student, lesson.name, found.state, detail=f"{found.reason} {found.remedy}".strip())
        write_outcome(lesson.root, outcome)
        return outcome
    before = read_outcome(lesson.root, lesson.name, found.student)
    graded = lesson.root / "autograded" / found.student / lesson.name / lesson.release.name
    if force or before is None or not before.has_score or not graded.is_file():
        return None
    return before if before.submission == digest(found.notebook.parent) else None


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
    console : Console
        Where the lines and the progress bar go.
    """

    def __init__(self, lesson: Lesson, config: Config, console: Console) -> None:
        self.lesson, self.config, self.console = lesson, config, console
        limits = Limits.from_dict(Execute(config=config).limits)
        self.patience = 2 * limits.notebook_seconds + SPARE_SECONDS
        self.tries: dict[str, int] = {}
        self.outcomes: dict[str, Outcome] = {}

    def grade(self, students: list[str], workers: int) -> dict[str, Outcome]:
        """Grade these students' submissions; print a line for each as it ends."""
        self.waiting = deque(students)
        progress = Progress(
            SpinnerColumn(),
            TextColumn(self.lesson.name),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=self.console,
        )
        slots: list[Slot] = []
        try:
            with progress:
                task = progress.add_task("grading", total=len(students))
                slots += [self.hire() for _ in range(workers)]
                while any(slot.student for slot in slots) or self.waiting:
                    wait([slot.future for slot in slots if not self.idle(slot)], 1.0, FIRST_COMPLETED)
                    for number, slot in enumerate(slots):
                        slots[number] = self.serve(slot)
                    progress.update(task, completed=len(self.outcomes))
        finally:
            for slot in slots:
                self.dismiss(slot)
        return self.outcomes

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
        """End a worker."""
        if slot.pid and not self.idle(slot):
            _kill(slot.pid)
        slot.executor.shutdown(wait=True, cancel_futures=True)

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
                self.finish(result)
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
            self.console.print(f"  {student}: the worker died; trying once more")
            self.waiting.appendleft(student)
        else:
            root = self.lesson.root
            forget(root, self.lesson.name, student)
            text = f"The worker process ended {TRIES} times while it graded {student}.\n"
            outcome = worker.internal_error(root, self.lesson.name, student, text, "the worker died")
            write_outcome(root, outcome)
            self.finish(outcome)
        return self.hire()

    def finish(self, outcome: Outcome) -> None:
        """Note an outcome and print its line."""
        self.outcomes[outcome.student] = outcome
        self.console.print(line(outcome), soft_wrap=True)


def _kill(pid: int) -> None:
    try:
        os.kill(pid, 9)
    except ProcessLookupError:
        return
