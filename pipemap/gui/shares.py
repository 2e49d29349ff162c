"""The whole network in shares: what the break of each pipe costs, and what valves can only shut off together."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from pipemap.analysis.criticality import CriticalValve, critical_valves
from pipemap.analysis.segments import Segments, elements_by_segment, segment_colours, segments_of
from pipemap.scene.shut_off_colours import MIXED, RAMP, break_classes
from pipemap.texts import _

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from pipemap.gui.commands import Context
    from pipemap.gui.session import Session
    from pipemap.model.network import Network
    from pipemap.progress import Progress

    Rows = NDArray[np.int64]

MOST_VALVES = 20


@dataclass(frozen=True, slots=True, eq=False)
class Share:
    """Some nodes and pipes, what they are called, and their colour."""

    label: str
    colour: str
    nodes: Rows
    pipes: Rows


@dataclass(frozen=True, slots=True)
class Line:
    """One row of the list beside the map: its cells, lengths as float metres, and what a click on it selects."""

    cells: tuple[str | int | float, ...]
    nodes: Rows
    pipes: Rows


@dataclass(frozen=True, eq=False)
class Shares:
    """What the map colours and the panel lists.

    Attributes
    ----------
    unit
        Of the shares' labels; blank for none.
    headings, lines
        The list; its first column is words.
    has_legend
        The colours mean something by themselves.
    figures
        How many of the last columns of the list are figures; −1: all but the first.
    """

    network: Network
    title: str
    words: str
    unit: str
    parts: tuple[Share, ...]
    list_title: str
    list_words: str
    headings: tuple[str, ...]
    lines: tuple[Line, ...]
    has_legend: bool
    figures: int = -1

    @cached_property
    def node_rows(self) -> Rows:
        """Every node in a share."""
        return _all([part.nodes for part in self.parts])

    @cached_property
    def pipe_rows(self) -> Rows:
        """Every pipe in a share."""
        return _all([part.pipes for part in self.parts])


def costs(network: Network, progress: Progress) -> Shares:
    """Class pipes by what their break costs, and find the valves whose failure costs most."""
    rank, names = break_classes(network)
    none = np.empty(0, dtype=np.int64)
    parts = tuple(
        Share(name, colour, none, np.flatnonzero(rank == place))
        for place, (name, colour) in enumerate(zip(names, RAMP, strict=True))
    )
    valves = critical_valves(network, most=MOST_VALVES, progress=progress)
    return Shares(
        network,
        _("What a break costs"),
        _("Who is without supply when a pipe breaks and all valves turn: customers, or metres of pipe where none are recorded."),
        _("customers") if len(network.customers) else "m",
        tuple(part for part in parts if len(part.pipes)),
        _("Valves to exercise first"),
        _("What is without supply besides when one of them does not turn."),
        (_("Valve"), _("Customers"), _("Length")),
        tuple(_valve_line(one) for one in valves),
        has_legend=True,
    )


def _valve_line(one: CriticalValve) -> Line:
    from pipemap.analysis.steps import valve_element

    valves = one.plan.cells.valves
    element = valve_element(valves, one.valve)
    row, none = np.array([element.row], dtype=np.int64), np.empty(0, dtype=np.int64)
    return Line(
        (valves.id(one.valve), one.customers, one.metres),
        row if element.layer == "node" else none,
        row if element.layer == "pipe" else none,
    )


def segments_shares(network: Network, progress: Progress) -> Shares:
    """Colour valve segments so that neighbours differ, and list them, those with most customers, then metres, first."""
    segments = segments_of(network)
    progress(1, 3, _("Colouring valve segments"))
    colour = segment_colours(segments, len(MIXED))
    node, pipe = (np.where(rows >= 0, np.append(colour, -1)[rows], -1) for rows in (segments.node, segments.pipe))
    parts = tuple(
        Share(
            _("Segments of colour {n}").format(n=place + 1), shade, np.flatnonzero(node == place), np.flatnonzero(pipe == place)
        )
        for place, shade in enumerate(MIXED)
    )
    progress(2, 3)
    return Shares(
        network,
        _("Valve segments"),
        _("What valves can only shut off together; neighbours differ in colour. There are {n}.").format(n=f"{segments.count:,}"),
        "",
        tuple(part for part in parts if len(part.nodes) or len(part.pipes)),
        _("Largest segments"),
        _("A click shows where each lies."),
        (_("Segment"), _("Valves"), _("Customers"), _("Length")),
        _segment_lines(network, segments),
        has_legend=False,
    )


def _segment_lines(network: Network, segments: Segments) -> tuple[Line, ...]:
    nodes, pipes, _valves = elements_by_segment(segments)
    order = np.lexsort((np.arange(segments.count), -segments.length, -segments.customers))
    lines = []
    for part in order.tolist():
        first = network.pipe_ids[int(pipes[part][0])] if len(pipes[part]) else network.node_ids[int(nodes[part][0])]
        figures = (int(segments.valves_around[part]), int(segments.customers[part]), float(segments.length[part]))
        lines.append(Line((first, *figures), nodes[part], pipes[part]))
    return tuple(lines)


def _all(rows: list[Rows]) -> Rows:
    return np.unique(np.concatenate(rows)) if rows else np.empty(0, dtype=np.int64)


# -- commands -------------------------------------------------------------------------------------------------------


def show_costs(context: Context) -> None:
    """Colour by what a break costs."""
    _show(context.session, costs, _("Weighing what breaks cost"))


def show_segments(context: Context) -> None:
    """Colour by valve segment."""
    _show(context.session, segments_shares, _("Finding valve segments"))


def _show(session: Session, find: Callable[[Network, Progress], Shares], label: str) -> None:
    network = session.network
    if network is None:
        return

    def show(answer: Shares) -> None:
        if session.network is network:
            session.set_result(answer)
            session.show_panel("result")

    session.run(lambda progress: find(network, progress), label, show)
