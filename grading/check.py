"""``python -m grading check``: nothing generated may differ from what it is generated from."""

import argparse

from grading.pipeline import ROOT, lessons, release_faults, source_faults


def main(argv: list[str]) -> int:
    argparse.ArgumentParser(prog="make check", description=__doc__).parse_args(argv)
    faults = []
    for lesson in lessons():
        found = source_faults(lesson)
        faults += found or release_faults(lesson)
    for fault in faults:
        print(fault.replace(f"{ROOT}/", ""))
    print(f"{len(faults)} faults." if faults else "source/ and release/ are what course/ gives.")
    if faults:
        print("Run make release to generate them again.")
    return 1 if faults else 0
