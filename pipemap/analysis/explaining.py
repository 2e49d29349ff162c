"""Why is it in, and why not: each element of a trace's answer, and each outside it, in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipemap.analysis.flood import Passable, flood
from pipemap.analysis.reach import way_to
from pipemap.analysis.trace import REASON_TEXTS, TraceType, passable_for
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.analysis.trace import Stop, Trace
    from pipemap.model.lookup import Element


_MOST_STOPS = 3


@dataclass(frozen=True, slots=True)
class Why:
    """How a trace came to an element, or what kept it from there.

    Attributes
    ----------
    reached
        Whether the trace came to it. It may still be outside the answer, when a filter hides it or it is on no loop.
    nodes, pipes
        Ids of the way from a start to it; empty when it was not reached.
    text
        The same in a sentence.
    """

    reached: bool
    nodes: tuple[str, ...]
    pipes: tuple[str, ...]
    text: str


def explain(trace: Trace, element: Element) -> Why:
    """Tell by which way a trace came to an element; else what lies in between.

    The way is the one with the fewest pipes. Of what was not reached it is asked what the trace stopped at and would have led
    there: closed valves, barriers, pipes out of use, devices and flow the other way.
    """
    network = trace.network
    name = network.element_id(element)
    nodes, pipes = way_to(trace, element)
    if element in trace.starts:
        return Why(reached=True, nodes=(), pipes=(), text=_("{element} is where the trace starts.").format(element=name))
    if len(pipes):
        ids = tuple(network.node_ids.take(nodes)), tuple(network.pipe_ids.take(pipes))
        return Why(reached=True, nodes=ids[0], pipes=ids[1], text=_said(trace, element, pipes))
    return Why(reached=False, nodes=(), pipes=(), text=_kept_away(trace, element))


def _kept_away(trace: Trace, element: Element) -> str:
    name = trace.network.element_id(element)
    stops = _stops_before(trace, element)
    if stops:
        words = "; ".join(f"{stop.id}: {_(REASON_TEXTS[stop.reason])}" for stop in stops[:_MOST_STOPS])
        return _("{element} was not reached; before it the trace stopped at {stops}.").format(element=name, stops=words)
    if _hangs_together(trace, element):
        return _("{element} hangs together with the start, but what it carries does not flow that way.").format(element=name)
    return _("Nothing joins {element} with the start.").format(element=name)


def _said(trace: Trace, element: Element, pipes: np.ndarray) -> str:
    network = trace.network
    metres = float(np.nansum(network.length[pipes]))
    first = trace.starts[0]
    text = _("{element} was reached from {start} over {count} pipes, {metres} m: {ids}.").format(
        element=network.element_id(element),
        start=network.element_id(first),
        count=len(pipes),
        metres=f"{metres:,.1f}",
        ids=_shortened(list(network.pipe_ids.take(pipes))),
    )
    unsure = 0
    if trace.type in {TraceType.UPSTREAM, TraceType.DOWNSTREAM}:
        unsure = int((network.flow.direction[pipes] == 0).sum())
    if unsure:
        text += " " + _("The direction of {count} pipes on the way is not known.").format(count=unsure)
    return text


def _shortened(ids: list[str], most: int = 12) -> str:
    return ", ".join(ids) if len(ids) <= most else ", ".join([*ids[: most // 2], "…", *ids[-most // 2 :]])


def _stops_before(trace: Trace, element: Element) -> list[Stop]:
    """The stops that the element hangs together with when nothing of the answer may be passed."""
    network = trace.network
    passable, _walls = passable_for(network, TraceType.CONNECTED, [], include_not_in_use=True)
    inside = np.zeros(network.node_count, dtype=np.bool_)
    inside[trace.node_rows] = True
    stopping = [stop.element.row for stop in trace.stopped_by if stop.element.layer == "node"]
    inside[stopping] = False
    around = flood(network, Passable(passable.node & ~inside, passable.pipe, passable.direction), [element])
    nodes, pipes = set(around.node_rows.tolist()), set(around.pipe_rows.tolist())
    return [stop for stop in trace.stopped_by if stop.element.row in (nodes if stop.element.layer == "node" else pipes)]


def _hangs_together(trace: Trace, element: Element) -> bool:
    network = trace.network
    at = element.row if element.layer == "node" else int(network.pipe_ends[element.row, 0])
    starts = [s.row if s.layer == "node" else int(network.pipe_ends[s.row, 0]) for s in trace.starts]
    return bool(np.isin(network.component[at], network.component[starts]))
