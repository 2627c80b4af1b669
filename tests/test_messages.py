"""`make messages` on the tiny lesson."""

import pytest

from grading import messages
from grading.engine import Answer, CellResult, Outcome
from tests import tiny_lesson


def test_each_wrong_answer_is_listed_with_what_the_student_is_told(tmp_path, capsys):
    tiny_lesson.write(tmp_path)
    assert messages.main(["ps98_tiny"], tmp_path) == 0
    text = capsys.readouterr().out
    after_median = text[text.index("median: the median instead of the mean") :].splitlines()
    assert "The centred values add up to 3, not to 0." in after_median[1]
    assert "Died: ended the process with status 3" in text and "Timeout" in text
    assert "sum: through the sum" not in text, "right answers are not listed"
    assert "6 wrong answers, 2 noticed by hidden tests only, 0 defects" in text


def test_a_bare_assertion_is_a_defect(tmp_path, capsys):
    reason = ', f"The centred values add up to {seen.sum():g}, not to 0. Which mean was taken off?"'
    assert reason in tiny_lesson.LESSON
    answers = [part for part in tiny_lesson.BOOK.split("# %% ") if ".endless" not in part]
    book = "# %% ".join(answers) + "# %% wrong spread.nothing: returns nothing\ndef spread(x, weights):\n    pass\n"
    tiny_lesson.write(tmp_path, tiny_lesson.LESSON.replace(reason, ""), book)
    assert messages.main(["ps98_tiny"], tmp_path) == 1
    text = capsys.readouterr().out
    assert "(defect: test_centre gives no reason)" in text and "1 defects" in text


def outcome(*cells: CellResult, defined: str | None = None) -> Outcome:
    return Outcome(Answer("f", "a", "f = 1"), cells, defined)


def cell(name: str, error: str | None, message: str = "", blame: str = "test_f") -> CellResult:
    return CellResult(name, "f", 1.0, 0.0 if error else 1.0, error, message, blame, 0.0)


@pytest.mark.parametrize(
    ("found", "told", "remark"),
    [
        (outcome(cell("test_f", "AssertionError", "why")), "AssertionError: why", ""),
        (outcome(cell("test_f", "AssertionError", "  ")), "AssertionError:   ", "defect: test_f gives no reason"),
        (outcome(cell("test_f", None), cell("hidden_f", "AssertionError")), "only the hidden tests notice", ""),
        (outcome(cell("test_f", None)), "no test notices", "defect: it keeps its marks"),
        (outcome(cell("test_f", "TypeError", "x")), "TypeError: x", "raised in test_f, not in the answer"),
        (outcome(cell("test_f", "TypeError", "x", "answer f")), "TypeError: x", ""),
        (outcome(cell("test_f", "Timeout", "x")), "Timeout: x", ""),
        (outcome(defined="SyntaxError: no"), "SyntaxError: no", "the answer's own cell fails"),
    ],
)
def test_remarks(found, told, remark):
    assert messages.describe(found) == (told, remark)
