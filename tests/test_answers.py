"""Every lesson's answer book: wrong answers lose marks in their own exercise alone, right ones keep all of them.

Beside the book's answers stand two for each exercise: the blank that students are given, which must get nothing in its
own graded cells, and the solution. A lesson's notebook runs once for all of its answers that were selected.
"""

import contextlib
import os

import pytest

from grading import answerbook, engine
from grading.engine import Answer, Outcome
from grading.errors import CourseError
from grading.pipeline import lessons
from grading.plan import Plan, plan

LESSONS = {lesson.name: lesson for lesson in lessons()}


def tries(lesson: Plan) -> dict[str, tuple[str, Answer]]:
    """Everything to try on a lesson: its kind and the answer, by the test's id."""
    book = answerbook.read(lesson.lesson) if answerbook.book_path(lesson.lesson).exists() else []
    found = [(entry.kind, entry.answer) for entry in book if entry.answer.exercise in lesson.solutions]
    found += [("blank", answer) for answer in engine.blanks(lesson)]
    found += [("solution", answer) for answer in engine.references(lesson)]
    ids = {}
    for kind, answer in found:
        parts = [lesson.short, answer.exercise, kind] + ([answer.name] if kind in ("wrong", "right") else [])
        ids["-".join(parts)] = (kind, answer)
    return ids


PLANS: dict[str, Plan] = {}
TRIES: dict[str, dict[str, tuple[str, Answer]]] = {}
for _name, _lesson in LESSONS.items():
    with contextlib.suppress(CourseError):  # test_the_book_is_complete reports it; other lessons' tests go on
        PLANS[_name] = plan(_lesson)
        TRIES[_name] = tries(PLANS[_name])
CASES = [pytest.param(name, test_id, id=test_id) for name, answers in TRIES.items() for test_id in answers]


@pytest.fixture(scope="session")
def outcomes(request):
    """Run a lesson's selected answers at the first request for one of them."""
    selected: dict[str, list[str]] = {}
    for item in request.session.items:
        params = getattr(getattr(item, "callspec", None), "params", {})
        if "test_id" in params:
            selected.setdefault(params["name"], []).append(params["test_id"])
    workers = max(1, (os.cpu_count() or 1) // int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")))
    done: dict[str, dict[str, Outcome] | Exception] = {}

    def of(name: str) -> dict[str, Outcome]:
        if name not in done:
            answers = [TRIES[name][test_id][1] for test_id in selected[name]]
            try:
                done[name] = engine.outcomes(PLANS[name], answers, workers=workers)
            except Exception as error:
                done[name] = error
        if isinstance(done[name], Exception):
            raise done[name]
        return done[name]

    return of


@pytest.mark.parametrize("name", LESSONS)
def test_the_book_is_complete(name):
    answerbook.checked(plan(LESSONS[name]))


@pytest.mark.parametrize(("name", "test_id"), CASES)
def test_answer(name, test_id, outcomes):
    kind, answer = TRIES[name][test_id]
    outcome = outcomes(name)[answer.key]
    elsewhere = "; ".join(f"{cell.name}: {cell.told}" for cell in outcome.lost_elsewhere)
    assert not elsewhere, f"it costs marks in other exercises: {elsewhere}"
    assert not outcome.broken, f"it stops the notebook: {outcome.broken}"
    assert not outcome.defined, f"the answer's own cell fails: {outcome.defined}"
    if kind == "wrong":
        assert outcome.lost, "no graded cell notices this wrong answer"
        typos = [cell.told for cell in outcome.lost if cell.error == "NameError"]
        assert not typos, f"it fails by a name that is not defined, probably a slip in the book: {typos[0]}"
    elif kind == "blank":
        kept = [cell.name for cell in outcome.own if cell.score]
        assert outcome.own and not kept, f"the untouched cell gets marks in {kept}"
    else:
        lost = "; ".join(f"{cell.name} ({cell.score:g} of {cell.points:g}): {cell.told}" for cell in outcome.lost)
        assert outcome.own and not lost, f"it loses marks: {lost}"
