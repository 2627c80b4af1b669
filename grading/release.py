"""``python -m grading release``: make the students' notebooks."""

import argparse

from grading.errors import CourseError
from grading.pipeline import generate, lessons, source_faults


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="make release", description=__doc__)
    parser.add_argument("assignment", nargs="*", help="the lessons to release; all by default")
    for lesson in lessons(names=parser.parse_args(argv).assignment):
        if faults := source_faults(lesson):
            raise CourseError(faults[0] + ".", f"Run: make source ASSIGNMENT={lesson.name}")
        generate(lesson)
        print(f"release/{lesson.name}: made", flush=True)
    return 0
