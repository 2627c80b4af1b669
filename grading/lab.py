"""``python -m grading lab``: JupyterLab in the course's folder, with nbgrader's and jupytext's extensions.

Both packages enable their extensions when they are installed (nbgrader: formgrader, assignment list, create
assignment, validate; jupytext: ``course/*.py`` opened as notebooks). A user's own settings may disable one, so that is
looked at first; then JupyterLab starts in the course's folder, where nbgrader finds its settings.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path

from traitlets.config import PyFileConfigLoader

from grading.errors import CourseError
from grading.pipeline import ROOT

PACKAGES = ("jupyterlab", "nbgrader", "jupytext")
SERVER_EXTENSIONS = (
    "nbgrader.server_extensions.formgrader",
    "nbgrader.server_extensions.assignment_list",
    "nbgrader.server_extensions.validate_assignment",
    "jupyterlab_jupytext",
)
LAB_EXTENSIONS = ("@jupyter/nbgrader", "jupyterlab-jupytext")
REINSTALL = "Remove the folder .venv and run make lab again."


def require_extensions() -> None:
    """Raise unless JupyterLab and every extension that the course uses are installed and enabled.

    Raises
    ------
    CourseError
        With the command that mends it.
    """
    for package in PACKAGES:
        if importlib.util.find_spec(package) is None:
            raise CourseError(f"{package} is not installed.", REINSTALL)
    from jupyter_core.paths import jupyter_config_path, jupyter_path
    from jupyter_server.extension.config import ExtensionConfigManager
    from jupyterlab_server.config import get_page_config

    enabled = ExtensionConfigManager(read_config_path=jupyter_config_path()).get_jpserver_extensions()
    for name in SERVER_EXTENSIONS:
        if not enabled.get(name):
            raise CourseError(
                f"the server extension {name} is disabled.", f"Run: jupyter server extension enable --sys-prefix {name}"
            )
    page = get_page_config(jupyter_path("labextensions"))
    installed = {extension["name"] for extension in page["federated_extensions"]}
    off = [name for name in page["disabledExtensions"] if name.split(":")[0] in LAB_EXTENSIONS]
    for name in off:
        raise CourseError(f"the lab extension {name} is disabled.", f"Run: jupyter labextension enable {name}")
    for name in set(LAB_EXTENSIONS) - installed:
        raise CourseError(f"the lab extension {name} is not installed.", REINSTALL)


def make_exchange(root: Path) -> None:
    """Make the folder that the course's settings name for handing assignments out and in, if they name one.

    nbgrader makes it on the first release, but until then the assignment list shows an error in its place.
    """
    config = PyFileConfigLoader("nbgrader_config.py", str(root)).load_config()
    if "root" in config.Exchange:
        Path(config.Exchange.root).mkdir(parents=True, exist_ok=True)


def command(root: Path, arguments: list[str]) -> list[str]:
    """Return the command that starts JupyterLab with `root` as its folder and these arguments."""
    # JupyterLab refuses to start for root, who in a container is the only user, unless told.
    as_root = ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    return [sys.executable, "-m", "jupyterlab", f"--ServerApp.root_dir={root}", *as_root, *arguments]


def main(argv: list[str], root: Path = ROOT) -> int:
    """Become JupyterLab; `argv` goes to it, e.g. ``--no-browser --port=8890``. Returns only by raising."""
    require_extensions()
    make_exchange(root)
    os.chdir(root)
    os.execv(sys.executable, command(root, argv))
