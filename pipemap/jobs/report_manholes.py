"""Manholes of a condition report: those that were inspected, and those at which something was found."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from pipemap.jobs.findings import attachments_of, list_findings
from pipemap.model.columns import rows_if_there
from pipemap.model.finding import SEVERITIES
from pipemap.model.wording import kind_label
from pipemap.texts import _

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from pipemap.jobs.inspection_entry import ListedInspection
    from pipemap.model.finding import StoredFinding
    from pipemap.reports.condition_content import ManholeLine
    from pipemap.reports.content import Picture
    from pipemap.store import Survey
    from pipemap.store.attachments import Attachment

_CLOSED = "closed"


def manhole_lines(
    survey: Survey, visits: Sequence[ListedInspection], picture: Callable[[Attachment, str], Picture]
) -> list[ManholeLine]:
    """Return manholes in the order in which they were inspected, then those with findings alone; secret ones stay."""
    network = survey.network
    days: dict[int, str] = {}
    for one in visits:
        if one.is_manhole and isinstance(one.inspection.from_node, int):
            days[one.inspection.from_node] = one.inspection.inspected[:10]
    found: dict[int, list[StoredFinding]] = {}
    for stored in list_findings(survey):
        if isinstance(stored.finding.node, int) and stored.finding.status != _CLOSED:
            found.setdefault(stored.finding.node, []).append(stored)
    fids = list(dict.fromkeys([*days, *found]))
    rows = rows_if_there(network.node_fid, np.array(fids, dtype=np.int64)).tolist()
    may_leave = network.release.nodes
    kept = [(fid, row) for fid, row in zip(fids, rows, strict=True) if row >= 0 and may_leave[row]]
    told = survey.rows("node", [fid for fid, _row in kept], ["road", "chamber_depth"]) if kept else []
    held = attachments_of(survey, [one.fid for fid, _row in kept for one in found.get(fid, ())])
    return [
        _line(network.node_ids[row] or f"#{fid}", network.node_kind[row] or "", words, days.get(fid, ""), found.get(fid, []),
              [picture(one, f"{network.node_ids[row]} {stored.finding.code}") for stored in found.get(fid, ())
               for one in held.get(stored.fid, ()) if one.there and one.is_picture])
        for (fid, row), words in zip(kept, told, strict=True)
    ]  # fmt: skip


def _line(
    name: str, kind: str, told: tuple[object, ...], day: str, found: Sequence[StoredFinding], pictures: Sequence[Picture]
) -> ManholeLine:
    from pipemap.reports.condition_content import ManholeLine

    road, depth = told
    known = isinstance(depth, (int, float)) and math.isfinite(depth)
    grades = [one.finding.grade for one in found if one.finding.grade is not None]
    newest = max((one.finding.found[:10] for one in found), default="")
    return ManholeLine(
        name,
        kind_label(kind) if kind else "",
        str(road or ""),
        float(depth) if known else None,  # type: ignore[arg-type]
        day or newest,
        "; ".join(_words(one) for one in found),
        len(found),
        max(grades, default=None),
        tuple(pictures),
    )


def _words(one: StoredFinding) -> str:
    finding = one.finding
    known = finding.known
    grade = "" if finding.grade is None else str(finding.grade)
    grade = _(SEVERITIES[finding.severity]) if finding.severity in SEVERITIES else grade
    name = known.label if known is not None else finding.code
    return " ".join(part for part in (finding.code, name if name != finding.code else "", grade, finding.note) if part)
