"""``python -m grading report``: one self-contained page about how a class did in an assignment."""

from __future__ import annotations

import argparse
import statistics
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from grading.gradebook import ClassMarks, read_marks, require_autograded
from grading.outcomes import Outcome, read_outcomes
from grading.pipeline import ROOT, Lesson
from grading.report_pictures import SHARES, count_shares, distribution, shares
from grading.submissions import Submission, find_lesson, require_release, scan


@dataclass(frozen=True)
class Concern:
    """Why one submission needs a person.

    Attributes
    ----------
    student : str
    what : str
        In a word or two: the outcome's status, or "not graded yet".
    why : list of str
        One reason each.
    remedy : str
    """

    student: str
    what: str
    why: list[str]
    remedy: str


REMEDIES = {
    "missing": "Ask the student to hand it in again.",
    "unreadable": "Ask the student to hand it in again.",
    "internal error": "Grade it again: make autograde. If it ends so again, the grader has a fault.",
    "graded with faults": "The marks stand. Look at the cells named here in formgrader (make lab).",
}


def concerns(
    lesson: Lesson, submissions: list[Submission], outcomes: list[Outcome], graded: list[str]
) -> list[Concern]:
    """List the submissions that need a person, those without marks first.

    Parameters
    ----------
    lesson : Lesson
    submissions : list of Submission
        What was handed in.
    outcomes : list of Outcome
        How the grading of each ended, where that is recorded.
    graded : list of str
        The students with marks.

    Returns
    -------
    list of Concern
    """
    ended = {outcome.student: outcome for outcome in outcomes}
    found = []
    for submission in submissions:
        if submission.state != "ok":
            found.append(Concern(submission.student, submission.state, [submission.reason], submission.remedy))
        elif submission.student not in ended and submission.student not in graded:
            remedy = f"Run: make autograde ASSIGNMENT={lesson.name}"
            found.append(Concern(submission.student, "not graded yet", ["it was handed in, and never graded"], remedy))
    named = {concern.student for concern in found}
    for outcome in outcomes:
        if outcome.status == "graded" or outcome.student in named:
            continue
        why = [f"{cell}: {fault}" for cell, fault in outcome.faults]
        why = [outcome.detail, *why] if outcome.detail else why
        found.append(Concern(outcome.student, outcome.status, why, REMEDIES[outcome.status]))
    return sorted(found, key=lambda c: (c.what == "graded with faults", c.student))


def sandbox_warnings(marks: ClassMarks, outcomes: list[Outcome]) -> list[str]:
    """Say for how many submissions the students' code ran without the sandbox, or may have."""
    unsafe = [outcome.student for outcome in outcomes if outcome.has_score and not outcome.sandboxed]
    recorded = {outcome.student for outcome in outcomes}
    unknown = [student.student for student in marks.students if student.student not in recorded]
    told = []
    if unsafe:
        told.append(
            f"{_count(len(unsafe), 'submission')} ran without a sandbox, with the rights of the person who graded: "
            "such code could read the hidden tests and change marks and files."
        )
    if unknown:
        told.append(
            f"{_count(len(unknown), 'submission')} left no record of the grading: nbgrader alone graded them. "
            "Faults and time-outs in them are not listed here."
        )
    return told


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def page(lesson: Lesson) -> str:
    """Write the report of a lesson as HTML.

    Parameters
    ----------
    lesson : Lesson
        In a course where submissions of it have been autograded.

    Returns
    -------
    str
        A page that needs no other file.

    Raises
    ------
    CourseError
        If nothing is autograded yet.
    """
    submissions, outcomes = scan(lesson), read_outcomes(lesson.root, lesson.name)
    if not outcomes:
        require_autograded(lesson)
    marks = read_marks(lesson)
    no_score = {outcome.student for outcome in outcomes if not outcome.has_score}
    students = [student for student in marks.students if student.student not in no_score]
    marks = ClassMarks(marks.assignment, marks.exercises, students, marks.absent)
    rows, waiting = [], {}
    for name in (exercise.name for exercise in marks.exercises):
        waiting[name] = [s.student for s in students if s.marks[name].waiting]
        done = [s.marks[name].points for s in students if not s.marks[name].waiting]
        rows.append((count_shares(students, name), _mean(done)))
    handed_in = {s.student for s in submissions} | {o.student for o in outcomes} | {s.student for s in students}
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["points"] = lambda value: f"{value:.4g}"
    return (
        environment.get_template("report.html.j2").render(
            marks=marks,
            students=students,
            rows=list(zip(marks.exercises, rows, strict=True)),
            shares=SHARES,
            waiting={name: ids for name, ids in waiting.items() if ids},
            concerns=concerns(lesson, submissions, outcomes, [s.student for s in students]),
            sandbox=sandbox_warnings(marks, outcomes),
            handed_in=len(handed_in),
            absent=[student for student in marks.absent if student not in handed_in],
            median=statistics.median(s.autograded for s in students) if students else None,
            mean=_mean([s.autograded for s in students]),
            distribution=distribution(students, marks.autograded_maximum, marks.maximum) if students else None,
            shares_picture=shares(students, marks.exercises) if students else None,
        )
        + "\n"
    )


def _mean(values: list[float]) -> float | None:
    return statistics.fmean(values) if values else None


def write(lesson: Lesson) -> Path:
    """Write the report of a lesson to ``reports/ASSIGNMENT.html`` and return its path."""
    path = lesson.root / "reports" / f"{lesson.name}.html"
    html = page(lesson)
    path.parent.mkdir(exist_ok=True)
    path.write_text(html, encoding="utf-8")
    return path


def main(argv: list[str], root: Path = ROOT) -> int:
    parser = argparse.ArgumentParser(prog="make report", description=__doc__)
    parser.add_argument("assignment", nargs="?")
    lesson = find_lesson(parser.parse_args(argv).assignment, "report", root)
    require_release(lesson)
    print(f"The report is {write(lesson).relative_to(root)}.")
    return 0
