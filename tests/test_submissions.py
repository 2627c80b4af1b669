"""What was handed in, and the one line that each kind of bad input is answered with."""

import json

import nbformat
import pytest
from small_course import NAME, small_course, student

from grading import __main__ as command_line
from grading import feedback, report
from grading.errors import CourseError
from grading.submissions import find_lesson, inspect, require_release, scan


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    return small_course(tmp_path_factory.mktemp("course"))


def test_scan_tells_the_three_states_apart(course):
    student(course, "ann")
    student(course, "bob").write_text('{"cells": [')
    student(course, "cho").unlink()
    student(course, "dee").rename(course.root / "submitted" / "dee" / NAME / "Untitled.ipynb")
    (course.root / "submitted" / "eve").mkdir()  # has handed in nothing of this assignment
    found = {s.student: s for s in scan(course)}
    assert {name: s.state for name, s in found.items()} == {
        "ann": "ok",
        "bob": "unreadable",
        "cho": "missing",
        "dee": "missing",
    }
    assert found["ann"].reason == "" and found["ann"].notebook.exists()
    assert "small.ipynb is not JSON (line 1" in found["bob"].reason
    assert "hand it in again" in found["bob"].remedy
    assert found["cho"].reason == "there is no small.ipynb"
    assert "Untitled.ipynb" in found["dee"].reason and "rename" in found["dee"].remedy
    assert list(found) == sorted(found)


CONTENTS = {
    b"": "not JSON",
    b"\xff\xfe{\x00": "not text in UTF-8",
    b"[1, 2]": "JSON, but not a notebook",
    b'{"cells": []}': "JSON, but not a notebook",
    b"[" * 100_000: "nested too deeply",
    b"9" * 10_000: "not JSON that Python can read",
    b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": 3}': "not a",
    b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [{"cell_type": "code"}]}': "not a valid notebook",
    b'{"nbformat": 99, "nbformat_minor": 0, "metadata": {}, "cells": []}': "not a",
    b'{"nbformat": "four", "metadata": {}, "cells": []}': "not a",
}


@pytest.mark.parametrize("content", CONTENTS, ids=lambda c: c[:20].decode(errors="replace"))
def test_unreadable_contents_are_named(tmp_path, content):
    path = tmp_path / "small.ipynb"
    path.write_bytes(content)
    found = inspect("ann", path)
    assert found.state == "unreadable"
    assert CONTENTS[content] in found.reason and "small.ipynb" in found.reason
    assert "\n" not in found.reason and len(found.reason) < 200


def test_links_and_folders_are_no_notebooks(tmp_path):
    (tmp_path / "real.ipynb").write_text(json.dumps(nbformat.v4.new_notebook()))
    (tmp_path / "small.ipynb").symlink_to(tmp_path / "real.ipynb")
    assert inspect("ann", tmp_path / "small.ipynb").reason == "small.ipynb is a link, not a file"
    (tmp_path / "folder.ipynb").mkdir()
    assert "cannot be opened" in inspect("ann", tmp_path / "folder.ipynb").reason


def test_sloppy_notebooks_are_still_read(tmp_path):
    """Cells without ids, extra fields and the third version of the format occur and do no harm."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1"), nbformat.v4.new_markdown_cell("a")])
    for cell in notebook.cells:
        del cell["id"]
    notebook["extra"] = notebook.cells[0]["colab"] = {}
    (tmp_path / "a.ipynb").write_text(json.dumps(notebook))
    assert inspect("ann", tmp_path / "a.ipynb").state == "ok"
    old = nbformat.convert(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1")]), 3)
    (tmp_path / "b.ipynb").write_text(json.dumps(old))
    assert inspect("ann", tmp_path / "b.ipynb").state == "ok"


def test_an_unknown_assignment_gets_the_nearest_name(course):
    with pytest.raises(CourseError, match="there is no assignment 'ps90_smal'.*ps90_small"):
        find_lesson("ps90_smal", "report", course.root)
    with pytest.raises(CourseError, match="needs to know which assignment.*make report ASSIGNMENT=NAME.*ps90_small"):
        find_lesson(None, "report", course.root)
    assert find_lesson(NAME, "report", course.root) == course


def test_what_was_never_released_cannot_be_graded(tmp_path):
    lesson = small_course(tmp_path, release=False)
    with pytest.raises(CourseError, match=f"{NAME} was never released.*make release ASSIGNMENT={NAME}"):
        require_release(lesson)


@pytest.mark.parametrize("command", [report, feedback])
def test_commands_before_release_and_before_autograding(tmp_path, course, command):
    with pytest.raises(CourseError, match=f"make release ASSIGNMENT={NAME}"):
        command.main([NAME], small_course(tmp_path, release=False).root)
    with pytest.raises(CourseError, match=f"nothing of {NAME} is autograded yet.*make autograde ASSIGNMENT={NAME}"):
        command.main([NAME], course.root)
    assert not (tmp_path / "gradebook.db").exists()


@pytest.mark.parametrize("word", ["report", "feedback"])
@pytest.mark.parametrize("arguments", [["ps00_welcom"], []])
def test_the_command_line_answers_in_one_line(capsys, word, arguments):
    assert command_line.main([word, *arguments]) == 1
    told = capsys.readouterr()
    assert told.out == "" and told.err.startswith("error: ") and told.err.count("\n") == 1
    assert "ps00_welcome" in told.err and " - " in told.err
