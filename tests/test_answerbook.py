"""Answer books: what is read from them, and which faults are named."""

import pytest

from grading import answerbook
from grading.errors import CourseError
from grading.plan import plan
from tests import tiny_lesson


def test_an_answer_is_what_stands_between_two_headers():
    first, second = answerbook.parse(
        "# A book.\n\n# %% wrong f.half: half of it\ndef f(x):\n\n    return x / 2\n\n\n"
        "# %% right f.g: as it is\nf = abs\n",
        "book",
    )
    assert (first.kind, first.answer.key, first.what) == ("wrong", "f.half", "half of it")
    assert first.answer.source == "def f(x):\n\n    return x / 2"
    assert (second.kind, second.answer.exercise, second.answer.name) == ("right", "f", "g")
    assert second.answer.source == "f = abs"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("# %% wrong f: no name\nf = 1", "book, line 1: this header cannot be read"),
        ("\n# %% wrong f.a:\nf = 1", "book, line 2: this header cannot be read"),
        ("# %% worng f.a: misspelt\nf = 1", "line 1: this header cannot be read"),
        ("#%% wrong f.a: no blank\nf = 1", "line 1: this header cannot be read"),
        ("# %% wrong f.a: one\nf = 1\n# %% wrong f.b\nf = 2", "line 3: this header cannot be read"),
        ("# %% wrong f.a: one\nf = 1\n# %% right f.a: two\nf = 2", "line 3: there are two answers f.a"),
        ("# %% wrong f.a: one\n\n# %% right f.b: two\nf = 2", "line 1: f.a is empty"),
        ("f = 1\n# %% wrong f.a: one\nf = 1", "there is code before the first answer"),
    ],
)
def test_a_fault_of_the_text_is_named(text, told):
    with pytest.raises(CourseError, match=told):
        answerbook.parse(text, "book")


def test_a_complete_book_passes(tmp_path):
    lesson = plan(tiny_lesson.write(tmp_path))
    assert len(answerbook.checked(lesson)) == 8


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("wrong centre.median", "right centre.median", "centre has 2 wrong answers and needs at least 3"),
        ("right spread.product", "wrong spread.product", "spread has 0 right answers and needs at least 1"),
        ("right spread.product", "right spred.product", "spred is no exercise of ps98_tiny"),
    ],
)
def test_what_a_book_lacks_is_named(tmp_path, before, after, told):
    lesson = plan(tiny_lesson.write(tmp_path, book=tiny_lesson.BOOK.replace(before, after)))
    with pytest.raises(CourseError, match=told):
        answerbook.checked(lesson)


def test_a_lesson_without_a_book_is_named(tmp_path):
    lesson = tiny_lesson.write(tmp_path)
    answerbook.book_path(lesson).unlink()
    with pytest.raises(CourseError, match="ps98_tiny has no answer book tests/answers/ps98.py"):
        answerbook.checked(plan(lesson))
