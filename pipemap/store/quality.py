"""Samples of a batch, their check measurements and the verdict (质量检查), as the survey keeps them; each step is one Change."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pipemap.errors import EditError
from pipemap.store.authors import author_of
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.store.survey import Survey

LEVELS = "acceptance_levels"
"""Setting of a survey: how many levels of checks a batch passes, 2 or 3."""
MEASURED = ("check_x", "check_y", "check_depth")
TOLD = ("remark", "handling", "handled_by", "recheck")
_FARTHEST = 1e8


@dataclass(frozen=True, slots=True)
class Sampled:
    """A point of a sample, with what the survey said of it when it was drawn and what was measured.

    Attributes
    ----------
    purpose
        ``first``, ``second`` or ``extend``.
    x, y, depth, check_x, check_y, check_depth
        Metres; NaN where unknown.
    """

    fid: int
    level: int
    kind: str
    purpose: str
    seed: int
    node: int
    id: str
    x: float
    y: float
    depth: float
    check_x: float
    check_y: float
    check_depth: float
    measured: str = ""
    measured_by: str = ""
    remark: str = ""
    handling: str = ""
    handled_by: str = ""
    recheck: str = ""

    @property
    def plan_off(self) -> float:
        """Metres in plan between survey and check."""
        return math.hypot(self.check_x - self.x, self.check_y - self.y)

    @property
    def depth_off(self) -> float:
        """Metres that the survey is deeper than the check."""
        return self.depth - self.check_depth


@dataclass(frozen=True, slots=True)
class Drawn:
    """A point to be put into a sample."""

    node: int
    id: str
    x: float
    y: float
    depth: float


@dataclass(frozen=True, slots=True)
class StoredVerdict:
    """A verdict that was given, with when and by whom."""

    level: int
    outcome: str
    words: str
    decided: str
    decided_by: str


def levels(survey: Survey) -> int:
    """Return how many levels of checks the survey demands, 2 unless it says 3."""
    rows = survey.table("setting", ["name", "value"]).to_pylist()
    return 3 if any(row["name"] == LEVELS and row["value"] == "3" for row in rows) else 2


def set_levels(survey: Survey, count: int, *, author: str = "") -> int | None:
    """Say how many levels of checks a batch passes, as one Change; None where it is so already.

    Raises
    ------
    EditError
        It is neither 2 nor 3.
    """
    if count not in {2, 3}:
        raise EditError(_("There are two or three levels of checks, not {n}.").format(n=count))
    with survey.edit(_("Levels of checks"), author=author) as edit:
        found = edit.keys("setting", "name", LEVELS)
        if found:
            edit.write("setting", found[0], {"value": str(count)})
        else:
            edit.add("setting", {"name": LEVELS, "value": str(count)})
    return edit.change_id


def submitted(survey: Survey, batch: int) -> str:
    """Return when a batch was submitted last: what was drawn and decided before was about another state of it."""
    rows = survey.table("batch", ["fid", "submitted"]).to_pylist()
    return next((str(row["submitted"] or "") for row in rows if row["fid"] == batch), "")


def samples(survey: Survey, batch: int) -> list[Sampled]:
    """Return the points of every sample of a batch as it was submitted last, in the order in which they were drawn."""
    since = submitted(survey, batch)
    rows = [row for row in survey.table("acceptance_draw").to_pylist() if row["batch"] == batch]
    draws = {row["fid"]: row for row in rows if (row["drawn"] or "") >= since}
    rows = [row for row in survey.table("acceptance_point").to_pylist() if row["draw"] in draws] if draws else []
    return [_sampled(draws[row["draw"]], row) for row in sorted(rows, key=lambda row: row["fid"])]


def _sampled(draw: Mapping[str, Any], row: Mapping[str, Any]) -> Sampled:
    numbers: dict[str, Any] = {
        name: math.nan if row[name] is None else float(row[name]) for name in ("x", "y", "depth", *MEASURED)
    }
    words: dict[str, Any] = {name: str(row[name] or "") for name in ("id", "measured", "measured_by", *TOLD)}
    return Sampled(
        fid=row["fid"],
        level=draw["level"] or 1,
        kind=draw["kind"] or "",
        purpose=draw["purpose"] or "first",
        seed=draw["seed"] or 0,
        node=row["node"] or 0,
        **numbers,
        **words,
    )


def keep_draw(
    survey: Survey, batch: int, points: Sequence[Drawn], about: Mapping[str, Any], *, name: str, author: str = ""
) -> int | None:
    """Keep a draw as one Change; ``about`` holds level, kind, purpose, seed and population."""
    with survey.edit(_("Draw of check points: {name}").format(name=name), author=author) as edit:
        draw = edit.add("acceptance_draw", {**about, "batch": batch, "drawn": _now(), "drawn_by": author_of(author)})
        for point in points:
            place = {word: getattr(point, word) for word in ("x", "y", "depth") if math.isfinite(getattr(point, word))}
            edit.add("acceptance_point", {"draw": draw, "node": point.node, "id": point.id, **place})
    return edit.change_id


def keep_measurements(
    survey: Survey, given: Iterable[tuple[int, Mapping[str, object]]], *, name: str, author: str = ""
) -> int | None:
    """Keep check measurements and what was done about them, as one Change: key of the point, and values by name.

    Raises
    ------
    EditError
        A value is no number, or absurd.
    """
    with survey.edit(_("Check measurements: {name}").format(name=name), author=author) as edit:
        for fid, values in given:
            checked = {word: _checked(word, value) for word, value in values.items()}
            row = edit.row("acceptance_point", fid)
            if any(word in checked and checked[word] != row[word] for word in MEASURED):
                checked |= {"measured": _now(), "measured_by": author_of(author)}
            edit.write("acceptance_point", fid, checked)
    return edit.change_id


def _checked(word: str, value: object) -> object:
    if word in TOLD:
        return str(value).strip() or None if value is not None else None
    if word not in MEASURED:
        raise EditError(_("A check measurement has no “{name}”.").format(name=word), ", ".join((*MEASURED, *TOLD)))
    if value is None or value == "":
        return None
    number = float(value) if isinstance(value, (int, float)) else math.nan
    if not abs(number) < _FARTHEST:
        raise EditError(_("“{value}” is no measurement in metres.").format(value=value))
    return number


def keep_verdict(survey: Survey, batch: int, level: int, outcome: str, words: str, *, name: str, author: str = "") -> int | None:
    """Keep a verdict as one Change; one that was given before stays in the history."""
    told = {"outcome": outcome, "words": words, "decided": _now(), "decided_by": author_of(author)}
    with survey.edit(_("Verdict on batch “{name}”").format(name=name), author=author) as edit:
        there = edit.ask("SELECT fid FROM acceptance_verdict WHERE batch = ? AND level = ? ORDER BY fid", batch, level)
        if there:
            edit.write("acceptance_verdict", there[0][0], told)
        else:
            edit.add("acceptance_verdict", {"batch": batch, "level": level, **told})
    return edit.change_id


def verdicts(survey: Survey, batch: int) -> list[StoredVerdict]:
    """Return the verdicts that were given on a batch as it was submitted last, by level."""
    since = submitted(survey, batch)
    rows = [row for row in survey.table("acceptance_verdict").to_pylist() if row["batch"] == batch]
    rows = [row for row in rows if (row["decided"] or "") >= since]
    words = ("outcome", "words", "decided", "decided_by")
    return [
        StoredVerdict(row["level"] or 1, *(str(row[word] or "") for word in words))
        for row in sorted(rows, key=lambda row: row["level"] or 1)
    ]


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
