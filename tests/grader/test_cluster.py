"""Grading on a Dask cluster: the same marks as on one machine, and words for a cluster that can't do it."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from distributed import Client, LocalCluster
from trial_class import HONEST
from trial_course import hand_in, honest, make_course, marks, run

from grading import cluster
from grading.errors import CourseError
from grading.outcomes import read_outcomes

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="the sandbox exists for Linux alone"),
    pytest.mark.timeout(600),
]


@pytest.fixture(scope="module")
def two_workers() -> Iterator[LocalCluster]:
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as made:
        yield made


def test_the_cluster_grades_the_class_although_a_worker_is_killed(tmp_path: Path, two_workers: LocalCluster) -> None:
    lesson = make_course(tmp_path)
    for student, answered in HONEST.items():
        hand_in(honest(lesson, answered), lesson, student)
    with Client(two_workers, set_as_default=False) as client:
        victim = next(iter(client.run(os.getpid).values()))
        killer = os.fork()
        if killer == 0:
            while not psutil.Process(victim).children():  # its sandboxes: a submission is under way
                time.sleep(0.05)
            os.kill(victim, signal.SIGKILL)
            os._exit(0)
        done = run(lesson, f"--scheduler={two_workers.scheduler_address}")
        os.waitpid(killer, 0)
        assert done.returncode == 0, done.stdout + done.stderr
        assert all(student in done.stdout for student in HONEST)
        assert {outcome.status for outcome in read_outcomes(lesson.root, lesson.name)} == {"graded"}
        for student, answered in HONEST.items():
            assert {name for name, points in marks(lesson, student).items() if points} == set(answered)
        client.wait_for_workers(2, timeout=60)
        assert victim not in client.run(os.getpid).values()


def test_no_scheduler_is_named(tmp_path: Path) -> None:
    lesson = make_course(tmp_path)
    hand_in(honest(lesson), lesson, "full")
    done = run(lesson, "--scheduler=tcp://127.0.0.1:9")
    assert done.returncode == 1
    assert "no Dask scheduler answers at tcp://127.0.0.1:9" in done.stderr


def test_workers_and_a_scheduler_exclude_each_other(tmp_path: Path) -> None:
    done = run(make_course(tmp_path), "--scheduler=tcp://127.0.0.1:9", "--workers=2")
    assert done.returncode == 1
    assert "a cluster has its own workers" in done.stderr


class FakeClient:
    def __init__(self, **workers: tuple[str, int]) -> None:
        self.workers = {name: {"host": host, "nthreads": threads} for name, (host, threads) in workers.items()}

    def scheduler_info(self) -> dict:
        return {"workers": self.workers}


@pytest.mark.parametrize(
    ("client", "db_url", "told"),
    [
        (FakeClient(), "sqlite:///gradebook.db", "has no workers.*--nthreads 1"),
        (FakeClient(a=("one", 4)), "sqlite:///gradebook.db", "several threads.*--nthreads 1"),
        (FakeClient(a=("one", 1), b=("two", 1)), "sqlite:///gradebook.db", "workers on 2 machines.*PostgreSQL"),
    ],
)
def test_a_cluster_that_can_not_do_it_is_refused(client: FakeClient, db_url: str, told: str) -> None:
    with pytest.raises(CourseError, match=told):
        cluster._require_workers(client, "tcp://head:8786", db_url)


def test_two_machines_with_a_database_server_will_do() -> None:
    client = FakeClient(a=("one", 1), b=("two", 1))
    cluster._require_workers(client, "tcp://head:8786", "postgresql://head/grades")
