"""What an import of inspections would store: read, matched, compared with what is in the survey; nothing is written."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pipemap.analysis.inspection_matching import Match, match_by_hand, match_ends, match_inspections
from pipemap.analysis.inspection_names import plain_name
from pipemap.errors import EditError
from pipemap.formats.inspections import read_inspections
from pipemap.jobs.inspection_files import MediaFolder, media_in
from pipemap.jobs.inspection_problems import finding_problems, match_problems
from pipemap.model.columns import rows_if_there
from pipemap.model.inspected import Inspected, InspectionDelivery
from pipemap.model.problem import Problem
from pipemap.progress import SILENT, Progress
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.model.network import Network
    from pipemap.store import Survey


@dataclass(frozen=True, slots=True)
class InspectionPlan:
    """What an import of inspections would store.

    Attributes
    ----------
    delivery
        As the files have it.
    matches
        One entry an inspection.
    stored
        Key of the inspection in the survey that each would update; None where it is new.
    media
        Where photos and videos are looked for.
    """

    network: Network
    delivery: InspectionDelivery
    matches: tuple[Match, ...]
    stored: tuple[int | None, ...]
    media: MediaFolder = field(default_factory=MediaFolder)

    @property
    def matched(self) -> int:
        """Inspections that are taken as matched."""
        return sum(match.accepted for match in self.matches)

    @property
    def unmatched(self) -> int:
        """Inspections that would be kept without a pipe."""
        return len(self.matches) - self.matched

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Everything odd: of the files, then of the matching, then of the findings."""
        return (*self.delivery.problems, *match_problems(self), *finding_problems(self))

    def with_match(self, number: int, match: Match) -> InspectionPlan:
        """Return the plan with another match of one inspection."""
        return replace(self, matches=(*self.matches[:number], match, *self.matches[number + 1 :]))


# -- before storing ----------------------------------------------------------------------------------------------------


def plan_inspections(
    survey: Survey,
    paths: Sequence[Path],
    *,
    format: str | None = None,
    photos: Path | None = None,
    progress: Progress = SILENT,
) -> InspectionPlan:
    """Read files and match what they hold; nothing is written.

    Parameters
    ----------
    photos
        Folder of photos and videos; None: the folder of the first file.

    Raises
    ------
    SurveyFileError, SurveyDataError
        Nothing can be read.
    """
    files = [Path(path) for path in paths]
    if photos is not None and not photos.is_dir():
        raise EditError(_("There is no folder {file}.").format(file=photos))
    delivery = read_inspections(files, format=format, progress=progress)
    network = survey.load(progress)
    matches = match_inspections(network, delivery.inspections, progress=progress)
    media = media_in(photos or files[0].parent, progress=progress)
    held = _held(survey)
    stored = _stored(delivery.inspections, held)
    by_fid = {row["fid"]: row for rows in held.values() for row in rows}
    matches = tuple(
        _earlier(network, one, by_fid[fid], match) if fid is not None else match
        for one, match, fid in zip(delivery.inspections, matches, stored, strict=True)
    )
    return InspectionPlan(network, delivery, matches, stored, media)


def match_named(network: Network, one: Inspected, *, pipe: str = "", start: str = "", end: str = "") -> Match:
    """Match an inspection by hand to a pipe, or to the run between two nodes, all by their ids.

    Raises
    ------
    UnknownElementError, AmbiguousElementError
        An id names none, or several.
    EditError
        No pipes lead from one end to the other, or the pipe does not end at the node.
    """
    nodes = [_row_of(network, "node", name) if name else -1 for name in (start, end)]
    if pipe:
        row = _row_of(network, "pipe", pipe)
        ends = [int(node) for node in network.pipe_ends[row]]
        first = nodes[0] if nodes[0] >= 0 else _likely_start(network, one, ends)
        try:
            return match_by_hand(network, [row], first)
        except ValueError as error:
            raise EditError(
                _("{pipe} does not end at {node}.").format(pipe=pipe, node=start), _("Stations count from one of its ends.")
            ) from error
    if nodes[0] < 0 or (nodes[1] < 0 and one.kind == "pipe"):
        raise EditError(_("Name a pipe, or the nodes at both ends."))
    found = match_ends(network, nodes[0], nodes[1], one)
    if found is None:
        raise EditError(_("No pipes lead from {start} to {end}.").format(start=start, end=end))
    return found


def _row_of(network: Network, layer: str, name: str) -> int:
    element = network.element(f"{layer}:{name}")
    return int(element.row)


def _likely_start(network: Network, one: Inspected, ends: Sequence[int]) -> int:
    """Return the end of a pipe that reads like the start of the inspection, else its first."""
    names = [plain_name(network.node_ids[node] or "") for node in ends]
    if one.start and plain_name(one.start) == names[1]:
        return ends[1]
    if one.end and plain_name(one.end) == names[0]:
        return ends[1]
    return ends[0] if one.direction != "against" or one.start else ends[1]


# -- the same as before ------------------------------------------------------------------------------------------------

Key = tuple[str, str, str, str, str]


def _key(name: str, start: str, end: str, inspected: str, video: str) -> Key:
    named = bool(name or start or end)
    return plain_name(name), plain_name(start), plain_name(end), inspected, "" if named else Path(video).name.casefold()


def _held(survey: Survey) -> dict[Key, list[dict[str, Any]]]:
    found: dict[Key, list[dict[str, Any]]] = {}
    for row in survey.table("inspection").to_pylist():
        texts = (row[name] or "" for name in ("pipe_name", "start_name", "end_name", "inspected", "video"))
        if row["confidence"] is not None:
            found.setdefault(_key(*texts), []).append(row)
    return found


def _stored(inspections: Sequence[Inspected], held: dict[Key, list[dict[str, Any]]]) -> tuple[int | None, ...]:
    """Return the key of each inspection's former self: the same names and time, the first for the first."""
    times: Counter[Key] = Counter()
    found = []
    for one in inspections:
        key = _key(one.name, one.start, one.end, one.inspected, one.video)
        rows = held.get(key, [])
        found.append(rows[times[key]]["fid"] if times[key] < len(rows) else None)
        times[key] += 1
    return tuple(found)


def _earlier(network: Network, one: Inspected, row: dict[str, Any], match: Match) -> Match:
    """Return the match that a person made earlier, where it still can be."""
    if row["reason"] == "not-matched":
        return Match(reasons=("not-matched",))
    if row["reason"] != "by-hand" or row["from_node"] is None:
        return match
    pipe = int(rows_if_there(network.pipe_fid, np.array([row["pipe"] if row["pipe"] is not None else -1]))[0])
    nodes = [row[name] if row[name] is not None else -1 for name in ("from_node", "to_node")]
    start, end = rows_if_there(network.node_fid, np.array(nodes)).tolist()
    try:
        if pipe >= 0:
            return match_by_hand(network, [pipe], start)
    except ValueError:
        return match
    found = match_ends(network, start, end, one) if start >= 0 and (end >= 0 or one.kind == "node") else None
    return found or match
