"""What the left mouse button does on the map: one row a mode. The middle and right buttons and the wheel never change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pipemap.analysis.trace import TraceType
from pipemap.texts import N_

Drag = Literal["band", "orbit"]
Click = Literal["select", "trace", "barrier", "measure", "shutoff", "area"]


@dataclass(frozen=True, slots=True)
class Tool:
    """One mode.

    Attributes
    ----------
    id
        What ``session.tool`` holds; traces are ``trace:`` and the trace's type, ``shutoff:more`` stands once a plan does.
    click, drag
        What a click, and a drag with the left button, do.
    hint
        English text (``N_``): what to do next; empty where nothing needs saying.
    cross
        The pointer is a cross: a click asks something.
    """

    id: str
    title: str
    click: Click = "select"
    drag: Drag = "band"
    hint: str = ""
    cross: bool = False

    @property
    def trace(self) -> TraceType | None:
        """The trace that a click starts."""
        return TraceType(self.id.partition(":")[2]) if self.click == "trace" else None


def _trace(kind: TraceType, title: str, hint: str) -> Tool:
    return Tool(f"trace:{kind}", title, "trace", "orbit", hint, cross=True)


BARRIERS = N_("Shift-click places a barrier.")
"""Stands behind the hint of every trace."""

_SHUT_OFF = N_("Shut off")

TOOLS: tuple[Tool, ...] = (
    Tool("select", N_("Select")),
    Tool("orbit", N_("Turn"), drag="orbit", hint=N_("Drag to turn the view; Space and drag moves it.")),
    _trace(TraceType.UPSTREAM, N_("Trace upstream"), N_("Click a pipe or node: what flows there is shown.")),
    _trace(TraceType.DOWNSTREAM, N_("Trace downstream"), N_("Click a pipe or node: where its flow goes is shown.")),
    _trace(TraceType.CONNECTED, N_("Trace connected"), N_("Click a pipe or node: all that hangs together with it is shown.")),
    _trace(TraceType.SUBNETWORK, N_("Trace supply area"), N_("Click a pipe or node: what the same sources supply is shown.")),
    _trace(TraceType.SHORTEST_PATH, N_("Shortest path"), N_("Click where the path starts.")),
    Tool("barrier", N_("Place barriers"), "barrier", "orbit", N_("Click what no trace shall pass; again to undo."), cross=True),
    Tool("shutoff", _SHUT_OFF, "shutoff", "orbit",
         N_("Point at the broken pipe or node to see its plan; a click keeps it."), cross=True),
    Tool("shutoff:more", _SHUT_OFF, "shutoff", "orbit",
         N_("Ctrl-click what is broken too; a click elsewhere plans anew; Esc steps back."), cross=True),
    Tool("measure", N_("Measure"), "measure", "orbit", N_("Click points to measure between; double click ends."), cross=True),
    Tool("area", N_("Draw an area"), "area", "orbit", N_("Click the corners of the area; double click ends it."), cross=True),
)  # fmt: skip
"""Every mode."""

PATH_END = N_("Click where the path ends.")
"""The hint of the shortest path once it has a start."""

_BY_ID = {row.id: row for row in TOOLS}


def tool(wanted: str) -> Tool:
    """Return the mode with this id; selecting where there is none."""
    return _BY_ID.get(wanted, TOOLS[0])
