"""The driver: what it finishes, what it leaves alone, and what it says."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import psutil
import pytest
from trial_class import HONEST
from trial_course import NAME, autograded, cell, hand_in, honest, make_course, marks, run

from grading import autograde, status, worker
from grading.errors import CourseError
from grading.outcomes import Outcome, outcome_path, read_outcomes, write_outcome
from grading.pipeline import Lesson

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="the sandbox exists for Linux alone"),
    pytest.mark.timeout(900),
]
SLOW = "import time\ntime.sleep(2.5)"


def a_class(folder: Path, size: int = 0, slow: bool = False) -> Lesson:
    """Make a course with the three honest students, or `size` copies of the full one."""
    lesson = make_course(folder)
    for number in range(size):
        notebook = honest(lesson)
        if slow:
            notebook.cells.insert(3, nbformat.v4.new_code_cell(SLOW))
        hand_in(notebook, lesson, f"student-{number}")
    for name, answered in HONEST.items() if not size else ():
        hand_in(honest(lesson, answered), lesson, name)
    return lesson


def state(lesson: Lesson) -> dict[str, tuple[int, bytes]]:
    """Return the time and content of every file that grading makes."""
    paths = [path for path in (lesson.root / "autograded").rglob("*") if path.is_file() and path.suffix != ".lock"]
    return {str(path.relative_to(lesson.root)): (path.stat().st_mtime_ns, path.read_bytes()) for path in paths}


def start(lesson: Lesson, *arguments: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "grading", "autograde", lesson.name, *arguments]
    return subprocess.Popen(command, cwd=lesson.root, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def until(what, seconds: float = 120) -> None:
    """Wait until `what()` is true."""
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def test_one_worker_and_two_give_the_same(tmp_path: Path) -> None:
    results = []
    for workers in (1, 2):
        lesson = a_class(tmp_path / str(workers))
        done = run(lesson, f"--workers={workers}")
        assert done.returncode == 0, done.stdout + done.stderr
        notebooks = {name: autograded(lesson, name) for name in HONEST}
        results.append(({name: marks(lesson, name) for name in HONEST}, notebooks))
    assert results[0] == results[1]


def test_finished_work_is_left_alone(tmp_path: Path) -> None:
    lesson = a_class(tmp_path)
    assert run(lesson).returncode == 0
    before = state(lesson)
    again = run(lesson)
    assert again.returncode == 0
    assert "3 of 3 need no grading" in again.stdout
    assert state(lesson) == before
    # A new hand-in is graded, and it alone.
    hand_in(honest(lesson), lesson, "half")
    assert run(lesson).returncode == 0
    changed = {name for name, found in state(lesson).items() if before.get(name) != found}
    assert {Path(name).parts[1] for name in changed if ".outcomes" not in name} == {"half"}
    assert sum(marks(lesson, "half").values()) == 10
    # --force grades what it is asked to.
    before = state(lesson)
    assert run(lesson, "--force", "--student=full").returncode == 0
    changed = {name for name, found in state(lesson).items() if before.get(name) != found}
    assert {Path(name).parts[1] for name in changed if ".outcomes" not in name} == {"full"}


def test_a_killed_driver_leaves_nothing_running_and_can_go_on(tmp_path: Path) -> None:
    lesson = a_class(tmp_path, 4, slow=True)
    driver = start(lesson, "--workers=2")
    until(lambda: read_outcomes(lesson.root, NAME))
    family = psutil.Process(driver.pid).children(recursive=True)
    os.kill(driver.pid, signal.SIGKILL)
    driver.wait()
    finished = {outcome.student for outcome in read_outcomes(lesson.root, NAME)}
    _, alive = psutil.wait_procs(family, timeout=30)
    assert not alive
    finished_files = {name: found for name, found in state(lesson).items() if Path(name).parts[1] in finished}
    assert 0 < len(finished) < 4
    done = run(lesson, "--workers=2")
    assert done.returncode == 0, done.stdout + done.stderr
    after = state(lesson)
    assert {name: after[name] for name in finished_files} == finished_files
    assert len(read_outcomes(lesson.root, NAME)) == 4
    assert {sum(marks(lesson, f"student-{number}").values()) for number in range(4)} == {10.0}


def workers_of(driver: int) -> list[psutil.Process]:
    """Return the processes that started sandboxes."""
    found = psutil.Process(driver).children(recursive=True)
    return list({process.parent() for process in found if process.name() == "bwrap" and process.ppid() != driver})


def test_a_worker_that_dies_is_replaced(tmp_path: Path) -> None:
    lesson = a_class(tmp_path, 3, slow=True)
    driver = start(lesson, "--workers=1")
    until(lambda: read_outcomes(lesson.root, NAME))
    time.sleep(1)
    (victim,) = workers_of(driver.pid)
    victim.kill()
    assert driver.wait(300) == 0
    assert {outcome.status for outcome in read_outcomes(lesson.root, NAME)} == {"graded"}
    assert {sum(marks(lesson, f"student-{number}").values()) for number in range(3)} == {10.0}


def test_a_sandbox_that_dies_is_replaced(tmp_path: Path) -> None:
    lesson = a_class(tmp_path, 1, slow=True)
    driver = start(lesson, "--workers=1")
    until(lambda: (lesson.root / "autograded" / "student-0").is_dir())
    time.sleep(1)
    sandboxes = [found for worker in workers_of(driver.pid) for found in worker.children() if found.name() == "bwrap"]
    assert len(sandboxes) == 2
    for found in sandboxes:
        found.kill()
    assert driver.wait(300) == 0
    assert sum(marks(lesson, "student-0").values()) == 10


def test_an_internal_error_is_told_with_its_trace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lesson = a_class(tmp_path)
    monkeypatch.setattr(worker, "_root", lesson.root)

    def fail(*arguments: object) -> None:
        raise RuntimeError("the grader's own fault")

    monkeypatch.setattr(worker, "_convert", fail)
    outcome = worker.grade(NAME, "full")
    assert outcome.status == "internal error"
    trace = outcome_path(lesson.root, NAME, "full").with_suffix(".trace.txt")
    assert str(trace.relative_to(lesson.root)) in outcome.detail
    assert "the grader's own fault" in trace.read_text()


def test_run_try_it_runs_them(tmp_path: Path) -> None:
    lesson = a_class(tmp_path)
    done = run(lesson, "--run-try-it", "--student=full")
    assert done.returncode == 0, done.stdout + done.stderr
    tried = next(found for found in autograded(lesson, "full").cells if "try-it" in found.source)
    assert tried.outputs[0].text == "try-it [ 6. 22. 38.]\n"
    assert cell(autograded(lesson, "full"), "test_row_sums").execution_count == 4


def test_without_a_sandbox_the_marks_are_the_same_and_it_is_told(tmp_path: Path) -> None:
    lesson = a_class(tmp_path)
    done = run(lesson, "--unsafe-no-sandbox")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "without a sandbox" in done.stdout
    assert not any(outcome.sandboxed for outcome in read_outcomes(lesson.root, NAME))
    assert [sum(marks(lesson, name).values()) for name in ("full", "half", "empty")] == [10, 5, 0]


def test_nbgraders_own_command_gives_the_same(tmp_path: Path) -> None:
    lesson = a_class(tmp_path)
    command = [sys.executable, "-W", "ignore", "-m", "nbgrader", "autograde", NAME]
    done = subprocess.run(command, cwd=lesson.root, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr[-3000:]
    assert [sum(marks(lesson, name).values()) for name in ("full", "half", "empty")] == [10, 5, 0]
    assert {outcome.status for outcome in read_outcomes(lesson.root, NAME)} == {"graded"}


def test_without_the_projects_settings_stock_nbgrader_grades_too(tmp_path: Path) -> None:
    lesson = a_class(tmp_path)
    (lesson.root / "nbgrader_config.py").write_text("c = get_config()\n")
    command = [sys.executable, "-W", "ignore", "-m", "nbgrader", "autograde", NAME]
    done = subprocess.run(command, cwd=lesson.root, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr[-3000:]
    assert [sum(marks(lesson, name).values()) for name in ("full", "half", "empty")] == [10, 5, 0]


def test_status_shows_what_is_stored(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch) -> None:
    lesson = a_class(tmp_path)
    monkeypatch.chdir(lesson.root)
    write_outcome(lesson.root, Outcome("full", NAME, "graded", seconds=1.5))
    write_outcome(lesson.root, Outcome("half", NAME, "graded with faults", [("test_[x]", "stopped")]))
    assert status.main([NAME]) == 1
    told = capsys.readouterr().out
    assert "test_[x]: stopped" in told
    assert "not graded yet  empty" in told
    write_outcome(lesson.root, Outcome("empty", NAME, "graded"))
    assert status.main([NAME]) == 0


def test_what_is_wrong_with_the_call_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lesson = a_class(tmp_path)
    monkeypatch.chdir(lesson.root)
    with pytest.raises(CourseError, match="nosuch"):
        autograde.main(["ps90_nosuch"])
    with pytest.raises(CourseError, match="no student 'nobody'"):
        autograde.main([NAME, "--student=nobody"])
    (lesson.root / "gradebook.db").unlink()
    with pytest.raises(CourseError, match="gradebook"):
        autograde.main([NAME])
