"""One notebook from its first cell to its last: the student's cells in one sandbox, the graded ones in another."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
import zmq
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from grading.judge.host import Judge
from grading.outputs import clean_outputs, error, text_size, told
from grading.restore import TRY_IT, Course, defined_names, grade_id, imported_names, is_graded, is_setup, tags
from grading.sandbox.channel import Closed
from grading.sandbox.host import SandboxDied
from grading.sandbox.limits import Limits
from grading.sandbox.provisioner import SandboxKernelManager
from grading.sandbox_pair import SandboxPair

NOT_RUN = "[Not run while grading. This is the output that was handed in.]\n"
NO_OUTPUT = "[Not run while grading; no output was handed in.]\n"
SHOWN = ("stream", "display_data", "execute_result", "error", "clear_output", "update_display_data", "status")
HOARD = 0.8
SEND_SECONDS = 10
CUT = "it cut the grader's connection to the notebook's process"
REASONS = {
    "memory": "the memory limit of {memory_mib} MiB was passed",
    "processes": "more than {processes} processes were started",
}


@dataclass
class Record:
    """What happened while a notebook ran.

    Attributes
    ----------
    faults : list of (str, str)
        (cell, fault), in order.
    seconds_in_cells : float
        Wall time of the cells alone.
    """

    faults: list[tuple[str, str]] = field(default_factory=list)
    seconds_in_cells: float = 0.0


class StudentClient(NotebookClient):
    """nbclient with a limit on outputs that it keeps while they stream in."""

    limits = Limits()
    flooded = False
    _size = 0

    def process_message(self, msg: dict[str, Any], cell: NotebookNode, cell_index: int) -> NotebookNode | None:
        """Pass a message on while there is room for it; end the cell far beyond that."""
        kind = msg["msg_type"]
        if kind not in SHOWN:
            return None
        if kind not in ("status", "clear_output"):
            self._size += text_size(msg["content"])
            if self._size > self.limits.flood_bytes:
                self.flooded = True
                assert self.task_poll_for_reply is not None
                self.task_poll_for_reply.cancel()
                return None
            if self._size > self.limits.output_bytes:
                if not cell.metadata.get("cut"):
                    cell.metadata["cut"] = True
                    cell.outputs.append(told(f"\n[Output cut after {self.limits.output_bytes} bytes.]\n"))
                return None
        return super().process_message(msg, cell, cell_index)

    def begin(self) -> None:
        """Start counting anew, for a new cell."""
        self._size, self.flooded = 0, False


def unheard(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Take an event loop's report of an exception that nobody awaits.

    nbclient leaves tasks behind that read what the student's process sends; what they trip over is no news, since the
    cell has its fault already. Everything else is told as usual.
    """
    task = context.get("future")
    if not isinstance(task, asyncio.Task) or not task.get_coro().__qualname__.startswith("NotebookClient."):
        loop.default_exception_handler(context)


class NotebookRun:
    """Runs one notebook.

    Parameters
    ----------
    notebook : NotebookNode
        In the course's shape (see `grading.restore`); outputs are put into its cells.
    course : Course
    pair : SandboxPair
    folder : Path
        Whose files lie beside the notebook while it runs; links and notebooks are left out.
    run_try_it : bool
        Whether to run cells tagged ``try-it``.
    """

    def __init__(
        self, notebook: NotebookNode, course: Course, pair: SandboxPair, folder: Path, run_try_it: bool
    ) -> None:
        self.notebook, self.course, self.pair, self.folder = notebook, course, pair, folder
        self.limits, self.run_try_it = pair.limits, run_try_it
        self.record = Record()
        self.client: StudentClient | None = None
        self.connection: socket.socket | None = None
        self.ran: list[int] = []
        self.skipped: set[int] = set()
        self.deaths = 0
        self.deadline = time.monotonic() + self.limits.notebook_seconds

    async def run(self) -> Record:
        """Run every cell; the notebook's cells have their outputs afterwards.

        Raises
        ------
        SandboxDied
            If a sandbox's first process ended: start the notebook again, in new sandboxes.
        """
        judge = Judge(self.pair.judge)
        asyncio.get_running_loop().set_exception_handler(unheard)
        try:
            await self.start()
            number = 0
            for position, cell in enumerate(self.notebook.cells):
                if cell.cell_type != "code":
                    continue
                if TRY_IT in tags(cell) and not self.run_try_it:
                    cell.outputs.insert(0, told(NOT_RUN if cell.outputs else NO_OUTPUT))
                    continue
                if not cell.source.strip():
                    continue
                number += 1
                cell.outputs, cell.execution_count = [], number
                if is_setup(cell):
                    trusted = asyncio.to_thread(judge.setup, cell.source)
                    failure, _ = await asyncio.gather(trusted, self.execute(position, number))
                    if failure:
                        self.fault(position, f"this setup cell of the course fails in the grader: {failure}")
                elif is_graded(cell):
                    await self.grade(position, number, judge)
                else:
                    await self.execute(position, number)
        finally:
            await self.stop()
            with contextlib.suppress(SandboxDied):
                self.pair.student.end()
                judge.close()
        return self.record

    # The student's process --------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Start a kernel in an empty work folder with the submission's files."""
        self.pair.student.end()
        self.put_files()
        manager = SandboxKernelManager(sandbox=self.pair.student)
        await manager.start_kernel()
        # Cells of its own: what the student's process sends may land anywhere in them.
        cells = [nbformat.v4.new_code_cell(cell.source) for cell in self.notebook.cells]
        scratch = nbformat.v4.new_notebook(cells=cells)
        client = StudentClient(scratch, km=manager, allow_errors=True, record_timing=False, coalesce_streams=True)
        client.raise_on_iopub_timeout = True
        client.limits = self.limits
        self.client = client  # first, so that its sockets are closed whatever comes
        await client.async_start_new_kernel_client()
        # A process that has just ended takes no message, and sending would wait for ever.
        client.kc.shell_channel.socket.setsockopt(zmq.SNDTIMEO, 1000 * SEND_SECONDS)

    async def stop(self) -> None:
        """End the kernel, if there is one."""
        self.disconnect()
        client, self.client = self.client, None
        if client is not None and client.km is not None:
            manager, channels = client.km, client.kc
            if channels is not None:
                channels.stop_channels()
            await manager.shutdown_kernel(now=True)

    def put_files(self) -> None:
        """Copy the submission's other files to where the notebook runs."""
        room = self.limits.disk_mib << 19
        for path in sorted(self.folder.rglob("*")):
            if path.is_symlink() or not path.is_file() or path.suffix == ".ipynb":
                continue
            name = str(path.relative_to(self.folder))
            room -= path.stat().st_size
            try:
                if room < 0:
                    raise OSError("too large")
                self.pair.student.put(name, path)
            except OSError as failure:
                self.note("files", f"{name} was left out: {failure}")

    async def execute(self, position: int, number: int) -> None:
        """Run one of the student's cells; a cell that ends or blocks the kernel is left out from then on."""
        if not await self.alive():
            self.notebook.cells[position].outputs = [error("NotRun", self.why_dead())]
            return
        self.disconnect()
        cell = self.notebook.cells[position]
        fault = await self.attempt(position, number) or self.remember(cell) or self.hoard()
        assert self.client is not None
        cell.outputs = clean_outputs(self.client.nb.cells[position].outputs, number)
        self.ran.append(position)
        if fault:
            cell.outputs.append(error("Fault", fault))
            self.fault(position, fault)
            self.skipped.add(position)
            await self.restart()

    async def attempt(self, position: int, number: int) -> str:
        """Execute a cell in the kernel; return what went wrong with the kernel, if anything."""
        assert self.client is not None
        cell = self.client.nb.cells[position]
        seconds = self.seconds_left()
        if seconds <= 0:
            return self.no_time()
        self.client.timeout = max(1, int(seconds))
        self.client.begin()
        start = time.monotonic()
        try:
            work = self.client.async_execute_cell(cell, position, execution_count=number)
            await asyncio.wait_for(work, seconds + 10)
        except (CellTimeoutError, TimeoutError):
            if time.monotonic() - start < seconds:
                return "its outputs did not arrive: it wrote too much at once"
            return self.reason(f"it was stopped after {seconds:.0f} seconds")
        except zmq.Again:
            return self.reason("the notebook's process takes no messages any more")
        except DeadKernelError:
            if self.client.flooded:
                return f"it was stopped after more than {self.limits.flood_bytes} bytes of output"
            return self.reason("it ended the notebook's process")
        except SandboxDied:
            raise
        except Exception as failure:  # the messages are the student's process's: anything may be in them
            return f"its messages could not be read ({type(failure).__name__})"
        finally:
            self.record.seconds_in_cells += time.monotonic() - start
        return ""

    def remember(self, cell: NotebookNode) -> str:
        """After a setup cell: have graded cells see its names as they are now, whatever later cells do to them."""
        if is_setup(cell):
            assert self.client is not None
            names = sorted(defined_names(cell.source) | imported_names(cell.source))
            try:
                self.client.km.provisioner.orders.send({"remember": names})
            except (Closed, TimeoutError):
                return CUT
        return ""

    def hoard(self) -> str:
        """After a cell: say so if it keeps so much memory that later cells would suffer."""
        if self.pair.student.used_mib() < HOARD * self.limits.memory_mib:
            return ""
        return f"it kept nearly all of the {self.limits.memory_mib} MiB of memory"

    async def restart(self) -> None:
        """Start the kernel again and run again what ran before, but for the cells that ended it."""
        while self.deaths < self.limits.deaths:
            self.deaths += 1
            await self.stop()
            await self.start()
            for position in self.ran:
                cell = self.notebook.cells[position]
                if position in self.skipped or TRY_IT in tags(cell):
                    continue
                fault = await self.attempt(position, cell.execution_count) or self.remember(cell)
                if fault:
                    self.fault(position, f"when run again: {fault}")
                    self.skipped.add(position)
                    break
            else:
                return
        await self.stop()

    async def alive(self) -> bool:
        """Tell whether there is a kernel, starting it again if it ended since it was last used."""
        if self.client is not None and self.pair.student.poll() is not None:
            await self.restart()
        return self.client is not None

    # Graded cells ------------------------------------------------------------------------------------------------

    async def grade(self, position: int, number: int, judge: Judge) -> None:
        """Run a graded cell in the trusted process."""
        cell = self.notebook.cells[position]
        if not await self.alive() or not await self.connect():
            cell.outputs = [error("NotRun", self.why_dead())]
            self.fault(position, self.why_dead())
            return
        seconds = self.seconds_left()
        if seconds <= 0:
            cell.outputs = [error("NotRun", self.no_time())]
            self.fault(position, self.no_time())
            return
        start = time.monotonic()
        end, outputs = await asyncio.to_thread(
            judge.grade, cell.source, self.course.names, number, seconds, self.connection
        )
        self.record.seconds_in_cells += time.monotonic() - start
        cell.outputs = [nbformat.from_dict(output) for output in outputs]
        if end == "done":
            return
        faults = {
            "time": f"the test was stopped after {seconds:.0f} seconds",
            "gone": self.reason("the process with the student's code ended, or sent no proper answer"),
            "died": "the test itself could not go on",
        }
        self.fault(position, faults[end])
        if end != "gone":
            cell.outputs = [error("Fault", faults[end])]
        self.disconnect()
        self.pair.student.trim()

    async def connect(self) -> bool:
        """Have the student's process fork the copy that answers graded cells, unless there is one."""
        if self.connection is not None:
            return True
        for _ in range(2):
            assert self.client is not None
            mine, theirs = socket.socketpair()
            try:
                self.client.km.provisioner.orders.send({}, (theirs.fileno(),))
            except (Closed, TimeoutError):
                mine.close()
                # The cell that ran last has cut the connection: go on without it.
                if self.ran:
                    self.skipped.add(self.ran[-1])
                    self.fault(self.ran[-1], CUT)
                await self.restart()
                if self.client is None:
                    return False
                continue
            finally:
                theirs.close()
            self.connection = mine
            return True
        return False

    def disconnect(self) -> None:
        """Let go of the copy that answers graded cells; it ends by itself."""
        if self.connection is not None:
            self.connection.close()
            self.connection = None

    # Words -------------------------------------------------------------------------------------------------------

    def seconds_left(self) -> float:
        """Return how long the next cell may take."""
        return min(self.limits.cell_seconds, self.deadline - time.monotonic())

    def no_time(self) -> str:
        return f"not run: the notebook had used its {self.limits.notebook_seconds:.0f} seconds"

    def why_dead(self) -> str:
        return f"not run: the notebook's process had ended {self.deaths} times"

    def reason(self, otherwise: str) -> str:
        """Say which limit ended a process of the student's."""
        hit = self.pair.student.limits_hit()
        return REASONS[hit[0]].format(**self.limits.as_dict()) if hit else otherwise

    def fault(self, position: int, what: str) -> None:
        """Note a fault of the cell at `position`."""
        self.note(grade_id(self.notebook.cells[position]) or f"cell {position + 1}", what)

    def note(self, where: str, what: str) -> None:
        """Note a fault once."""
        if (where, what) not in self.record.faults:
            self.record.faults.append((where, what))
