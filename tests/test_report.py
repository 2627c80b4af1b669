"""The class report: what it says, what it needs, and what it doesn't let through."""

import base64
import re
import xml.etree.ElementTree

import pytest
from bs4 import BeautifulSoup
from small_course import HOSTILE, NAME, graded_course, student

from grading import gradebook, report, report_pictures
from grading.errors import CourseError
from grading.exercises import Exercise
from grading.gradebook import Mark, StudentMarks, read_marks
from grading.outcomes import Outcome, write_outcome


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    return graded_course(tmp_path_factory.mktemp("report") / "course")


@pytest.fixture(scope="module")
def html(course):
    return report.page(course)


@pytest.fixture(scope="module")
def page(html):
    return BeautifulSoup(html, "html.parser")


def section(page, heading):
    """Return the rows of the table under a heading, as lists of their cells' texts."""
    table = next(h for h in page.find_all("h2") if h.text == heading).find_next("table")
    rows = table.tbody.find_all("tr")
    return [[" ".join(cell.text.split()) for cell in row.find_all(["th", "td"])] for row in rows]


def test_marks_are_read_by_exercise_in_the_notebooks_order(course):
    marks = read_marks(course)
    assert [(e.name, e.points, e.by_hand) for e in marks.exercises] == [
        ("double", 3, False),
        ("mean", 3, False),
        ("absolute", 2, False),
        ("discuss_half", 2, True),
    ]
    assert (marks.autograded_maximum, marks.maximum) == (8, 10)
    by_name = {s.student: s for s in marks.students}
    assert sorted(by_name) == sorted(["complete", "half", "empty", HOSTILE])
    assert {name: s.autograded for name, s in by_name.items()} == {"complete": 8, "half": 3, "empty": 0, HOSTILE: 1}
    assert [mark.share for mark in by_name["complete"].marks.values()] == ["full", "full", "full", "waiting"]
    assert [mark.share for mark in by_name[HOSTILE].marks.values()] == ["none", "partial", "none", "none"]
    assert by_name["complete"].waiting == ["discuss_half"] and by_name["half"].waiting == []


def test_marks_given_by_hand_count(tmp_path):
    course = graded_course(tmp_path / "course")
    with gradebook.Gradebook(f"sqlite:///{course.root}/gradebook.db") as book:
        grade = book.find_grade("discuss_half", "small", NAME, "complete")
        grade.manual_score, grade.needs_manual_grade = 1.5, False
        book.find_grade("hidden_double", "small", NAME, "complete").manual_score = 0.5
        book.add_student("absent")
        book.db.commit()
    marks = read_marks(course)
    complete = next(s for s in marks.students if s.student == "complete")
    assert complete.marks["discuss_half"] == Mark(1.5, 2, False)
    assert (complete.autograded, complete.total) == (6.5, 8)
    assert "absent" in marks.absent and "complete" not in marks.absent
    page = BeautifulSoup(report.page(course), "html.parser")
    assert "Answers to grade by hand" not in [h.text for h in page.find_all("h2")]
    assert "Not handed in by 1 of the students in the gradebook: absent." in " ".join(page.text.split())


def test_the_table_of_students(page):
    rows = {row[0]: row[1:] for row in section(page, "Students")}
    assert rows["complete"] == ["8", "≥ 8", "3", "3", "2", "?"]
    assert rows["half"] == ["3", "3", "3", "0", "0", "0"]
    assert rows[HOSTILE] == ["1", "1", "0", "1", "0", "0"]
    assert set(rows) == {"complete", "half", "empty", HOSTILE}


def test_the_table_of_exercises(page):
    assert section(page, "Exercises") == [
        ["double", "3", "1.50", "2 (50 %)", "0", "2 (50 %)", "0"],
        ["mean", "3", "1.00", "1 (25 %)", "1 (25 %)", "2 (50 %)", "0"],
        ["absolute", "2", "0.50", "1 (25 %)", "0", "3 (75 %)", "0"],
        ["discuss_half", "2", "0.00", "0", "0", "3 (75 %)", "1 (25 %)"],
    ]


def test_who_needs_a_person_and_why(page):
    rows = {row[0]: row[1:] for row in section(page, "Submissions that need a person")}
    assert set(rows) == {"broken", "nothing"}
    assert rows["broken"][0] == "unreadable" and "small.ipynb is not JSON" in rows["broken"][1]
    assert rows["nothing"][0] == "missing" and rows["nothing"][1] == "there is no small.ipynb"
    assert section(page, "Answers to grade by hand") == [["discuss_half", "1", "complete"]]


def test_the_summary(page):
    numbers = {div.dt.text: " ".join(div.dd.text.split()) for div in page.find("dl").find_all("div")}
    assert numbers == {
        "handed in": "6",
        "graded": "4",
        "need a person": "2",
        "answers to grade by hand": "1",
        "median autograded points": "2 of 8",
        "mean autograded points": "3.0 of 8",
    }


def test_the_page_stands_alone_and_can_be_read_aloud(html, page):
    assert not page.find_all(["script", "link", "iframe", "object"])
    addresses = [tag[name] for tag in page.find_all(True) for name in ("src", "href", "srcset") if tag.has_attr(name)]
    assert len(addresses) == 2 and all(address.startswith("data:image/svg+xml;base64,") for address in addresses)
    assert "http" not in re.sub(r"base64,[^\"]+", "", html) and "url(" not in html and "@import" not in html
    for address in addresses:
        picture = base64.b64decode(address.split(",")[1])
        assert xml.etree.ElementTree.fromstring(picture).tag.endswith("svg")
    assert all(len(image["alt"]) > 40 for image in page.find_all("img"))
    assert page.html["lang"] == "en" and page.title.text.startswith(NAME)
    for table in page.find_all("table"):
        assert all(th.get("scope") == "col" for th in table.thead.find_all("th"))
        assert all(row.find("th").get("scope") == "row" for row in table.tbody.find_all("tr"))


def test_students_texts_are_escaped(course, page, tmp_path):
    assert not [image for image in page.find_all("img") if image.get("onerror")]
    lesson = graded_course(tmp_path / "course")
    write_outcome(
        lesson.root, Outcome("half", NAME, "graded with faults", [("double", "<script>x</script>")], "<b>d</b>")
    )
    hostile = report.page(lesson)
    assert "<script" not in hostile and "<b>d" not in hostile and "&lt;script&gt;x" in hostile


def test_outcomes_are_told(tmp_path):
    lesson = graded_course(tmp_path / "course")
    outcomes = [
        Outcome("complete", NAME, "graded", sandboxed=False),
        Outcome("half", NAME, "graded with faults", [("mean", "ran longer than 60 s"), ("cell 14", "the kernel died")]),
        Outcome("empty", NAME, "internal error", detail="MemoryError in the judge"),
        Outcome("broken", NAME, "unreadable", detail="small.ipynb is not JSON"),
    ]
    for outcome in outcomes:
        write_outcome(lesson.root, outcome)
    student(lesson, "late")
    page = BeautifulSoup(report.page(lesson), "html.parser")
    rows = section(page, "Submissions that need a person")
    assert [row[:2] for row in rows] == [
        ["broken", "unreadable"],
        ["empty", "internal error"],
        ["late", "not graded yet"],
        ["nothing", "missing"],
        ["half", "graded with faults"],
    ]
    whys = {row[0]: row[2] for row in rows}
    assert whys["half"] == "mean: ran longer than 60 scell 14: the kernel died"
    assert whys["empty"] == "MemoryError in the judge"
    assert [row[0] for row in section(page, "Students")] == sorted(["complete", "half", HOSTILE])
    notes = [note.text for note in page.find_all(class_="warning")]
    assert len(notes) == 2
    assert "1 submission ran without a sandbox" in notes[0]
    assert "1 submission left no record" in notes[1]


def test_no_note_where_all_ran_in_the_sandbox(tmp_path):
    lesson = graded_course(tmp_path / "course")
    for name in ("complete", "half", "empty", HOSTILE):
        write_outcome(lesson.root, Outcome(name, NAME, "graded"))
    assert "warning" not in [
        name for tag in BeautifulSoup(report.page(lesson), "html.parser").find_all(class_=True) for name in tag["class"]
    ]


def test_a_class_without_a_single_score(tmp_path):
    lesson = graded_course(tmp_path / "course")
    for name in ("complete", "half", "empty", HOSTILE, "broken", "nothing"):
        write_outcome(lesson.root, Outcome(name, NAME, "unreadable", detail="small.ipynb is empty"))
    page = BeautifulSoup(report.page(lesson), "html.parser")
    assert len(section(page, "Submissions that need a person")) == 6
    assert not page.find_all("img") and "Students" not in [h.text for h in page.find_all("h2")]


def test_the_command_writes_the_page(tmp_path, capsys):
    lesson = graded_course(tmp_path / "course")
    assert report.main([NAME], lesson.root) == 0
    assert capsys.readouterr().out == f"The report is reports/{NAME}.html.\n"
    written = (lesson.root / "reports" / f"{NAME}.html").read_text()
    assert written == report.page(lesson), "two reports of the same marks differ"


def test_a_lost_gradebook_is_named_and_not_made_anew(tmp_path):
    lesson = graded_course(tmp_path / "course")
    (lesson.root / "gradebook.db").unlink()
    with pytest.raises(CourseError, match=f"the gradebook does not know {NAME}.*make release"):
        report.page(lesson)
    assert not (lesson.root / "gradebook.db").exists()


@pytest.fixture
def figures(monkeypatch):
    """Collect the figures that would become addresses."""
    drawn = []
    monkeypatch.setattr(report_pictures, "svg_address", drawn.append)
    return drawn


def made_up(student, *points, waiting=False):
    marks = {"a": Mark(points[0], 2, False), "b": Mark(points[1], 1, waiting)}
    return StudentMarks(student, marks, points[0], sum(points))


def test_the_bars_of_shares(figures):
    students = [made_up("1", 2, 1), made_up("2", 2, 0), made_up("3", 0.5, 0, waiting=True), made_up("4", 0, 1)]
    exercises = [Exercise("a", 2, ("test_a",), False), Exercise("b", 1, ("b",), True)]
    report_pictures.shares(students, exercises)
    (ax,) = figures[0].axes
    widths = [[], []]
    for bar in ax.patches:
        widths[round(bar.get_y() + bar.get_height() / 2)].append(bar.get_width())
    assert widths == [[50, 25, 25], [50, 25, 25]]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["a", "b"]
    assert ax.get_ylim()[0] > ax.get_ylim()[1], "the first exercise should stand at the top"
    assert [text.get_text() for text in ax.texts] == ["2", "1", "1", "2", "1", "1"]
    legend = [text.get_text() for text in figures[0].legends[0].get_texts()]
    assert legend == ["full marks", "partial", "no marks", "to grade by hand"]


def test_the_histograms(figures):
    students = [made_up("1", 2, 1), made_up("2", 1.99, 0), made_up("3", 0.5, 0, waiting=True)]
    report_pictures.distribution(students, 2, 3)
    left, right = figures[0].axes
    assert {round(b.get_x() + b.get_width() / 2): b.get_height() for b in left.patches} == {0: 1, 1: 1, 2: 1}
    assert {round(b.get_x() + b.get_width() / 2): b.get_height() for b in right.patches} == {3: 1, 1: 1, 0: 1}
    assert len(figures[0].legends) == 1
    report_pictures.distribution(students[:2], 2, 3)
    assert not figures[1].legends, "nothing waits, so nothing needs to be explained"
