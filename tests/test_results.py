"""The table of published figures: which rows count as met, and where the functions behind them come from."""

import os

import numpy as np
import pytest

from grading import results
from grading.errors import CourseError
from grading.results import Figure


def figure(ours, best, worst, **more):
    return Figure("a task", "a measure", 0.0103, ours, best, worst, **more)


@pytest.mark.parametrize(
    ("ours", "best", "worst", "met"),
    [
        ((0.0103,), 0.0, 0.0103, True),
        ((0.01034,), 0.0, 0.0103, True),  # 1.03 %, as the published figure is rounded
        ((0.01036,), 0.0, 0.0103, False),
        ((0.97, 0.98, 0.99), 1.0, 0.975, True),  # the mean counts
        ((0.97, 0.97, 0.98), 1.0, 0.975, False),
        ((0.95,), 0.96, 0.99, False),
        ((0.999,), 0.96, 0.99, False),
    ],
)
def test_a_target_is_met_by_the_mean_between_both_edges(ours, best, worst, met):
    found = figure(ours, best, worst)
    assert found.met is met
    assert found.cells()[-1] == ("yes" if met else "MISSED")


def test_the_spread_is_the_sample_standard_deviation():
    assert figure((0.01, 0.03), 0.0, 1.0).cells()[3:6] == ["2.00%", "1.41%", "2"]
    assert figure((0.01,), 0.0, 1.0).cells()[4:6] == ["-", "1"]


def test_a_missed_row_is_printed_and_changes_the_exit_status(monkeypatch, capsys):
    monkeypatch.setattr(results, "require_full_data", lambda: None)
    good, bad = (lambda: [figure((0.01,), 0.0, 0.02)]), (lambda: [figure((0.03,), 0.0, 0.02)])
    good.__name__, bad.__name__ = "good", "bad"
    monkeypatch.setattr(results, "ROWS", (good,))
    assert results.main([]) == 0
    assert "1 of 1 targets met" in capsys.readouterr().out
    monkeypatch.setattr(results, "ROWS", (good, bad))
    assert results.main([]) == 1
    told = capsys.readouterr().out
    assert "1 of 2 targets met" in told and "MISSED" in told


def test_the_sample_alone_is_refused_with_a_remedy(monkeypatch):
    monkeypatch.setenv("COURSE_DATA", "sample")
    with pytest.raises(CourseError, match=r"sample.*COURSE_DATA"):
        results.main([])
    with pytest.raises(CourseError, match="no arguments"):
        results.main(["ps02"])


def test_the_functions_are_the_notebooks_own():
    ps00 = results.reference("ps00")
    assert ps00.one_hot(np.array([1, 0]), 2).tolist() == [[0, 1], [1, 0]]
    assert results.reference("ps00") is ps00
    with pytest.raises(CourseError, match="no lesson ps77"):
        results.reference("ps77")


def test_the_sample_is_seen_for_as_long_as_it_is_asked_for(monkeypatch):
    monkeypatch.setenv("COURSE_DATA", "a/folder")
    results.digits.cache_clear()
    assert results.digits().origin == "sample" and results.digits().X_train.shape == (6000, 28, 28)
    assert os.environ["COURSE_DATA"] == "a/folder"
