"""``python -m grading mutants``: which small changes to the reference solutions do the graded cells notice?

Every mutant of every solution runs against the graded cells of its own exercise. One that keeps all marks survives:
either the tests have a hole, or the change makes no difference. The latter are listed, with the reason, in
``tests/answers/equivalent.toml``; whatever is listed there and no longer survives is reported as well.
"""

from __future__ import annotations

import argparse
import tomllib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich import box
from rich.console import Console
from rich.progress import track
from rich.table import Table

from grading import engine
from grading.engine import Answer
from grading.errors import CourseError
from grading.pipeline import ROOT, lessons
from grading.plan import Plan, plan

try:
    from grading.mutation import Mutant, mutants
except ModuleNotFoundError as error:
    raise CourseError(
        f"make mutants needs the package {error.name}, which is not installed.",
        "Install what developers need: .venv/bin/pip install -c constraints.txt -e .[dev]",
    ) from None

NEEDED, WIDTH = 0.95, 110
FIELDS = ("assignment", "exercise", "before", "after", "reason")


@dataclass(frozen=True)
class Result:
    """A mutant's fate: killed, timed out (which counts as killed), equivalent (it is listed) or survived."""

    mutant: Mutant
    fate: str


def read_equivalents(root: Path = ROOT) -> list[dict[str, str]]:
    """Read the list of mutants that make no difference.

    Returns
    -------
    list of dict
        With the keys assignment, exercise, before, after and reason.

    Raises
    ------
    CourseError
        For a list that cannot be read or an entry that lacks one of them.
    """
    path = root / "tests" / "answers" / "equivalent.toml"
    if not path.exists():
        return []
    where = path.relative_to(root)
    try:
        entries = tomllib.loads(path.read_text()).get("equivalent", [])
    except tomllib.TOMLDecodeError as error:
        raise CourseError(f"{where} cannot be read ({error}).", "Mend the line that it names.") from None
    for number, entry in enumerate(entries, 1):
        # A dropped line leaves nothing: `after` alone may be empty.
        if lacking := [
            key for key in FIELDS if not str(entry.get(key, "")).strip() and (key != "after" or key not in entry)
        ]:
            raise CourseError(f"{where}: entry {number} lacks {', '.join(lacking)}.", "Give every entry all five.")
    return entries


def try_mutants(lesson: Plan, exercises: Sequence[str], equivalents: Sequence[dict[str, str]]) -> list[Result]:
    """Run the mutants of these exercises' solutions.

    Parameters
    ----------
    lesson : Plan
    exercises : sequence of str
    equivalents : sequence of dict
        As `read_equivalents` gives them.

    Returns
    -------
    list of Result
        By exercise, then by line.
    """
    made = [mutant for name in exercises for mutant in mutants(name, lesson.solutions[name].source)]
    answers = {f"{m.exercise}.m{i}": Answer(m.exercise, f"m{i}", m.source) for i, m in enumerate(made)}
    fates = {}
    running = engine.run(lesson, list(answers.values()), own_only=True)
    console = Console(stderr=True)
    for outcome in track(
        running, lesson.lesson.name, len(made), console=console, transient=True, disable=not console.is_terminal
    ):
        if outcome.timed_out:
            fates[outcome.answer.key] = "timed out"
        elif outcome.lost or outcome.defined:
            fates[outcome.answer.key] = "killed"
    listed = {(e["exercise"], e["before"], e["after"]) for e in equivalents if e["assignment"] == lesson.lesson.name}
    return [
        Result(
            mutant,
            fates.get(key, "equivalent" if (mutant.exercise, mutant.before, mutant.after) in listed else "survived"),
        )
        for key, mutant in zip(answers, made, strict=True)
    ]


def stale(
    lesson: Plan, exercises: Sequence[str], results: Sequence[Result], equivalents: Sequence[dict[str, str]]
) -> list[str]:
    """List the entries that no mutant of these exercises matches any more, or whose mutants are all killed."""
    alive = {(r.mutant.exercise, r.mutant.before, r.mutant.after) for r in results if r.fate == "equivalent"}
    return [
        f"{entry['exercise']}: {entry['before']}  ->  {entry['after']}"
        for entry in equivalents
        if entry["assignment"] == lesson.lesson.name
        and (entry["exercise"] in exercises or entry["exercise"] not in lesson.solutions)
        and (entry["exercise"], entry["before"], entry["after"]) not in alive
    ]


def kill_rate(results: Sequence[Result]) -> float:
    """Share of the mutants that the tests notice, those listed as equivalent left out."""
    fates = Counter(result.fate for result in results)
    counted = len(results) - fates["equivalent"]
    return (counted - fates["survived"]) / counted if counted else 1.0


def show(lesson: Plan, results: Sequence[Result], console: Console) -> None:
    """Print a row for each exercise and a total, then every survivor."""
    table = Table("exercise", title=lesson.lesson.name, title_justify="left", box=box.SIMPLE_HEAD)
    for heading in ("mutants", "killed", "timed out", "equivalent", "survived", "kill rate"):
        table.add_column(heading, justify="right")
    groups = {r.mutant.exercise: [s for s in results if s.mutant.exercise == r.mutant.exercise] for r in results}
    for name, group in [*groups.items(), ("total", results)]:
        fates = Counter(result.fate for result in group)
        counts = [len(group), *(fates[fate] for fate in ("killed", "timed out", "equivalent", "survived"))]
        if name == "total":
            table.add_section()
        table.add_row(name, *map(str, counts), f"{100 * kill_rate(group):.1f} %")
    console.print(table)
    text = lesson.lesson.text.read_text()
    for result in (r for r in results if r.fate == "survived"):
        mutant = result.mutant
        cell = text.find(f'"grade_id": "{mutant.exercise}"')
        line = text.count("\n", 0, cell) + 1 + mutant.line
        where = lesson.lesson.text.relative_to(lesson.lesson.root)
        told = f"survived: {where}:{line} ({mutant.exercise})\n    - {mutant.before}\n    + {mutant.after}"
        console.print(told, markup=False, highlight=False, soft_wrap=True)


def examine(lesson: Plan, exercises: Sequence[str], equivalents: Sequence[dict[str, str]], console: Console) -> bool:
    """Try a lesson's mutants, print what became of them, and say whether all is well."""
    results = try_mutants(lesson, exercises, equivalents)
    show(lesson, results, console)
    old = stale(lesson, exercises, results, equivalents)
    for entry in old:
        console.print(
            f"listed as equivalent, but no such mutant survives: {entry}", markup=False, highlight=False, soft_wrap=True
        )
    return not old and not any(r.fate == "survived" for r in results) and kill_rate(results) >= NEEDED


def main(argv: list[str], root: Path = ROOT) -> int:
    parser = argparse.ArgumentParser(prog="make mutants", description=__doc__)
    parser.add_argument("assignment", nargs="*", help="the lessons to try; all by default")
    parser.add_argument("--exercise", help="only this one")
    args = parser.parse_args(argv)
    equivalents, console, well = read_equivalents(root), Console(width=WIDTH), True
    for lesson in map(plan, lessons(root, args.assignment)):
        exercises = [name for name in lesson.solutions if args.exercise in (None, name)]
        if not exercises:
            raise CourseError(
                f"{lesson.lesson.name} has no exercise {args.exercise!r}.", f"It has: {', '.join(lesson.solutions)}."
            )
        well = examine(lesson, exercises, equivalents, console) and well
    return 0 if well else 1
