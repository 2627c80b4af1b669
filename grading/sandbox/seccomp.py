"""The system calls that a student's process has no use for, as a filter that the Linux kernel enforces.

The namespaces already take the network, the file system and the other processes away. This list takes the calls
that would outlive a submission (System V and POSIX shared objects, keyrings), and the widest doors into the kernel.
"""

from __future__ import annotations

import errno
import platform
import struct

# Numbers from the Linux kernel: arch/x86/entry/syscalls/syscall_64.tbl and include/uapi/asm-generic/unistd.h.
DENIED = {
    "x86_64": {
        "shmget": 29,
        "semget": 64,
        "msgget": 68,
        "ptrace": 101,
        "mount": 165,
        "umount2": 166,
        "pivot_root": 155,
        "chroot": 161,
        "swapon": 167,
        "reboot": 169,
        "init_module": 175,
        "mq_open": 240,
        "add_key": 248,
        "request_key": 249,
        "keyctl": 250,
        "unshare": 272,
        "kexec_load": 246,
        "perf_event_open": 298,
        "name_to_handle_at": 303,
        "open_by_handle_at": 304,
        "setns": 308,
        "process_vm_readv": 310,
        "process_vm_writev": 311,
        "finit_module": 313,
        "bpf": 321,
        "userfaultfd": 323,
        "io_uring_setup": 425,
        "open_tree": 428,
        "move_mount": 429,
        "fsopen": 430,
        "fsmount": 432,
        "pidfd_getfd": 438,
        "mount_setattr": 442,
    },
    "aarch64": {
        "mount": 40,
        "umount2": 39,
        "pivot_root": 41,
        "chroot": 51,
        "unshare": 97,
        "kexec_load": 104,
        "init_module": 105,
        "ptrace": 117,
        "reboot": 142,
        "mq_open": 180,
        "msgget": 186,
        "semget": 190,
        "shmget": 194,
        "add_key": 217,
        "request_key": 218,
        "keyctl": 219,
        "swapon": 224,
        "perf_event_open": 241,
        "name_to_handle_at": 264,
        "open_by_handle_at": 265,
        "setns": 268,
        "process_vm_readv": 270,
        "process_vm_writev": 271,
        "finit_module": 273,
        "bpf": 280,
        "userfaultfd": 282,
        "io_uring_setup": 425,
        "open_tree": 428,
        "move_mount": 429,
        "fsopen": 430,
        "fsmount": 432,
        "pidfd_getfd": 438,
        "mount_setattr": 442,
    },
}
AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
X32_BIT = 0x40000000

_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_ALLOW, _KILL, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_NUMBER_AT, _ARCH_AT = 0, 4


def program(machine: str | None = None) -> bytes | None:
    """Return the filter as the classic BPF program that ``bwrap --seccomp`` reads.

    Parameters
    ----------
    machine : str, optional
        As ``platform.machine()`` gives it; this machine by default.

    Returns
    -------
    bytes or None
        None on an architecture whose call numbers are not listed: the namespaces alone protect there.
    """
    machine = machine or platform.machine()
    if machine not in DENIED:
        return None
    numbers = sorted(DENIED[machine].values())
    refuse = _ERRNO | errno.EPERM

    def instruction(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
        return struct.pack("=HBBI", code, if_true, if_false, value)

    lines = [
        instruction(_LOAD, _ARCH_AT),
        instruction(_EQUAL, AUDIT_ARCH[machine], 1, 0),
        instruction(_RETURN, _KILL),
        instruction(_LOAD, _NUMBER_AT),
        instruction(_AT_LEAST, X32_BIT, len(numbers) + 1, 0),
    ]
    for position, number in enumerate(numbers):
        lines.append(instruction(_EQUAL, number, len(numbers) - position, 0))
    lines += [instruction(_RETURN, _ALLOW), instruction(_RETURN, refuse)]
    return b"".join(lines)
