"""Fixes of points that lie nowhere, or where no town is."""

from __future__ import annotations

import itertools
import re
import unicodedata
from typing import TYPE_CHECKING

import numpy as np

from pipemap.catalog import node_kind
from pipemap.jobs.fixes.registry import CannotFixError, Case, fixes
from pipemap.texts import N_, _

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from pipemap.store.edits import Edit

_NUMBERED = re.compile(r"(\D*?)[-_ .]*0*(\d{1,12})(.*)", re.DOTALL)
_WIDEST = 6
"""Digits to which a number may be filled up with noughts."""
_AROUND = 2_000.0
"""Metres from the points beside it within which a place counts as right. Our own figure."""
_ZONE = 1e6
"""What a zone number in front of an easting is counted in."""


@fixes("like-number", N_("Join the point whose number is written otherwise"), "missing-node")
def join_like_number(edit: Edit, case: Case) -> None:
    """Let the pipe end at the one point whose number differs in capitals, noughts, spaces or dashes alone."""
    missing = edit.row("node", case.other)
    found = {
        fid
        for name in _ways_to_write(str(missing["id"] or ""))
        for fid in edit.keys("node", "id", name)
        if fid != case.other and np.isfinite(edit.place(edit.row("node", fid))[:2]).all()
    }
    if len(found) != 1:
        raise CannotFixError(
            _("{n} points with a place have a number that is “{id}” written otherwise.").format(n=len(found), id=missing["id"])
        )
    edit.merge(case.other, found.pop())


def _ways_to_write(text: str) -> Iterator[str]:
    """Give the ways in which a number may have been written too."""
    plain = unicodedata.normalize("NFKC", text).strip()
    parts = _NUMBERED.fullmatch(plain)
    yield from dict.fromkeys((text, plain, plain.upper(), plain.lower(), "".join(plain.split())))
    if parts is None:
        return
    letters, digits, rest = (part.strip() for part in parts.groups())
    for word, end in itertools.product(
        dict.fromkeys((letters, letters.upper(), letters.lower())), dict.fromkeys((rest, rest.upper()))
    ):
        for dash, width in itertools.product(("", "-", "_"), range(len(digits), _WIDEST + 1)):
            yield f"{word}{dash}{digits:0>{width}}{end}"


@fixes("course-end", N_("Put it where its pipes end"), "missing-node", "no-place")
def put_where_pipes_end(edit: Edit, case: Case) -> None:
    """Give a point without a place that of the ends of the pipes there, where these agree."""
    fid = case.other if case.problem.rule == "missing-node" else case.fid
    row = edit.row("node", fid)
    if np.isfinite(edit.place(row)[:2]).all():
        raise CannotFixError(_("It has a place by now."))
    places = []
    for pipe in (edit.row("pipe", one) for one in edit.pipes_at(fid)):
        course = edit.course(pipe)
        places += [course[at, :2] for side, at in (("from", 0), ("to", -1)) if len(course) and pipe[f"{side}_fid"] == fid]
    if not places or np.ptp(np.array(places), axis=0).max() > 0.1:  # noqa: PLR2004 -- metres: one point
        raise CannotFixError(_("No pipe there has a course, or their courses end at different places."))
    x, y = np.mean(places, axis=0).tolist()
    kind = str(node_kind(*(row[name] or "" for name in ("category", "feature", "appurtenance"))))
    given = {"kind": kind} if row["kind"] == "placeholder" else {}
    edit.update("node", fid, x=x, y=y, **given)


@fixes("axes", N_("Exchange its axes, or take the zone number away"), "out-of-area")
def right_axes(edit: Edit, case: Case) -> None:
    """Exchange east and north, or take a zone number away, where that puts a point beside those that its pipes lead to."""
    place = edit.place(edit.row("node", case.fid))[:2]
    rows = [edit.row("pipe", fid) for fid in edit.pipes_at(case.fid)]
    others = {row[f"{side}_fid"] for row in rows for side in ("from", "to")} - {case.fid}
    beside = np.array([edit.place(edit.row("node", fid))[:2] for fid in sorted(others)]).reshape(-1, 2)
    beside = beside[np.isfinite(beside).all(axis=1)]
    if not len(beside):
        raise CannotFixError(_("No pipe leads from it to a point with a place."))
    middle = np.median(beside, axis=0)
    right = [one for one in _readings(place) if np.hypot(*(one - middle)) <= _AROUND]
    if not right:
        raise CannotFixError(_("Neither exchanged axes nor a zone number explain where it lies."))
    edit.move_node(case.fid, float(right[0][0]), float(right[0][1]))


def _readings(place: NDArray[np.float64]) -> Iterator[NDArray[np.float64]]:
    for one in (place, place[::-1]):
        yield one
        if one[0] > _ZONE:
            yield np.array([one[0] % _ZONE, one[1]])
