"""A class of attacks and faults, beside honest students, graded by the real command; every submission is a test."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import psutil
import pytest
from attacks_on_files import ATTACKS, BROKEN_FILES, FAULTS
from trial_class import CODE_ATTACKS, CODE_FAULTS, HONEST, gather
from trial_course import EXERCISES, POINTS, autograded, cell, honest, make_course, marks, run

from grading.outcomes import Outcome, read_outcomes
from grading.pipeline import Lesson

ALL_ATTACKS = [*CODE_ATTACKS, *ATTACKS]
ALL_FAULTS = [*CODE_FAULTS, *FAULTS]
MINE = "trial-of-the-grader"

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="the sandbox exists for Linux alone"),
    pytest.mark.timeout(1800),
]


class Graded(NamedTuple):
    """What is left after the class was graded."""

    lesson: Lesson
    students: list[str]
    process: subprocess.CompletedProcess[str]
    outcomes: dict[str, Outcome]
    connections: list[str]
    left_over: list[str]
    before: dict[str, bytes]


def files(root: Path) -> dict[str, bytes]:
    """Return the files that no submission may change."""
    kept = [path for part in ("source", "release", "submitted") for path in (root / part).rglob("*")]
    return {str(path): path.read_bytes() for path in kept if path.is_file() and not path.is_symlink()}


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Graded]:
    """Grade the whole class once, with a server on this machine that no submission may reach."""
    folder = tmp_path_factory.mktemp("class")
    lesson = make_course(folder)
    connections: list[str] = []
    listeners = [socket.socket(), socket.socket(socket.AF_UNIX)]
    abstract = f"{MINE}-{os.getpid()}"
    listeners[0].bind(("127.0.0.1", 0))
    listeners[1].bind("\0" + abstract)
    for listener in listeners:
        listener.listen()
        threading.Thread(target=accept, args=(listener, connections), daemon=True).start()
    students = gather(lesson, listeners[0].getsockname()[1], abstract)
    before = files(lesson.root)
    os.environ["LEAKED_VARIABLE"] = "LEAKED from the environment"
    try:
        process = run(lesson, "--workers=2", timeout=1700)
    finally:
        del os.environ["LEAKED_VARIABLE"]
    left_over = [
        " ".join(found.info["cmdline"])
        for found in psutil.process_iter(["cmdline"])
        if found.info["cmdline"] and ("LEAKEDDAEMON" in found.info["cmdline"] or str(lesson.root) in str(found.info))
    ]
    outcomes = {outcome.student: outcome for outcome in read_outcomes(lesson.root, lesson.name)}
    yield Graded(lesson, students, process, outcomes, connections, left_over, before)
    for listener in listeners:
        listener.close()


def accept(listener: socket.socket, connections: list[str]) -> None:
    while True:
        try:
            connections.append(str(listener.accept()))
        except OSError:
            return


def test_there_are_enough_of_both() -> None:
    assert len(ALL_ATTACKS) >= 25
    assert len(ALL_FAULTS) + len(BROKEN_FILES) >= 25


@pytest.mark.parametrize("name", HONEST)
def test_the_honest_get_what_they_earned(graded: Graded, name: str) -> None:
    assert graded.outcomes[name].status == "graded", graded.outcomes[name]
    expected = {exercise: POINTS[exercise] if exercise in HONEST[name] else 0.0 for exercise in EXERCISES}
    assert marks(graded.lesson, name) == expected


@pytest.mark.parametrize("name", ALL_ATTACKS)
def test_no_attack_gains_a_point(graded: Graded, name: str) -> None:
    student = f"attack-{name}"
    assert graded.outcomes[student].status in ("graded", "graded with faults"), graded.outcomes[student]
    assert sum(marks(graded.lesson, student).values()) == 0
    told = [str(output) for found in autograded(graded.lesson, student).cells for output in found.get("outputs", [])]
    leaks = re.findall(r".{0,60}LEAKED.{0,60}", "\n".join(told))
    assert not leaks


@pytest.mark.parametrize("name", ALL_FAULTS)
def test_a_fault_costs_its_own_exercise_alone(graded: Graded, name: str) -> None:
    student = f"fault-{name}"
    if name in CODE_FAULTS:
        where, told = CODE_FAULTS[name].where, CODE_FAULTS[name].told
    else:
        where, told = "nothing", FAULTS[name][1]
    outcome = graded.outcomes[student]
    got = marks(graded.lesson, student)
    expected = {exercise: 0.0 if exercise == where else POINTS[exercise] for exercise in EXERCISES}
    if where in EXERCISES:
        assert got[where] < POINTS[where]
        got[where] = 0.0
    assert got == expected, outcome
    said = "\n".join(f"{place}: {what}" for place, what in outcome.faults)
    if told == "-":
        assert outcome.status == "graded", said
    else:
        assert outcome.status == "graded with faults"
        assert re.search(told, said), said
        if where in EXERCISES:
            assert all(place.endswith(where) or "when run again" in what for place, what in outcome.faults), said


@pytest.mark.parametrize("name", BROKEN_FILES)
def test_a_broken_file_has_a_named_outcome(graded: Graded, name: str) -> None:
    outcome = graded.outcomes[f"broken-{name}"]
    assert outcome.status == BROKEN_FILES[name][1]
    assert outcome.detail


def test_every_submission_has_a_line(graded: Graded) -> None:
    assert sorted(graded.outcomes) == graded.students
    scored = [name for name in graded.students if graded.outcomes[name].has_score]
    assert not [name for name in scored if name not in graded.process.stdout]
    assert graded.process.returncode == 1, "some have no score"
    assert "Traceback" not in graded.process.stderr, graded.process.stderr[-3000:]


def test_nothing_is_left_behind(graded: Graded) -> None:
    assert not graded.left_over
    assert not graded.connections
    assert not (graded.lesson.root / "LEAKED").exists()
    after = files(graded.lesson.root)
    aside = {str(graded.lesson.root / "submitted" / "attack-pipe_in_the_folder")}
    changed = [path for path in graded.before if after.get(path) != graded.before[path] and path not in aside]
    assert not changed


def test_hidden_tests_reach_no_students_notebook(graded: Graded) -> None:
    for name in ALL_ATTACKS:
        for found in autograded(graded.lesson, f"attack-{name}").cells:
            told = found.metadata.get("nbgrader", {})
            if found.cell_type == "code" and not told.get("grade"):
                assert "MARKER-hidden" not in str(found.outputs)


def test_an_honest_notebook_keeps_its_shape(graded: Graded) -> None:
    found = autograded(graded.lesson, "full")
    mine = honest(graded.lesson)
    assert [one.source for one in found.cells if one.cell_type == "markdown"] == [
        one.source for one in mine.cells if one.cell_type == "markdown"
    ]
    assert cell(found, "row_sums").source == cell(mine, "row_sums").source
    tried = next(one for one in found.cells if "try-it" in one.source)
    assert "Not run while grading" in tried.outputs[0].text
