"""Outputs of a student's cell as a notebook may hold them, whatever the student's process sent."""

from __future__ import annotations

from typing import Any

import nbformat
from nbformat import NotebookNode


def clean_outputs(outputs: list[Any], number: int) -> list[NotebookNode]:
    """Return what is well-formed in `outputs`.

    Parameters
    ----------
    outputs : list
        As nbclient collected them from the messages of a process that may send anything.
    number : int
        The cell's execution count.

    Returns
    -------
    list of NotebookNode
        Valid in nbformat 4, and free of text that can't be written to a file.
    """
    found = (_clean(output, number) for output in outputs if isinstance(output, dict))
    return [output for output in found if output is not None]


def told(text: str) -> NotebookNode:
    """Return an output by which the grader says something."""
    return nbformat.v4.new_output("stream", name="stdout", text=text)


def error(name: str, text: str) -> NotebookNode:
    """Return an error output of the grader's own."""
    return nbformat.v4.new_output("error", ename=name, evalue=text, traceback=[f"\x1b[0;31m{name}\x1b[0m: {text}"])


def text_size(value: Any) -> int:
    """Return roughly how many bytes of text a message's content holds."""
    if isinstance(value, str):
        return len(value)
    if isinstance(value, dict):
        return sum(text_size(key) + text_size(item) for key, item in value.items())
    if isinstance(value, list):
        return sum(map(text_size, value))
    return 8


def _clean(output: dict[str, Any], number: int) -> NotebookNode | None:
    kind = output.get("output_type")
    if kind == "stream":
        name = "stderr" if output.get("name") == "stderr" else "stdout"
        return nbformat.v4.new_output("stream", name=name, text=_text(output.get("text")))
    if kind == "error":
        lines = output.get("traceback")
        return nbformat.v4.new_output(
            "error",
            ename=_text(output.get("ename")),
            evalue=_text(output.get("evalue")),
            traceback=[_text(line) for line in lines] if isinstance(lines, list) else [],
        )
    if kind not in ("display_data", "execute_result") or not isinstance(output.get("data"), dict):
        return None
    data = {_text(form): _text(text) for form, text in output["data"].items() if isinstance(text, str)}
    if kind == "execute_result":
        return nbformat.v4.new_output("execute_result", data=data, execution_count=number)
    return nbformat.v4.new_output("display_data", data=data)


def _text(value: Any) -> str:
    return value.encode("utf-8", "replace").decode("utf-8") if isinstance(value, str) else ""
