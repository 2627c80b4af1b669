"""Every assignment through nbgrader itself: an untouched release earns nothing, the solution everything."""

import os
import subprocess
import sys

import pytest

from grading.examples import course_folder, hand_in, submission
from grading.exercises import exercises
from grading.gradebook import read_marks
from grading.pipeline import REPRODUCIBLE, ROOT, lessons, read_notebook

RELEASED = [lesson.name for lesson in lessons(ROOT) if lesson.release.exists()]
# nbgrader's own preprocessors, whatever the course's settings put in their place.
STOCK = '\nc.pop("Autograde", None)\n'


def nbgrader(folder, *arguments):
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", *arguments], cwd=folder, text=True, env={**os.environ, **REPRODUCIBLE},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout


def graded_part(notebook):
    """Leave out the cells to play with: they carry no marks and take half of the time."""
    notebook.cells = [cell for cell in notebook.cells if "try-it" not in cell.metadata.get("tags", [])]
    return notebook


@pytest.fixture(scope="module", params=RELEASED)
def graded(request, tmp_path_factory):
    """Release an assignment, hand it in untouched and solved, and grade both, all with nbgrader's own commands."""
    lesson = course_folder(tmp_path_factory.mktemp(request.param), request.param)
    with (lesson.root / "nbgrader_config.py").open("a") as settings:
        settings.write(STOCK)
    nbgrader(lesson.root, "generate_assignment", lesson.name)
    hand_in(graded_part(read_notebook(lesson.release)), lesson, "untouched")
    hand_in(graded_part(submission(lesson.name, None, lesson.root)), lesson, "solved")
    nbgrader(lesson.root, "autograde", lesson.name)
    marks = read_marks(lesson)
    return lesson, {student.student: student for student in marks.students}


def test_an_untouched_release_scores_nothing_in_any_cell(graded):
    _, students = graded
    earned = {name: mark.points for name, mark in students["untouched"].marks.items() if mark.points}
    assert earned == {} and students["untouched"].total == 0
    assert students["untouched"].waiting == [], "a blank answer in words should need nobody"


def test_the_solution_scores_full_marks_in_every_cell(graded):
    lesson, students = graded
    expected = {e.name: 0.0 if e.by_hand else e.points for e in exercises(read_notebook(lesson.source))}
    assert {name: mark.points for name, mark in students["solved"].marks.items()} == expected
    by_hand = [e.name for e in exercises(read_notebook(lesson.source)) if e.by_hand]
    assert students["solved"].waiting == by_hand


def test_nbgraders_release_is_the_one_in_the_repository(graded):
    lesson, _ = graded
    kept = ROOT / lesson.release.relative_to(lesson.root)
    assert lesson.release.read_bytes() == kept.read_bytes()
