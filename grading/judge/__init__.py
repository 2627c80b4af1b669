"""Graded cells in a process of their own, against stand-ins of the student's names (see ``THREATS.md``)."""
