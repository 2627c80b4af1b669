"""The class of the attack and fault tests: who is in it, and what each one hands in."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import nbformat
from attacks_on_files import ATTACKS, BROKEN_FILES, FAULTS
from nbformat import NotebookNode
from trial_course import EXERCISES, cell, hand_in, honest

from grading.pipeline import Lesson

HERE = Path(__file__).parent
HONEST = {"full": EXERCISES, "half": EXERCISES[:2], "empty": ()}


@dataclass(frozen=True)
class Code:
    """A piece of a student's code from ``attacks.txt`` or ``faults.txt``."""

    name: str
    where: str
    told: str
    text: str


def pieces(file: str) -> list[Code]:
    """Read the pieces of a file, none of which is ever run here."""
    blocks = re.split(r"^# %% ", (HERE / file).read_text(), flags=re.MULTILINE)[1:]
    found = []
    for block in blocks:
        head, _, text = block.partition("\n")
        words, _, told = head.partition(": ")
        _, name, *where = words.split()
        found.append(Code(name, where[0] if where else "", told.strip(), text.strip() + "\n"))
    return found


CODE_ATTACKS = {piece.name: piece for piece in pieces("attacks.txt")}
CODE_FAULTS = {piece.name: piece for piece in pieces("faults.txt")}


def insert(notebook: NotebookNode, text: str) -> NotebookNode:
    """Put a free cell after the setup cell."""
    place = notebook.cells.index(cell(notebook, "setup")) + 1
    notebook.cells.insert(place, nbformat.v4.new_code_cell(text))
    return notebook


def gather(lesson: Lesson, port: int, abstract: str) -> list[str]:
    """Hand in everything, and return the students' ids.

    Parameters
    ----------
    lesson : Lesson
    port : int
        Of a server on this machine that the attack on the network tries to reach.
    abstract : str
        The name of its abstract socket.
    """
    for name, answered in HONEST.items():
        hand_in(honest(lesson, answered), lesson, name)
    graded = [found.metadata.nbgrader.grade_id for found in honest(lesson).cells if "nbgrader" in found.metadata]
    facts = {"ROOT": str(lesson.root), "GRADED": json.dumps(graded), "PORT": str(port), "ABSTRACT": abstract}
    for name, piece in CODE_ATTACKS.items():
        text = re.sub(r"\b(ROOT|GRADED|PORT|ABSTRACT)\b", lambda found: facts[found.group()], piece.text)
        hand_in(insert(honest(lesson, ()), text), lesson, f"attack-{name}")
    for name, piece in CODE_FAULTS.items():
        notebook = honest(lesson)
        if piece.where == "nothing":
            insert(notebook, piece.text)
        else:
            cell(notebook, piece.where).source = piece.text
        hand_in(notebook, lesson, f"fault-{name}")
    for prefix, edits, answered in (("attack", ATTACKS, ()), ("fault", FAULTS, EXERCISES)):
        for name, told in edits.items():
            edit = told[0] if isinstance(told, tuple) else told
            notebook = honest(lesson, answered)
            path = hand_in(notebook, lesson, f"{prefix}-{name}")
            edit(notebook, path.parent, lesson.root)
            # Written as text: nbformat would mend what the edit broke.
            path.write_text(json.dumps(notebook))
    for name, (content, _) in BROKEN_FILES.items():
        path = hand_in(honest(lesson), lesson, f"broken-{name}")
        path.unlink()
        if content is not None:
            path.write_bytes(content)
    return sorted(path.name for path in (lesson.root / "submitted").iterdir())


def keep_only(lesson: Lesson, students: list[str]) -> None:
    """Remove every submission but these, for a quick look at some."""
    for path in (lesson.root / "submitted").iterdir():
        if path.name not in students:
            shutil.rmtree(path)
