"""The driver of ``python -m grading autograde``: a class, several submissions at a time."""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from pathlib import Path

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.apps.autogradeapp import aliases as nbgrader_aliases
from nbgrader.apps.autogradeapp import flags as nbgrader_flags
from nbgrader.apps.baseapp import NbGrader
from rich.console import Console
from traitlets import Integer, Unicode

from grading.errors import CourseError
from grading.execute import digest, forget
from grading.outcomes import Outcome, read_outcome, write_outcome
from grading.pipeline import Lesson
from grading.pool import Pool, Tally
from grading.status import summary
from grading.submissions import Submission, find_lesson, require_release, scan


class AutogradeClass(NbGrader):
    """nbgrader's base app: its configuration file, its ``--student``, ``--assignment``, ``--force`` and the rest."""

    name = "grading-autograde"
    description = "Grade the submissions of an assignment, several at a time, each in a sandbox."
    examples = "python -m grading autograde ps04_one_layer_networks --workers=4"
    aliases = {
        **nbgrader_aliases,
        "workers": "AutogradeClass.workers",
        "scheduler": "AutogradeClass.scheduler",
    }
    flags = {
        **{name: flag for name, flag in nbgrader_flags.items() if name != "no-execute"},
        "run-try-it": ({"Execute": {"run_try_it": True}}, "Run the cells tagged try-it too."),
        "unsafe-no-sandbox": (
            {"Execute": {"unsafe_no_sandbox": True}},
            "Run students' code with your own rights, where no sandbox can be made.",
        ),
    }
    workers = Integer(0, help="How many submissions at a time; 0: one for each core.").tag(config=True)

    scheduler = Unicode(
        "", help="Address of a Dask scheduler: its workers grade, on machines that share this folder."
    ).tag(config=True)

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
    if app.scheduler and app.workers:
        raise CourseError("a cluster has its own workers", "leave out --workers, or --scheduler")
    if app.scheduler and find_spec("distributed") is None:
        raise CourseError("--scheduler needs Dask, which is not installed", "pip install distributed")
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
        tally = Tally(console, lesson.name, len(todo))
        with tally.progress:
            if app.scheduler:
                from grading.cluster import grade_on_cluster  # Dask is there for those who have a cluster

                grade_on_cluster(app.scheduler, lesson, app.config, app.coursedir.db_url, todo, tally)
            else:
                Pool(lesson, app.config, tally).grade(todo, min(len(todo), app.workers or os.cpu_count() or 1))
        outcomes |= tally.outcomes
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
