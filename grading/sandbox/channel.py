"""Short messages with file descriptors between a worker and the sandbox's first process."""

from __future__ import annotations

import json
import socket
from typing import Any

LARGEST = 65536


class Closed(Exception):
    """The other end is gone."""


class Channel:
    """One end of a sequenced-packet socket pair that carries JSON objects and file descriptors.

    Parameters
    ----------
    sock : socket.socket
        A connected ``AF_UNIX``, ``SOCK_SEQPACKET`` socket.
    """

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock

    @classmethod
    def pair(cls) -> tuple[Channel, socket.socket]:
        """Return this process's end and the raw socket that is the other."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        return cls(ours), theirs

    def fileno(self) -> int:
        """Return the socket's descriptor, so that a selector can wait for it."""
        return self.sock.fileno()

    def send(self, message: dict[str, Any], fds: tuple[int, ...] = ()) -> None:
        """Send `message`, and duplicates of `fds` with it.

        Raises
        ------
        Closed
            If the other end is gone.
        """
        try:
            socket.send_fds(self.sock, [json.dumps(message).encode()], fds)
        except (BrokenPipeError, ConnectionResetError) as error:
            raise Closed from error

    def receive(self, timeout: float | None = None) -> tuple[dict[str, Any], list[int]]:
        """Return the next message and the descriptors that came with it.

        Raises
        ------
        Closed
            If the other end is gone.
        TimeoutError
            If nothing came within `timeout` seconds.
        """
        self.sock.settimeout(timeout)
        try:
            data, fds, _, _ = socket.recv_fds(self.sock, LARGEST, 4)
        except ConnectionResetError as error:
            raise Closed from error
        if not data:
            raise Closed
        return json.loads(data), fds

    def close(self) -> None:
        """Close this end."""
        self.sock.close()
