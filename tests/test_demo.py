"""The demonstration: three students through the whole pipeline, in a folder of its own."""

import hashlib
import io

import pytest
from rich.console import Console
from small_course import NAME, small_course

from grading import demo, examples
from grading.errors import CourseError
from grading.exercises import solution_cells
from grading.pipeline import ROOT, lessons, read_notebook


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    return small_course(tmp_path_factory.mktemp("course"))


def contents(folder):
    return {p: hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.rglob("*") if p.is_file()}


def test_three_students_end_to_end(course, tmp_path):
    before = contents(course.root)
    shown = io.StringIO()
    assert demo.run(tmp_path / "demo", NAME, course.root, Console(file=shown, width=100)) == []
    assert contents(course.root) == before, "the course that the example is taken from was touched"
    lines = shown.getvalue().splitlines()
    assert [line[:4] for line in lines[:5]] == [f"{step}/5 " for step in range(1, 6)]
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in lines if line.startswith("│")]
    assert rows == [
        ["complete", "8", "8", "graded"],
        ["half", "3", "3", "graded"],
        ["empty", "0", "0", "graded"],
    ]
    assert lines[-2].startswith("Class report: ") and lines[-2].endswith(f"demo/reports/{NAME}.html")
    assert (tmp_path / "demo" / "reports" / f"{NAME}.html").exists()
    assert (tmp_path / "demo" / "feedback" / "half" / NAME / "small.html").exists()


def test_a_score_that_was_not_intended_is_told_and_fails(monkeypatch, capsys):
    expected = {"complete": 8.0, "half": 3.0, "empty": 0.0}
    assert demo.differences(expected, dict(expected), list(expected)) == []
    found = demo.differences(expected, {"complete": 8.0, "half": 2.5}, ["complete", "half"])
    assert found == ["half got 2.5 points, and was made to get 3", "empty has no score", "empty has no feedback"]
    monkeypatch.setattr(demo, "run", lambda *_: found)
    assert demo.main([]) == 1
    assert capsys.readouterr().err.count("error: ") == 3
    monkeypatch.setattr(demo, "run", lambda *_: [])
    assert demo.main([]) == 0


def test_a_grader_that_fails_is_told_with_its_last_words(course, tmp_path):
    lesson = examples.course_folder(tmp_path, NAME, course.root)  # never released there
    with pytest.raises(CourseError, match="autograding ended with status 1: .*autograde.log"):
        demo.autograde(lesson)


def test_the_demonstration_shows_a_lesson_of_the_course():
    lesson = lessons(ROOT, [demo.ASSIGNMENT])[0]
    students = demo.students(lesson)
    assert list(students) == ["complete", "half", "empty"]
    maximum = students["complete"][1]
    assert maximum == 18 and 0.3 * maximum < students["half"][1] < 0.7 * maximum


def test_a_submission_is_the_release_with_answers_in_it(course):
    release = read_notebook(course.release)
    some = examples.submission(NAME, ["mean", "discuss_half"], course.root)
    answers = {name: cell.source for name, cell in solution_cells(some).items()}
    assert answers["mean"] == "def mean(values):\n    return sum(values) / len(values)"
    assert answers["discuss_half"] == "Because half of a double is the whole."
    untouched = {name: cell.source for name, cell in solution_cells(release).items()}
    assert answers["double"] == untouched["double"] and "NotImplementedError" in answers["double"]
    assert examples.submission(NAME, [], course.root) == release
    changed = [a.id for a, b in zip(some.cells, release.cells, strict=True) if a != b]
    assert changed == ["mean", "discuss_half"]
    everything = solution_cells(examples.submission(NAME, None, course.root))
    assert not any("NotImplementedError" in cell.source for cell in everything.values())
    with pytest.raises(ValueError, match="ps90_small has no exercise softmax; it has double, mean"):
        examples.submission(NAME, ["softmax"], course.root)


def test_the_courses_own_folder_is_never_used_for_examples(course):
    with pytest.raises(ValueError, match="another"):
        examples.course_folder(course.root, NAME, course.root)
    assert course.source.exists()


def test_an_old_demonstration_is_cleared_away(course, tmp_path):
    stale = tmp_path / "submitted" / "someone" / NAME / "small.ipynb"
    stale.parent.mkdir(parents=True)
    stale.write_text("{}")
    (tmp_path / "gradebook.db").write_text("not a gradebook")
    lesson = examples.course_folder(tmp_path, NAME, course.root)
    assert not stale.exists() and not (tmp_path / "gradebook.db").exists()
    assert lesson.source.read_bytes() == course.source.read_bytes()
