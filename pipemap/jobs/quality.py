"""Acceptance of a batch by sampling: draw, take check measurements in, judge."""

from __future__ import annotations

import math
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pipemap.analysis.quality import KINDS, OUTCOMES, Checked, Judged, Kind, Outcome, draw_evenly, is_over, judge, limits, overall
from pipemap.errors import EditError, SurveyDataError
from pipemap.jobs.batches import BatchRow, find_batch
from pipemap.store.quality import MEASURED, TOLD, Drawn, Sampled, keep_draw, keep_measurements, keep_verdict, levels, samples
from pipemap.texts import N_, _

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.model.network import Network
    from pipemap.store import Survey

COLUMNS: dict[str, tuple[str, tuple[str, ...]]] = {
    "kind": (N_("Kind of check"), ("kind", "检查类别")),
    "id": (N_("Point"), ("id", "点号", "物探点号", "管线点号")),
    "check_x": (N_("Check east (m)"), ("check east", "检查东坐标", "检查y")),
    "check_y": (N_("Check north (m)"), ("check north", "检查北坐标", "检查x")),
    "check_depth": (N_("Check depth (m)"), ("check depth", "检查埋深", "开挖埋深")),
    "remark": (N_("Comment"), ("remark", "comment", "备注")),
    "handling": (N_("What was done"), ("handling", "处理情况", "处理意见")),
    "handled_by": (N_("Done by"), ("handled by", "处理人")),
    "recheck": (N_("Result of the recheck"), ("recheck", "复查结果", "复查情况")),
}
"""Columns of a sheet of check measurements: name, title, and what else it may be called."""
_UNITS = re.compile(r"[(（].*?[)）]")
_PURPOSES: dict[Outcome, str] = {"draw": "first", "second": "second", "extend": "extend"}
_NAMED = 8


@dataclass(frozen=True, slots=True)
class Standing:
    """How far the sampling of a batch is, at one level of checks."""

    batch: BatchRow
    level: int
    levels: int
    judged: tuple[Judged, ...]
    points: tuple[Sampled, ...]

    @property
    def outcome(self) -> Outcome:
        """What all samples come to."""
        return overall(self.judged)

    def of(self, kind: str) -> Judged:
        """Return what one kind came to."""
        return next(one for one in self.judged if one.kind == kind)


def kind_named(text: str) -> Kind:
    """Return a kind of check by its name or title.

    Raises
    ------
    EditError
        There is none.
    """
    for kind, title in KINDS.items():
        if text.strip().casefold() in {kind, title.casefold(), _(title).casefold()}:
            return kind
    raise EditError(_("There is no kind of check “{name}”.").format(name=text), ", ".join(KINDS))


def standing(survey: Survey, batch: str, *, level: int | None = None) -> Standing:
    """Return how far the sampling of a batch is; without a level at the last one, by which it is accepted.

    Raises
    ------
    EditError
        There is no such batch or level.
    """
    row, most = find_batch(survey, batch), levels(survey)
    at = most if level is None else level
    if not 1 <= at <= most:
        raise EditError(_("There is no level {level} of checks.").format(level=at), _("This survey has {n}.").format(n=most))
    points = tuple(one for one in samples(survey, row.fid) if one.level == at)
    population = _populations(survey.network, row.fid)
    judged = tuple(_judged(kind, [one for one in points if one.kind == kind], len(population[kind])) for kind in KINDS)
    return Standing(row, at, most, judged, points)


def _judged(kind: Kind, points: list[Sampled], population: int) -> Judged:
    checked = [Checked(one.plan_off, one.depth_off, one.depth) for one in points]
    second = any(one.purpose == "second" for one in points)
    return judge(kind, checked, max(population, len(points)), second_taken=second)


def _populations(network: Network, batch: int) -> dict[Kind, NDArray[np.int64]]:
    """Return the points of a batch that have a place, as rows, by what can be checked of them."""
    from pipemap.model.columns import Coded

    mine = (network.node_batch == batch) & np.isfinite(network.node_xyz[:, :2]).all(axis=1)
    seen = Coded.from_arrow(network.column("node", "visible"))
    visible, hidden = (np.flatnonzero(mine & seen.is_in(word)) for word in ("visible", "hidden"))
    return {"visible": visible, "hidden": hidden, "excavation": hidden}


def draw(
    survey: Survey, batch: str, kind: Kind, *, level: int | None = None, seed: int | None = None, more: int = 0, author: str = ""
) -> Standing:
    """Draw the points that come next: the first sample, the second, or what is missing to a large enough one.

    Parameters
    ----------
    seed
        By which the draw can be repeated; without one it is chosen, and kept with the draw.
    more
        Points beyond what is demanded.

    Raises
    ------
    EditError
        There is nothing to draw now.
    """
    now = standing(survey, batch, level=level)
    judged = now.of(kind)
    if judged.outcome not in _PURPOSES:
        raise EditError(
            _("{kind}: there is nothing to draw now ({state}).").format(kind=_(KINDS[kind]), state=_(OUTCOMES[judged.outcome])),
            _("A draw is not repeated until it suits; undo takes the last one back, and the history tells of it."),
        )
    network = survey.network
    taken = {one.node for one in now.points if one.kind == kind}
    rows = _populations(network, now.batch.fid)[kind]
    rows = rows[~np.isin(network.node_fid[rows], list(taken))]
    chosen_seed = secrets.randbelow(2**31) if seed is None else seed
    rows = rows[draw_evenly(network.node_xyz[rows, :2], min(len(rows), judged.wanted + more), chosen_seed)]
    about = {
        "level": now.level, "kind": kind, "purpose": _PURPOSES[judged.outcome], "seed": chosen_seed,
        "population": judged.population,
    }  # fmt: skip
    keep_draw(survey, now.batch.fid, _drawn(network, rows), about, name=batch, author=author)
    return standing(survey, batch, level=now.level)


def _drawn(network: Network, rows: NDArray[np.int64]) -> list[Drawn]:
    keys, places = network.node_fid, network.node_xyz
    return [
        Drawn(int(keys[row]), str(network.node_ids[row] or f"#{keys[row]}"), float(places[row, 0]), float(places[row, 1]), depth)
        for row, depth in zip(rows.tolist(), _depths(network, rows), strict=True)
    ]


def _depths(network: Network, rows: NDArray[np.int64]) -> list[float]:
    """Return the depth recorded at each node: that of the first of its pipes which has one."""
    found = []
    for row in rows.tolist():
        at = (np.flatnonzero(network.pipe_ends[:, side] == row) for side in (0, 1))
        values = [column[pipes] for column, pipes in zip((network.from_depth, network.to_depth), at, strict=True)]
        known = np.concatenate(values)
        known = known[np.isfinite(known)]
        found.append(float(known[0]) if len(known) else math.nan)
    return found


# -- measurements --------------------------------------------------------------------------------------------------------


def sheet_rows(now: Standing) -> tuple[list[str], list[list[object]]]:
    """Return titles and rows of a sheet to take along and fill in."""
    titles = [_(title) for title, _other in COLUMNS.values()]
    rows: list[list[object]] = []
    for one in now.points:
        values = [getattr(one, name) for name in (*MEASURED, *TOLD)]
        rows.append([_(KINDS[kind_named(one.kind)]), one.id, *(_cell(value) for value in values)])
    return titles, rows


def _cell(value: object) -> object:
    return None if isinstance(value, float) and math.isnan(value) else value


def write_sheet(now: Standing, to: Path) -> Path:
    """Write the sheet of check measurements as XLSX or CSV, to be filled in and read again."""
    from pipemap.jobs.tables import Sheet, write_sheets

    if not now.points:
        raise EditError(_("No point of batch “{name}” is drawn yet.").format(name=now.batch.name), _("Draw the points first."))
    return write_sheets([Sheet(_("Check measurements"), *sheet_rows(now))], to)


def import_measurements(
    survey: Survey, batch: str, path: Path, *, level: int | None = None, author: str = ""
) -> tuple[Standing, int]:
    """Take the measurements of a sheet in, as one Change; return how far the sampling is, and how many rows were told.

    Raises
    ------
    SurveyDataError
        A row cannot be read, or names a point that was not drawn; nothing is taken then.
    """
    now = standing(survey, batch, level=level)
    problems: list[str] = []
    found: list[tuple[int, dict[str, object]]] = []
    for where, row in _rows_of(path):
        try:
            found.append(_told(now, row))
        except EditError as error:
            problems.append(f"{where}: {error.message}")
    if problems:
        shown = "\n".join(problems[:_NAMED]) + (" …" if len(problems) > _NAMED else "")
        raise SurveyDataError(_("Nothing was taken of {file}:\n{problems}").format(file=path.name, problems=shown))
    if not found:
        raise SurveyDataError(_("{file} has no rows of check measurements.").format(file=path.name), _needed())
    keep_measurements(survey, found, name=batch, author=author)
    return standing(survey, batch, level=now.level), len(found)


def _needed() -> str:
    return _("Its first row names the columns: {names}.").format(names=", ".join(_(title) for title, _other in COLUMNS.values()))


def _rows_of(path: Path) -> list[tuple[str, dict[str, str]]]:
    from pipemap.formats.survey_tables.reader import read_sheets

    found: list[tuple[str, dict[str, str]]] = []
    for sheet in read_sheets([path]):
        cells = [[text or "" for text in column.to_pylist()] for column in sheet.columns]
        names = [_column_of(column[0]) if column else "" for column in cells]
        if "id" not in names:
            continue
        for row in range(1, sheet.height):
            values = {name: column[row] for name, column in zip(names, cells, strict=True) if name}
            if any(values.values()):
                found.append((sheet.where(row), values))
    return found


def _column_of(text: str) -> str:
    plain = _UNITS.sub("", text).strip().casefold()
    for name, (title, others) in COLUMNS.items():
        if plain in {name, *others, *(_UNITS.sub("", word).strip().casefold() for word in (title, _(title)))}:
            return name
    return ""


def _told(now: Standing, row: Mapping[str, str]) -> tuple[int, dict[str, object]]:
    kind = kind_named(row["kind"]) if row.get("kind") else None
    points = [one for one in now.points if one.id == row.get("id") and kind in {None, one.kind}]
    if not points:
        raise EditError(_("point “{id}” is not among those that were drawn").format(id=row.get("id", "")))
    if len(points) > 1:
        raise EditError(_("point “{id}” was drawn more than once: name the kind of check").format(id=row["id"]))
    values: dict[str, object] = {name: row[name] for name in TOLD if row.get(name)}
    for name in MEASURED:
        if row.get(name):
            values[name] = number_in(row[name])
    return points[0].fid, values


def number_in(text: str) -> float:
    """Read a measurement in metres.

    Raises
    ------
    EditError
        It is no number.
    """
    try:
        return float(text.replace(",", ".") if text.count(",") == 1 and "." not in text else text)
    except ValueError as error:
        raise EditError(_("“{value}” is no measurement in metres.").format(value=text)) from error


def measure(
    survey: Survey,
    batch: str,
    point: str,
    values: Mapping[str, object],
    *,
    kind: str = "",
    level: int | None = None,
    author: str = "",
) -> Standing:
    """Enter the measurement of one point, or what was done about it; the rest as for :func:`import_measurements`."""
    now = standing(survey, batch, level=level)
    fid, _values = _told(now, {"id": point, "kind": kind})
    keep_measurements(survey, [(fid, values)], name=batch, author=author)
    return standing(survey, batch, level=now.level)


# -- verdict -------------------------------------------------------------------------------------------------------------


def over_limit(point: Sampled) -> tuple[bool, bool]:
    """Whether a point is over its limit in plan, and in depth."""
    plan, depth = limits(kind_named(point.kind), point.depth)
    return is_over(point.plan_off, plan), is_over(point.depth_off, depth)


def give_verdict(survey: Survey, batch: str, *, level: int | None = None, author: str = "") -> Standing:
    """Judge a batch, and keep the verdict as one Change.

    Raises
    ------
    EditError
        Points are not drawn or not measured yet, or more are needed: then there is no verdict.
    """
    now = standing(survey, batch, level=level)
    if now.outcome not in {"passed", "failed"}:
        open_ = [_("{kind}: {state}").format(kind=_(KINDS[one.kind]), state=_(OUTCOMES[one.outcome])) for one in open_kinds(now)]
        missing = [point.id for point in now.points if not _is_measured(point)]
        named = ", ".join(missing[:_NAMED]) + (" …" if len(missing) > _NAMED else "")
        hint = _("Not measured: {ids}.").format(ids=named) if missing else _("Draw and measure the points first.")
        raise EditError(_("There is no verdict on batch “{name}” yet. {open}").format(name=batch, open="; ".join(open_)), hint)
    words = "; ".join(f"{_(KINDS[one.kind])}: {_(OUTCOMES[one.outcome])}" for one in now.judged)
    keep_verdict(survey, now.batch.fid, now.level, now.outcome, words, name=batch, author=author)
    return now


def open_kinds(now: Standing) -> list[Judged]:
    """Return the kinds that want something to be done."""
    return [one for one in now.judged if one.outcome in {"draw", "missing", "second", "extend"}]


def _is_measured(point: Sampled) -> bool:
    return Checked(point.plan_off, point.depth_off, point.depth).is_measured


def record_of(now: Standing) -> dict[str, Any]:
    """Return what is known of the sampling, in the words of the command line."""
    return {
        "batch": now.batch.name, "level": now.level, "levels": now.levels, "outcome": now.outcome,
        "kinds": [
            {
                "kind": one.kind, "outcome": one.outcome, "population": one.population, "demanded": one.demanded,
                "drawn": one.drawn, "measured": one.measured, "over": one.over, "over_plan": one.over_plan,
                "over_depth": one.over_depth, "share": one.share, "mean_plan_m": one.mean_plan, "mean_depth_m": one.mean_depth,
                "allowed_plan_m": one.allowed_plan, "allowed_depth_m": one.allowed_depth, "wanted": one.wanted,
            }
            for one in now.judged
        ],
        "points": [
            {
                "kind": one.kind, "id": one.id, "purpose": one.purpose, "seed": one.seed, "x": one.x, "y": one.y,
                "depth": one.depth, "check_x": one.check_x, "check_y": one.check_y, "check_depth": one.check_depth,
                "plan_off_m": one.plan_off, "depth_off_m": one.depth_off, "over": any(over_limit(one)), "remark": one.remark,
                "handling": one.handling, "recheck": one.recheck,
            }
            for one in now.points
        ],
    }  # fmt: skip
