"""What one submission may use."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields


@dataclass(frozen=True)
class Limits:
    """Limits of one submission; every one ends in a named fault, never in the grader's own failure.

    Attributes
    ----------
    cell_seconds : float
        Wall time of one cell, the student's or a graded one.
    notebook_seconds : float
        Wall time of all cells together; what is left after it scores nothing.
    memory_mib : int
        Memory of all the submission's processes together, beyond what the libraries take, in MiB.
    processes : int
        Processes at one time.
    file_mib : int
        Size of one file in MiB.
    disk_mib : int
        Size of the work folder, and of ``/tmp``, each, in MiB. Both lie in memory.
    output_bytes : int
        Output kept of one cell; the rest is cut while it streams.
    flood_bytes : int
        Output of one cell beyond which the cell is stopped.
    message_bytes : int
        Size of one message from the student's process; a larger one ends the connection.
    deaths : int
        How often a notebook's kernel is started again.
    """

    cell_seconds: float = 60.0
    notebook_seconds: float = 600.0
    memory_mib: int = 2048
    processes: int = 64
    file_mib: int = 128
    disk_mib: int = 256
    output_bytes: int = 2_000_000
    flood_bytes: int = 32_000_000
    message_bytes: int = 64_000_000
    deaths: int = 8

    def as_dict(self) -> dict[str, float]:
        """Return the limits by name, as plain numbers."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, float]) -> Limits:
        """Return the defaults, changed by `values`.

        Raises
        ------
        ValueError
            If a name is unknown or a value is not a positive number.
        """
        known = {field.name: field.type for field in fields(cls)}
        for name, value in values.items():
            if name not in known:
                raise ValueError(f"there is no limit {name!r}; the limits are {', '.join(known)}")
            if not isinstance(value, (int, float)) or value <= 0:
                raise ValueError(f"the limit {name} should be a positive number; it is {value!r}")
        return cls(**values)
