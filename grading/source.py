"""``python -m grading source``: bring ``course/`` and ``source/`` together."""

import argparse
import time

from grading.pipeline import build_source, lessons


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="make source", description=__doc__)
    parser.add_argument("assignment", nargs="*", help="the lessons to build; all by default")
    parser.add_argument("--force", action="store_true", help="execute even what did not change")
    args = parser.parse_args(argv)
    for lesson in lessons(names=args.assignment):
        start = time.perf_counter()
        ran = build_source(lesson, args.force)
        took = f"executed in {time.perf_counter() - start:.1f} s" if ran else "up to date"
        print(f"source/{lesson.name}: {took}", flush=True)
    return 0
