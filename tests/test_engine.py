"""The engine, on a tiny lesson: what each kind of answer is reported to have lost."""

import time
from pathlib import Path

import nbformat.v4
import psutil
import pytest
from nbgrader.utils import determine_grade

from grading import answerbook, cell_runner, engine
from grading.engine import Answer
from grading.errors import CourseError
from grading.plan import plan
from tests import tiny_lesson


@pytest.fixture(scope="module")
def lesson(tmp_path_factory):
    return plan(tiny_lesson.write(tmp_path_factory.mktemp("course")))


@pytest.fixture(scope="module")
def outcomes(lesson):
    answers = [entry.answer for entry in answerbook.checked(lesson)]
    return engine.outcomes(lesson, answers + engine.blanks(lesson) + engine.references(lesson), seconds=2)


def scores(outcome: engine.Outcome) -> dict[str, float]:
    return {cell.name: cell.score for cell in outcome.cells}


def altered(folder: Path, before: str, after: str) -> engine.Plan:
    """The tiny lesson with one text replaced."""
    assert before in tiny_lesson.LESSON
    return plan(tiny_lesson.write(folder, tiny_lesson.LESSON.replace(before, after)))


FULL = {"test_centre": 1, "hidden_centre": 2, "test_spread": 1, "hidden_spread": 4}


@pytest.mark.parametrize("key", ["centre.solution", "centre.sum"])
def test_a_right_answer_keeps_all_marks(outcomes, key):
    assert scores(outcomes[key]) == FULL and not outcomes[key].lost


@pytest.mark.parametrize("key", ["spread.solution", "spread.product"])
def test_only_cells_that_can_notice_an_answer_run(outcomes, key):
    assert scores(outcomes[key]) == {"test_spread": 1, "hidden_spread": 4}


def test_a_blank_loses_its_own_marks_and_no_others(outcomes):
    blank = outcomes["centre.blank"]
    assert scores(blank) == FULL | {"test_centre": 0, "hidden_centre": 0}
    assert {cell.error for cell in blank.lost} == {"NotImplementedError"}
    assert scores(outcomes["spread.blank"]) == {"test_spread": 0, "hidden_spread": 0}


@pytest.mark.parametrize(
    ("key", "cells"),
    [
        ("centre.median", ["test_centre"]),
        ("centre.columns", ["hidden_centre"]),
        ("centre.in_place", ["hidden_centre"]),
        ("spread.one", ["test_spread", "hidden_spread"]),
    ],
)
def test_a_wrong_answer_is_told_where_it_lost_marks(outcomes, key, cells):
    assert [cell.name for cell in outcomes[key].lost] == cells
    assert not outcomes[key].lost_elsewhere and not outcomes[key].broken


def test_the_message_is_the_students(outcomes):
    cell = outcomes["centre.median"].lost[0]
    assert cell.told == ("AssertionError: The centred values add up to 3, not to 0. Which mean was taken off?")
    assert (cell.error, cell.blame) == ("AssertionError", "test_centre")
    assert outcomes["centre.blank"].lost[0].blame == "answer centre"


def test_partial_credit_counts_as_a_loss(outcomes):
    assert scores(outcomes["spread.one"])["hidden_spread"] == 2


def test_an_answer_that_changes_a_constant_is_noticed(outcomes):
    assert outcomes["centre.in_place"].changed == ("POINTS",)
    assert outcomes["centre.columns"].changed == ()


def test_an_endless_answer_is_stopped(outcomes):
    endless = outcomes["spread.endless"]
    assert endless.timed_out
    assert [(cell.name, cell.error) for cell in endless.cells] == [("test_spread", "Timeout")]


def test_what_follows_an_endless_answer_still_runs(lesson):
    endless = Answer("centre", "endless", "def centre(x):\n    while True: pass")
    outcome = engine.outcomes(lesson, [endless], seconds=1)["centre.endless"]
    assert scores(outcome) == {"test_centre": 0, "test_spread": 1, "hidden_spread": 4}


def test_a_slow_answer_is_measured_by_the_solution(lesson):
    """Not the long limit but some times what the solution took decides, once that is known."""
    endless = Answer("spread", "endless", "def spread(x, weights):\n    while True: pass")
    outcome = engine.outcomes(lesson, [endless], seconds=60)["spread.endless"]
    assert outcome.timed_out and 4.9 < outcome.lost[0].seconds < 15


def test_a_dying_answer_is_rejected(outcomes):
    assert [cell.told for cell in outcomes["spread.dying"].lost] == ["Died: ended the process with status 3"]


def test_an_answer_that_cannot_be_stopped_is_killed(lesson):
    source = (
        "def centre(x):\n    import signal\n    signal.signal(signal.SIGALRM, signal.SIG_IGN)\n    while True: pass"
    )
    outcome = engine.outcomes(lesson, [Answer("centre", "stubborn", source)], seconds=1)["centre.stubborn"]
    assert outcome.timed_out and outcome.lost[0].message.startswith("did not stop")


def test_a_greedy_answer_runs_out_of_memory(lesson):
    source = "def centre(x):\n    return np.zeros(10**9)"
    outcome = engine.outcomes(lesson, [Answer("centre", "greedy", source)])["centre.greedy"]
    assert "MemoryError" in outcome.lost[0].error


def test_what_an_answer_starts_ends_with_it(lesson):
    source = "import subprocess\ndef centre(x):\n    subprocess.Popen(['sleep', '98765'])"
    engine.outcomes(lesson, [Answer("centre", "daemon", source)])
    assert not [p for p in psutil.process_iter(["cmdline"]) if p.info["cmdline"] == ["sleep", "98765"]]


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("def center(x):\n    return x", "it does not define centre"),
        ("def centre(x):\nreturn x", "IndentationError"),
        ("raise SystemExit", "SystemExit"),
    ],
)
def test_an_answer_that_defines_nothing_says_so(lesson, source, reason):
    outcome = engine.outcomes(lesson, [Answer("centre", "typo", source)])["centre.typo"]
    assert reason in outcome.defined and {cell.error for cell in outcome.lost} == {"NameError"}


def test_stopping_at_the_first_loss(lesson):
    source = "def centre(x):\n    return 0 * x.astype(int).sum()"
    outcome = engine.outcomes(lesson, [Answer("centre", "number", source)], own_only=True)["centre.number"]
    assert list(scores(outcome)) == ["test_centre"]


def test_the_notebook_runs_once_and_each_answer_in_a_process_of_its_own(tmp_path):
    log = tmp_path / "log"
    setup = f"import os\ndef note():\n    with open({str(log)!r}, 'a') as f: f.write(f'{{os.getpid()}}\\n')\nnote()"
    counted = altered(tmp_path, "import numpy as np\n", f"import numpy as np\n{setup}\n")
    answers = [Answer("centre", f"a{i}", "note()\ndef centre(x):\n    return x - x.mean()") for i in range(3)]
    engine.outcomes(counted, answers)
    assert len(set(log.read_text().split())) == 4 == len(log.read_text().split())


def test_a_cascade_is_found(tmp_path):
    careless = altered(tmp_path, ', using={"centre": stand_in})\nassert', ")\nassert")
    outcome = engine.outcomes(careless, engine.blanks(careless))["centre.blank"]
    assert [cell.name for cell in outcome.lost_elsewhere] == ["test_spread"]


def extended(folder: Path, name: str, solution: str, test: str, before: str = "", after: str = "") -> engine.Plan:
    """The tiny lesson with one text replaced and a third exercise."""
    text = tiny_lesson.LESSON.replace(before, after) if before else tiny_lesson.LESSON
    text += f"{tiny_lesson.header(name)}\n{solution}\n{tiny_lesson.header(f'test_{name}', 1)}\n{test}\n"
    return plan(tiny_lesson.write(folder, text))


def test_a_cascade_through_a_chain_of_solutions_is_found(tmp_path):
    lesson = extended(
        tmp_path,
        "twice",
        "def twice(values, factors):\n    return 2 * spread(values, factors)",
        "assert twice(POINTS, WEIGHTS) == 9",
    )
    assert lesson.reach()["centre"] == ["test_spread", "hidden_spread", "test_twice"]
    outcome = engine.outcomes(lesson, engine.blanks(lesson))["centre.blank"]
    assert [cell.name for cell in outcome.lost_elsewhere] == ["test_twice"]


def test_a_cascade_through_what_a_graded_cell_leaves_behind_is_found(tmp_path):
    lesson = extended(
        tmp_path,
        "apart",
        "def apart():\n    return 9",
        "assert apart() == 9 and len(left) == 3",
        "seen = centre(POINTS)",
        "left = seen = centre(POINTS)",
    )
    outcome = engine.outcomes(lesson, engine.blanks(lesson))["centre.blank"]
    assert [cell.name for cell in outcome.lost_elsewhere] == ["test_apart"]


def test_a_cascade_through_a_changed_constant_is_found(tmp_path):
    lesson = extended(tmp_path, "apart", "def apart():\n    return 9", "assert apart() == POINTS.sum()")
    assert "test_apart" not in lesson.reach()["centre"]
    book = {entry.answer.key: entry.answer for entry in answerbook.read(lesson.lesson)}
    outcomes = engine.outcomes(lesson, [book["centre.in_place"], book["centre.columns"]])
    assert [cell.name for cell in outcomes["centre.in_place"].lost_elsewhere] == ["test_apart"]
    assert "test_apart" not in scores(outcomes["centre.columns"])


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ('print("an untagged cell")', "LEFT = 1", None),
        ("a = np.arange(size) ** 2.0", "a = LEFT * np.arange(size) ** 2.0", "hidden_spread fails: NameError"),
        ("    return x - x.mean()", "    return x - 1", "test_centre fails: AssertionError"),
        ("2 * right", "np.float64(2) * right", "nbgrader takes a plain int or float"),
        ("2 * right", "right", "the solution gets 2 of 4 points"),
        ("2 * right", "3 * right", "exceeds the cell's 4 points"),
    ],
)
def test_a_fault_of_the_lesson_itself_is_an_error(tmp_path, before, after, told):
    lesson = altered(tmp_path, before, after)
    if told is None:
        assert engine.outcomes(lesson, engine.references(lesson))
        return
    with pytest.raises(CourseError, match=told.replace("*", r"\*")):
        engine.outcomes(lesson, engine.references(lesson))


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("WEIGHTS = np.array([0.5, 0.25, 0.25])", "WEIGHTS = centre(POINTS)", "uses centre, which a solution cell"),
        ("def stand_in(x):", "%timeit centre(POINTS)\ndef stand_in(x):", "test_spread is not Python"),
        ('"test_spread"', '"test_spred"', "no solution cell 'spred' stands before test_spred"),
        ('"grade_id": "spread"', '"grade_id": "spred"', "spred has no graded cell"),
    ],
)
def test_a_lesson_that_cannot_be_tried_is_refused(tmp_path, before, after, told):
    with pytest.raises(CourseError, match=told):
        altered(tmp_path, before, after).reach()


def test_the_worker_ends_when_its_reader_stops(lesson):
    endless = Answer("centre", "endless", "def centre(x):\n    while True: pass")
    stream = engine.run(lesson, [*engine.references(lesson)[:1], endless], workers=1)
    next(stream)
    start = time.monotonic()
    stream.close()
    assert time.monotonic() - start < 4, "the endless answer would have run for 5 s"
    assert not [p for p in psutil.Process().children(recursive=True) if "engine_worker" in " ".join(p.cmdline())]


def test_a_semicolon_hides_the_value():
    assert cell_runner.run_cell("2", "cell", {}) == 2
    assert cell_runner.run_cell("2;", "cell", {}) is None


def run_and_score(source: str, points: float) -> float:
    return cell_runner.score_of(cell_runner.run_cell(source, "cell", {}), points)


@pytest.mark.parametrize(
    "source", ["1.5", "0", "3", "-1", "True", "None", "'2'", "x = 1", "2;", "float('nan')", "[1]", "1 / 3"]
)
def test_marks_are_nbgraders(source, tmp_path):
    shown = cell_runner.run_cell(source, "cell", {})
    cell = nbformat.v4.new_code_cell(source, metadata={"nbgrader": {"grade": True, "solution": False, "points": 3}})
    if shown is not None:
        cell.outputs = [nbformat.v4.new_output("execute_result", {"text/plain": repr(shown)})]
    assert run_and_score(source, 3.0) == determine_grade(cell)[0]


def test_too_much_partial_credit_is_refused():
    with pytest.raises(ValueError, match="exceeds the cell's 3 points"):
        run_and_score("3.5", 3.0)
