"""The sandbox by itself: what it takes from a process, and that nothing survives a submission."""

from __future__ import annotations

import asyncio
import errno
import os
import signal
import struct
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat
import psutil
import pytest
from nbclient import NotebookClient

from grading.errors import CourseError
from grading.sandbox import Limits, Sandbox, bubblewrap, seccomp
from grading.sandbox.channel import Channel
from grading.sandbox.provisioner import SandboxKernelManager
from grading.sandbox.zygote import Zygote
from grading.sandbox_pair import STUDENT_IMPORTS

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="the sandbox exists for Linux alone"),
]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    made = Sandbox(Limits(memory_mib=256, processes=16, disk_mib=16, file_mib=8), STUDENT_IMPORTS)
    made.wait()
    yield made
    made.close()


def say(sandbox: Sandbox, code: str, end: bool = True) -> str:
    """Run `code` in a new kernel in the sandbox and return what it printed."""

    async def go() -> str:
        manager = SandboxKernelManager(sandbox=sandbox)
        await manager.start_kernel()
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
        client = NotebookClient(notebook, km=manager, timeout=60)
        await client.async_start_new_kernel_client()
        await client.async_execute_cell(notebook.cells[0], 0)
        client.kc.stop_channels()
        if not end:
            await manager.cleanup_resources()
        else:
            await manager.shutdown_kernel(now=True)
            sandbox.end()
        return "".join(output.text for output in notebook.cells[0].outputs if output.output_type == "stream")

    return asyncio.run(go())


def test_the_newer_bwrap_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    bubblewrap.find_bwrap.cache_clear()
    monkeypatch.setattr(bubblewrap.shutil, "which", lambda name: "/system/bwrap")
    for version, expected in (((99, 0, 0), True), ((0, 0, 1), False)):
        bubblewrap.find_bwrap.cache_clear()
        versions = {"/system/bwrap": version}
        monkeypatch.setattr(bubblewrap, "_version", lambda path, known=versions: known.get(path, (0, 11, 0)))
        assert (bubblewrap.find_bwrap() == "/system/bwrap") is expected
    bubblewrap.find_bwrap.cache_clear()


def test_no_bwrap_is_refused_with_a_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    bubblewrap.find_bwrap.cache_clear()
    monkeypatch.setattr(bubblewrap, "_version", lambda path: None)
    with pytest.raises(CourseError, match="bubblewrap.*--unsafe-no-sandbox"):
        bubblewrap.find_bwrap()
    bubblewrap.find_bwrap.cache_clear()


@pytest.mark.parametrize(
    ("said", "remedy"),
    [
        ("bwrap: setting up uid map: Permission denied", "apparmor_restrict_unprivileged_userns"),
        ("bwrap: No permissions to create new namespace", "unprivileged_userns_clone"),
        ("bwrap: Can't mount proc on /newroot/proc", "systempaths=unconfined"),
    ],
)
def test_why_no_sandbox_can_be_made_is_told(said: str, remedy: str) -> None:
    error = bubblewrap.refusal(said)
    assert said in error.what
    assert remedy in error.remedy
    assert "--unsafe-no-sandbox" in error.remedy


def test_a_sandbox_that_cannot_start_is_a_course_error(monkeypatch: pytest.MonkeyPatch) -> None:
    real = bubblewrap.command
    monkeypatch.setattr(
        bubblewrap, "command", lambda *a: [*real(*a)[:1], "--ro-bind", "/no/such/folder", "/x", *real(*a)[1:]]
    )
    made = Sandbox(Limits())
    with pytest.raises(CourseError, match="no/such/folder"):
        made.wait()


def verdict(program: bytes, architecture: int, number: int) -> int:
    """Run a filter on a system call, as Linux does."""
    place, value = 0, 0
    while True:
        code, if_true, if_false, operand = struct.unpack_from("=HBBI", program, place * 8)
        place += 1
        if code == 0x06:
            return operand
        if code == 0x20:
            value = {0: number, 4: architecture}[operand]
        else:
            holds = value == operand if code == 0x15 else value >= operand
            place += if_true if holds else if_false


def test_the_filter_refuses_what_it_lists_and_nothing_else() -> None:
    allow, refuse, kill = 0x7FFF0000, 0x00050000 | errno.EPERM, 0x80000000
    for machine, calls in seccomp.DENIED.items():
        program, architecture = seccomp.program(machine), seccomp.AUDIT_ARCH[machine]
        for number in range(500):
            expected = refuse if number in calls.values() else allow
            assert verdict(program, architecture, number) == expected, (machine, number)
        assert verdict(program, architecture, 0x40000000 + 1) == refuse
        assert verdict(program, architecture ^ 1, 0) == kill
    assert seccomp.program("abacus") is None


def test_limits_are_checked() -> None:
    assert Limits.from_dict({"cell_seconds": 3}).cell_seconds == 3
    with pytest.raises(ValueError, match="no limit 'seconds'"):
        Limits.from_dict({"seconds": 3})
    with pytest.raises(ValueError, match="positive"):
        Limits.from_dict({"memory_mib": 0})


def test_files_are_put_and_wiped(sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("x")
    sandbox.put("deep/folder/a.txt", tmp_path / "a.txt")
    with pytest.raises(OSError, match="leaves the work folder"):
        sandbox.put("../a.txt", tmp_path / "a.txt")
    assert say(sandbox, "import os\nprint(os.listdir('deep/folder'))") == "['a.txt']\n"
    assert say(sandbox, "import os\nprint(os.listdir())") == "[]\n"


def test_a_link_is_not_put(sandbox: Sandbox, tmp_path: Path) -> None:
    os.symlink("/etc/passwd", tmp_path / "link")
    with pytest.raises(OSError):
        sandbox.put("link", tmp_path / "link")


def test_nothing_survives_a_submission(sandbox: Sandbox) -> None:
    said = say(sandbox, LEAVE)
    assert "left" in said, said
    assert say(sandbox, FIND) == "[]\n"
    below = psutil.Process(sandbox.process.pid).children(recursive=True)
    assert len(below) == 1, below


LEAVE = """
import os, subprocess, sys
for folder in ("/home/student", "/tmp", "/dev/shm", "/run/kernel"):
    os.makedirs(folder + "/left/locked/deep")
    open(folder + "/left/locked/deep/file", "w").close()
    os.mkfifo(folder + "/left/pipe")
    os.symlink("/usr", folder + "/left/link")
    os.chmod(folder + "/left/locked", 0)
for _ in range(5):
    if os.fork() == 0:
        os.setsid()
        os.execv("/bin/sh", ["left", "-c", "trap '' TERM HUP INT; while true; do sleep 0.1; done"])
print("left")
"""
FIND = """
import os
found = []
for folder in ("/home/student", "/tmp", "/dev/shm", "/run/kernel"):
    found += [base for base, folders, files in os.walk(folder) if "left" in folders + files]
found += [pid for pid in os.listdir("/proc") if pid.isdigit() and b"left" in open(f"/proc/{pid}/cmdline", "rb").read()]
print(found)
"""


def test_a_main_process_that_is_buried_is_reported() -> None:
    """Whoever reaps the main process tells the worker, also where it is killed among others."""
    mine, theirs = Channel.pair()
    zygote = Zygote(Channel(theirs), {"limits": {"memory_mib": 1}, "folders": []})
    main = subprocess.Popen(["sleep", "100"])
    zygote.main = main.pid
    zygote.others = lambda: [main.pid] if zygote.main else []
    zygote.bury()
    assert mine.receive(5)[0] == {"event": "exit", "status": -signal.SIGKILL}
    assert zygote.main is None


def test_what_a_submission_sees_of_the_machine(sandbox: Sandbox) -> None:
    assert say(sandbox, SEE) == "1000 grader ['lo'] [] False\n"


SEE = """
import os, platform
interfaces = [line.split(":")[0].strip() for line in open("/proc/net/dev") if ":" in line]
root = [name for name in ("mnt", "media", "srv", "boot", "var") if os.path.isdir("/" + name)]
print(os.getuid(), platform.node(), interfaces, root, os.path.exists("/etc/shadow"))
"""


def test_the_worker_gone_means_everything_gone() -> None:
    made = Sandbox(Limits(), STUDENT_IMPORTS)
    made.wait()
    say(made, "import subprocess\nsubprocess.Popen(['sleep', '1000'], start_new_session=True)", end=False)
    found = psutil.Process(made.process.pid).children(recursive=True)
    assert len(found) >= 3
    made.channel.close()
    _, alive = psutil.wait_procs(found, timeout=20)
    assert not alive
    made.close()


def test_what_was_imported_keeps_its_files() -> None:
    """A closed descriptor that an object still owns would be closed again, and by then be somebody else's."""
    made = Sandbox(Limits(), [*STUDENT_IMPORTS, "import builtins\nbuiltins.kept = open('/proc/version')"])
    made.wait()
    try:
        assert say(made, "import builtins\nprint(builtins.kept.read(5))") == "Linux\n"
    finally:
        made.close()


def test_figures_are_shown_although_pyplot_was_imported_before_the_kernel_began() -> None:
    made = Sandbox(Limits(), [*STUDENT_IMPORTS, "import matplotlib.pyplot"], ["grading.sandbox.warm:draw"])
    made.wait()
    code = """
import matplotlib.pyplot as plt
from matplotlib_inline.backend_inline import flush_figures
figure = plt.figure()
print(flush_figures in get_ipython().events.callbacks["post_execute"])
"""
    try:
        assert say(made, code) == "True\n"
    finally:
        made.close()
