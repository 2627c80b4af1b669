"""Feedback through nbgrader: a page for everyone with marks, and a word about everyone without."""

from bs4 import BeautifulSoup
from small_course import HOSTILE, NAME, graded_course

from grading import feedback


def test_everyone_with_marks_gets_a_page(tmp_path, capsys):
    lesson = graded_course(tmp_path / "course")
    assert feedback.main([NAME], lesson.root) == 0
    told = capsys.readouterr().out.splitlines()
    assert told == [
        "Not autograded, so without feedback: broken, nothing.",
        f"Feedback for 4 students is in feedback/STUDENT/{NAME}/.",
    ]
    pages = {
        name: BeautifulSoup((lesson.root / "feedback" / name / NAME / "small.html").read_text(), "html.parser").text
        for name in ("complete", "half", "empty", HOSTILE)
    }
    assert "Score: 8.0 / 10.0" in pages["complete"]
    assert "Score: 3.0 / 10.0" in pages["half"] and "Score: 0.0 / 10.0" in pages["empty"]
    assert "(values[0] + values[1]) // 2" in pages[HOSTILE]
    assert not (lesson.root / "feedback" / "broken").exists()


def test_feedback_is_written_again(tmp_path):
    lesson = graded_course(tmp_path / "course")
    page = lesson.root / "feedback" / "half" / NAME / "small.html"
    page.parent.mkdir(parents=True)
    page.write_text("from before the marks were changed")
    assert "half" in feedback.generate(lesson).written
    assert "Score: 3.0 / 10.0" in BeautifulSoup(page.read_text(), "html.parser").text


def test_one_page_that_fails_is_named_and_stops_no_other(tmp_path, capsys):
    lesson = graded_course(tmp_path / "course")
    notebook = lesson.root / "autograded" / "half" / NAME / "small.ipynb"
    notebook.chmod(0o644)
    notebook.write_text("{")
    assert feedback.main([NAME], lesson.root) == 1
    told = capsys.readouterr().out
    assert "nbgrader could write none for: half." in told
    assert told.endswith(f"Feedback for 3 students is in feedback/STUDENT/{NAME}/.\n")
    assert not (lesson.root / "feedback" / "half" / NAME / "small.html").exists()
