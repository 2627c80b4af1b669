"""The solution notebooks print what is kept in them, and a number that has changed is noticed."""

import json
import re
import runpy
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from small_course import NAME, small_course

from grading import nbval
from grading.errors import CourseError
from grading.pipeline import CELL_SECONDS, ROOT, lessons


def run(command, **kwargs):
    done = subprocess.run(command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **kwargs)
    return done.returncode, done.stdout


@pytest.fixture
def copy():
    """A copy of the first lesson's notebook, under the root so that the root's conftest.py is read for it."""
    (ROOT / "build").mkdir(exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="nbval_", dir=ROOT / "build"))
    yield Path(shutil.copy(lessons()[0].source, folder))
    shutil.rmtree(folder)


@pytest.mark.timeout(1800)
def test_all_of_source_prints_what_it_printed():
    status, told = run([sys.executable, "-m", "grading", "nbval"])
    assert status == 0, told
    passed = int(re.search(r"(\d+) passed", told)[1])
    notebooks = [json.loads(path.read_text()) for path in (ROOT / "source").glob("*/*.ipynb")]
    cells = [cell for notebook in notebooks for cell in notebook["cells"]]
    assert passed == sum(cell["cell_type"] == "code" for cell in cells)


def test_one_changed_number_is_noticed(copy):
    notebook = json.loads(copy.read_text())
    outputs = [
        o
        for c in notebook["cells"]
        if c["cell_type"] == "code" and "NBVAL_IGNORE_OUTPUT" not in "".join(c["source"])
        for o in c["outputs"]
        if o["output_type"] == "stream"
    ]
    text = "".join(outputs[-1]["text"])
    digit = re.search(r"\d(?=\D*$)", text)
    outputs[-1]["text"] = text[: digit.start()] + str((int(digit[0]) + 1) % 10) + text[digit.end() :]
    copy.write_text(json.dumps(notebook))
    status, told = run(nbval.command([copy]))
    assert status == 1, told
    assert re.search(r"\b1 failed", told) and "mismatch" in told


def test_plain_pytest_has_the_environment_and_the_time_limit(copy):
    """What ``pytest --nbval source/`` runs in is what the outputs were written in."""
    notebook = json.loads(copy.read_text())
    code = "import os\nprint([os.environ[n] for n in ('COURSE_DATA', 'OMP_NUM_THREADS', 'PYTHONHASHSEED')])"
    output = {"name": "stdout", "output_type": "stream", "text": "['sample', '1', '0']\n"}
    cell = {"cell_type": "code", "execution_count": 1, "id": "a", "metadata": {}, "outputs": [output], "source": code}
    notebook["cells"] = [cell]
    copy.write_text(json.dumps(notebook))
    status, told = run([sys.executable, "-m", "pytest", "--nbval", "-q", str(copy)])
    assert status == 0 and "1 passed" in told, told
    notebook["cells"][0] |= {"source": "import time\ntime.sleep(60)", "outputs": []}
    copy.write_text(json.dumps(notebook))
    status, told = run(
        [sys.executable, "-m", "pytest", "--nbval", "--nbval-cell-timeout=2", "-q", str(copy)], timeout=50
    )
    assert status == 1 and "timeout" in told.lower(), told


def test_the_time_limit_of_a_cell_is_the_pipelines(monkeypatch):
    configure = runpy.run_path(str(ROOT / "conftest.py"))["pytest_configure"]

    class Config:
        option = type("Option", (), {"nbval_cell_timeout": 2000})

        def getoption(self, name, default=None):
            return True

    for name in ("COURSE_DATA", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "PYTHONHASHSEED"):
        monkeypatch.setenv(name, "changed back in the end")
    configure(Config())
    assert Config.option.nbval_cell_timeout == CELL_SECONDS


def test_lessons_are_spread_over_processes_as_wholes():
    command = nbval.command([Path("a.ipynb"), Path("b.ipynb"), Path("c.ipynb")])
    assert command[command.index("-n") + 1] == "2" and command[command.index("--dist") + 1] == "loadscope"
    assert "-n" not in nbval.command([Path("a.ipynb")])


def test_what_cannot_be_run_is_told(tmp_path):
    course = small_course(tmp_path, release=False)
    with pytest.raises(CourseError, match="Did you mean ps90_small"):
        nbval.main(["ps90_smal"], course.root)
    course.source.unlink()
    for arguments in ([], [NAME]):
        with pytest.raises(CourseError, match=f"source/ has no notebook of {NAME}.*make source"):
            nbval.main(arguments, course.root)
    shutil.rmtree(tmp_path / "course")
    shutil.rmtree(tmp_path / "source")
    with pytest.raises(CourseError, match="source/ has no notebook of the course"):
        nbval.main([], course.root)
