"""Messages of any length over a stream socket, with a limit that the reader keeps."""

from __future__ import annotations

import socket
import struct

HEADER = struct.Struct("!Q")


class WireClosed(Exception):
    """The other end is gone, or sent what it may not."""


def send(sock: socket.socket, data: bytes) -> None:
    """Send one message.

    Raises
    ------
    WireClosed
        If the other end is gone.
    """
    try:
        sock.sendall(HEADER.pack(len(data)))
        sock.sendall(data)
    except OSError as error:
        raise WireClosed(str(error)) from None


def receive(sock: socket.socket, limit: int | None = None) -> bytes:
    """Return one message.

    Raises
    ------
    WireClosed
        If the other end is gone, or announces more than `limit` bytes.
    """
    (size,) = HEADER.unpack(_exactly(sock, HEADER.size))
    if limit is not None and size > limit:
        raise WireClosed(f"a message of {size} bytes was announced; at most {limit} are taken")
    return _exactly(sock, size)


def _exactly(sock: socket.socket, size: int) -> bytes:
    parts, left = [], size
    while left:
        try:
            part = sock.recv(min(left, 1 << 20))
        except OSError as error:
            raise WireClosed(str(error)) from None
        if not part:
            raise WireClosed("the connection was closed")
        parts.append(part)
        left -= len(part)
    return b"".join(parts)
