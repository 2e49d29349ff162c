"""What the left mouse button does on the map: one row a mode. The middle and right buttons and the wheel never change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pipemap.analysis.trace import TraceType
from pipemap.model.trace_settings import LEAK, WAYS
from pipemap.texts import N_

Drag = Literal["band", "orbit", "grab"]
Click = Literal["select", "trace", "barrier", "measure", "shutoff", "area", "trench", "edit", "finding"]


@dataclass(frozen=True, slots=True)
class Tool:
    """One mode.

    Attributes
    ----------
    id
        What ``session.tool`` holds; traces are ``trace:`` and the trace's type, ``shutoff:more`` stands once a plan does.
    click, drag
        What a click, and a drag with the left button, do; ``grab`` moves what lies there, and turns the view where nothing does.
    hint
        English text (``N_``): what to do next; empty where nothing needs saying.
    cross
        The pointer is a cross: a click asks something.
    stays_in
        Workspaces into which it may be taken along; empty: into every one.
    """

    id: str
    title: str
    click: Click = "select"
    drag: Drag = "band"
    hint: str = ""
    cross: bool = False
    stays_in: tuple[str, ...] = ()

    @property
    def trace(self) -> str | None:
        """The trace that a click starts: a :class:`TraceType`, ``ways`` or ``leak``."""
        return self.id.partition(":")[2] if self.click == "trace" else None

    def goes_to(self, workspace: str) -> bool:
        """Whether it stays in the hand when the window is arranged for this job."""
        return not self.stays_in or workspace in self.stays_in


def _trace(kind: str, title: str, hint: str) -> Tool:
    return Tool(f"trace:{kind}", title, "trace", "orbit", hint, cross=True)


def _edit(name: str, title: str, hint: str, *, drag: Drag = "orbit") -> Tool:
    return Tool(f"edit:{name}", title, "edit", drag, hint, cross=True, stays_in=("survey",))


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
    _trace(TraceType.LOOPS, N_("Loops"), N_("Click a pipe or node: every loop that hangs together with it is listed.")),
    _trace(TraceType.SHORTEST_PATH, N_("Shortest path"), N_("Click where the path starts.")),
    _trace(WAYS, N_("Several ways"), N_("Click where the ways start; a pipe stands for its nearer end.")),
    _trace(TraceType.BETWEEN, N_("What lies between"), N_("Click the first of two places.")),
    _trace(LEAK, N_("Where a leak can spread"), N_("Click a gas pipe: drains, ducts and chambers within its reach are shown.")),
    Tool("barrier", N_("Place barriers"), "barrier", "orbit", N_("Click what no trace shall pass; again to undo."), cross=True),
    Tool("shutoff", _SHUT_OFF, "shutoff", "orbit",
         N_("Point at the broken pipe or node to see its plan; a click keeps it."), cross=True, stays_in=("shutoff",)),
    Tool("shutoff:more", _SHUT_OFF, "shutoff", "orbit",
         N_("Ctrl-click what is broken too; a click elsewhere plans anew; Esc steps back."), cross=True, stays_in=("shutoff",)),
    Tool("trench", N_("Shut off a trench"), "trench", "orbit",
         N_("Click along the trench; double click ends it, on its beginning an area."), cross=True, stays_in=("shutoff",)),
    Tool("finding", N_("Mark a finding"), "finding", "orbit",
         N_("Click the wall of a pipe, a node or the ground; then say beside the map what was found."), cross=True,
         stays_in=("inspection",)),
    Tool("measure", N_("Measure"), "measure", "orbit", N_("Click points to measure between; double click ends."), cross=True),
    Tool("area", N_("Draw an area"), "area", "orbit", N_("Click the corners of the area; double click ends it."), cross=True),
    _edit("draw", N_("Draw a pipe"), N_("Click or type where the pipe begins: a node, a place on a pipe, or open ground.")),
    _edit("node", N_("Add a node"), N_("Click where the node is; on a pipe it is put into it.")),
    _edit("move", N_("Move"), N_("Drag nodes and vertices; a double click bends a pipe, Backspace straightens it."), drag="grab"),
    _edit("split", N_("Split a pipe"), N_("Click the pipe where it is parted.")),
    _edit("insert", N_("Insert a valve or fitting"), N_("Click the pipe where it is put in.")),
    _edit("join", N_("Join two pipes"), N_("Click the node between two pipes: it goes, they become one.")),
    _edit("merge", N_("Merge two nodes"), N_("Click the node that goes.")),
    _edit("reverse", N_("Reverse a pipe"), N_("Click a pipe: its ends are exchanged, it flows as before.")),
    _edit("reconnect", N_("Reconnect an end"), N_("Click a pipe near the end that gets another node.")),
    _edit("extend", N_("Extend a pipe"), N_("Click a pipe near the end from which it goes on.")),
    _edit("replace", N_("Replace a stretch"), N_("Click the pipe where the stretch begins.")),
    _edit("type", N_("Change the type"), N_("Click a node: it becomes what the strip says, under its id.")),
)  # fmt: skip
"""Every mode."""

MORE_STARTS = N_("Ctrl-click starts there too.")
"""Stands behind the hint of every trace that may have several starts."""

PATH_END = N_("Click where it ends.")
"""The hint of what needs two places once it has the first."""

_BY_ID = {row.id: row for row in TOOLS}


def tool(wanted: str) -> Tool:
    """Return the mode with this id; selecting where there is none."""
    return _BY_ID.get(wanted, TOOLS[0])
