"""Mutants: which changes are made, and what `make mutants` reports about them on the tiny lesson."""

import pytest

from grading import mutants
from grading.errors import CourseError
from grading.mutation import mutants as mutants_of
from grading.plan import plan
from tests import tiny_lesson

ENDLESS = ("i += 1", "pass")


def changes(code: str) -> set[str]:
    """What the lines of a solution region turn into."""
    body = "".join(f"    {line}\n" for line in code.splitlines())
    source = f"def f(x):\n    ### BEGIN SOLUTION\n{body}    ### END SOLUTION\n"
    return {mutant.after for mutant in mutants_of("f", source)}


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("return a + b", {"return a - b", "return a", "return b"}),
        ("return a - b", {"return b - a"}),
        ("return a / b", {"return a * b", "return b / a"}),
        ("return A @ B", {"return B @ A", "return A * B", "return A", "return B"}),
        ("return x.T @ y", {"return x @ y"}),
        ("return x ** 2", {"return x * 2", "return x ** 3", "return x ** 1"}),
        ("return x.sum(axis=0)", {"return x.mean(axis=0)", "return x.sum(axis=1)", "return x.sum(axis=None)"}),
        ("return x.max(axis=1, keepdims=True)", {"return x.max(axis=1, keepdims=False)"}),
        ("return x.max(dim=-1)", {"return x.max(dim=0)", "return x.min(dim=-1)"}),
        ("return np.var(x, ddof=1)", {"return np.var(x, ddof=2)", "return np.var(x, ddof=0)"}),
        ("return np.argmax(x)", {"return np.argmin(x)"}),
        ("return x.copy()", {"return x"}),
        ("return x.detach().clone()", {"return x.detach()", "return x.clone()"}),
        ("model.eval()\nreturn 1", {"pass", "model.train()"}),
        ("return np.dot(a, b)", {"return np.dot(b, a)"}),
        ("if a and b:\n    return 1", {"if not (a and b):", "if a:", "if b:", "if a or b:"}),
        ("if x < 0:\n    return 1", {"if x <= 0:", "if x > 0:"}),
        ("if x == 0:\n    return 1", {"if x != 0:"}),
        ("for i in range(n):\n    a += i", {"for i in range(n - 1):", "for i in range(1, n):", "a = i", "a -= i"}),
        ("return x[1:]", {"return x[:]", "return x[2:]"}),
        ("return x[:, None]", {"return x"}),
        ("return X / len(X)", {"return X / X.shape[1]"}),
        ("return a, b", {"return b, a"}),
        ("with torch.no_grad():\n    f()", {"if True:", "pass"}),
        ("raise ValueError('no')", {"pass", "raise RuntimeError('no')", "raise ValueError(None)"}),
        ("p = np.clip(p, 1e-12, 1)", {"p = np.clip(p, 0.0, 1)", "pass"}),
        ("return 0.5 * x", {"return 0.25 * x", "return 1.0 * x", "return 0.0 * x"}),
        ("return h['loss']", {"return h['XXlossXX']"}),
    ],
)
def test_the_changes(code, expected):
    assert expected <= changes(code)


@pytest.mark.parametrize(
    ("code", "excluded"),
    [
        ("raise ValueError('no')", {"raise ValueError('XXnoXX')", "raise ValueError('NO')"}),
        ("raise ValueError(f'{n - 1} is too many')", {"raise ValueError(f'{n + 1} is too many')"}),
        ("x: float = 1", {"x: None = 1"}),
        ("return p * 1e-12", {"return p * 2e-12"}),
        ("'a docstring'\nreturn 1", {"pass"}),
    ],
)
def test_changes_that_cannot_matter_are_not_made(code, excluded):
    assert not excluded & changes(code)


def test_only_code_in_the_regions_changes():
    source = 'def f(x, n=3):\n    """Add 1."""\n    y = x + 1\n    ### BEGIN SOLUTION\n    z = y * 2  # times 2\n'
    source += "    ### END SOLUTION\n    return z\n"
    found = mutants_of("f", source)
    assert {mutant.line for mutant in found} == {5}
    for mutant in found:
        lines = mutant.source.splitlines()
        assert lines[:4] + lines[5:] == source.splitlines()[:4] + source.splitlines()[5:]
        compile(mutant.source, "mutant", "exec")


def test_mutants_differ_from_the_solution_and_from_each_other():
    source = "def f(x):\n    ### BEGIN SOLUTION\n    return (x + 1) * (x + 1)\n    ### END SOLUTION\n"
    sources = [mutant.source for mutant in mutants_of("f", source)]
    assert len(set(sources)) == len(sources) > 10 and source not in sources


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """Fates of centre's mutants and of the one that makes spread endless."""
    lesson = plan(tiny_lesson.write(tmp_path_factory.mktemp("course")))

    def chosen(exercise, source):
        return [m for m in mutants_of(exercise, source) if exercise == "centre" or (m.before, m.after) == ENDLESS]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mutants, "mutants", chosen)
        found = mutants.try_mutants(lesson, ["centre", "spread"], [])
    return {(r.mutant.exercise, r.mutant.before, r.mutant.after): r.fate for r in found}


def test_fates_on_the_tiny_lesson(results):
    assert results["centre", "return x - x.mean()", "return x - x.sum()"] == "killed"
    assert results["centre", 'raise ValueError("x is empty")', 'raise RuntimeError("x is empty")'] == "killed"
    assert results["spread", *ENDLESS] == "timed out"


def test_a_weak_hidden_test_leaves_survivors(results):
    """The tiny lesson's tests never look at the message of centre's error."""
    survivors = {key for key, fate in results.items() if fate == "survived"}
    assert survivors == {("centre", 'raise ValueError("x is empty")', "raise ValueError(None)")}


def equivalent(**changed: str) -> str:
    entry = {
        "assignment": "ps98_tiny",
        "exercise": "centre",
        "before": 'raise ValueError("x is empty")',
        "after": "raise ValueError(None)",
        "reason": "The message is free.",
    } | changed
    return "[[equivalent]]\n" + "".join(f"{key} = '''{value}'''\n" for key, value in entry.items() if value)


@pytest.fixture(scope="module")
def memory():
    return {}


@pytest.fixture
def quick(monkeypatch, memory):
    """Let the engine run once for all calls of the command on the exercise centre."""
    run = mutants.engine.run

    def remembered(lesson, answers, **options):
        if "outcomes" not in memory:
            memory["outcomes"] = list(run(lesson, answers, **options))
        assert [answer.source for answer in answers] == memory.setdefault("sources", [a.source for a in answers])
        return iter(memory["outcomes"])

    monkeypatch.setattr(mutants.engine, "run", remembered)


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    ("listed", "status", "told"),
    [
        ("", 1, "survived: course/ps98_tiny/tiny.py:"),
        (equivalent(), 0, None),
        (
            equivalent() + equivalent(after="raise ValueError(0)"),
            1,
            "listed as equivalent, but no such mutant survives",
        ),
        (equivalent() + equivalent(exercise="centre", before="return x - x.mean()", after="return x"), 1, "listed as"),
        (equivalent() + equivalent(exercise="gone"), 1, "listed as equivalent, but no such mutant survives: gone"),
        (equivalent() + equivalent(exercise="spread"), 0, None),
        (equivalent() + equivalent(assignment="ps99_other"), 0, None),
    ],
)
def test_the_command(tmp_path, capsys, listed, status, told):
    tiny_lesson.write(tmp_path)
    (tmp_path / "tests" / "answers" / "equivalent.toml").write_text(listed)
    assert mutants.main(["ps98_tiny", "--exercise", "centre"], tmp_path) == status
    text = capsys.readouterr().out
    assert (told in text) if told else ("survived:" not in text and "listed" not in text)
    assert "100.0 %" in text or status


@pytest.mark.usefixtures("quick")
def test_survivors_are_shown_where_they_stand(tmp_path, capsys):
    lesson = tiny_lesson.write(tmp_path)
    assert mutants.main(["ps98_tiny", "--exercise", "centre"], tmp_path) == 1
    line = next(i for i, text in enumerate(lesson.text.read_text().splitlines(), 1) if "raise ValueError" in text)
    assert (
        f"survived: course/ps98_tiny/tiny.py:{line} (centre)\n"
        '    - raise ValueError("x is empty")\n    + raise ValueError(None)\n'
    ) in capsys.readouterr().out


def test_a_low_kill_rate_fails_even_so():
    fates = [mutants.Result(None, fate) for fate in ["killed"] * 18 + ["timed out"] + ["survived"] + ["equivalent"] * 9]
    assert mutants.kill_rate(fates) == 0.95
    assert mutants.kill_rate(fates[19:]) == 0.0 and mutants.kill_rate([]) == 1.0


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (equivalent(reason=""), "entry 1 lacks reason"),
        (equivalent() + equivalent(after="", before=""), "entry 2 lacks before, after"),
        ("[[equivalent", "equivalent.toml cannot be read"),
    ],
)
def test_a_faulty_list_is_named(tmp_path, text, told):
    tiny_lesson.write(tmp_path)
    (tmp_path / "tests" / "answers" / "equivalent.toml").write_text(text)
    with pytest.raises(CourseError, match=told):
        mutants.read_equivalents(tmp_path)


def test_a_dropped_line_may_be_listed(tmp_path):
    tiny_lesson.write(tmp_path)
    (tmp_path / "tests" / "answers" / "equivalent.toml").write_text(equivalent(after="") + 'after = ""\n')
    assert mutants.read_equivalents(tmp_path)[0]["after"] == ""


def test_an_unknown_exercise_is_named(tmp_path):
    tiny_lesson.write(tmp_path)
    with pytest.raises(CourseError, match="ps98_tiny has no exercise 'center'. - It has: centre, spread"):
        mutants.main(["ps98_tiny", "--exercise", "center"], tmp_path)


def test_the_courses_own_list_is_in_order():
    entries = mutants.read_equivalents()
    keys = [tuple(entry[field] for field in mutants.FIELDS[:4]) for entry in entries]
    assert len(set(keys)) == len(keys)
