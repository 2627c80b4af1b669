"""The points that a lesson's text states are those that its cells carry."""

import re

import pytest
from small_course import TEXT

from grading.exercises import exercises
from grading.pipeline import ROOT, Lesson, lessons, to_notebook

LESSONS = [lesson for lesson in lessons(ROOT) if lesson.text.exists()]
HEADING = re.compile(
    r"^### Exercise (?P<number>\d+): (?P<names>`\w+`(?:(?:, | and )`\w+`)*)"
    r" \((?P<points>\d+(?:\.\d+)?) points?, (?P<stars>★{1,3}☆{0,2})\)$"
)
QUESTION = re.compile(r"^### Question(?: \d+)? \((?P<points>\d+(?:\.\d+)?) points?\)$")
TOTAL = re.compile(r"\*\*Points:\*\* (\d+), of which (\d+) (?:is|are) for (?:an answer|answers) in words\.")


def faults(notebook, total: int, in_words: int = 2) -> list[str]:
    """List where a lesson's text and its cells disagree about points."""
    found, stated, questions, numbers = [], {}, [], []
    for cell in notebook.cells:
        if cell.cell_type != "markdown":
            continue
        for line in cell.source.splitlines():
            if match := HEADING.match(line):
                names = tuple(re.findall(r"\w+", match["names"]))
                stated[names] = float(match["points"])
                numbers.append(int(match["number"]))
                if len(match["stars"]) != 3:
                    found.append(f"{names[0]}: the difficulty has three stars, filled or not")
            elif match := QUESTION.match(line):
                questions.append(float(match["points"]))
            elif line.startswith("### ") and re.search(r"Exercise|Question|points", line):
                found.append(f"not understood: {line}")
    graded = exercises(notebook)
    carried = {e.name: e.points for e in graded if not e.by_hand}
    for names, points in stated.items():
        own = sum(carried.pop(name, 0) for name in names)
        if own != points:
            found.append(f"{', '.join(names)}: the heading says {points:g}, the cells {own:g}")
    found += [f"{name}: no heading states its points" for name in carried]
    if questions != (own := [e.points for e in graded if e.by_hand]):
        found.append(f"questions: the headings say {questions}, the cells {own}")
    if numbers != list(range(1, len(numbers) + 1)):
        found.append(f"the exercises are numbered {numbers}")
    if (own := sum(e.points for e in graded)) != total:
        found.append(f"the cells add up to {own:g}, not to {total}")
    if sum(questions) != in_words:
        found.append(f"the questions add up to {sum(questions):g}, not to {in_words}")
    text = " ".join(" ".join(c.source for c in notebook.cells if c.cell_type == "markdown").split())
    if (said := TOTAL.findall(text)) != [(str(total), str(in_words))]:
        found.append(f"the introduction says {said}, and should say {total} points, {in_words} of them in words")
    return found


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.name)
def test_stated_points_are_the_cells_points_and_add_up(lesson: Lesson):
    assert faults(to_notebook(lesson.text.read_text()), 10 if lesson.name == "ps00_welcome" else 20) == []


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("`double` (3 points", "`double` (2.5 points", "double: the heading says 2.5, the cells 3"),
        ('"points": 1', '"points": 2', "the cells add up to 14, not to 10"),
        ("### Exercise 2: `mean` (3 points, ★☆☆)", "Something", "mean: no heading states its points"),
        ("Exercise 2", "Exercise 3", "the exercises are numbered [1, 3, 3]"),
        ("(2 points, ★☆☆)", "(2 points, ★☆)", "absolute: the difficulty has three stars, filled or not"),
        ("Question (2 points)", "Question (1 point)", "questions: the headings say [1.0], the cells [2.0]"),
        ("(3 points, ★☆☆)", "(3 pts, ★☆☆)", "not understood: ### Exercise 1: `double` (3 pts, ★☆☆)"),
        ("**Points:** 10", "**Points:** 12", "the introduction says [('12', '2')], and should say 10 points"),
    ],
)
def test_each_kind_of_disagreement_is_found(old, new, told):
    assert faults(to_notebook(TEXT), 10) == []
    assert old in TEXT
    assert any(told in fault for fault in faults(to_notebook(TEXT.replace(old, new)), 10))
