"""JupyterLab as ``make lab`` starts it: nbgrader's and jupytext's extensions answer."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request

import pytest
from small_course import NAME, small_course

from grading import lab
from grading.errors import CourseError
from grading.pipeline import ROOT

TOKEN = "for-this-test-alone"
SECONDS = 90


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """Start JupyterLab by the command's own code in a small course, and stop it in the end."""
    root = small_course(tmp_path_factory.mktemp("lab")).root
    with (root / "nbgrader_config.py").open("a") as settings:
        settings.write(f"\nc.Exchange.root = {str(root / 'exchange')!r}\n")
    port = free_port()
    arguments = ["--no-browser", f"--port={port}", "--ServerApp.port_retries=0", f"--IdentityProvider.token={TOKEN}"]
    code = f"import pathlib; from grading import lab; lab.main({arguments!r}, pathlib.Path({str(root)!r}))"
    log = root / "lab.log"
    runtime = {**os.environ, "JUPYTER_RUNTIME_DIR": str(root / "runtime")}
    with log.open("w") as out:
        process = subprocess.Popen([sys.executable, "-c", code], stdout=out, stderr=out, env=runtime, cwd=ROOT)
    try:
        deadline = time.monotonic() + SECONDS
        while True:
            assert process.poll() is None, f"JupyterLab ended with status {process.returncode}:\n{log.read_text()}"
            try:
                get(port, "api/status")
                break
            except urllib.error.URLError:
                assert time.monotonic() < deadline, f"no answer after {SECONDS} s:\n{log.read_text()}"
                time.sleep(0.2)
        yield port, log
    finally:
        process.terminate()
        process.wait(30)


def get(port, path):
    request = urllib.request.Request(f"http://127.0.0.1:{port}/{path}", headers={"Authorization": f"token {TOKEN}"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return answer.read().decode()


def test_the_server_extensions_are_loaded(server):
    _, log = server
    for name in lab.SERVER_EXTENSIONS:
        assert f"{name} | extension was successfully loaded" in log.read_text()


def test_the_lab_extensions_are_enabled(server):
    port, _ = server
    page = get(port, "lab")
    config = json.loads(page.split('id="jupyter-config-data"', 1)[1].split(">", 1)[1].split("</script>", 1)[0])
    loaded = {extension["name"] for extension in config["federated_extensions"]}
    assert set(lab.LAB_EXTENSIONS) <= loaded
    assert config["disabledExtensions"] == []


def test_formgrader_shows_the_course(server):
    port, _ = server
    page = get(port, "formgrader/manage_assignments")
    assert "<title>nbgrader formgrade</title>" in page and "deep-learning" in page
    (assignment,) = json.loads(get(port, "formgrader/api/assignments"))
    assert assignment["name"] == NAME and assignment["max_score"] == 10


def test_the_assignment_list_knows_the_course(server):
    port, _ = server
    listed = json.loads(get(port, "assignments?course_id=deep-learning"))
    assert listed == {"success": True, "value": []}, "nothing was released to the exchange yet"
    answer = json.loads(get(port, "formgraders"))
    assert answer["success"] and answer["value"][0]["course_id"] == "deep-learning"


def test_a_lessons_text_opens_as_a_notebook(server):
    port, _ = server
    opened = json.loads(get(port, f"api/contents/course/{NAME}/small.py?type=notebook&content=1"))
    cells = opened["content"]["cells"]
    assert opened["type"] == "notebook" and cells[0]["source"].startswith("# PS 90: Small")
    assert cells[2]["metadata"]["nbgrader"]["grade_id"] == "double"


def test_a_disabled_extension_is_told_with_its_remedy(tmp_path, monkeypatch):
    lab.require_extensions()
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path))
    monkeypatch.setenv("JUPYTER_PREFER_ENV_PATH", "0")
    settings = tmp_path / "labconfig" / "page_config.json"
    settings.parent.mkdir()
    settings.write_text(json.dumps({"disabledExtensions": {"@jupyter/nbgrader:formgrader": True}}))
    with pytest.raises(CourseError, match="@jupyter/nbgrader:formgrader is disabled.*jupyter labextension enable"):
        lab.require_extensions()
    settings.unlink()
    disabled = {"ServerApp": {"jpserver_extensions": {"jupyterlab_jupytext": False}}}
    (tmp_path / "jupyter_server_config.json").write_text(json.dumps(disabled))
    with pytest.raises(CourseError, match="server extension jupyterlab_jupytext is disabled.*server extension enable"):
        lab.require_extensions()


def test_a_missing_package_is_told(monkeypatch):
    monkeypatch.setattr(lab, "PACKAGES", ("no_such_package",))
    with pytest.raises(CourseError, match="no_such_package is not installed"):
        lab.require_extensions()
