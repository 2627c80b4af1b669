"""From ``course/`` to ``release/``: what is built, what is refused, what is noticed."""

import shutil

import nbformat
import pytest

from grading import pipeline
from grading.errors import CourseError
from grading.pipeline import Lesson, build_source, generate, lessons, release_faults, source_faults

TEXT = """# %% [markdown]
# # A lesson

# %% nbgrader={"grade": false, "grade_id": "double", "locked": false, "schema_version": 3, "solution": true, "task": false}
def double(x):
    # Twice x.
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION


# %% nbgrader={"grade": true, "grade_id": "test_double", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
assert double(2) == 4
# %% nbgrader={"grade": true, "grade_id": "hidden_double", "locked": true, "points": 1, "schema_version": 3, "solution": false, "task": false}
### BEGIN HIDDEN TESTS
assert double(-3) == -6
### END HIDDEN TESTS
# %%
import matplotlib.pyplot as plt

print("the sum is", 1 + 1)
fig, ax = plt.subplots()
# %% [markdown] tags=["analysis"]
# **Analysis.** Nothing is simpler.
"""  # noqa: E501


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A course of one lesson, built once."""
    root = tmp_path_factory.mktemp("course")
    shutil.copy(pipeline.ROOT / "nbgrader_config.py", root)
    lesson = Lesson("ps90_doubling", root)
    lesson.text.parent.mkdir(parents=True)
    lesson.text.write_text(TEXT)
    assert build_source(lesson)
    generate(lesson, root / "release")
    return root


@pytest.fixture
def lesson(built, tmp_path):
    """A copy of that course, to be edited."""
    shutil.copytree(built, tmp_path / "course_copy")
    return Lesson("ps90_doubling", tmp_path / "course_copy")


def edit(path, old, new):
    text = path.read_text()
    assert text.count(old) >= 1
    path.write_text(text.replace(old, new, 1))


def test_what_is_built_is_up_to_date(lesson):
    assert source_faults(lesson) == []
    assert release_faults(lesson) == []
    assert not build_source(lesson), "nothing changed, so nothing is executed"


def test_source_keeps_text_outputs_and_drops_pictures(lesson):
    outputs = [o for c in nbformat.read(lesson.source, 4).cells for o in c.get("outputs", [])]
    assert [o.text for o in outputs if o.output_type == "stream"] == ["the sum is 2\n"]
    kinds = [kind for o in outputs for kind in o.get("data", {})]
    assert kinds == ["text/plain"]


def test_building_twice_gives_the_same_bytes(lesson):
    before = lesson.source.read_bytes(), lesson.release.read_bytes()
    assert build_source(lesson, force=True)
    generate(lesson, lesson.root / "release")
    assert (lesson.source.read_bytes(), lesson.release.read_bytes()) == before


def test_release_has_the_outline_and_no_more(lesson):
    text = lesson.release.read_text()
    assert "# Twice x." in text and "raise NotImplementedError()" in text
    for absent in ("return 2 * x", "-6", "Nothing is simpler", "the sum is 2", "sha", '"course"'):
        assert absent not in text.replace("checksum", "")


def test_a_new_cell_keeps_the_other_cells_ids(lesson):
    before = {c.id for c in nbformat.read(lesson.source, 4).cells}
    edit(lesson.text, "# %% [markdown]\n# # A lesson\n", "# %% [markdown]\n# # A lesson\n\n# %%\nnew = 1\n")
    assert build_source(lesson)
    after = {c.id for c in nbformat.read(lesson.source, 4).cells}
    assert before < after and len(after - before) == 1


@pytest.mark.parametrize("part", ["source", "release"])
@pytest.mark.parametrize(
    "old, new", [("double", "doublf"), ("A lesson", "A lessen"), ('"locked": true', '"locked": false')]
)
def test_one_edited_character_is_noticed(lesson, part, old, new):
    edit(getattr(lesson, part), old, new)
    assert source_faults(lesson) or release_faults(lesson)


def test_an_edited_output_is_noticed(lesson):
    edit(lesson.source, "the sum is 2", "the sum is 3")
    assert any("edited since it was executed" in fault for fault in source_faults(lesson))


def test_a_stray_file_in_release_is_noticed(lesson):
    (lesson.release.parent / "notes.txt").write_text("left over")
    assert any("notes.txt" in fault for fault in release_faults(lesson))


def test_an_edit_of_the_text_reaches_the_notebook(lesson):
    edit(lesson.text, "1 + 1", "1 + 2")
    assert source_faults(lesson)
    assert build_source(lesson)
    assert "the sum is 3" in lesson.source.read_text()


def test_an_edit_of_the_notebook_reaches_the_text(lesson):
    edit(lesson.source, "1 + 1", "1 + 4")
    assert build_source(lesson)
    assert "1 + 4" in lesson.text.read_text()
    assert "the sum is 5" in lesson.source.read_text()


def test_the_same_edit_on_both_sides_is_no_conflict(lesson):
    edit(lesson.text, "1 + 1", "1 + 5")
    edit(lesson.source, "1 + 1", "1 + 5")
    assert build_source(lesson)
    assert "the sum is 6" in lesson.source.read_text()


def test_edits_on_both_sides_are_refused_and_kept(lesson):
    edit(lesson.text, "1 + 1", "1 + 2")
    edit(lesson.source, "1 + 1", "1 + 3")
    before = lesson.text.read_text(), lesson.source.read_text()
    with pytest.raises(CourseError, match=r"course/ps90_doubling/doubling\.py.*source/ps90_doubling/doubling\.ipynb"):
        build_source(lesson)
    assert (lesson.text.read_text(), lesson.source.read_text()) == before


def test_a_lesson_that_exists_as_a_notebook_alone_gets_its_text(lesson):
    lesson.text.unlink()
    build_source(lesson)
    assert lesson.text.read_text() == pipeline.to_text(pipeline.to_notebook(TEXT))


@pytest.mark.parametrize(
    "line, told",
    [("1 / 0", "ZeroDivisionError"), ("import warnings; warnings.warn('beware')", "stderr")],
)
def test_a_failing_or_warning_cell_is_named_and_nothing_is_lost(lesson, line, told):
    before = lesson.source.read_text()
    edit(lesson.text, 'print("the sum is", 1 + 1)', line)
    with pytest.raises(CourseError, match=told):
        build_source(lesson)
    assert lesson.source.read_text() == before


def test_a_damaged_notebook_is_named(lesson):
    lesson.source.write_text("{not json")
    with pytest.raises(CourseError, match="is not a notebook"):
        build_source(lesson)


def test_a_duplicated_grade_id_is_refused(lesson):
    edit(lesson.text, '"grade_id": "hidden_double"', '"grade_id": "test_double"')
    build_source(lesson)
    with pytest.raises(CourseError, match="(?s)could not release ps90_doubling.*test_double"):
        generate(lesson, lesson.root / "release")


def test_an_unknown_lesson_is_named_with_the_nearest(built):
    with pytest.raises(CourseError, match="Did you mean ps90_doubling"):
        lessons(built, ["ps90_dubling"])
    assert [found.name for found in lessons(built)] == ["ps90_doubling"]


def test_the_course_itself_has_not_drifted():
    faults = [fault for found in lessons() for fault in source_faults(found) or release_faults(found)]
    assert faults == []
