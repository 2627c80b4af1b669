"""Kernels in a sandbox, for jupyter_client: the entry point ``sandbox-provisioner``."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import signal
from importlib.metadata import EntryPoint
from typing import Any

import zmq.asyncio
from jupyter_client.asynchronous import AsyncKernelClient
from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning import KernelProvisionerBase, KernelProvisionerFactory
from traitlets import Any as AnyTrait
from traitlets import Instance, Type

from grading.sandbox.channel import Channel
from grading.sandbox.host import Sandbox, SandboxDied

NAME, GROUP = "sandbox-provisioner", "jupyter_client.kernel_provisioners"
CHANNELS = ("shell", "iopub", "stdin", "hb", "control")
START_SECONDS = 60
QUEUED_MESSAGES = 8


class SandboxProvisioner(KernelProvisionerBase):
    """Forks a kernel in the sandbox of the kernel manager that asks for it."""

    _running = False
    orders: Channel | None = None

    @property
    def sandbox(self) -> Sandbox:
        """The sandbox in which this kernel runs: the manager's."""
        return self.parent.sandbox

    @property
    def has_process(self) -> bool:
        """Whether a kernel was started and not yet cleaned up."""
        return self._running

    async def poll(self) -> int | None:
        """Return None while the kernel runs, else how it ended."""
        if not self._running:
            return 0
        try:
            return self.sandbox.poll()
        except SandboxDied:
            return -1

    async def wait(self) -> int | None:
        """Wait for the kernel's end and return how it ended."""
        while (status := await self.poll()) is None:
            await asyncio.sleep(0.02)
        return status

    async def send_signal(self, signum: int) -> None:
        """End the kernel on a signal that asks for it; an interrupt goes over the control channel instead."""
        if signum in (0, signal.SIGINT):
            return
        await self.kill()

    async def kill(self, restart: bool = False) -> None:
        """End the kernel and everything that it started; a sandbox that is gone has ended them already."""
        with contextlib.suppress(SandboxDied):
            self.sandbox.end(wipe=False)
        self._running = False

    async def terminate(self, restart: bool = False) -> None:
        """As `kill`: a submission has nothing to say at its end."""
        await self.kill(restart)

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """Return the launch arguments; there is no command line."""
        return {**kwargs, "cmd": []}

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Fork a kernel and wait until its sockets are bound."""
        sandbox = self.sandbox
        inside = {f"{name}_port": number for number, name in enumerate(CHANNELS, 1)}
        key = secrets.token_hex(32)
        name = f"k{secrets.token_hex(4)}"
        inside.update(ip=f"{sandbox.sockets}/{name}", transport="ipc", key=key, signature_scheme="hmac-sha256")
        orders, theirs = Channel.pair()
        sandbox.fork("grading.sandbox.kernel:run", (theirs.fileno(),), connection=inside, folder=sandbox.sockets)
        theirs.close()
        orders.sock.settimeout(START_SECONDS)
        ready = await asyncio.to_thread(orders.sock.recv, 16)
        if ready != b"ready":
            raise SandboxDied("the kernel did not start")
        orders.sock.settimeout(5)
        self.orders = orders
        self._running = True
        self.connection_info = {**inside, "ip": f"{sandbox.sockets_from_here()}/{name}", "key": key.encode()}
        return self.connection_info

    async def cleanup(self, restart: bool = False) -> None:
        """Close the connection over which graded cells are served."""
        if self.orders is not None:
            self.orders.close()
            self.orders = None


class SandboxClient(AsyncKernelClient):
    """A client that is ready as soon as the kernel is, and takes no message beyond the limit."""

    def start_channels(self, **channels: bool) -> None:
        """Open what a run without a keyboard needs: the manager knows by itself whether the kernel is alive."""
        super().start_channels(shell=True, iopub=True, stdin=False, hb=False, control=True)

    def stop_channels(self) -> None:
        """Close the channels and their context."""
        super().stop_channels()
        self.context.destroy(linger=0)

    async def wait_for_ready(self, timeout: float | None = None) -> None:
        """Wait until the kernel answers and its outputs arrive here."""

        async def exchange() -> None:
            while (await self.iopub_channel.get_msg())["msg_type"] != "iopub_welcome":
                pass
            number = self.kernel_info()
            while (await self.shell_channel.get_msg())["parent_header"].get("msg_id") != number:
                pass
            idle = False
            while not idle:
                message = await self.iopub_channel.get_msg()
                state = message["content"].get("execution_state")
                idle = message["parent_header"].get("msg_id") == number and state == "idle"

        try:
            await asyncio.wait_for(exchange(), timeout)
        except TimeoutError as error:
            raise RuntimeError(f"the kernel did not answer within {timeout} seconds") from error


class SandboxKernelManager(AsyncKernelManager):
    """A kernel manager that starts its kernel in the sandbox that it is given."""

    sandbox = AnyTrait(help="The Sandbox in which the kernel runs.")
    client_factory = Type(SandboxClient)
    client_class = "grading.sandbox.provisioner.SandboxClient"
    kernel_spec = Instance(KernelSpec)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(transport="ipc", cache_ports=False, **kwargs)
        # The entry point, for an environment that was installed before the project had it.
        known = KernelProvisionerFactory.instance().provisioners
        known.setdefault(NAME, EntryPoint(NAME, f"{__name__}:SandboxProvisioner", GROUP))
        provisioner = {"kernel_provisioner": {"provisioner_name": NAME}}
        self.kernel_spec = KernelSpec(
            argv=["(forked)"], display_name="Sandbox", language="python", metadata=provisioner, interrupt_mode="message"
        )

    def client(self, **kwargs: Any) -> SandboxClient:
        """Return a client whose sockets keep the message limit."""
        context = zmq.asyncio.Context()
        # Settings that every socket of this context starts with. Once connected a socket never connects again:
        # what lies at its path later may be of the student's making.
        context.linger = 0
        context.maxmsgsize = self.sandbox.limits.message_bytes // 4
        context.rcvhwm = QUEUED_MESSAGES
        context.reconnect_ivl = -1
        return super().client(context=context, **kwargs)
