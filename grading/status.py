"""``python -m grading status ASSIGNMENT``: how each submission's grading ended."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from grading.outcomes import STATUSES, Outcome, read_outcomes
from grading.submissions import find_lesson, scan

COLOURS = {
    "graded": "green",
    "graded with faults": "yellow",
    "unreadable": "red",
    "missing": "red",
    "internal error": "bold red",
}


def line(outcome: Outcome) -> str:
    """Return one line on a submission, with rich's colours."""
    told = f"  [{COLOURS[outcome.status]}]{outcome.status}[/]  {escape(outcome.student)}"
    if outcome.seconds:
        told += f"  {outcome.seconds:.1f} s"
    parts = [f"{where}: {what}" for where, what in outcome.faults]
    if outcome.detail:
        parts.append(outcome.detail)
    return told + escape("".join(f"\n      {part}" for part in parts))


def summary(outcomes: list[Outcome]) -> list[Table | str]:
    """Return a table of how many submissions ended how, and a line on those graded without a sandbox."""
    table = Table(title="Outcomes")
    table.add_column("outcome")
    table.add_column("submissions", justify="right")
    for status in STATUSES:
        count = sum(outcome.status == status for outcome in outcomes)
        if count:
            table.add_row(f"[{COLOURS[status]}]{status}[/]", str(count))
    if any(not outcome.sandboxed for outcome in outcomes):
        return [table, "Some were graded without a sandbox (--unsafe-no-sandbox)."]
    return [table]


def main(argv: list[str]) -> int:
    """Print a line for each submission and the summary; exit status 0 only if every submission has a score."""
    root = Path.cwd()
    lesson = find_lesson(argv[0] if argv else None, "status", root)
    outcomes = {outcome.student: outcome for outcome in read_outcomes(root, lesson.name)}
    console = Console(highlight=False)
    waiting = [found.student for found in scan(lesson) if found.student not in outcomes]
    for outcome in outcomes.values():
        console.print(line(outcome), soft_wrap=True)
    for student in waiting:
        console.print(f"  not graded yet  {escape(student)}")
    console.print(*summary(list(outcomes.values())), sep="\n")
    return 0 if not waiting and all(outcome.has_score for outcome in outcomes.values()) else 1
