"""Readings of a survey: entered, loaded from tables, held against their limits; beyond one, a hazard is raised, once."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pipemap.catalog.readings import ReadingKind, reading_kind, reading_kinds
from pipemap.errors import EditError, SettingsError, UnknownElementError
from pipemap.jobs.hazards import SYSTEM
from pipemap.jobs.patrols import rows_by_name
from pipemap.model.columns import rows_if_there
from pipemap.model.finding import Finding
from pipemap.model.reading import Reading, ReadingLimit
from pipemap.progress import SILENT, Progress
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.formats.readings import WrittenReading
    from pipemap.model.fields import Layer
    from pipemap.model.network import Network
    from pipemap.store import Survey
    from pipemap.store.edits import Edit

LIMIT = "reading_limit"
"""Setting of a survey, with a dot and the kind: ``low..high``, either of them blank."""
_WORDS = ("kind", "unit", "written", "taken", "taken_by", "element", "instrument", "source", "note")
_KEYS = ("node", "pipe", "patrol", "finding")


# -- limits ----------------------------------------------------------------------------------------------------------------


def limits_of(survey: Survey) -> dict[str, ReadingLimit]:
    """Return the limit of each kind of reading, and whether it is our own starting value."""
    found = {}
    for row in reading_kinds().values():
        low, dots, high = str(survey.setting(f"{LIMIT}.{row.kind}") or "").partition("..")
        try:
            sides = [float(side) if side else None for side in (low, high)]
        except ValueError:
            dots = ""
        found[row.kind] = ReadingLimit(sides[0], sides[1], is_ours=False) if dots else ReadingLimit(row.low, row.high)
    return found


def set_reading_limit(
    survey: Survey, kind: str, low: float | None = None, high: float | None = None, *, ours: bool = False, author: str = ""
) -> None:
    """Set the limit of a kind of reading in a survey as one Change; ``ours``: our own starting value again.

    Raises
    ------
    SettingsError
        There is no such kind, or the limit is none.
    """
    known = reading_kind(kind)
    if known is None:
        raise SettingsError(_("There is no reading “{kind}”.").format(kind=kind), ", ".join(reading_kinds()))
    if any(side is not None and not math.isfinite(side) for side in (low, high)) or (
        low is not None and high is not None and low > high
    ):
        raise SettingsError(_("A limit goes from a number to a larger one, not from {low} to {high}.").format(low=low, high=high))
    text = None if ours else "..".join("" if side is None else f"{side:g}" for side in (low, high))
    survey.change_settings({f"{LIMIT}.{known.kind}": text}, _("Set the limit of {kind}").format(kind=known.label), author=author)


# -- rows ------------------------------------------------------------------------------------------------------------------


def list_readings(survey: Survey, *, layer: Layer | None = None, fid: int | None = None) -> list[Reading]:
    """Return the readings of a survey, or those at one element by its key, oldest first."""
    rows = survey.table("reading").to_pylist()
    found = [_reading(row) for row in rows if layer is None or row[layer] == fid]
    return sorted(found, key=lambda one: (one.taken, one.fid))


def _reading(row: dict[str, Any]) -> Reading:
    words: dict[str, Any] = {name: str(row[name] or "") for name in _WORDS}
    keys: dict[str, Any] = {name: row[name] for name in _KEYS}
    return Reading(value=row["value"], fid=row["fid"], **keys, **words)


@dataclass(frozen=True, slots=True)
class Recorded:
    """What came of recording readings.

    Attributes
    ----------
    added, changed, again
        How many are new, say something else than before, and were there already.
    raised
        Keys of the hazards that were raised.
    remarks
        What is odd, with its place; the reading was kept as it was written.
    """

    added: int = 0
    changed: int = 0
    again: int = 0
    raised: tuple[int, ...] = ()
    remarks: tuple[str, ...] = ()
    change_id: int | None = None


def load_readings(
    survey: Survey, files: Sequence[Path], *, patrol: int | None = None, author: str = "", progress: Progress = SILENT
) -> Recorded:
    """Read tables of readings and record them as one Change; again, what is there is not recorded twice.

    Raises
    ------
    SurveyFileError, SurveyDataError
        A file cannot be read, or holds no readings; nothing was stored.
    """
    from pipemap.formats.readings import read_readings

    remarks: list[str] = []
    made: list[Reading] = []
    for file in files:
        written = read_readings(file, progress=progress)
        made += [_understood(one, file.name, patrol, remarks) for one in written]
    return record_readings(survey, made, remarks=remarks, author=author, progress=progress)


def _understood(written: WrittenReading, source: str, patrol: int | None, remarks: list[str]) -> Reading:
    """Return a reading with its value in the unit of its kind; what cannot be understood stays as it is written."""
    from pipemap.formats.readings import moment_of

    known, taken = reading_kind(written.kind), moment_of(written.taken)
    if known is None:
        remarks.append(
            _("{where}: “{text}” is no kind of reading that is known here.").format(where=written.where, text=written.kind)
        )
    value = None if known is None else value_of(known, written.value, written.unit)
    if known is not None and value is None:
        text = f"{written.value} {written.unit}".strip()
        remarks.append(_("{where}: “{text}” is no value of {kind}.").format(where=written.where, text=text, kind=known.label))
    if taken is None:
        remarks.append(_("{where}: “{text}” is no time.").format(where=written.where, text=written.taken))
    return Reading(
        known.kind if known else written.kind,
        value,
        known.unit if known else written.unit,
        f"{written.value} {written.unit}".strip(),
        taken or written.taken,
        written.taken_by,
        element=written.element,
        patrol=patrol,
        instrument=written.instrument,
        source=source,
        note=written.note,
    )


def value_of(kind: ReadingKind, text: str, unit: str = "") -> float | None:
    """Return what was written as a value in the unit of a kind; None where it is no number, or its unit is not known.

    Examples
    --------
    >>> from pipemap.catalog.readings import reading_kinds
    >>> value_of(reading_kinds()["cp_potential"], "-870 mV"), value_of(reading_kinds()["gas_lel"], "low")
    (-0.87, None)
    """
    plain = text.strip().replace(",", ".").replace("−", "-")
    number = (
        plain.rstrip("".join({sign for word in kind.units for sign in word}) + " ")
        if plain[-1:].isalpha() or "%" in plain
        else plain
    )
    factor = kind.factor(plain[len(number) :].strip() or unit)
    try:
        value = float(number)
    except ValueError:
        return None
    return None if factor is None or not math.isfinite(value) else round(value * factor, 9)


# -- recording -------------------------------------------------------------------------------------------------------------


def record_readings(
    survey: Survey,
    readings: Iterable[Reading],
    *,
    remarks: Sequence[str] = (),
    author: str = "",
    progress: Progress = SILENT,
) -> Recorded:
    """Record readings as one Change, and raise a hazard for each that is beyond its limit.

    A reading is the same as one that is there when kind, element and time are: its value is brought up to date, and it raises
    nothing again. Where a hazard of its kind is open at its element, it belongs to that.

    Raises
    ------
    EditError
        There is nothing to record.
    """
    given = list(readings)
    if not given:
        raise EditError(_("There is nothing to record."))
    said = list(remarks)
    placed = _placed(survey.network, given, said)
    book = _Book(survey, limits_of(survey))
    label = _("Record readings: {n}").format(n=len(placed))
    with survey.edit(label, author=author) as edit:
        for number, one in enumerate(placed):
            progress(number, len(placed), _("Recording readings"))
            book.put(edit, one)
    return Recorded(book.added, book.changed, book.again, tuple(book.raised), tuple(said), edit.change_id)


def _placed(network: Network, readings: Sequence[Reading], remarks: list[str]) -> list[Reading]:
    """Give readings the key of the element that they name: of a node before a pipe of the same id."""
    names = list(dict.fromkeys(one.element for one in readings if one.element and one.node is None and one.pipe is None))
    keys: dict[str, dict[str, int]] = {}
    for name in names:
        keys.setdefault(name, {})
    layers: tuple[Layer, Layer] = ("node", "pipe")
    for layer in layers:
        prefix = f"{layer}:"
        fids = network.node_fid if layer == "node" else network.pipe_fid
        wanted = [name if name.startswith(prefix) else prefix + name for name in names]
        for name, row in rows_by_name(network, layer, wanted).items():
            for told in (name, name.removeprefix(prefix)):
                if told in keys and not keys[told]:
                    keys[told] = {layer: int(fids[row])}
    unknown = [name for name, found in keys.items() if not found]
    remarks += [
        _("“{id}” is no element of the survey, or several; its readings are kept without a place.").format(id=name)
        for name in unknown
    ]
    return [
        replace(one, node=keys[one.element].get("node"), pipe=keys[one.element].get("pipe"), element=_bare(one.element))
        if one.element in keys and one.node is None and one.pipe is None
        else one
        for one in readings
    ]


def _bare(element: str) -> str:
    """Its id without the word that says in which layer it is."""
    return element.removeprefix("node:").removeprefix("pipe:")


class _Book:
    """What is recorded already, and what was done within one edit."""

    def __init__(self, survey: Survey, limits: dict[str, ReadingLimit]) -> None:
        self.added = self.changed = self.again = 0
        self.raised: list[int] = []
        self._limits = limits
        known = list_readings(survey)
        self._there = {_mark(one): one for one in known}
        status = {row["fid"]: row["status"] for row in survey.table("finding", ["fid", "status"]).to_pylist()}
        self._open = {
            (one.kind, one.node, one.pipe, one.element): one.finding
            for one in known
            if one.finding is not None and status.get(one.finding, "closed") != "closed"
        }

    def put(self, edit: Edit, one: Reading) -> None:
        """Record one reading."""
        there = self._there.get(_mark(one))
        if there is not None and (there.value, there.written) == (one.value, one.written):
            self.again += 1
            return
        finding = there.finding if there is not None else None
        if finding is None and one.kind in self._limits and self._limits[one.kind].is_beyond(one.value):
            finding = self._hazard(edit, one)
        kept = replace(one, finding=finding)
        values = {name: getattr(kept, name) or None for name in (*_WORDS, *_KEYS)} | {"value": kept.value}
        if there is not None:
            edit.write("reading", there.fid, values)
            self.changed += 1
        else:
            kept = replace(kept, fid=edit.add("reading", values))
            self.added += 1
        self._there[_mark(kept)] = kept

    def _hazard(self, edit: Edit, one: Reading) -> int:
        at = (one.kind, one.node, one.pipe, one.element)
        held = self._open.get(at)
        if held is None:
            held = self._open[at] = edit.add_finding(finding_of(one, self._limits[one.kind]), strict=False)
            self.raised.append(held)
        return held


def _mark(one: Reading) -> tuple[object, ...]:
    return (one.kind, one.node, one.pipe, "" if one.node is not None or one.pipe is not None else one.element, one.taken)


def finding_of(one: Reading, limit: ReadingLimit) -> Finding:
    """Return the hazard that a reading beyond its limit is."""
    known = reading_kinds()[one.kind]
    note = _("{kind}: {value}, beyond the limit {limit} {unit}").format(
        kind=known.label, value=one.words, limit=limit.words, unit=known.unit
    )
    return Finding(
        SYSTEM,
        known.hazard,
        kind="hazard",
        severity="general",
        pipe=one.pipe,
        node=one.node,
        found=one.taken[:10] if one.taken[:4].isdigit() else "",
        found_by=one.taken_by,
        patrol=one.patrol,
        quantity_1=one.words,
        source="reading",
        note=note if one.node is not None or one.pipe is not None else f"{one.element}: {note}",
    )


# -- one reading -----------------------------------------------------------------------------------------------------------


def enter_reading(survey: Survey, typed: WrittenReading, *, patrol: int | None = None, author: str = "") -> Recorded:
    """Record one reading as a person typed it, as one Change; without a time it was taken now.

    Raises
    ------
    EditError
        The kind, the value or the time is none.
    UnknownElementError
        There is no such element.
    """
    known = reading_kind(typed.kind)
    if known is None:
        raise EditError(_("There is no reading “{kind}”.").format(kind=typed.kind), ", ".join(reading_kinds()))
    if value_of(known, typed.value, typed.unit) is None:
        units = ", ".join(dict.fromkeys((known.unit, *(unit for unit in known.units if unit != unit.casefold()))))
        text = f"{typed.value} {typed.unit}".strip()
        message = _("“{text}” is no value of {kind}.").format(text=text, kind=known.label)
        raise EditError(message, _("Units: {units}.").format(units=units))
    when = typed.taken.strip() or datetime.now().astimezone().replace(tzinfo=None).isoformat(timespec="minutes")
    odd: list[str] = []
    one = _understood(replace(typed, taken=when), "", patrol, odd)
    if odd:
        raise EditError(_("“{text}” is no time; write it like 2026-11-25 08:30.").format(text=typed.taken))
    (placed,) = _placed(survey.network, [one], [])
    if placed.node is None and placed.pipe is None:
        raise UnknownElementError(typed.element)
    return record_readings(survey, [placed], author=author)


def recorded_words(done: Recorded) -> str:
    """Say in one line what came of recording."""
    return _("Readings: {added} new, {changed} changed, {again} there already; hazards raised: {raised}").format(
        added=done.added, changed=done.changed, again=done.again, raised=len(done.raised)
    )


def place_names(survey: Survey) -> Callable[[Reading], str]:
    """Return what tells the id of the element of a reading; where it has none, what was written."""
    network = survey.network

    def name(one: Reading) -> str:
        for key, fids, ids in ((one.node, network.node_fid, network.node_ids), (one.pipe, network.pipe_fid, network.pipe_ids)):
            row = int(rows_if_there(fids, np.array([key], dtype=np.int64))[0]) if key is not None else -1
            if row >= 0:
                return ids[row] or f"#{key}"
        return one.element

    return name
