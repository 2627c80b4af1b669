"""``python -m grading messages``: what is a student with a wrong answer told?

For every wrong answer of a lesson's book, the message of the first visible test that it fails, by exercise. A bare
``AssertionError`` tells nothing, and is a defect of the test.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from grading import answerbook, engine
from grading.answerbook import Entry
from grading.engine import CellResult, Outcome
from grading.pipeline import ROOT, lessons
from grading.plan import Plan, plan


def first_visible(outcome: Outcome) -> CellResult | None:
    """The first visible test in which the answer lost marks, or None where only hidden ones notice."""
    return next((cell for cell in outcome.lost if cell.name.startswith("test_")), None)


def is_bare(cell: CellResult) -> bool:
    """Whether the message says no more than that something was wrong."""
    return cell.error == "AssertionError" and not cell.message.strip()


def describe(outcome: Outcome) -> tuple[str, str]:
    """Say what the student is told, and what is to be remarked about it.

    Returns
    -------
    told : str
    remark : str
        Empty for a message that a test or the student's own code gave in words; "defect" first where it must be mended.
    """
    cell = first_visible(outcome)
    if outcome.defined:
        return outcome.defined, "the answer's own cell fails"
    if cell is None:
        return (
            ("only the hidden tests notice", "") if outcome.lost else ("no test notices", "defect: it keeps its marks")
        )
    if is_bare(cell):
        return cell.told, f"defect: {cell.name} gives no reason"
    if cell.error not in ("AssertionError", "Timeout", "Died") and not cell.blame.startswith("answer"):
        return cell.told, f"raised in {cell.blame or cell.name}, not in the answer"
    return cell.told, ""


def show(lesson: Plan, entries: Sequence[Entry], outcomes: dict[str, Outcome], console: Console) -> int:
    """Print a lesson's messages by exercise and return how many defects there are."""
    defects, hidden = 0, 0
    console.rule(lesson.lesson.name, align="left")
    for exercise in lesson.solutions:
        console.print(f"\n[bold]{exercise}[/bold]")
        for entry in (e for e in entries if e.kind == "wrong" and e.answer.exercise == exercise):
            told, remark = describe(outcomes[entry.answer.key])
            defects += remark.startswith("defect")
            hidden += told == "only the hidden tests notice"
            console.print(f"  {escape(entry.answer.name)}: {escape(entry.what)}", highlight=False, style="dim")
            for line in told.splitlines():
                console.print(f"      {line}", markup=False, highlight=False, soft_wrap=True)
            if remark:
                console.print(f"      ({remark})", markup=False, highlight=False, style="yellow")
    total = sum(entry.kind == "wrong" for entry in entries)
    console.print(f"\n{total} wrong answers, {hidden} noticed by hidden tests only, {defects} defects", highlight=False)
    return defects


def main(argv: list[str], root: Path = ROOT) -> int:
    parser = argparse.ArgumentParser(prog="make messages", description=__doc__)
    parser.add_argument("assignment", nargs="*", help="the lessons to look at; all by default")
    args = parser.parse_args(argv)
    console, defects = Console(width=110), 0
    for lesson in map(plan, lessons(root, args.assignment)):
        entries = answerbook.checked(lesson)
        wrong = [entry.answer for entry in entries if entry.kind == "wrong"]
        defects += show(lesson, entries, engine.outcomes(lesson, wrong), console)
    return 1 if defects else 0
