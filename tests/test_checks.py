"""The notebooks' assertions: what gets through, what does not, and what a student is told."""

import numpy as np
import pytest
import torch

from helpers import checks
from helpers.checks import (
    assert_array,
    assert_close,
    assert_number,
    assert_raises,
    assert_tensor,
    assert_unchanged,
    describe,
    observe,
)


class AlwaysEqual:
    """Claims to be equal to, and close to, everything."""

    shape, dtype, ndim, size = (2,), np.dtype(float), 1, 2

    def __eq__(self, other):
        return True

    def __array__(self, dtype=None, copy=None):
        return np.array([1.0, 2.0])


class Agreeable(np.ndarray):
    """An array subclass whose every ufunc says True."""

    def __array_ufunc__(self, *args, **kwargs):
        return np.ones(self.shape, dtype=bool)


class AgreeableFloat(float):
    def __eq__(self, other):
        return True


AGREEABLE = np.zeros(2).view(Agreeable)


@pytest.mark.parametrize(
    "value", [AlwaysEqual(), AGREEABLE, np.ma.masked_array([9.0, 9.0], [True, True]), [1.0, 2.0], None]
)
def test_only_plain_arrays_get_through(value):
    with pytest.raises(AssertionError, match="codes should be a NumPy array"):
        assert_array(value, "codes")
    with pytest.raises(AssertionError, match="codes should be a NumPy array"):
        assert_close(value, np.array([1.0, 2.0]), "codes")


@pytest.mark.parametrize("value", [AgreeableFloat(3.0), np.array([3.0]), torch.tensor(3.0), True, "3", None, 3 + 0j])
def test_only_plain_numbers_get_through(value):
    with pytest.raises(AssertionError, match="loss should be a single float"):
        assert_number(value, "loss")


@pytest.mark.parametrize("value", [2.0, np.float32(2), np.float64(2)])
def test_any_real_float_is_a_number(value):
    assert_number(value, "loss")
    assert_close(value, 2.0, "loss")


def test_integers_and_floats_are_told_apart():
    assert_number(3, "count", int)
    assert_number(np.int32(3), "count", int)
    with pytest.raises(AssertionError, match="single int; it is a float, 3.0"):
        assert_number(3.0, "count", int)
    with pytest.raises(AssertionError, match="should be finite; it is nan"):
        assert_number(float("nan"), "loss")


def test_a_subclassed_tensor_does_not_get_through():
    class Fake(torch.Tensor):
        pass

    with pytest.raises(AssertionError, match="codes should be a tensor"):
        assert_tensor(torch.zeros(2).as_subclass(Fake), "codes")
    assert_tensor(torch.nn.Parameter(torch.zeros(2)), "codes")


def test_a_probe_inside_a_probe_is_refused_and_the_next_one_is_not():
    with pytest.raises(RuntimeError, match="outer observe"):
        observe(lambda: observe(lambda: 1))
    with pytest.raises(ZeroDivisionError):
        observe(lambda: 1 / 0)
    assert observe(lambda: 2) == 2


def test_one_message_says_type_shape_and_dtype():
    with pytest.raises(AssertionError) as told:
        assert_array(np.zeros((3, 2), dtype=np.float32), "grad_W", shape=(2, 3), dtype=np.float64)
    assert str(told.value) == (
        "grad_W should be a NumPy array of shape (2, 3) and dtype float64; "
        "it is an ndarray of shape (3, 2) and dtype float32."
    )
    with pytest.raises(
        AssertionError, match="of shape \\(4,\\) and dtype int64; it is a Tensor of shape \\(4,\\) and dtype float32"
    ):
        assert_tensor(torch.zeros(4), "labels", shape=(4,), dtype=torch.int64)
    with pytest.raises(AssertionError, match="dtype floating; it is an ndarray of shape \\(2,\\) and dtype int64"):
        assert_array(np.zeros(2, dtype=np.int64), "p", dtype=np.floating)


@pytest.mark.parametrize(
    "check, value", [(assert_array, np.array([1.0, np.nan])), (assert_tensor, torch.tensor([1.0, np.inf]))]
)
def test_values_that_are_not_finite_are_counted(check, value):
    with pytest.raises(AssertionError, match="p holds 1 values that are not finite .* out of 2"):
        check(value, "p")


def test_close_compares_shapes_and_values():
    assert_close(np.array([1.0, 2.0]), [1.0, 2.0 + 1e-9], "w")
    assert_close(torch.tensor([1.0, 2.0]), np.array([1.0, 2.0]), "w")
    with pytest.raises(AssertionError, match="shape \\(2,\\); it is an ndarray of shape \\(2, 1\\)"):
        assert_close(np.array([[1.0], [2.0]]), np.array([1.0, 2.0]), "w")
    with pytest.raises(AssertionError, match="1 of 2 values are off, e.g. w\\[1\\] is 2.5. A hint\\?"):
        assert_close(np.array([1.0, 2.5]), np.array([1.0, 2.0]), "w", "A hint?")
    with pytest.raises(AssertionError, match="loss is 2.5, which is off"):
        assert_close(2.5, 2.0, "loss")
    with pytest.raises(AssertionError):
        assert_close(np.array([1.0, 1.0001]), np.array([1.0, 1.0]), "w", rtol=1e-5)


@pytest.mark.parametrize(
    "seen, told",
    [
        (lambda right: -right, "Every value has the wrong sign"),
        (lambda right: 7 * right, "Every value is 7 times what it should be"),
        (lambda right: right.T, "It is the transpose"),
        (lambda right: right + 1, ""),
    ],
)
def test_a_pattern_in_the_error_is_named(seen, told):
    right = np.random.default_rng(0).uniform(1, 2, (3, 3))
    with pytest.raises(AssertionError) as caught:
        assert_close(np.ascontiguousarray(seen(right)), right, "g")
    message = str(caught.value)
    assert told in message
    assert ("Every" in message or "transpose" in message) == bool(told)


def test_no_message_shows_the_expected_values():
    with pytest.raises(AssertionError) as caught:
        assert_close(np.array([1.0, 5.0]), np.array([1.0, 0.123456]), "w")
    assert "0.123" not in str(caught.value)


def fails(error):
    raise error


@pytest.mark.parametrize(
    "call, told",
    [
        (lambda: 3, "one_hot should raise ValueError; it returned an int, 3"),
        (lambda: fails(KeyError("x")), "should raise ValueError; it raised KeyError"),
        (lambda: fails(ValueError("no")), "its message 'no' should mention '\\(2,\\)'"),
    ],
)
def test_a_missing_or_other_exception_is_named(call, told):
    with pytest.raises(AssertionError, match=told):
        assert_raises(ValueError, call, "one_hot", mention="(2,)")


def test_the_right_exception_passes_and_a_blank_never_does():
    assert_raises(ValueError, lambda: fails(ValueError("Labels: (2,)")), "one_hot", mention="labels")
    with pytest.raises(NotImplementedError):
        assert_raises(Exception, lambda: fails(NotImplementedError()), "one_hot")


@pytest.mark.parametrize("make", [np.zeros, torch.zeros])
def test_a_changed_argument_is_named(make):
    X, w = make(3), make(2)
    with assert_unchanged(X=X, w=w):
        X + 1
    with pytest.raises(AssertionError, match="argument w was changed in place"), assert_unchanged(X=X, w=w):
        w += 1


def test_nan_that_stays_is_unchanged():
    X = np.array([np.nan, 1.0])
    with assert_unchanged(X=X):
        X.sum()


@pytest.mark.parametrize(
    "value, told",
    [
        (None, "None (is a return missing?)"),
        (np.zeros((2, 1)), "an ndarray of shape (2, 1) and dtype float64"),
        (torch.zeros(2), "a Tensor of shape (2,) and dtype float32"),
        ((1, 2), "a tuple of 2 items"),
        (2.5, "a float, 2.5"),
        (AlwaysEqual(), "an AlwaysEqual"),
    ],
)
def test_what_a_value_is_called(value, told):
    assert describe(value) == told


def helper():
    return "own"


def caller():
    return helper()


def test_observe_lends_stand_ins_and_takes_them_back():
    def probe():
        return caller(), lent  # noqa: F821

    assert observe(probe, using={"helper": lambda: "stand-in", "lent": 5}) == ("stand-in", 5)
    assert caller() == "own"
    assert "lent" not in globals()


def test_observe_takes_stand_ins_back_after_an_exception():
    with pytest.raises(ZeroDivisionError):
        observe(lambda: 1 / 0, using={"helper": lambda: "stand-in"})
    assert caller() == "own"


def test_observe_hands_over_to_a_grader(monkeypatch):
    asked = []
    monkeypatch.setattr(checks, "_remote_observe", lambda probe, using: asked.append((probe, using)) or "answer")
    probe = lambda: None  # noqa: E731
    assert observe(probe, using={"f": 1}) == "answer"
    assert asked == [(probe, {"f": 1})]
