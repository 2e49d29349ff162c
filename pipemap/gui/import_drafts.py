"""What an import is made of before it is stored: files by delivery, what a person says of each, and what was read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipemap.errors import Cancelled, PipemapError, SurveyDataError
from pipemap.gui.import_plan import Drawing, draw_delivery, turned
from pipemap.model.comparison import Decisions
from pipemap.model.delivery import Delivery, SourceTable
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.formats.crs_candidates import CrsCandidate, Place
    from pipemap.formats.registry import Format, SortedSources
    from pipemap.gui.import_memory import MappingMemory, Remembered
    from pipemap.jobs import ImportResult
    from pipemap.model.problem import Problem
    from pipemap.progress import Progress
    from pipemap.store import Plan, Stored

Corrections = Mapping[str, Mapping[str, object]]
PROFILE = "profile"
KIND, HEADER = "@kind", "@header"


@dataclass(frozen=True, slots=True)
class Choices:
    """What a person says of one delivery; each change of it reads the files again.

    Attributes
    ----------
    format
        Name of a format instead of the recognised one; empty: as recognised.
    crs
        Instead of what the source says; empty: as it says.
    profile
        The city whose codes and headers are used; empty: only what holds everywhere.
    corrections
        Table → column → field, with ``@kind`` and ``@header``, as mapping files have it.
    """

    format: str = ""
    crs: str = ""
    swap_axes: bool = False
    profile: str = ""
    corrections: Corrections = field(default_factory=dict)
    valve_layer: Path | None = None
    snap: float | None = None
    join_tees: bool = False

    def mapping(self) -> dict[str, object] | None:
        """Return what the readers take; None where nothing is corrected."""
        said: dict[str, object] = {PROFILE: self.profile} if self.profile else {}
        said |= {table: dict(columns) for table, columns in self.corrections.items() if columns}
        return said or None

    def corrected(self, table: str, column: str, value: object) -> Choices:
        """Return the choices with one more correction."""
        columns = {**self.corrections.get(table, {}), column: value}
        return replace(self, corrections={**self.corrections, table: columns})


@dataclass(frozen=True, slots=True)
class Reading:
    """What came of reading one delivery; without ``delivery`` there is an ``error``."""

    choices: Choices
    delivery: Delivery | None = None
    result: ImportResult | None = None
    drawing: Drawing | None = None
    """In its own coordinates."""
    over_survey: Drawing | None = None
    """In those of the survey that is to take it, where both are known."""
    candidates: tuple[CrsCandidate, ...] = ()
    remembered: tuple[Remembered, ...] = ()
    error: PipemapError | None = None

    @property
    def tables(self) -> tuple[SourceTable, ...]:
        """Tables of the source, those of one that nothing could be built from included."""
        if self.delivery is not None:
            return self.delivery.tables
        found = getattr(self.error, "tables", ())
        return tuple(table for table in found if isinstance(table, SourceTable))

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Everything odd; of a source that nothing could be built from, what its reader listed until then."""
        from pipemap.model.problem import Problem

        found = self.result.problems if self.result is not None else getattr(self.error, "problems", ())
        return tuple(problem for problem in found if isinstance(problem, Problem))


@dataclass(slots=True, eq=False)
class Draft:
    """One delivery under way."""

    format: Format
    paths: tuple[Path, ...]
    choices: Choices = field(default_factory=Choices)
    details: dict[str, str] = field(default_factory=dict)
    """Fields of the batch that the person wrote instead of what was read."""
    reading: Reading | None = None
    plan: Plan | None = None
    """What storing it in the open survey would do; None until that is known."""
    decisions: Decisions = field(default_factory=Decisions)
    """What the person chose of what comes, what stays and what is in conflict."""
    obstacle: PipemapError | None = None
    """Why the open survey cannot take it."""
    fresh: bool = False
    """Whether ``reading`` is of ``choices``."""
    looked_up: bool = False
    """Whether remembered mappings were asked for."""

    @property
    def chosen_format(self) -> str:
        """Name of the format it is read with."""
        return self.choices.format or self.format.name

    @property
    def delivery(self) -> Delivery | None:
        """What was read, with the batch as the person wrote it."""
        read = self.reading.delivery if self.reading is not None else None
        return None if read is None else replace(read, batch=replace(read.batch, **self.details))

    @property
    def name(self) -> str:
        """Name of the batch."""
        read = self.reading.delivery.batch.name if self.reading is not None and self.reading.delivery is not None else ""
        return self.details.get("name") or read or self.paths[0].stem

    def choose(self, choices: Choices) -> bool:
        """Take other choices; whether they are others."""
        if choices == self.choices:
            return False
        self.choices, self.fresh, self.plan, self.obstacle = choices, False, None, None
        self.decisions = Decisions()  # rows of another reading are other rows
        return True


def sorted_into(drafts: Sequence[Draft], found: SortedSources, folders: Sequence[Path] = ()) -> list[Draft]:
    """Return the deliveries of sorted files; one whose files are the same keeps what was said and read of it.

    Several files of one of ``folders`` are called by its name.
    """
    before = {_key(draft.format, draft.paths): draft for draft in drafts}
    result = []
    for group in found.groups:
        draft = before.get(_key(group.format, group.paths)) or Draft(group.format, group.paths)
        if draft.paths != group.paths:
            draft.paths, draft.fresh, draft.looked_up = group.paths, False, False
        whole = next((one for one in folders if all(path.is_relative_to(one) for path in draft.paths)), None)
        if whole is not None and len(draft.paths) > 1:
            draft.details.setdefault("name", whole.resolve().name)
        result.append(draft)
    _tell_apart(result)
    return result


def _key(format: Format, paths: Sequence[Path]) -> tuple[str, Path | None]:
    """What a delivery is known again by: its format, and its file where each file is one."""
    return format.name, paths[0] if format.alone else None


def _tell_apart(drafts: Sequence[Draft]) -> None:
    """Give deliveries of the same first file name different batches: one batch is of one format."""
    seen: set[str] = set()
    for draft in drafts:
        if draft.name in seen:
            draft.details["name"] = f"{draft.name} ({_(draft.format.label)})"
        seen.add(draft.name)


def read_draft(
    paths: Sequence[Path],
    *,
    format: str,
    choices: Choices,
    memory: MappingMemory | None,
    near: Place | None,
    survey_crs: str,
    progress: Progress,
) -> Reading:
    """Read one delivery; errors are kept in the answer. Knows nothing of the window.

    Parameters
    ----------
    memory
        Mappings that are tried on tables with known headers; None: only what ``choices`` says.
    near, survey_crs
        Where the survey that is to take it lies, and its coordinate system.
    """
    reading = _read_once(paths, format, choices, near, survey_crs, progress)
    if memory is None:
        return reading
    found = {table.name: one for table in reading.tables if (one := memory.find(table)) is not None}
    if not found:
        return reading
    corrections = {**choices.corrections, **{name: one.corrections for name, one in found.items()}}
    again = _read_once(paths, format, replace(choices, corrections=corrections), near, survey_crs, progress)
    return replace(again, remembered=tuple(found.values()))


def _read_once(
    paths: Sequence[Path], format: str, choices: Choices, near: Place | None, survey_crs: str, progress: Progress
) -> Reading:
    from pipemap.formats.registry import format_named
    from pipemap.jobs import crs_candidates, describe, read_sources

    takes = format_named(format).takes
    said = {
        "mapping": choices.mapping(),
        "valve_layer": choices.valve_layer,
        "snap": choices.snap,
        "join_tees": choices.join_tees,
    }
    options: dict[str, Any] = {name: value for name, value in said.items() if name in takes}
    try:
        (delivery,) = read_sources(
            paths,
            format=format,
            crs=choices.crs,
            swap_axes=choices.swap_axes,
            progress=progress,
            **options,
        )
        progress(0, None, _("Counting"))
        result = describe((delivery,), near=near)
        progress(0, None, _("Drawing"))
        drawing = draw_delivery(delivery)
        over = turned(drawing, delivery.crs, survey_crs)
        return Reading(choices, delivery, result, drawing, over, crs_candidates(delivery, near))
    except Cancelled:
        raise
    except PipemapError as error:
        return Reading(choices, error=error)


def check_names(drafts: Sequence[Draft]) -> None:
    """Refuse deliveries that would replace each other.

    Raises
    ------
    SurveyDataError
        Two have the same batch.
    """
    names = [draft.name for draft in drafts]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise SurveyDataError(
            _("Two deliveries would be the batch “{batch}”, and one would replace the other.").format(batch=twice),
            _("Give each a name of its own."),
        )


def store_all(
    deliveries: Sequence[Delivery], store: Callable[[Delivery], Stored], take_back: Callable[[int], object]
) -> list[Stored]:
    """Store deliveries one after another; when one fails or is stopped, those before it are taken back."""
    done: list[Stored] = []
    try:
        for delivery in deliveries:
            done.append(store(delivery))  # noqa: PERF401 -- what was done must be known when one fails
    except BaseException:
        for stored in reversed(done):
            if stored.change_id is not None:
                take_back(stored.change_id)
        raise
    return done
