"""``python -m grading autograde ASSIGNMENT``: grade a class, several submissions at a time."""

from multiprocessing import forkserver, get_context


def main(argv: list[str]) -> int:
    """Run the command; the exit status is 0 only if every submission has a score."""
    # The process from which the workers are forked imports nbgrader while this one does.
    get_context("forkserver").set_forkserver_preload(["grading.quick_imports", "grading.worker"])
    forkserver.ensure_running()
    from grading import driver

    return driver.main(argv)
