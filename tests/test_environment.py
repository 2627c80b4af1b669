"""The environment: one list of packages in three places, and a script that says what a machine lacks."""

import re
import subprocess
import sys
import tomllib
from collections import namedtuple
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

from grading import environment

ROOT = Path(__file__).resolve().parent.parent
CONDA_NAMES = {"torch": "pytorch", "msgpack": "msgpack-python"}


def canonical(name):
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.fixture(scope="module")
def declared():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lists = [project["dependencies"], *project["optional-dependencies"].values()]
    found = [Requirement(line) for lines in lists for line in lines]
    return {canonical(r.name): r for r in found if r.name != project["name"]}


def test_conda_lists_what_pyproject_lists(declared):
    entries = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    by_pip = next(entry["pip"] for entry in entries if isinstance(entry, dict))
    lines = [e for e in entries if isinstance(e, str)] + [e for e in by_pip if not e.startswith("--")]
    conda = {canonical(r.name): str(r.specifier) for r in map(Requirement, lines)}
    assert conda.pop("python") == ">=3.11"
    conda.pop("pip")
    wanted = {canonical(CONDA_NAMES.get(name, name)): str(r.specifier) for name, r in declared.items()}
    assert conda == wanted
    assert "--editable ." in by_pip


def test_constraints_pin_every_package_within_its_bound(declared):
    lines = [line for line in (ROOT / "constraints.txt").read_text().splitlines() if line and line[0] != "#"]
    pins = {canonical(name): version for name, version in (line.split("==") for line in lines)}
    for name, requirement in declared.items():
        assert requirement.specifier.contains(pins[name]), f"{name}=={pins[name]} is outside {requirement}"


def test_an_old_python_is_named_with_a_remedy():
    with pytest.raises(SystemExit, match=r"needs Python 3\.11 or later.*is 3\.9.*\n.*PYTHON="):
        environment.check_python((3, 9, 18))
    environment.check_python((3, 11, 0))
    environment.check_python((3, 14, 1))


def test_a_full_disk_is_named_with_a_remedy(monkeypatch, tmp_path):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(environment.shutil, "disk_usage", lambda folder: usage(10**12, 10**12, 2**30))
    with pytest.raises(SystemExit, match=r"about 8 GiB of disk.*1\.0 GiB free.*\n.*larger disk"):
        environment.check_space(str(tmp_path))


def test_a_failing_step_is_named_with_a_remedy():
    with pytest.raises(SystemExit, match=r"this step failed: .*exit\(3\).*\n.*do this"):
        environment.run([sys.executable, "-c", "exit(3)"], "do this")


def test_make_without_python_says_so(tmp_path):
    command = ["make", "demo", f"VENV={tmp_path}/venv", "PYTHON=no-such-python"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode != 0
    assert "no no-such-python found. Install Python 3.11 or later" in done.stdout + done.stderr


def test_make_lists_its_targets():
    done = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True)
    listed = set(re.findall(r"^  make (\w+)", done.stdout, re.M))
    assert {"demo", "lab", "source", "release", "check", "autograde", "report", "nbval", "test", "clean"} <= listed
