"""Read an answer book: wrong and right answers to a lesson's exercises, which the graded cells must tell apart.

``tests/answers/psNN.py`` is never imported. A line such as

    # %% wrong softmax.whole_matrix: one maximum and one sum for the whole matrix instead of each row

begins an answer: its kind, its exercise and name, and what is wrong with it, or how it differs. What follows, up to
the next such line, takes the place of the exercise's solution cell.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from grading.engine import Answer
from grading.errors import CourseError
from grading.pipeline import ROOT, Lesson
from grading.plan import Plan

WRONG_NEEDED, RIGHT_NEEDED = 3, 1
HEADER = re.compile(r"# %% (?P<kind>wrong|right) (?P<exercise>\w+)\.(?P<name>\w+): (?P<what>\S.*)")


@dataclass(frozen=True)
class Entry:
    """One answer of a book.

    Attributes
    ----------
    answer : Answer
    kind : {"wrong", "right"}
    what : str
        What is wrong with it, or how it differs from the solution.
    """

    answer: Answer
    kind: str
    what: str


def book_path(lesson: Lesson) -> Path:
    """Where the lesson's answer book is."""
    return lesson.root / "tests" / "answers" / f"{lesson.name.split('_')[0]}.py"


def parse(text: str, where: str) -> list[Entry]:
    """Split a book's text into its answers.

    Parameters
    ----------
    text : str
    where : str
        What messages call the book.

    Raises
    ------
    CourseError
        For a header that cannot be read, a name that occurs twice, an empty answer, or code before the first header.
    """
    entries: list[Entry] = []
    before, *parts = re.split(r"^(?=# ?%%)", text, flags=re.MULTILINE)
    if any(line.strip() and not line.startswith("#") for line in before.splitlines()):
        raise CourseError(
            f"{where}: there is code before the first answer.", "Every answer begins with: # %% wrong NAME"
        )
    line = before.count("\n") + 1
    for part in parts:
        header, _, source = part.partition("\n")
        match = HEADER.fullmatch(header.rstrip())
        place = f"{where}, line {line}"
        if not match:
            raise CourseError(
                f"{place}: this header cannot be read: {header!r}.",
                "Write: # %% wrong EXERCISE.NAME: what is wrong, or: # %% right EXERCISE.NAME: how it differs",
            )
        answer = Answer(match["exercise"], match["name"], source.strip("\n"))
        if not source.strip():
            raise CourseError(f"{place}: {answer.key} is empty.", "Write the answer below its header.")
        if any(entry.answer.key == answer.key for entry in entries):
            raise CourseError(f"{place}: there are two answers {answer.key}.", "Give one of them another name.")
        entries.append(Entry(answer, match["kind"], match["what"]))
        line += part.count("\n")
    return entries


def read(lesson: Lesson) -> list[Entry]:
    """Read a lesson's answer book.

    Raises
    ------
    CourseError
        If there is none, or it cannot be read.
    """
    path = book_path(lesson)
    where = str(path.relative_to(lesson.root))
    if not path.exists():
        raise CourseError(
            f"{lesson.name} has no answer book {where}.", "Write one; CONTRIBUTING.md says what belongs in it."
        )
    return parse(path.read_text(), where)


def faults(entries: list[Entry], lesson: Plan) -> list[str]:
    """Say what a book lacks: answers to exercises that do not exist, exercises with too few answers."""
    found = []
    for exercise in sorted({entry.answer.exercise for entry in entries} - lesson.solutions.keys()):
        found.append(f"{exercise} is no exercise of {lesson.lesson.name}")
    for exercise in lesson.solutions:
        for kind, needed in (("wrong", WRONG_NEEDED), ("right", RIGHT_NEEDED)):
            count = sum(entry.kind == kind and entry.answer.exercise == exercise for entry in entries)
            if count < needed:
                found.append(f"{exercise} has {count} {kind} answers and needs at least {needed}")
    return found


def checked(lesson: Plan) -> list[Entry]:
    """Read a lesson's answer book and insist that it is complete.

    Raises
    ------
    CourseError
        Naming every exercise with too few answers and every answer without an exercise.
    """
    entries = read(lesson.lesson)
    if missing := faults(entries, lesson):
        path = book_path(lesson.lesson).relative_to(lesson.lesson.root)
        raise CourseError(f"{path}: {'; '.join(missing)}.", "Complete the book.")
    return entries


def books(root: Path = ROOT) -> list[Path]:
    """List the answer books that there are."""
    return sorted((root / "tests" / "answers").glob("ps[0-9][0-9].py"))
