"""Every lesson under the project's own grader: each exercise earns its marks without the answers of its neighbours."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from traitlets.config import PyFileConfigLoader

from grading import sandbox_pair, worker
from grading.examples import by_machine, hand_in, submission
from grading.gradebook import read_marks
from grading.pipeline import ROOT, Lesson, generate, lessons

LESSONS = [lesson.name for lesson in lessons()]

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="the sandbox exists for Linux alone"),
    pytest.mark.timeout(900),
]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A course folder for all lessons, and this process as the one worker, whose sandboxes serve them all."""
    folder = tmp_path_factory.mktemp("course")
    shutil.copy(ROOT / "nbgrader_config.py", folder)
    config = PyFileConfigLoader("nbgrader_config.py", path=str(folder)).load_config()
    worker.start(dict(config), str(folder), os.getpid())
    yield folder
    sandbox_pair.close_pair()


@pytest.mark.parametrize("name", LESSONS)
def test_every_second_exercise_answered_earns_every_second_exercises_marks(root: Path, name: str) -> None:
    shutil.copytree(ROOT / "source" / name, root / "source" / name)
    lesson = Lesson(name, root)
    generate(lesson)
    exercises = by_machine(lesson)
    for start, student in enumerate(("odd", "even")):
        answered = [exercise.name for exercise in exercises[start::2]]
        hand_in(submission(name, answered, root), lesson, student)
        outcome = worker.grade(name, student)
        assert outcome.status == "graded", outcome
        marks = next(found for found in read_marks(lesson).students if found.student == student).marks
        expected = {exercise.name: exercise.points * (exercise.name in answered) for exercise in exercises}
        assert {exercise: marks[exercise].points for exercise in expected} == expected
