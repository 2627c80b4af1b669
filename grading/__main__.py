"""``python -m grading COMMAND``: the instructor's commands, one module each."""

import importlib
import os
import sys
from pathlib import Path

import grading.quick_imports  # noqa: F401
from grading.errors import CourseError

COMMANDS = {
    "source": "bring course/ and source/ together and execute what changed",
    "release": "make the students' notebooks from source/",
    "check": "fail if a generated file differs from what its source gives",
    "lab": "open JupyterLab with the course in place",
    "autograde": "grade what students handed in",
    "status": "show how each submission's grading ended",
    "feedback": "write each student's feedback",
    "report": "write one page about the class",
    "demo": "the main job end to end with three example students",
    "overview": "run every solution notebook and print the table of assignments",
    "results": "train on the full data and print the published figures beside ours",
    "nbval": "run the solution notebooks and compare their outputs",
    "mutants": "measure which small changes to the solutions the tests notice",
    "messages": "show what a student with a wrong answer is told",
    "bench": "compare this grader with nbgrader's own",
}


def usage() -> str:
    lines = [f"  {name:<10} {purpose}" for name, purpose in COMMANDS.items()]
    return "usage: python -m grading COMMAND [ASSIGNMENT]\n" + "\n".join(lines)


def main(argv: list[str]) -> int:
    """Run the command that `argv` names and return its exit status."""
    if not argv or argv[0] in {"-h", "--help"}:
        print(usage())
        return 0
    word, *rest = argv
    if word not in COMMANDS:
        print(f"error: there is no command {word!r}\n{usage()}", file=sys.stderr)
        return 2
    # nbgrader calls alembic by name; it lies beside this Python.
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    # Notebooks run in folders of their own, from which a relative path leads elsewhere.
    if os.environ.get("COURSE_DATA", "sample") != "sample":
        os.environ["COURSE_DATA"] = str(Path(os.environ["COURSE_DATA"]).absolute())
    try:
        return importlib.import_module(f"grading.{word}").main(rest)
    except CourseError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
