"""``python -m grading feedback``: an HTML page for each student, with nbgrader's ``generate_feedback``."""

from __future__ import annotations

import argparse
import logging
from dataclasses import dataclass
from pathlib import Path

from nbgrader.converters import GenerateFeedback
from nbgrader.converters.base import NbGraderException
from nbgrader.coursedir import CourseDirectory

from grading.gradebook import course_config, require_autograded
from grading.pipeline import ROOT, Lesson
from grading.submissions import find_lesson, require_release, scan


@dataclass(frozen=True)
class Feedback:
    """What `generate` did: students with a page, those for whom nbgrader failed, and nbgrader's reasons."""

    written: list[str]
    failed: list[str]
    messages: list[str]


def generate(lesson: Lesson) -> Feedback:
    """Write feedback for every autograded submission of a lesson, again where it was there.

    Parameters
    ----------
    lesson : Lesson

    Returns
    -------
    Feedback

    Raises
    ------
    CourseError
        If nothing is autograded yet.
    """
    students = require_autograded(lesson)
    config = course_config(lesson)
    messages: list[str] = []
    handler = logging.Handler(logging.ERROR)
    handler.emit = lambda record: messages.append(record.getMessage())
    converter = GenerateFeedback(coursedir=CourseDirectory(config=config), config=config)
    converter.force = True
    converter.log = logging.Logger("feedback")
    converter.log.addHandler(handler)
    try:
        converter.start()
    except NbGraderException as error:
        messages.append(str(error))  # it has gone through all of them; the folder tells which failed
    pages = lesson.root / "feedback"
    name = lesson.release.with_suffix(".html").name
    written = [student for student in students if (pages / student / lesson.name / name).exists()]
    return Feedback(written, [student for student in students if student not in written], messages)


def main(argv: list[str], root: Path = ROOT) -> int:
    parser = argparse.ArgumentParser(prog="make feedback", description=__doc__)
    parser.add_argument("assignment", nargs="?")
    lesson = find_lesson(parser.parse_args(argv).assignment, "feedback", root)
    require_release(lesson)
    result = generate(lesson)
    for message in result.messages:
        print(message)
    ungraded = [s.student for s in scan(lesson) if s.student not in {*result.written, *result.failed}]
    if ungraded:
        print(f"Not autograded, so without feedback: {', '.join(ungraded)}.")
    if result.failed:
        print(f"nbgrader could write none for: {', '.join(result.failed)}.")
    count = len(result.written)
    print(f"Feedback for {count} student{'' if count == 1 else 's'} is in feedback/STUDENT/{lesson.name}/.")
    return 1 if result.failed else 0
