"""The README's table of assignments."""

import re

import pytest

from grading import overview
from grading.errors import CourseError
from grading.pipeline import ROOT, lessons, read_notebook


def table() -> list[list[str]]:
    """Return the rows of the README's table of assignments, its heading left out."""
    lines = (ROOT / "README.md").read_text().splitlines()
    start = lines.index(overview.row(overview.HEADINGS)) + 2
    rows = []
    for line in lines[start:]:
        if not line.startswith("|"):
            break
        rows.append([column.strip() for column in line.strip("|").split("|")])
    return rows


def test_the_readme_lists_every_assignment_as_it_is():
    assert [tuple(row[:-1]) for row in table()] == [
        overview.facts(lesson, read_notebook(lesson.source)) for lesson in lessons()
    ]


def test_every_run_time_is_stated_and_under_half_a_minute():
    for name, *_, seconds in table():
        assert int(re.fullmatch(r"(\d+) s", seconds)[1]) <= 30, name


def test_one_lesson_at_a_time_is_not_what_it_does():
    with pytest.raises(CourseError, match="no arguments"):
        overview.main(["ps00_welcome"])
