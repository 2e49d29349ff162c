"""Other people's files into a survey database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pipemap.errors import SurveyDataError, SurveyFileError
from pipemap.jobs.counting import Summary, add_up, summarise, summary
from pipemap.model.delivery import Delivery
from pipemap.model.problem import Problem
from pipemap.progress import SILENT, Progress
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.formats.registry import SourceGroup
    from pipemap.store import Stored, Survey


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
        What storing did to elements; all 0 in a dry run.
    dry_run
        Nothing was written.
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
    dry_run: bool = False

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
    mapping: Path | None = None,
    valve_layer: Path | None = None,
    dry_run: bool = False,
    author: str = "",
    progress: Progress = SILENT,
) -> ImportResult:
    """Read sources and store them in a survey database, a new one or one that exists.

    Importing the same source again updates what it brought and duplicates nothing.

    Parameters
    ----------
    sources
        One file or several; files of one format make one delivery (a point and a line table).
    to
        The survey database; it appears only once it is whole. A dry run needs none.
    format, crs, batch, mapping, valve_layer
        See :func:`pipemap.formats.read_source`.
    dry_run
        Read and count, write nothing.
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
        sources, format=format, crs=crs, batch=batch, mapping=mapping, valve_layer=valve_layer, progress=progress
    )
    if dry_run or to is None:
        return describe(deliveries)
    return store_deliveries(deliveries, to, author=author, progress=progress)


def read_sources(
    sources: Path | str | Sequence[Path | str],
    *,
    format: str | None = None,
    crs: str = "",
    batch: str = "",
    mapping: Path | None = None,
    valve_layer: Path | None = None,
    progress: Progress = SILENT,
) -> tuple[Delivery, ...]:
    """Read sources without storing them: one delivery a format; arguments and errors as for :func:`import_source`."""
    from pipemap.formats import group_sources, read_source

    paths = [Path(source) for source in ([sources] if isinstance(sources, (str, Path)) else sources)]
    if format is not None or len(paths) < 2:  # noqa: PLR2004 -- nothing to sort
        return (
            read_source(paths, format=format, crs=crs, batch=batch, mapping=mapping, valve_layer=valve_layer, progress=progress),
        )
    groups = group_sources(paths)
    taken = {option for group in groups for option in group.format.takes}

    def meant(option: str, file: Path | None, group: SourceGroup) -> Path | None:
        return file if option in group.format.takes or option not in taken else None

    deliveries = tuple(
        read_source(
            group.paths,
            format=group.format.name,
            crs=crs,
            batch=batch,
            mapping=meant("mapping", mapping, group),
            valve_layer=meant("valve_layer", valve_layer, group),
            progress=progress,
        )
        for group in groups
    )
    _check_batches(deliveries)
    return deliveries


def _check_batches(deliveries: Sequence[Delivery]) -> None:
    """One batch is of one format: a second delivery of the same name would replace what the first had to tell."""
    names = [delivery.batch.name for delivery in deliveries]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        formats = ", ".join(delivery.format for delivery in deliveries if delivery.batch.name == twice)
        raise SurveyDataError(
            _("The sources are of several formats ({formats}), and all would be the batch “{batch}”.").format(
                formats=formats, batch=twice
            ),
            _("Import them one after another, each with a name of its own (--batch)."),
        )


def describe(deliveries: Sequence[Delivery]) -> ImportResult:
    """Count what deliveries hold, without a survey."""
    from pipemap.model.network import Network

    return _result(deliveries, add_up([summarise(Network.from_delivery(delivery)) for delivery in deliveries]), (), dry_run=True)


def store_deliveries(
    deliveries: Sequence[Delivery], to: Path | str, *, author: str = "", progress: Progress = SILENT
) -> ImportResult:
    """Store what was read in a survey database; arguments and errors as for :func:`import_source`."""
    from pipemap import store

    target = Path(to)
    crs = next((delivery.crs for delivery in deliveries if delivery.crs), "")
    with store.open_survey(target) if target.exists() else store.creating(target, crs=crs, name=target.stem) as survey:
        if survey.read_only:
            raise SurveyFileError(
                _("{file} cannot be written now.").format(file=target), "\n".join(survey.notices) or _("Check its permissions.")
            )
        stored = [survey.store(delivery, author=author, progress=progress) for delivery in deliveries]
        return _result(deliveries, summary(survey), stored, dry_run=False)


def import_survey(
    sources: Path | str | Sequence[Path | str],
    to: Path | str,
    *,
    format: str | None = None,
    crs: str = "",
    batch: str = "",
    mapping: Path | None = None,
    valve_layer: Path | None = None,
    progress: Progress = SILENT,
) -> Survey:
    """Import sources into a survey database and return it open; arguments and errors as for :func:`import_source`."""
    import_source(sources, to, format=format, crs=crs, batch=batch, mapping=mapping, valve_layer=valve_layer, progress=progress)
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
        dry_run=dry_run,
    )
