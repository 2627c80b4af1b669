"""Make the course's environment: ``python3 grading/environment.py .venv``.

Runs before anything is installed, so it uses the standard library alone, and syntax that an old Python can
read far enough to be told that it is too old.
"""

import os
import shutil
import subprocess
import sys

OLDEST = (3, 11)
GIB_NEEDED = 8
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def fail(what, remedy):
    sys.exit(f"make: {what}\n      {remedy}")


def check_python(version=sys.version_info):
    """Exit with a remedy unless this Python is recent enough."""
    if tuple(version[:2]) < OLDEST:
        fail(
            f"the course needs Python {OLDEST[0]}.{OLDEST[1]} or later; {sys.executable} is {version[0]}.{version[1]}.",
            "Install a newer one and name it: make PYTHON=/path/to/python3.12",
        )


def check_space(folder, needed=GIB_NEEDED):
    """Exit with a remedy unless `folder`'s disk has `needed` GiB free."""
    free = shutil.disk_usage(folder).free / 2**30
    if free < needed:
        fail(
            f"the environment needs about {needed} GiB of disk; {folder} has {free:.1f} GiB free.",
            "Free some space, or clone the course onto a larger disk.",
        )


def run(command, remedy):
    try:
        subprocess.check_call(command, cwd=ROOT)
    except (OSError, subprocess.CalledProcessError) as error:
        fail("this step failed: {} ({})".format(" ".join(command), error), remedy)


def create(folder):
    """Create the virtual environment `folder` and install the course with everything it needs."""
    check_python()
    check_space(ROOT)
    python = os.path.join(folder, "bin", "python")
    run(
        [sys.executable, "-m", "venv", folder],
        "On Debian and Ubuntu the module comes with: apt-get install python3-venv",
    )
    print(f"Installing the course's environment into {folder} (a few minutes, once) ...")
    run(
        [python, "-m", "pip", "install", "-qq", "--constraint", "constraints.txt", "--editable", ".[dev]"],
        "pip's message above says why. Without the package index nothing can be installed; "
        "run the same command again once it answers.",
    )


if __name__ == "__main__":
    create(sys.argv[1])
