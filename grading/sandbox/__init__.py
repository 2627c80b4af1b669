"""Where the student's code runs: bubblewrap around a process that forks kernels (see ``THREATS.md``)."""

from grading.sandbox.host import Sandbox, SandboxDied
from grading.sandbox.limits import Limits

__all__ = ["Limits", "Sandbox", "SandboxDied"]
