"""``python -m grading bench``: the same class through nbgrader's own autograding and through this driver."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import nbformat
import psutil
from nbformat import NotebookNode
from rich.console import Console
from rich.table import Table

from grading.errors import CourseError
from grading.examples import by_machine, course_folder, first_half, hand_in, submission
from grading.gradebook import read_marks
from grading.outcomes import read_outcomes
from grading.pipeline import Lesson, generate

ASSIGNMENT = "ps04_one_layer_networks"
# How many of each kind: 16 in all.
CLASS = {"full": 7, "half": 3, "blank": 2, "slow": 2, "faulty": 2}
SLOW_SECONDS = 3
SAMPLE_SECONDS = 0.5
WANTED = {"same cells": 3.0, "without try-it cells": 8.0}
OVERHEAD_WANTED = 0.8
STOCK = """c = get_config()
c.CourseDirectory.course_id = "deep-learning"
c.ExecutePreprocessor.timeout = 60
"""


@dataclass
class Run:
    """One way of grading the class: seconds, peak memory in MiB, points by student."""

    seconds: float
    peak_mib: float
    points: dict[str, float]
    lesson: Lesson


def main(argv: list[str]) -> int:
    """Run the benchmark; exit status 1 if a figure is worse than it should be."""
    if argv:
        raise CourseError(f"bench takes no arguments; it got {' '.join(argv)}", "call it without")
    console = Console(highlight=False)
    size = sum(CLASS.values())
    console.print(f"{size} submissions of {ASSIGNMENT}, {os.cpu_count()} cores, one way after the other")
    with tempfile.TemporaryDirectory(prefix="bench-", ignore_cleanup_errors=True) as folder:
        ways = {
            "nbgrader": grade(Path(folder, "stock"), [sys.executable, "-m", "nbgrader", "autograde"], STOCK),
            "same cells": grade(Path(folder, "same"), [*driver(), "--run-try-it"], None),
            "without try-it cells": grade(Path(folder, "fast"), driver(), None),
        }
        return report(console, ways)


def driver() -> list[str]:
    """Return the command of this project's driver."""
    return [sys.executable, "-m", "grading", "autograde"]


def grade(folder: Path, command: list[str], config: str | None) -> Run:
    """Grade the class in a course folder of its own."""
    lesson = course_folder(folder, ASSIGNMENT)
    generate(lesson)
    hand_in_class(lesson)
    if config is not None:
        (folder / "nbgrader_config.py").write_text(config)
    print(f"  {' '.join(command[2:])} ...", flush=True)
    start = time.monotonic()
    log = (folder / "log.txt").open("w")
    process = subprocess.Popen([*command, lesson.name], cwd=folder, stdout=log, stderr=log)
    peak: list[float] = [0.0]
    watcher = threading.Thread(target=watch, args=(process, peak))
    watcher.start()
    try:
        process.wait()
    finally:
        process.kill()
        watcher.join()
        log.close()
    seconds = time.monotonic() - start
    points = {student.student: student.autograded for student in read_marks(lesson).students}
    return Run(seconds, peak[0], points, lesson)


def hand_in_class(lesson: Lesson) -> None:
    """Hand in the class's notebooks, the kinds spread over the order of grading."""
    everything = [exercise.name for exercise in by_machine(lesson)]
    places = [((number + 0.5) / count, kind, number) for kind, count in CLASS.items() for number in range(count)]
    for place, (_, kind, number) in enumerate(sorted(places)):
        answered = {"half": first_half(lesson), "blank": []}.get(kind, everything)
        notebook = submission(lesson.name, answered, lesson.root)
        if kind == "slow":
            insert(notebook, f"import time\ntime.sleep({SLOW_SECONDS})")
        if kind == "faulty":
            insert(notebook, "import os\nos._exit(1)" if number else "raise ValueError('a cell that fails')")
        hand_in(notebook, lesson, f"s{place:02d}-{kind}")


def insert(notebook: NotebookNode, text: str) -> None:
    """Put a student's own cell into the middle of a notebook."""
    notebook.cells.insert(len(notebook.cells) // 2, nbformat.v4.new_code_cell(text))


def watch(process: subprocess.Popen[bytes], peak: list[float]) -> None:
    """Note by how much, at the most, the machine's free memory fell while a process ran, in MiB.

    Adding up the memory of each process of its own, what they share counted once, would slow down what is measured.
    """
    before = psutil.virtual_memory().available
    while process.poll() is None:
        peak[0] = max(peak[0], (before - psutil.virtual_memory().available) / 2**20)
        time.sleep(SAMPLE_SECONDS)


def overhead(lesson: Lesson) -> float:
    """Return the seconds that a submission spends outside its cells, the median over the honest ones."""
    spent = sorted(
        outcome.seconds - outcome.seconds_in_cells
        for outcome in read_outcomes(lesson.root, lesson.name)
        if outcome.status == "graded"
    )
    return spent[len(spent) // 2]


def report(console: Console, ways: dict[str, Run]) -> int:
    """Print the figures; return 1 if one is worse than it should be."""
    stock = ways.pop("nbgrader")
    table = Table(title="Grading a class")
    for heading in ("", "seconds", "times nbgrader's speed", "wanted", "s outside cells", "peak memory (MiB)"):
        table.add_column(heading, justify="right" if heading else "left")
    table.add_row("nbgrader autograde", f"{stock.seconds:.1f}", "1.0", "", "", f"{stock.peak_mib:.0f}")
    good = True
    results = {}
    for name, way in ways.items():
        ratio, spent = stock.seconds / way.seconds, overhead(way.lesson)
        good &= ratio >= WANTED[name] and spent <= OVERHEAD_WANTED
        table.add_row(
            name, f"{way.seconds:.1f}", f"{ratio:.1f}", f"{WANTED[name]:.0f}", f"{spent:.2f}", f"{way.peak_mib:.0f}"
        )
        results[name] = {"ratio": ratio, "overhead": spent, "peak_mib": way.peak_mib}
    console.print(table)
    honest = {name: points for name, points in stock.points.items() if not name.endswith("faulty")}
    differing = [name for name, points in honest.items() if any(way.points[name] != points for way in ways.values())]
    told = f"differ for {', '.join(differing)}" if differing else "are identical"
    console.print(f"The scores of the {len(honest)} honest submissions {told}.")
    console.print(json.dumps(results))
    return 0 if good and not differing else 1
