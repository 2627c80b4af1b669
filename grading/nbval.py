"""``python -m grading nbval``: run the solution notebooks and compare every text output with the one that is kept.

The environment that makes outputs repeatable and the time limit of a cell are set in the root's ``conftest.py``, so
that plain ``pytest --nbval source/`` has them too. What this command adds is one lesson a process.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from grading.errors import CourseError
from grading.pipeline import ROOT, lessons

PROCESSES = 2


def command(notebooks: list[Path]) -> list[str]:
    """Return the pytest command that validates these notebooks, run in the course's root folder."""
    # loadscope keeps the cells of a notebook together in one process, in their order.
    parallel = ["-n", str(min(PROCESSES, len(notebooks))), "--dist", "loadscope"] if len(notebooks) > 1 else []
    return [sys.executable, "-m", "pytest", "--nbval", "-q", *parallel, *map(str, notebooks)]


def main(argv: list[str], root: Path = ROOT) -> int:
    parser = argparse.ArgumentParser(prog="make nbval", description=__doc__)
    parser.add_argument("assignment", nargs="*", help="the lessons to run; all by default")
    names = parser.parse_args(argv).assignment
    found = lessons(root, names)
    notebooks = [lesson.source for lesson in found if lesson.source.exists()]
    if not notebooks or (names and len(notebooks) < len(found)):
        missing = [lesson.name for lesson in found if not lesson.source.exists()] or ["the course"]
        raise CourseError(f"source/ has no notebook of {', '.join(missing)}.", "Run: make source")
    return subprocess.run(command(notebooks), cwd=root).returncode
