"""The threat model's page names tests that exist, and leaves out no attack."""

from __future__ import annotations

import re
from fnmatch import fnmatch
from pathlib import Path

from attacks_on_files import ATTACKS, FAULTS
from trial_class import CODE_ATTACKS, CODE_FAULTS

import grading

PAGE = (Path(grading.__file__).parent / "THREATS.md").read_text()
HERE = Path(__file__).parent


def shown() -> set[str]:
    """Return the names in the last column of the page's table."""
    rows = [line.split("|")[3] for line in PAGE.splitlines() if line.startswith("| ") and "---" not in line]
    return {name for row in rows[1:] for name in re.findall(r"`([^`]+)`", row)}


def test_every_name_is_a_test() -> None:
    tests = {name for path in HERE.glob("test_*.py") for name in re.findall(r"^def (test_\w+)", path.read_text(), re.M)}
    known = {*CODE_ATTACKS, *CODE_FAULTS, *ATTACKS, *FAULTS, *tests, "BROKEN_FILES"}
    unknown = [name for name in shown() if not any(fnmatch(found, name) for found in known)]
    assert not unknown


def test_every_attack_is_named() -> None:
    named = shown()
    left_out = [name for name in (*CODE_ATTACKS, *ATTACKS) if not any(fnmatch(name, pattern) for pattern in named)]
    assert not left_out
