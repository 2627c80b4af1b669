"""What every pytest run needs, of ``tests/`` and, with ``--nbval``, of the notebooks in ``source/``.

It stands at the root because that is the only place which pytest reads for both.
"""

import os
import sys
from pathlib import Path

import pytest

# nbgrader runs the command `alembic` when it makes a gradebook: the environment's, activated or not.
os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])


def pytest_configure(config: pytest.Config) -> None:
    """Run notebooks as they were run when their outputs were written: sample data, one thread, a cell's time limit."""
    if config.getoption("nbval", default=False):
        from grading.pipeline import CELL_SECONDS, REPRODUCIBLE

        os.environ.update(REPRODUCIBLE)
        if config.option.nbval_cell_timeout == 2000:  # nbval's own default: half an hour for an endless cell
            config.option.nbval_cell_timeout = CELL_SECONDS
