"""Patrols of a survey: planned, handed out, tracks loaded, coverage told; for window and command line alike."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipemap.analysis.passing import Coverage, Limits, cover
from pipemap.errors import EditError, SurveyDataError
from pipemap.model.columns import rows_if_there
from pipemap.model.fields import LAYERS, Layer
from pipemap.model.patrol import DAYS, KINDS, MODES, STATUSES, WORKS, Patrol, Track, TrackPoints
from pipemap.progress import SILENT, Progress
from pipemap.texts import _

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.analysis.rounds import Round
    from pipemap.model.columns import Ids
    from pipemap.model.network import Network
    from pipemap.store import HandOut, Survey

_LOOKED_AT = 400
"""Points of a track that are compared with the network to notice another datum."""
_DIGITS = 19
_BETTER = 0.3
"""So much larger must the share of points near pipes be in the other datum to be worth a word."""


# -- rows ------------------------------------------------------------------------------------------------------------------


def list_patrols(survey: Survey) -> list[Patrol]:
    """Return the patrols of a survey, newest first."""
    return [_patrol(row) for row in reversed(survey.table("patrol").to_pylist())]


def find_patrol(survey: Survey, wanted: str | int) -> Patrol:
    """Return a patrol by its number or its name; of several of one name the newest.

    Raises
    ------
    EditError
        There is none.
    """
    patrols = list_patrols(survey)
    for patrol in patrols:
        if str(wanted).strip() in {str(patrol.fid), patrol.name}:
            return patrol
    known = ", ".join(f"{one.fid} {one.name}" for one in patrols[:5])
    hint = _("Known are {names}.").format(names=known) if known else _("Plan one first: pipemap patrol plan.")
    raise EditError(_("The survey has no patrol “{name}”.").format(name=wanted), hint)


def list_tracks(survey: Survey, patrol: int | None = None) -> list[Track]:
    """Return the tracks of a survey, or of one patrol, oldest first."""
    return [_track(row) for row in survey.table("track").to_pylist() if patrol is None or row["patrol"] == patrol]


def _patrol(row: dict[str, Any]) -> Patrol:
    words = {name: str(row[name] or "") for name in ("name", "crew", "weather", "planned", "due", "started", "finished", "note")}
    return Patrol(
        row["fid"],
        kind=row["kind"] if row["kind"] in KINDS else "round",
        mode=row["mode"] if row["mode"] in MODES else "walk",
        status=row["status"] if row["status"] in STATUSES else "planned",
        elements=_listed(row["elements"]),
        required=_listed(row["required"]),
        cycle_days=row["cycle_days"],
        length=row["length"] or 0.0,
        walk=row["walk"] or 0.0,
        works={name: str(row[name]) for name in WORKS if row[name]},
        **words,
    )


def _listed(text: str | None) -> tuple[str, ...]:
    try:
        found = json.loads(text or "[]")
    except ValueError:
        return ()
    return tuple(str(one) for one in found) if isinstance(found, list) else ()


def _track(row: dict[str, Any]) -> Track:
    words = {name: str(row[name] or "") for name in ("started", "finished", "crew", "source", "sha256")}
    return Track(row["fid"], row["patrol"], TrackPoints.unpack(row["points"]), datum=row["datum"] or "wgs84", **words)


def rows_of(network: Network, elements: Iterable[str]) -> tuple[NDArray[np.int64], NDArray[np.int64], tuple[str, ...]]:
    """Return the rows of nodes and of pipes that a list of a patrol names, in its order, and what is no longer there."""
    names = list(elements)
    rows = {layer: rows_by_name(network, layer, names) for layer in LAYERS}
    lost = tuple(name for name in names if not any(name in found for found in rows.values()))
    nodes, pipes = (np.array([rows[layer][name] for name in names if name in rows[layer]], dtype=np.int64) for layer in LAYERS)
    return nodes, pipes, lost


def rows_by_name(network: Network, layer: Layer, names: Sequence[str]) -> dict[str, int]:
    """Return the row of each name of a layer, all at once: a town has a million ids. What is there twice is not found."""
    prefix = f"{layer}:"
    wanted = [name.removeprefix(prefix) for name in names if name.startswith(prefix)]
    ids, fids = _keys(network, layer)
    there = pc.is_in(ids.arrow, value_set=pa.array(wanted, pa.string())).to_numpy(zero_copy_only=False)
    found: dict[str, int] = {}
    for row in np.flatnonzero(there).tolist():
        name = f"{prefix}{ids[row]}"
        found[name] = -1 if name in found else row
    keys = [
        int(name[1:])
        for name in wanted
        if name.startswith("#") and name[1:].isascii() and name[1:].isdigit() and len(name) < _DIGITS
    ]
    for key, row in zip(keys, rows_if_there(fids, np.array(keys, dtype=np.int64)).tolist(), strict=True):
        found.setdefault(f"{prefix}#{key}", row)
    return {name: row for name, row in found.items() if row >= 0}


def _keys(network: Network, layer: Layer) -> tuple[Ids, NDArray[np.int64]]:
    return (network.node_ids, network.node_fid) if layer == "node" else (network.pipe_ids, network.pipe_fid)


def _names(network: Network, layer: Layer, rows: NDArray[np.int64]) -> list[str]:
    """Return how to name elements for good: by id where it is alone, else by key."""
    ids, fids = _keys(network, layer)
    printed = [f"{layer}:{name}" for name in ids.take(rows)]
    alone = rows_by_name(network, layer, printed)
    return [
        name if name != f"{layer}:" and alone.get(name) == row else f"{layer}:#{fids[row]}"
        for name, row in zip(printed, rows.tolist(), strict=True)
    ]


# -- planning --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Asked:
    """What a new patrol is to be.

    Attributes
    ----------
    pipes, points
        Rows of the network: pipes to pass, and nodes at which somebody has to be.
    works
        What is told of works of others, by the words of :data:`~pipemap.model.patrol.WORKS`.
    """

    name: str
    pipes: NDArray[np.int64]
    points: NDArray[np.int64]
    kind: str = "round"
    mode: str = "walk"
    crew: str = ""
    due: str = ""
    cycle_days: float | None = None
    note: str = ""
    works: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Planned:
    """A patrol that was planned, with its way; ``patrol.elements`` are in the order of that."""

    patrol: Patrol
    way: Round
    change_id: int | None


def plan_patrol(survey: Survey, asked: Asked, *, author: str = "", progress: Progress = SILENT) -> Planned:
    """Plan a round as one Change: what is to be passed, in a short order.

    Raises
    ------
    EditError
        It has no name, nothing to pass, or a word that is not known.
    """
    from pipemap.analysis.rounds import plan_round

    network = survey.network
    _check(asked)
    way = plan_round(network, np.unique(asked.pipes), np.unique(asked.points), progress=progress)
    pipes = np.concatenate([way.pipes, way.unplaced])
    values = {
        "name": asked.name.strip(), "kind": asked.kind, "mode": asked.mode, "status": "planned",
        "planned": _now(), "due": asked.due or None, "crew": asked.crew or None, "cycle_days": asked.cycle_days,
        "elements": _text(_names(network, "pipe", pipes)), "required": _text(_names(network, "node", np.unique(asked.points))),
        "length": round(float(network.weight[pipes].sum()), 3), "walk": round(way.walk, 3), "note": asked.note or None,
    } | {name: text or None for name, text in asked.works.items()}  # fmt: skip
    with survey.edit(_("Plan patrol “{name}”").format(name=values["name"]), author=author) as edit:
        fid = edit.add("patrol", values)
    return Planned(find_patrol(survey, fid), way, edit.change_id)


def _check(asked: Asked) -> None:
    if not asked.name.strip():
        raise EditError(_("A patrol needs a name."))
    if not len(asked.pipes) and not len(asked.points):
        raise EditError(_("Nothing fits, so there is nothing to patrol."), _("Choose other pipes, an area, or a category."))
    if asked.cycle_days is not None and not 0 < asked.cycle_days <= 36_500:  # noqa: PLR2004 -- a hundred years
        raise EditError(_("“{value}” is no number of days.").format(value=asked.cycle_days))
    for word, known in ((asked.kind, KINDS), (asked.mode, MODES)):
        if word not in known:
            raise EditError(
                _("“{word}” is not known here.").format(word=word), _("Known are {names}.").format(names=", ".join(known))
            )

    _check_days({"due": asked.due} | dict(asked.works))


def _check_days(fields: Mapping[str, object]) -> None:
    """Refuse a day that is none."""
    for name, value in fields.items():
        try:
            date.fromisoformat(str(value)[:10]) if name in DAYS and value else None
        except ValueError as error:
            raise EditError(_("“{text}” is no date; write it like 2026-11-25.").format(text=value)) from error


def _text(names: Sequence[str]) -> str:
    return json.dumps(list(names), ensure_ascii=False)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def change_patrol(survey: Survey, patrol: int, *, author: str = "", **fields: object) -> None:
    """Change crew, weather, mode, status, dates, note, or what is told of works, as one Change.

    Raises
    ------
    EditError
        There is no such patrol or state, or a day is none.
    """
    found = find_patrol(survey, patrol)
    for name, known in (("status", STATUSES), ("mode", MODES)):
        if name in fields and fields[name] not in known:
            raise EditError(
                _("“{word}” is not known here.").format(word=fields[name]), _("Known are {names}.").format(names=", ".join(known))
            )
    _check_days(fields)
    with survey.edit(_("Change patrol “{name}”").format(name=found.name), author=author) as edit:
        edit.write("patrol", found.fid, fields)


def write_round(
    survey: Survey, patrol: Patrol, to: Path, *, datum: str = "wgs84", author: str = "", overwrite: bool = False
) -> HandOut:
    """Write the way of a patrol as GPX for phones; it stands in the register of hand-outs, without what is secret.

    Raises
    ------
    ReportError
        The file may not be written there.
    SurveyDataError
        The survey does not say which coordinate system it is in.
    """
    from pipemap.analysis.rounds import plan_round
    from pipemap.formats.tracks import Waypoint, degrees_of, write_gpx
    from pipemap.jobs.exporting import check_target, sha256_of
    from pipemap.jobs.writing import draft_folder, in_place
    from pipemap.store import HandOut

    network = survey.network.public
    _nodes, pipes, _lost = rows_of(network, patrol.elements)
    points, _pipes, _gone = rows_of(network, patrol.required)
    way = plan_round(network, pipes, points)
    survey.check_register()
    check_target(survey, to, overwrite=overwrite)
    degrees = degrees_of(way.way, network.crs, datum=datum)
    spots = degrees_of(network.node_xyz[points, :2], network.crs, datum=datum)
    known = [(row, *spot) for row, spot in zip(points.tolist(), spots.tolist(), strict=True) if np.isfinite(spot).all()]
    named = [Waypoint(lon, lat, network.node_ids[row]) for row, lon, lat in known]
    with draft_folder(to) as folder:
        draft = folder / to.name
        write_gpx(draft, patrol.name, degrees[np.isfinite(degrees).all(axis=1)], named)
        entry = HandOut(author=author, content="patrol", format="gpx", crs="GCJ-02" if datum == "gcj02" else "EPSG:4326",
                        nodes=len(points), pipes=len(pipes), withheld=len(patrol.elements) - len(pipes),
                        purpose=patrol.name, file=to.name, sha256=sha256_of(draft))  # fmt: skip
        with in_place([to.name], folder, to.parent), survey.handing_out(entry) as registered:
            pass
    return registered


# -- tracks ----------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Loaded:
    """What came of loading files of tracks.

    Attributes
    ----------
    tracks
        Those that were stored.
    notes
        What to know of each file, with its name.
    again
        Names of files that the patrol has already, and that were not stored again.
    """

    tracks: tuple[Track, ...]
    notes: tuple[str, ...]
    again: tuple[str, ...]
    change_id: int | None = None


def load_tracks(
    survey: Survey,
    files: Sequence[Path],
    *,
    patrol: Patrol | None = None,
    datum: str = "wgs84",
    tolerance: float = Limits().tolerance,
    author: str = "",
    progress: Progress = SILENT,
) -> Loaded:
    """Read tracks and store them with a patrol as one Change; the same file again is not stored again.

    Raises
    ------
    SurveyFileError, SurveyDataError
        A file is no track, or the survey has no coordinate system to place it in; nothing was stored.
    """
    network, kept = survey.network, {one.sha256 for one in list_tracks(survey) if one.patrol == (patrol.fid if patrol else None)}
    notes: list[str] = []
    made: list[Track] = []
    again: list[str] = []
    for file in files:
        track, said = _read(network, file, patrol, datum, tolerance, progress)
        notes += [f"{file.name}: {text}" for text in said]
        if track.sha256 in kept:
            again.append(file.name)
            continue
        kept.add(track.sha256)
        made.append(track)
    if not made:
        return Loaded((), tuple(notes), tuple(again))
    with survey.edit(_("Load tracks: {files}").format(files=", ".join(one.source for one in made[:3])), author=author) as edit:
        stored = tuple(replace(one, fid=edit.add("track", _track_values(one))) for one in made)
        if patrol is not None:
            edit.write("patrol", patrol.fid, _worked(patrol, stored))
    return Loaded(stored, tuple(notes), tuple(again), edit.change_id)


def _worked(patrol: Patrol, tracks: Sequence[Track]) -> dict[str, object]:
    """What tracks say of a patrol: from when to when it was walked, and that it was."""
    starts = [one for one in (patrol.started, *(track.started for track in tracks)) if one]
    ends = [one for one in (patrol.finished, *(track.finished for track in tracks)) if one]
    return {"status": "done", "started": min(starts, default=None), "finished": max(ends, default=None) or _now()}


def _track_values(track: Track) -> dict[str, object]:
    return {
        "patrol": track.patrol, "started": track.started or None, "finished": track.finished or None, "crew": track.crew or None,
        "datum": track.datum, "points": track.points.pack(), "source": track.source, "sha256": track.sha256,
    }  # fmt: skip


def _read(
    network: Network, file: Path, patrol: Patrol | None, datum: str, tolerance: float, progress: Progress
) -> tuple[Track, list[str]]:
    from pipemap.formats.tracks import placed, read_track
    from pipemap.jobs.exporting import sha256_of

    read = read_track(file, progress=progress)
    xy = placed(read.places, network.crs, datum=datum)
    there = np.isfinite(xy).all(axis=1)
    if not there.any():
        raise SurveyDataError(_("{file} lies where the survey's coordinate system does not reach.").format(file=file.name))
    notes = [*read.notes, *datum_notes(network, read.places[there], patrol, datum, tolerance)]
    points = TrackPoints(xy[there], read.time[there], read.part[there])
    times = points.time[np.isfinite(points.time)]
    first, last = (_iso(float(times.min())), _iso(float(times.max()))) if len(times) else ("", "")
    crew = patrol.crew if patrol else ""
    number = patrol.fid if patrol else None
    return Track(0, number, points, first, last, crew, file.name, datum, sha256_of(file)), notes


def _iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")


def datum_notes(network: Network, degrees: NDArray[np.float64], patrol: Patrol | None, datum: str, tolerance: float) -> list[str]:
    """Say it where the track fits the pipes much better in the other datum; nothing is corrected by itself."""
    from pipemap.formats.tracks import placed
    from pipemap.formats.tracks.placing import in_china

    if not in_china(degrees):
        return []
    pipes = rows_of(network, patrol.elements)[1] if patrol is not None else np.arange(network.pipe_count)
    some = degrees[:: max(1, len(degrees) // _LOOKED_AT)]
    other = "wgs84" if datum == "gcj02" else "gcj02"
    here, there = (placed(some, network.crs, datum=one) for one in (datum, other))
    near = [_share_near(network, pipes, places, tolerance) for places in (here, there)]
    if near[1] - near[0] < _BETTER:
        return []
    offset = float(np.nanmedian(np.hypot(*(here - there).T)))
    text = _("As {datum} {here} of the points lie within {m} m of pipes, as {other} {there}: it seems to be recorded in {other}, "
             "{offset} m away. Nothing was moved; load it with --datum {word}.")  # fmt: skip
    names = {"wgs84": "WGS 84", "gcj02": "GCJ-02"}
    return [
        text.format(
            datum=names[datum],
            other=names[other],
            here=f"{near[0]:.0%}",
            there=f"{near[1]:.0%}",
            m=f"{tolerance:g}",
            offset=f"{offset:.0f}",
            word=other,
        )
    ]


def _share_near(network: Network, pipes: NDArray[np.int64], places: NDArray[np.float64], tolerance: float) -> float:
    import shapely

    from pipemap.model.release import lines_of

    known = places[np.isfinite(places).all(axis=1)]
    if not len(known):
        return 0.0
    (west, south), (east, north) = known.min(axis=0) - tolerance, known.max(axis=0) + tolerance
    boxes = [side[pipes] for side in network.boxes]
    with np.errstate(invalid="ignore"):
        around = (boxes[0] <= east) & (boxes[2] >= west) & (boxes[1] <= north) & (boxes[3] >= south)
    lines = lines_of(network.lines, pipes[around])
    counts = np.diff(lines.offsets)
    at = np.repeat(np.arange(len(counts)), counts)
    several = counts[at] > 1
    if not several.any():
        return 0.0
    numbers = np.unique(at[several], return_inverse=True)[1]
    tree = shapely.STRtree(np.asarray(shapely.linestrings(lines.xyz[several, :2], indices=numbers)))
    found, _leg = tree.query_nearest(shapely.points(known), max_distance=tolerance, all_matches=False)
    return len(np.unique(found)) / len(known)


# -- coverage --------------------------------------------------------------------------------------------------------------


def coverage_of(
    survey: Survey, patrol: Patrol, *, limits: Limits | None = None, public: bool = False, progress: Progress = SILENT
) -> Coverage:
    """Compare the tracks of a patrol with its plan; ``public`` leaves out what is secret."""
    network = survey.network.public if public else survey.network
    rules = replace(limits or Limits(), on_foot=patrol.mode == "walk")
    _nodes, pipes, _lost = rows_of(network, patrol.elements)
    points, _pipes, _gone = rows_of(network, patrol.required)
    tracks = [one.points for one in list_tracks(survey, patrol.fid)]
    return cover(network, pipes, points, tracks, rules, progress=progress)


@dataclass(frozen=True, slots=True)
class GroupSum:
    """What was passed of one category or road."""

    name: str
    pipes: int
    planned_m: float
    passed_m: float

    @property
    def missed_m(self) -> float:
        """Metres that were not passed."""
        return self.planned_m - self.passed_m

    @property
    def share(self) -> float:
        """Share that was passed, 0 to 1."""
        return self.passed_m / self.planned_m if self.planned_m else 1.0


def by_column(coverage: Coverage, column: str) -> list[GroupSum]:
    """Add up what was passed by a field of pipes such as ``category`` or ``road``, longest first; unknown is empty."""
    values = coverage.network.column("pipe", column, coverage.pipes).to_pylist()
    sums: dict[str, list[float]] = {}
    for value, planned, passed in zip(values, coverage.length.tolist(), coverage.passed.tolist(), strict=True):
        one = sums.setdefault(str(value or ""), [0, 0.0, 0.0])
        one[0], one[1], one[2] = one[0] + 1, one[1] + planned, one[2] + passed
    found = [GroupSum(name, int(count), planned, passed) for name, (count, planned, passed) in sums.items()]
    return sorted(found, key=lambda group: (-group.planned_m, group.name))
