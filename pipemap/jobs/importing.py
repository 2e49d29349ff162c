"""Other people's files into a survey database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipemap.errors import PipemapError, SurveyDataError, SurveyFileError
from pipemap.jobs.counting import Summary, add_up, summarise, summary, with_customers
from pipemap.jobs.customers import WITHIN, check_batch, in_order, lists_customers_alone, no_network, tie_to_network
from pipemap.jobs.places import crs_candidates, in_metres, place_of_network
from pipemap.jobs.safety import back_up_when_due
from pipemap.model.delivery import Delivery, SourceTable
from pipemap.model.problem import Problem, Severity
from pipemap.progress import SILENT, Progress, Told, beside
from pipemap.texts import N_, _

if TYPE_CHECKING:
    from pipemap.formats.crs_candidates import CrsCandidate, Place
    from pipemap.formats.registry import Corrections, SortedSources, SourceGroup
    from pipemap.model.comparison import Comparison, Decisions
    from pipemap.store import Stored, Survey

LEFT_OUT = N_("The file was left out: {reason}")


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What an import came to.

    Attributes
    ----------
    summary
        What the survey holds after it; of a dry run, what the sources hold.
    problems
        Everything odd in the sources, in their order.
    batches, formats
        Name of each delivery, and the format it was read with.
    understood
        What the readers made of the sources: column → field, units and the like.
    added_nodes, added_pipes, changed, same
        What storing did to elements, or would do: all 0 in a dry run without a survey.
    missing, conflicts, retired
        Elements of the batch that were not delivered; those that were edited by hand and come otherwise, which stay as they
        are and stand among the problems; those that are out of use from now on because they are missing.
    comparisons
        How each element of a delivery stands beside the survey; of a dry run with a survey.
    repeats
        Other batches of the survey that hold what was delivered, number for number at the same places.
    dry_run
        Nothing was written.
    tables
        Tables and columns of the sources, where a mapping can correct them; empty for models.
    crs_candidates
        Coordinate systems that the sources can be in, best first; only of a dry run.
    """

    summary: Summary
    problems: tuple[Problem, ...]
    batches: tuple[str, ...]
    formats: tuple[str, ...]
    understood: Mapping[str, str]
    added_nodes: int = 0
    added_pipes: int = 0
    changed: int = 0
    same: int = 0
    missing: int = 0
    conflicts: int = 0
    retired: int = 0
    comparisons: tuple[Comparison, ...] = ()
    repeats: tuple[str, ...] = ()
    dry_run: bool = False
    tables: tuple[SourceTable, ...] = ()
    crs_candidates: tuple[CrsCandidate, ...] = ()

    @property
    def nodes(self) -> int:
        """Nodes in the survey."""
        return self.summary.nodes

    @property
    def pipes(self) -> int:
        """Pipes in the survey."""
        return self.summary.pipes


def import_source(  # noqa: PLR0913 -- the options of the command, each by its name
    sources: Path | str | Sequence[Path | str],
    to: Path | str | None,
    *,
    format: str | None = None,
    crs: str = "",
    batch: str = "",
    mapping: Path | Corrections | None = None,
    valve_layer: Path | None = None,
    snap: float | None = None,
    join_tees: bool = False,
    swap_axes: bool = False,
    within: float = WITHIN,
    decisions: Decisions | None = None,
    dry_run: bool = False,
    author: str = "",
    progress: Progress = SILENT,
) -> ImportResult:
    """Read sources and store them in a survey database, a new one or one that exists.

    Importing the same source again updates what it brought and duplicates nothing.

    Parameters
    ----------
    sources
        Files, or folders of them; files of one format make one delivery (a point and a line table).
    to
        The survey database; it appears only once it is whole. A dry run needs none.
    format, crs, batch, mapping, valve_layer, snap, join_tees
        See :func:`pipemap.formats.read_source`.
    swap_axes
        Exchange east and north of everything read.
    within
        Metres within which a customer without a recorded connection is tied to the nearest pipe.
    decisions
        What comes of a delivery that the survey has already, and what stays: see :class:`~pipemap.model.comparison.Decisions`.
    dry_run
        Read and count, write nothing; with ``to``, also what storing would add and change there, customers tied to it.
    author
        Who imports, for the history.
    progress
        Told how far it is; may cancel, and then nothing is written.

    Raises
    ------
    SurveyFileError
        A source or the survey cannot be read or written.
    SurveyDataError
        Nothing can be built from a source, or its coordinates cannot be turned into the survey's.
    """
    deliveries = read_sources(
        sources,
        format=format,
        crs=crs,
        batch=batch,
        mapping=mapping,
        valve_layer=valve_layer,
        snap=snap,
        join_tees=join_tees,
        swap_axes=swap_axes,
        progress=progress,
    )
    if dry_run or to is None:
        return describe(deliveries, to, within=within, decisions=decisions, progress=progress)
    return store_deliveries(deliveries, to, within=within, decisions=decisions, author=author, progress=progress)


def read_sources(  # noqa: PLR0913 -- as above
    sources: Path | str | Sequence[Path | str],
    *,
    format: str | None = None,
    crs: str = "",
    batch: str = "",
    mapping: Path | Corrections | None = None,
    valve_layer: Path | None = None,
    snap: float | None = None,
    join_tees: bool = False,
    swap_axes: bool = False,
    progress: Progress = SILENT,
) -> tuple[Delivery, ...]:
    """Read sources without storing them: one delivery a format, and one a model.

    Arguments and errors are as for :func:`import_source`.
    """
    from pipemap.formats import files_in, sort_sources

    told = Told(progress)
    named = [Path(source) for source in ([sources] if isinstance(sources, (str, Path)) else sources)]
    said: dict[str, Any] = {"mapping": mapping, "valve_layer": valve_layer, "snap": snap, "join_tees": join_tees}
    paths = files_in(named, progress=told)
    if named and not paths:
        raise SurveyFileError(_("{file} holds no files.").format(file=", ".join(path.name for path in named)))
    if format is not None or (named == paths and len(paths) < 2):  # noqa: PLR2004 -- nothing to sort
        one = _read(paths, told, format=format, crs=crs, batch=batch, **said)
        return (_settled(one, swap_axes=swap_axes),)
    found = sort_sources(paths, progress=told)
    _refuse_unreadable(found, named)
    left = [_left_out(one.path, one.error, "info") for one in found.unreadable]
    deliveries: list[Delivery] = []
    refused: list[PipemapError] = []
    for group, extra in zip(found.groups, _extras(found.groups, said), strict=True):
        try:
            read = _read(group.paths, told, format=group.format.name, crs=crs, batch=batch, **extra)
        except (SurveyDataError, SurveyFileError) as error:
            if mapping is not None or not set(named).isdisjoint(group.paths):
                raise
            refused.append(error)
            left += [_left_out(path, error, "warning") for path in group.paths]
        else:
            deliveries.append(_settled(read, swap_axes=swap_axes))
    if not deliveries:
        raise refused[0]
    _check_batches(deliveries)
    first = replace(deliveries[0], problems=(*deliveries[0].problems, *left))
    return (first, *deliveries[1:])


def _read(paths: Sequence[Path], told: Told, **said: Any) -> Delivery:  # noqa: ANN401 -- the options of the reader
    """Read one delivery; who cancels does not wait for the long steps of joining a million rows."""
    from pipemap.formats import read_source

    return beside(lambda: read_source(paths, progress=told, **said), told.again)


def _left_out(path: Path, error: PipemapError, severity: Severity) -> Problem:
    return Problem("file-left-out", severity, path.name, LEFT_OUT, {"reason": error.message})


def _extras(groups: Sequence[SourceGroup], options: Mapping[str, Any]) -> list[dict[str, Any]]:
    """For each group the options that concern its format; one that concerns none goes to all, to be refused."""
    taken = {option for group in groups for option in group.format.takes}
    return [
        {name: value for name, value in options.items() if name in group.format.takes or name not in taken} for group in groups
    ]


def _settled(delivery: Delivery, *, swap_axes: bool) -> Delivery:
    """What was read, its axes as the person says, in metres."""
    return in_metres(delivery.with_axes_swapped() if swap_axes else delivery)


def _refuse_unreadable(found: SortedSources, named: Sequence[Path]) -> None:
    """Refuse a file that was named and is of no format; of a folder the rest is read, unless nothing else is in it."""
    refused = next((one for one in found.unreadable if one.path in named or not found.groups), None)
    if refused is not None:
        raise refused.error


def _check_batches(deliveries: Sequence[Delivery]) -> None:
    """One batch is one delivery: a second one of the same name would replace what the first had to tell."""
    names = [delivery.batch.name for delivery in deliveries]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        formats = ", ".join(delivery.format for delivery in deliveries if delivery.batch.name == twice)
        raise SurveyDataError(
            _("The sources are several deliveries ({formats}), and all would be the batch “{batch}”.").format(
                formats=formats, batch=twice
            ),
            _("Import them one after another, each with a name of its own (--batch)."),
        )


def describe(
    deliveries: Sequence[Delivery],
    to: Path | str | None = None,
    *,
    within: float = WITHIN,
    decisions: Decisions | None = None,
    near: Place | None = None,
    progress: Progress = SILENT,
) -> ImportResult:
    """Count what deliveries hold, without storing them.

    Parameters
    ----------
    to
        Survey that is to take them, where it exists: customers are tied to it, and what storing would do is counted.
    within
        Metres within which a customer is tied to a pipe.
    near
        Middle of a survey that is to take them: coordinate systems that put them there come first; of ``to`` it is known.
    """
    if to is not None and Path(to).exists():
        with open_survey(to, read_only=True) as survey:
            deliveries = [ready_for(survey, delivery, within=within, progress=progress) for delivery in deliveries]
            plans = [survey.compare(delivery, decisions=decisions, progress=progress) for delivery in deliveries]
            described = _described(deliveries, place_of_network(survey.network), [plan.stored for plan in plans])
            return replace(described, comparisons=tuple(plan.comparison for plan in plans))
    return _described(deliveries, near, ())


def _described(deliveries: Sequence[Delivery], near: Place | None, stored: Sequence[Stored]) -> ImportResult:
    from pipemap.model.network import Network

    counted = [with_customers(summarise(Network.from_delivery(delivery)), delivery.customers) for delivery in deliveries]
    candidates = [candidate for delivery in deliveries for candidate in crs_candidates(delivery, near)]
    return replace(_result(deliveries, add_up(counted), stored, dry_run=True), crs_candidates=tuple(dict.fromkeys(candidates)))


def store_deliveries(
    deliveries: Sequence[Delivery],
    to: Path | str,
    *,
    within: float = WITHIN,
    decisions: Decisions | None = None,
    author: str = "",
    progress: Progress = SILENT,
) -> ImportResult:
    """Store what was read in a survey database, customers last; arguments and errors as for :func:`import_source`."""
    from pipemap import store

    target = Path(to)
    deliveries = in_order(deliveries)
    if not target.exists() and all(map(lists_customers_alone, deliveries)):
        raise no_network(", ".join(delivery.batch.source for delivery in deliveries))
    crs = next((delivery.crs for delivery in deliveries if delivery.crs), "")
    new = not target.exists()
    with store.creating(target, crs=crs, name=target.stem, progress=progress) if new else store.open_survey(target) as survey:
        if survey.read_only:
            raise SurveyFileError(
                _("{file} cannot be written now.").format(file=target), "\n".join(survey.notices) or _("Check its permissions.")
            )
        if target.exists():
            back_up_when_due(survey, before_import=True, progress=progress)
        stored = []
        for place, delivery in enumerate(deliveries):
            deliveries[place] = ready_for(survey, delivery, within=within, progress=progress)
            stored.append(survey.store(deliveries[place], decisions=decisions, author=author, progress=progress))
        return _result(deliveries, summary(survey, progress), stored, dry_run=False)


def ready_for(survey: Survey, delivery: Delivery, *, within: float = WITHIN, progress: Progress = SILENT) -> Delivery:
    """Return a delivery as a survey takes it: a list of customers tied to what the survey holds, any other as it is.

    Raises
    ------
    SurveyDataError
        The survey has no network, or the batch of customers is one of nodes and pipes.
    """
    from pipemap.store import into_crs

    if not lists_customers_alone(delivery):
        return delivery
    network = survey.network
    if not network.node_count:
        raise no_network(delivery.batch.source)
    held = next((batch.nodes + batch.pipes for batch in survey.batches() if batch.batch.name == delivery.batch.name), 0)
    check_batch(delivery.batch.name, held)
    placed = into_crs(delivery, survey.crs, progress) if delivery.crs else replace(delivery, crs=survey.crs)
    return tie_to_network(placed, network, within=within, progress=progress)


def import_survey(  # noqa: PLR0913 -- the options of the command, each by its name
    sources: Path | str | Sequence[Path | str],
    to: Path | str,
    *,
    format: str | None = None,
    crs: str = "",
    batch: str = "",
    mapping: Path | Corrections | None = None,
    valve_layer: Path | None = None,
    snap: float | None = None,
    join_tees: bool = False,
    swap_axes: bool = False,
    progress: Progress = SILENT,
) -> Survey:
    """Import sources into a survey database and return it open; arguments and errors as for :func:`import_source`."""
    import_source(
        sources,
        to,
        format=format,
        crs=crs,
        batch=batch,
        mapping=mapping,
        valve_layer=valve_layer,
        snap=snap,
        join_tees=join_tees,
        swap_axes=swap_axes,
        progress=progress,
    )
    return open_survey(to)


def open_survey(path: Path | str, *, read_only: bool = False) -> Survey:
    """Open a survey database.

    Parameters
    ----------
    path
        A file that :func:`import_survey` or the window made.
    read_only
        Leave the file exactly as it is.

    Raises
    ------
    SurveyFileError
        The file is missing, locked, not a survey, or written by a newer version.
    """
    from pipemap import store

    return store.open_survey(Path(path), read_only=read_only)


def _result(deliveries: Sequence[Delivery], counted: Summary, stored: Sequence[Stored], *, dry_run: bool) -> ImportResult:
    return ImportResult(
        summary=counted,
        problems=tuple(problem for delivery in deliveries for problem in delivery.problems),
        batches=tuple(delivery.batch.name for delivery in deliveries),
        formats=tuple(delivery.format for delivery in deliveries),
        understood={name: meaning for delivery in deliveries for name, meaning in delivery.understood.items()},
        added_nodes=sum(one.added_nodes for one in stored),
        added_pipes=sum(one.added_pipes for one in stored),
        changed=sum(one.changed for one in stored),
        same=sum(one.same for one in stored),
        missing=sum(one.missing for one in stored),
        conflicts=sum(one.conflicts for one in stored),
        retired=sum(one.retired for one in stored),
        repeats=tuple(dict.fromkeys(one.repeats for one in stored if one.repeats)),
        dry_run=dry_run,
        tables=tuple(table for delivery in deliveries for table in delivery.tables),
    )
