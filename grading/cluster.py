"""Grading on a Dask cluster: workers on several machines, which share the course's folder and the gradebook."""

from __future__ import annotations

from concurrent.futures import as_completed
from typing import Any

from distributed import Client
from traitlets.config import Config

from grading import worker
from grading.errors import CourseError
from grading.outcomes import Outcome
from grading.pipeline import Lesson
from grading.pool import Tally

CONNECT_SECONDS = 20
WORKERS = "dask worker ADDRESS --nthreads 1, in the course's environment"
_settings: tuple[dict[str, Any], str] | None = None


def grade_on_cluster(
    address: str, lesson: Lesson, config: Config, db_url: str, students: list[str], tally: Tally
) -> None:
    """Grade these students' submissions; Dask tries a submission again whose worker is lost.

    Parameters
    ----------
    address : str
        The scheduler's, e.g. ``tcp://head:8786``.
    lesson : Lesson
    config : Config
        nbgrader's.
    db_url : str
        The gradebook's.
    students : list of str
    tally : Tally

    Raises
    ------
    CourseError
        If no scheduler answers, or its workers can't do this.
    """
    try:
        client = Client(address, timeout=CONNECT_SECONDS, set_as_default=False)
    except (OSError, ValueError) as error:
        raise CourseError(
            f"no Dask scheduler answers at {address} ({error})", "dask scheduler prints its address as it starts"
        ) from None
    with client:
        _require_workers(client, address, db_url)
        executor = client.get_executor(pure=False)
        settings = (dict(config), str(lesson.root))
        futures = {executor.submit(grade_here, settings, lesson.name, student): student for student in students}
        for future in as_completed(futures):
            error = future.exception()
            if error is None:
                tally.add(future.result())
            else:
                what = f"Dask gave it up: {error}"
                tally.add(worker.lost(lesson.root, lesson.name, futures[future], what))


def grade_here(settings: tuple[dict[str, Any], str], assignment: str, student: str) -> Outcome:
    """In a worker of the cluster: grade one submission; see `worker.grade`."""
    global _settings
    if _settings != settings:
        worker.start(*settings, driver=None)
        _settings = settings
    return worker.grade(assignment, student)


def _require_workers(client: Client, address: str, db_url: str) -> None:
    found = client.scheduler_info()["workers"].values()
    if not found:
        raise CourseError(f"the Dask scheduler at {address} has no workers", f"start some: {WORKERS}")
    if any(each["nthreads"] != 1 for each in found):
        raise CourseError(
            "a Dask worker with several threads would grade several submissions in one process", f"use {WORKERS}"
        )
    hosts = {each["host"] for each in found}
    if len(hosts) > 1 and db_url.startswith("sqlite"):
        raise CourseError(
            f"workers on {len(hosts)} machines can't share the gradebook {db_url}",
            "name a PostgreSQL database in nbgrader_config.py: c.CourseDirectory.db_url",
        )
