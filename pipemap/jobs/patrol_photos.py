"""Photos and marked places of a patrol → hazards at the nearest pipe or node: looked at first, then stored as one Change."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pipemap.errors import EditError, PipemapError
from pipemap.jobs.hazards import SYSTEM
from pipemap.jobs.patrols import datum_notes, list_tracks
from pipemap.model.finding import Finding
from pipemap.progress import SILENT, Progress
from pipemap.texts import _

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.model.network import Network
    from pipemap.model.patrol import Patrol, TrackPoints
    from pipemap.store import Survey

WITHIN = 25.0
"""Metres to the nearest pipe or node, unless a person says otherwise: what a phone is off, and the width of a street."""
ZONE_HOURS = 8.0
"""Hours that clocks of cameras are before UTC where nothing says so: China's."""
_NODE_FIRST = 2.0
"""Metres that a node may be further away than the nearest pipe and still be meant: pipes end at it."""
_LONGEST_WAIT = 120.0
"""Seconds between two points of a track between which a photo without a place may have been taken."""
CODE = "other"
"""Code of a candidate until a person says what it is."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A photo, or a place that was marked, that may become a hazard.

    Attributes
    ----------
    file
        The photo; None for a marked place.
    time
        Seconds since 1970 in UTC, NaN where unknown.
    x, y
        East and north in the survey, NaN where unknown.
    pipe, node, element
        Key and id of what is nearest; none where nothing is near.
    station, from_node
        Metres along the pipe from its first end.
    by_track
        The place was worked out from the track of the patrol.
    problem
        Why it cannot become one; empty where it can.
    """

    name: str
    file: Path | None = None
    time: float = math.nan
    x: float = math.nan
    y: float = math.nan
    pipe: int | None = None
    node: int | None = None
    element: str = ""
    station: float | None = None
    from_node: int | None = None
    distance: float = math.nan
    by_track: bool = False
    note: str = ""
    source: str = ""
    remarks: tuple[str, ...] = ()
    problem: str = ""
    code: str = CODE
    severity: str = "general"

    @property
    def is_good(self) -> bool:
        """Whether it can be stored."""
        return not self.problem


@dataclass(frozen=True, slots=True)
class Candidates:
    """What photos and marked places may become, in the order of their files, and what to know of their datum."""

    rows: tuple[Candidate, ...]
    notes: tuple[str, ...] = ()


def find_candidates(
    survey: Survey,
    files: Sequence[Path],
    *,
    patrol: Patrol | None = None,
    datum: str = "wgs84",
    within: float = WITHIN,
    zone_hours: float = ZONE_HOURS,
    progress: Progress = SILENT,
) -> Candidates:
    """Read photos, and GPX files with marked places, and find what each lies at; nothing is stored.

    A photo without a place is put where the track of the patrol was at its time. Files that are no photos, broken, huge, or not
    there are in the answer, with the reason.

    Raises
    ------
    SurveyDataError
        The survey does not say which coordinate system it is in.
    """
    from pipemap.formats.tracks import placed

    network = survey.network
    degrees, rows = _read(files, zone_hours, progress)
    xy = placed(degrees, network.crs, datum=datum) if len(rows) else np.zeros((0, 2))
    tracks = [one.points for one in list_tracks(survey, patrol.fid if patrol else None)]
    spots = []
    for number, one in enumerate(rows):
        place = xy[number] if np.isfinite(xy[number]).all() else _on_track(tracks, one.time)
        is_new = np.isnan(xy[number]).any() and np.isfinite(place).all()
        spots.append(place)
        rows[number] = _placed(one, place, is_outside=bool(np.isfinite(degrees[number]).all()), by_track=bool(is_new))
    found = _at_nearest(network, rows, np.array(spots).reshape(-1, 2), within)
    known = degrees[np.isfinite(degrees).all(axis=1)]
    notes = datum_notes(network, known, None, datum, within) if len(known) else []
    return Candidates(tuple(_told_again(survey, found)), tuple(notes))


def _read(files: Sequence[Path], zone_hours: float, progress: Progress) -> tuple[NDArray[np.float64], list[Candidate]]:
    from pipemap.formats.photos import read_photo
    from pipemap.formats.tracks import marked_places

    degrees: list[tuple[float, float]] = []
    rows: list[Candidate] = []
    for number, file in enumerate(files):
        progress(number, len(files), _("Reading {file}").format(file=file.name))
        try:
            if file.suffix.lower() == ".gpx":
                marked = marked_places(file)
                degrees += [(one.lon, one.lat) for one in marked]
                rows += [
                    Candidate(
                        one.name or file.name, time=one.time, note=" ".join(filter(None, (one.name, one.note))), source=file.name
                    )
                    for one in marked
                ]
                continue
            photo = read_photo(file, zone_hours=zone_hours)
            degrees.append((photo.lon, photo.lat))
            rows.append(Candidate(file.name, file, photo.time, source=file.name, remarks=photo.notes))
        except PipemapError as error:
            degrees.append((math.nan, math.nan))
            rows.append(Candidate(file.name, file, source=file.name, problem=str(error)))
    return np.array(degrees, dtype=np.float64).reshape(-1, 2), rows


def _placed(one: Candidate, place: NDArray[np.float64], *, is_outside: bool, by_track: bool) -> Candidate:
    if one.problem:
        return one
    if not np.isfinite(place).all():
        lost = (
            _("It lies where the survey's coordinate system does not reach.")
            if is_outside
            else _("It does not say where it was taken.")
        )
        return replace(one, problem=lost)
    return replace(one, x=round(float(place[0]), 3), y=round(float(place[1]), 3), by_track=by_track)


def _on_track(tracks: Sequence[TrackPoints], time: float) -> NDArray[np.float64]:
    """Return where the tracks were at a time, NaN where none was near that time."""
    for points in tracks if math.isfinite(time) else ():
        known = np.flatnonzero(np.isfinite(points.time))
        order = known[np.argsort(points.time[known], kind="stable")]
        times = points.time[order]
        at = int(np.searchsorted(times, time))
        if 0 < at < len(times) and times[at] - times[at - 1] <= _LONGEST_WAIT:
            share = (time - times[at - 1]) / max(times[at] - times[at - 1], 1e-9)
            place: NDArray[np.float64] = points.xy[order[at - 1]] * (1 - share) + points.xy[order[at]] * share
            return place
        if at < len(times) and times[at] == time:
            return np.asarray(points.xy[order[at]])
    return np.full(2, np.nan)


# -- what is nearest -------------------------------------------------------------------------------------------------------


def _at_nearest(network: Network, rows: Sequence[Candidate], spots: NDArray[np.float64], within: float) -> list[Candidate]:
    from pipemap.analysis.nearest import nearest_pipes

    pipes = nearest_pipes(network, spots, network.in_use_pipes, within=within)
    nodes, apart = _nearest_nodes(network, spots, within)
    found = []
    for number, one in enumerate(rows):
        if not one.is_good:
            found.append(one)
            continue
        pipe, away = int(pipes.rows[number]), float(np.nan_to_num(pipes.distance[number], nan=np.inf))
        if nodes[number] >= 0 and apart[number] <= away + _NODE_FIRST:
            node = int(nodes[number])
            found.append(
                replace(one, node=int(network.node_fid[node]), element=network.node_ids[node], distance=float(apart[number]))
            )
        elif pipe >= 0:
            found.append(_on_pipe(network, replace(one, distance=away), pipe))
        else:
            text = _("Nothing lies within {m} m; it stays on the ground.").format(m=f"{within:g}")
            found.append(replace(one, remarks=(*one.remarks, text)))
    return found


def _nearest_nodes(network: Network, spots: NDArray[np.float64], within: float) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    from scipy.spatial import cKDTree

    rows, apart = np.full(len(spots), -1, dtype=np.int64), np.full(len(spots), np.inf)
    placed = np.flatnonzero(np.isfinite(network.node_xyz[:, :2]).all(axis=1))
    known = np.flatnonzero(np.isfinite(spots).all(axis=1))
    if len(placed) and len(known):
        looked = cKDTree(network.node_xyz[placed, :2]).query(spots[known], distance_upper_bound=within)
        distance, at = np.asarray(looked[0]), np.asarray(looked[1])
        there = np.isfinite(distance)
        rows[known[there]], apart[known[there]] = placed[at[there]], distance[there]
    return rows, apart


def _on_pipe(network: Network, one: Candidate, row: int) -> Candidate:
    from pipemap.model.course import length_of, nearest_spot, station_of

    course = np.asarray(network.lines[row])
    share = station_of(course, nearest_spot(course, one.x, one.y)) / (length_of(course) or 1.0)
    start = int(network.node_fid[network.pipe_ends[row, 0]])
    station = round(share * float(network.weight[row]), 2)
    return replace(one, pipe=int(network.pipe_fid[row]), element=network.pipe_ids[row], station=station, from_node=start)


def _told_again(survey: Survey, rows: Sequence[Candidate]) -> list[Candidate]:
    """Say of what is in the survey already that it is."""
    from pipemap.jobs.exporting import sha256_of

    kept = {row for row in survey.table("attachment", ["sha256"])["sha256"].to_pylist() if row}
    places = {
        (row["source"], row["x"], row["y"]) for row in survey.table("finding", ["source", "x", "y"]).to_pylist() if row["source"]
    }
    found = []
    for one in rows:
        is_there = one.is_good and (sha256_of(one.file) in kept if one.file is not None else (one.source, one.x, one.y) in places)
        found.append(replace(one, problem=_("It is in the survey already.")) if is_there else one)
    return found


# -- storing ---------------------------------------------------------------------------------------------------------------


def store_candidates(
    survey: Survey,
    chosen: Sequence[Candidate],
    *,
    patrol: int | None = None,
    found_by: str = "",
    zone_hours: float = ZONE_HOURS,
    author: str = "",
    progress: Progress = SILENT,
) -> tuple[int, ...]:
    """Store candidates as hazards with their photos, as one Change; return their keys.

    Raises
    ------
    EditError
        There is nothing to store, one cannot be stored, or its code is not known; nothing was changed.
    """
    if not chosen:
        raise EditError(_("There is nothing to store."))
    for one in chosen:
        if one.problem:
            raise EditError(f"{one.name}: {one.problem}")
    keys = []
    with survey.edit(_("Hazards from photos: {n}").format(n=len(chosen)), author=author) as edit:
        for number, one in enumerate(chosen):
            progress(number, len(chosen), _("Storing hazards"))
            clock = _clock(one.time, zone_hours)
            finding = _finding_of(one, patrol, found_by, clock[:10])
            fid = edit.add_finding(finding, strict=False)
            for photo in edit.keys("attachment", "finding", fid):
                edit.write("attachment", photo, {"taken": clock or None, "step": "reported"})
            keys.append(fid)
    return tuple(keys)


def _finding_of(one: Candidate, patrol: int | None, found_by: str, day: str) -> Finding:
    return Finding(
        SYSTEM,
        one.code,
        kind="hazard",
        pipe=one.pipe,
        node=one.node,
        from_node=one.from_node,
        station=one.station,
        severity=one.severity,
        found=day,
        found_by=found_by,
        patrol=patrol,
        x=one.x,
        y=one.y,
        source=one.source,
        note=one.note,
        photos=() if one.file is None else (one.file,),
    )


def clock_of(one: Candidate, zone_hours: float = ZONE_HOURS) -> str:
    """Return when it was taken, by the clock on the wall, for a person; empty where unknown."""
    return _clock(one.time, zone_hours).replace("T", " ")


def _clock(time: float, zone_hours: float) -> str:
    if not math.isfinite(time):
        return ""
    return (datetime.fromtimestamp(time, UTC) + timedelta(hours=zone_hours)).replace(tzinfo=None).isoformat(timespec="seconds")
