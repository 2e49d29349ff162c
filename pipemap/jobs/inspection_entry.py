"""Inspections entered by hand, and those of the survey that are not matched yet: each stored as one Change."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from pipemap.analysis.inspection_matching import match_ends
from pipemap.errors import EditError
from pipemap.jobs.findings import list_findings, list_inspections
from pipemap.jobs.inspection_plan import match_named
from pipemap.model.columns import rows_if_there
from pipemap.model.finding import INSPECTION_KINDS, Inspection
from pipemap.model.inspected import Inspected
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.analysis.inspection_matching import Match
    from pipemap.model.network import Network
    from pipemap.store import Survey

_DIRECTIONS = ("with", "against", "")


@dataclass(frozen=True, slots=True)
class ListedInspection:
    """One inspection of the survey with its place.

    Attributes
    ----------
    pipes, ids
        Rows of the pipes that it went through, in its order, and their ids; empty where it is not matched.
    start, end
        Ids of where the camera set out and where it went; as its file has them where it is not matched.
    length
        Metres of its pipes, as surveyed.
    findings
        How many it has.
    is_manhole
        It is one of a manhole: ``start``.
    """

    inspection: Inspection
    pipes: tuple[int, ...] = ()
    ids: tuple[str, ...] = ()
    start: str = ""
    end: str = ""
    length: float | None = None
    findings: int = 0
    is_manhole: bool = False

    @property
    def fid(self) -> int:
        """Its key."""
        return self.inspection.fid or 0

    @property
    def is_matched(self) -> bool:
        """Whether its place in the survey is known."""
        return bool(self.pipes) or self.is_manhole

    @property
    def name(self) -> str:
        """What it is called: its section, its ends, its pipe."""
        one = self.inspection
        ends = f"{self.start}-{self.end}" if self.start and self.end else ""
        return one.section or ends or one.pipe_name or self.start or f"#{self.fid}"


def listed_inspections(survey: Survey) -> tuple[ListedInspection, ...]:
    """Return the inspections of a survey with their pipes, oldest first."""
    network = survey.network
    count: dict[int, int] = {}
    for stored in list_findings(survey):
        if stored.finding.inspection is not None:
            count[stored.finding.inspection] = count.get(stored.finding.inspection, 0) + 1
    return tuple(_listed(network, one, count.get(one.fid or 0, 0)) for one in list_inspections(survey))


def _listed(network: Network, one: Inspection, findings: int) -> ListedInspection:
    rows = pipes_of(network, one)
    is_node = isinstance(one.from_node, int) and one.to_node is None and one.pipe is None
    ends = [_node_id(network, node) for node in (one.from_node, one.to_node)]
    long = float(network.length[list(rows)].sum()) if rows else math.nan
    return ListedInspection(
        one,
        rows,
        tuple(network.pipe_ids[row] or f"#{network.pipe_fid[row]}" for row in rows),
        ends[0] or one.start_name,
        ends[1] or one.end_name,
        long if math.isfinite(long) else None,
        findings,
        is_node,
    )


def pipes_of(network: Network, one: Inspection) -> tuple[int, ...]:
    """Return the rows of the pipes that an inspection of the survey went through; empty where they are not known."""
    if isinstance(one.pipe, int):
        row = int(rows_if_there(network.pipe_fid, np.array([one.pipe]))[0])
        return (row,) if row >= 0 else ()
    if not isinstance(one.from_node, int) or not isinstance(one.to_node, int):
        return ()
    start, end = rows_if_there(network.node_fid, np.array([one.from_node, one.to_node])).tolist()
    run = match_ends(network, start, end, Inspected("pipe", "")) if min(start, end) >= 0 else None
    return tuple(leg.pipe for leg in run.legs) if run is not None else ()


def _node_id(network: Network, node: object) -> str:
    if not isinstance(node, int):
        return ""
    row = int(rows_if_there(network.node_fid, np.array([node]))[0])
    return (network.node_ids[row] or f"#{node}") if row >= 0 else ""


def enter_inspection(
    survey: Survey, inspection: Inspection, *, pipe: str = "", start: str = "", end: str = "", author: str = ""
) -> int:
    """Store an inspection that a person writes down, or change one whose ``fid`` it names; return its key.

    Parameters
    ----------
    inspection
        Its place is not taken from here.
    pipe, start, end
        Ids of the pipe, or of the nodes at both ends of the run; ``start`` alone is a manhole. With a pipe alone, the direction
        tells where the camera set out.

    Raises
    ------
    EditError, UnknownElementError, AmbiguousElementError
        The ids name no pipe and no run, a word or figure cannot stand; nothing was stored.
    """
    _check(inspection)
    network = survey.network
    if pipe and not start:
        start = _start_of(network, pipe, inspection.direction)
    is_node = bool(start) and not pipe and not end
    asked = Inspected("node" if is_node else "pipe", "", direction="against" if inspection.direction == "against" else "with")
    placed = _placed(network, inspection, match_named(network, asked, pipe=pipe, start=start, end=end))
    names = _("Change inspection {name}") if placed.fid is not None else _("Enter inspection {name}")
    with survey.edit(names.format(name=placed.section), author=author) as edit:
        return edit.keep_inspection(placed).fid


def _check(one: Inspection) -> None:
    for name, value, allowed in (
        (_("Method"), one.kind, tuple(INSPECTION_KINDS)),
        (_("Direction"), one.direction, _DIRECTIONS),
    ):
        if value not in allowed:
            raise EditError(
                _("“{name}” cannot be “{value}”.").format(name=name, value=value),
                _("It is one of {values}.").format(values=", ".join(word for word in allowed if word)),
            )
    if one.water_percent is not None and not 0 <= one.water_percent <= 100:  # noqa: PLR2004 -- a share in percent
        raise EditError(_("The water level is a share of the height, 0 to 100 %, not {value}.").format(value=one.water_percent))
    if one.inspected_length is not None and not 0 <= one.inspected_length < math.inf:
        raise EditError(_("A length is not negative."))


def _start_of(network: Network, pipe: str, direction: str) -> str:
    """Return the node where a camera set out that went with or against the flow of a pipe; empty where nobody knows."""
    element = network.element(f"pipe:{pipe}")
    flow = int(network.flow.direction[element.row]) if direction else 0
    if not flow:
        return ""
    first = (flow > 0) == (direction == "with")
    row = int(network.pipe_ends[element.row, 0 if first else 1])
    return f"#{network.node_fid[row]}"


def _placed(network: Network, one: Inspection, match: Match) -> Inspection:
    ends = [row for row in (match.start, match.end) if row >= 0]
    ids = [network.node_ids[row] or f"#{network.node_fid[row]}" for row in ends]
    return replace(
        one,
        section=one.section or "-".join(ids),
        pipe=int(network.pipe_fid[match.legs[0].pipe]) if len(match.legs) == 1 else None,
        from_node=int(network.node_fid[match.start]),
        to_node=int(network.node_fid[match.end]) if match.end >= 0 else None,
        length=round(match.length, 2) if math.isfinite(match.length) else None,
        findings=(),
    )


def remove_inspections(survey: Survey, fids: Sequence[int], *, with_findings: bool = False, author: str = "") -> None:
    """Delete inspections as one Change; their findings go with them, or stay without one.

    Raises
    ------
    EditError
        One of them is not there.
    """
    known = {one.fid for one in list_inspections(survey)}
    if missing := [fid for fid in fids if fid not in known]:
        raise EditError(_("There is no inspection {n}.").format(n=missing[0]))
    with survey.edit(_("Delete inspections: {n}").format(n=len(fids)), author=author) as edit:
        for fid in fids:
            edit.remove_inspection(fid, with_findings=with_findings)
