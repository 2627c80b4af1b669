"""The sandbox's first process: imports what a lesson uses once, then forks a process for each notebook.

It takes orders from the worker over one socket and never reads what the student's processes write. As process 1 of
its namespace no signal from inside reaches it, and as a non-dumpable process nobody inside can read its memory.
Run as ``python -m grading.sandbox.zygote FD CONFIG``.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import json
import os
import resource
import signal
import socket
import stat
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from grading.sandbox.channel import Channel, Closed

TICK = 0.05
PR_SET_DUMPABLE, PR_SET_CHILD_SUBREAPER = 4, 36
_prctl = ctypes.CDLL(None).prctl


class Zygote:
    """Forks, watches and buries the processes of one submission at a time.

    Parameters
    ----------
    channel : Channel
        Orders come and events go here. When its other end closes, everything ends.
    config : dict
        ``limits`` (see `Limits`); ``folders``: those wiped after a submission, the work folder first and the
        sockets' folder last.
    """

    def __init__(self, channel: Channel, config: dict[str, Any]) -> None:
        self.channel = channel
        self.limits = config["limits"]
        self.limit_kib = self.limits["memory_mib"] << 10
        self.folders = [Path(folder) for folder in config["folders"]]
        self.first = os.getpid() == 1
        self.main: int | None = None
        # Open files of what was imported, e.g. fonts: a child's objects own them as much as this process's do.
        self.files = open_files() - {channel.sock.fileno()}
        self.base_kib = 0
        self.crowded = 0.0

    def serve(self) -> None:
        """Take orders until the worker is gone, then end everything."""
        self.send({"event": "ready"})
        try:
            while True:
                try:
                    order, fds = self.channel.receive(TICK if self.main else None)
                except TimeoutError:
                    self.watch()
                    continue
                answer = getattr(self, "do_" + order["op"])(order, fds)
                for fd in fds:
                    os.close(fd)
                self.send({"id": order["id"], **(answer or {})})
                self.watch()
        except Closed:
            self.bury()
            self.wipe()

    def send(self, message: dict[str, Any]) -> None:
        self.channel.send(message)

    # Orders ------------------------------------------------------------------------------------------------------

    def do_put(self, order: dict[str, Any], fds: list[int]) -> dict[str, Any]:
        """Copy an open file into the work folder."""
        target = self.folders[0].joinpath(order["path"])
        if ".." in Path(order["path"]).parts or not target.is_relative_to(self.folders[0]):
            return {"error": "the path leaves the work folder"}
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with open(target, "wb") as out, os.fdopen(os.dup(fds[0]), "rb") as source:
                while block := source.read(1 << 20):
                    out.write(block)
        except OSError as error:
            return {"error": error.strerror}
        return {}

    def do_fork(self, order: dict[str, Any], fds: list[int]) -> dict[str, Any]:
        """Start the notebook's main process: `order` names the function that it runs."""
        self.main = None
        self.bury()
        self.base_kib = _kib("/proc/self/status", "RssAnon:")
        pid = os.fork()
        if pid == 0:
            self.become(order, fds)
        self.main = pid
        return {"pid": pid}

    def do_sockets(self, order: dict[str, Any], fds: list[int]) -> None:
        """Hand the worker a descriptor of the folder in which kernels bind their sockets."""
        fd = os.open(self.folders[-1], os.O_PATH | os.O_DIRECTORY)
        self.channel.send({"event": "sockets"}, (fd,))
        os.close(fd)

    def do_trim(self, order: dict[str, Any], fds: list[int]) -> None:
        """Kill all but the main process."""
        self.bury(spare=self.main)

    def do_used(self, order: dict[str, Any], fds: list[int]) -> dict[str, Any]:
        """Tell how much memory the submission's processes hold, exactly where it matters."""
        used = self.used()
        bound = sum(used.values())
        return {"kib": bound if bound < self.limit_kib // 2 else self.held_kib(used)}

    def do_end(self, order: dict[str, Any], fds: list[int]) -> None:
        """Kill everything; with ``wipe``, remove every file as well."""
        self.main = None
        self.bury()
        # A dead process can be reaped once its last thread has ended.
        patience = time.monotonic() + 5
        with contextlib.suppress(ChildProcessError):
            while time.monotonic() < patience:
                if os.waitpid(-1, os.WNOHANG)[0] == 0:
                    time.sleep(0.002)
        if order.get("wipe"):
            self.wipe()

    # Watching ----------------------------------------------------------------------------------------------------

    def watch(self) -> None:
        """Reap the dead, report the main process's end, stop what is over its limits."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                break
            if pid == 0:
                break
            if pid == self.main:
                self.ended(status)
                self.bury()
        if self.main is None:
            return
        used = self.used()
        if len(used) > self.limits["processes"]:
            again = time.monotonic() - self.crowded < 5
            self.crowded = time.monotonic()
            self.send({"event": "limit", "what": "processes"})
            self.bury(spare=None if again else self.main)
        elif sum(used.values()) > self.limit_kib and self.held_kib(used) > self.limit_kib:
            self.send({"event": "limit", "what": "memory"})
            with contextlib.suppress(ProcessLookupError):
                os.kill(max(used, key=used.__getitem__), signal.SIGKILL)

    def used(self) -> dict[int, int]:
        """Return an upper bound of each process's memory in KiB: what copies share counts in each of them."""
        return {pid: max(0, _kib(f"/proc/{pid}/status", "RssAnon:") - self.base_kib) for pid in self.others()}

    def held_kib(self, used: dict[int, int]) -> int:
        """Return the memory of the processes in `used` together, what they share counted once: slower to tell."""
        total = _kib("/proc/self/smaps_rollup", "Pss_Anon:") - self.base_kib
        return total + sum(_kib(f"/proc/{pid}/smaps_rollup", "Pss_Anon:") or kib for pid, kib in used.items())

    def others(self) -> list[int]:
        """Return every live process but this one: of the namespace, or, without one, this process's descendants."""
        if self.first:
            found = [int(name) for name in os.listdir("/proc") if name.isdigit() and name != "1"]
        else:
            import psutil

            found = [process.pid for process in psutil.Process().children(recursive=True)]
        return [pid for pid in found if _alive(pid)]

    def bury(self, spare: int | None = None) -> None:
        """Kill and reap everything but `spare`, however fast it forks."""
        patience = time.monotonic() + 20
        while True:
            left = [pid for pid in self.others() if pid != spare]
            if not left or time.monotonic() > patience:
                return
            if self.first and spare is None:
                os.kill(-1, signal.SIGKILL)
            for pid in left:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, signal.SIGKILL)
            time.sleep(0.002)
            for pid in left:
                with contextlib.suppress(ChildProcessError):
                    done, status = os.waitpid(pid, os.WNOHANG)
                    if done and done == self.main:
                        self.ended(status)

    def ended(self, status: int) -> None:
        """Tell the worker that the main process is gone."""
        self.main = None
        self.send({"event": "exit", "status": os.waitstatus_to_exitcode(status)})

    def wipe(self) -> None:
        """Remove everything from the folders that can be written to."""
        for folder in self.folders:
            _empty(folder)

    # The child ---------------------------------------------------------------------------------------------------

    def become(self, order: dict[str, Any], fds: list[int]) -> None:
        """Leave this process's state behind and run the function that `order` names; never returns."""
        try:
            self.channel.close()
            os.setsid()
            quiet = os.open(os.devnull, os.O_RDWR)
            for standard in (0, 1, 2):
                os.dup2(quiet, standard)
            for fd in open_files() - self.files - set(fds):
                os.close(fd)
            _prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)
            with contextlib.suppress(OSError):
                Path("/proc/self/oom_score_adj").write_text("1000")
            # As Python starts: a file that grows too large, or a closed pipe, is an OSError.
            for number in (signal.SIGXFSZ, signal.SIGPIPE):
                signal.signal(number, signal.SIG_IGN)
            self.limit(order)
            os.chdir(self.folders[0])
            gc.enable()
            _function(order["run"])(order, fds)
        finally:
            os._exit(1)

    def limit(self, order: dict[str, Any]) -> None:
        """Apply the limits that the operating system keeps."""
        memory = (self.limit_kib + _kib("/proc/self/status", "VmData:")) << 10
        caps = {
            resource.RLIMIT_CORE: 0,
            resource.RLIMIT_NOFILE: 1024,
            resource.RLIMIT_FSIZE: self.limits["file_mib"] << 20,
            resource.RLIMIT_DATA: memory,
        }
        if self.first:
            # Counted in the sandbox's own user namespace, threads too: well above what `watch` allows of processes.
            caps[resource.RLIMIT_NPROC] = self.limits["processes"] + 256
        for what, value in caps.items():
            resource.setrlimit(what, (value, value))


def open_files() -> set[int]:
    """Return this process's open file descriptors, without the three standard ones."""
    with os.scandir("/dev/fd") as entries:
        found = {int(entry.name) for entry in entries} - {0, 1, 2}
    return {fd for fd in found if _is_open(fd)}


def _is_open(fd: int) -> bool:
    try:
        os.fstat(fd)
    except OSError:
        return False
    return True


def _function(where: str) -> Callable[..., Any]:
    module, name = where.split(":")
    return getattr(importlib.import_module(module), name)


def _kib(path: str, field: str) -> int:
    """Return a field of a file in /proc in KiB; 0 if the process is gone or does not show it."""
    try:
        lines = Path(path).read_text().splitlines()
    except (OSError, UnicodeDecodeError):
        return 0
    return sum(int(line.split()[1]) for line in lines if line.startswith(field))


def _alive(pid: int) -> bool:
    """Tell whether `pid` is there and no zombie: those hold nothing, and wait for their parent alone."""
    try:
        stat_line = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return False
    return stat_line.rpartition(b")")[2].split()[0] not in (b"Z", b"X")


def _empty(folder: Path) -> None:
    """Remove what `folder` holds, whatever its modes; links are removed, not followed."""
    with contextlib.suppress(OSError):
        os.chmod(folder, 0o700)
    try:
        names = os.listdir(folder)
    except OSError:
        return
    for name in names:
        path = folder / name
        try:
            if stat.S_ISDIR(path.lstat().st_mode):
                _empty(path)
                path.rmdir()
            else:
                path.unlink()
        except OSError as error:
            print(f"the sandbox could not remove {name!r}: {error}", file=sys.stderr)


def _collapse() -> None:
    """Put this process's memory into large pages where Linux can (6.1 or later): a fork then copies 500 times fewer
    page-table entries, which takes 10 ms in place of 30 and as much again when the copy ends."""
    large, advice = 1 << 21, 25  # MADV_COLLAPSE
    madvise = ctypes.CDLL(None).madvise
    madvise.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int]
    for line in Path("/proc/self/maps").read_text().splitlines():
        span, mode, _, _, _, *name = line.split()
        start, end = (int(edge, 16) for edge in span.split("-"))
        start, end = -(-start // large) * large, end // large * large
        if mode == "rw-p" and name in ([], ["[heap]"]) and start < end:
            madvise(start, end - start, advice)


def main(argv: list[str]) -> None:
    """Preload, then serve; never returns."""
    _prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
    _prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    for number in signal.valid_signals():
        with contextlib.suppress(OSError, ValueError):
            signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    if os.getpid() != 1:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    config = json.loads(argv[1])
    channel = Channel(socket.socket(fileno=int(argv[0])))
    gc.disable()  # imports make nothing but what stays
    for statement in config["imports"]:
        try:
            exec(statement, {})
        except ImportError as error:
            channel.send({"event": "warning", "text": f"{statement}: {error}"})
    for function in config["prepare"]:
        _function(function)()
    gc.collect()
    gc.freeze()
    if sys.platform == "linux":
        _collapse()
    Zygote(channel, config).serve()
    sys.stderr.flush()
    os._exit(0)  # taking apart what was imported takes longer than all that is left to do


if __name__ == "__main__":
    main(sys.argv[1:])
