"""The metadata sheet of a batch (元数据): who delivered it, in what reference systems, how much, and its way into the survey."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipemap.model.acceptance import STATE_TITLES
from pipemap.model.wording import metres
from pipemap.reports.content import Column, Facts, Heading, PageBreak, Paragraph, Report, Row, Section, Signatures, Table
from pipemap.reports.text import UNKNOWN
from pipemap.texts import _, language

KIND = "metadata"


@dataclass(frozen=True, slots=True)
class BatchWords:
    """What a sheet says of one batch.

    Attributes
    ----------
    words
        Fields of the batch by name, as written; unknown is empty.
    categories
        Category, pipes, metres and points of each.
    steps
        State, time and person of each step that was taken, in their order.
    """

    name: str
    state: str
    words: dict[str, str]
    nodes: int
    pipes: int
    length: float
    extent: str
    categories: tuple[tuple[str, int, float, int], ...]
    steps: tuple[tuple[str, str, str], ...]
    reason: str = ""
    override: str = ""


def metadata_report(batches: Sequence[BatchWords], *, survey: str, state: str, as_of: str, printed: str = "") -> Report:
    """Put the sheets of some batches together, one page each."""
    sections: list[Section] = []
    for number, batch in enumerate(batches):
        if number:
            sections.append(PageBreak())
        sections += _sheet(batch)
    title = _("Metadata of batches")
    return Report(KIND, title, tuple(sections), language(), survey, state, as_of, printed, survey)


def _sheet(batch: BatchWords) -> list[Section]:
    words = batch.words
    about = (
        (_("Batch"), batch.name),
        (_("Project"), words["project"]),
        (_("Surveyed by"), words["surveyor"]),
        (_("Supervised by"), words["supervisor"]),
        (_("Started"), words["started"]),
        (_("Finished"), words["finished"]),
        (_("Coordinate system"), words["crs"]),
        (_("Height system"), words["height_system"]),
        (_("Instruments"), words["instruments"]),
        (_("Source"), words["source"]),
        (_("Format"), words["format"]),
        (_("Secrecy"), words["secrecy"]),
        (_("Extent"), batch.extent),
        (_("State"), _(STATE_TITLES.get(batch.state, batch.state))),
    )
    sections: list[Section] = [
        Heading(_("Metadata of batch “{name}”").format(name=batch.name)),
        Facts(tuple((name, value or UNKNOWN) for name, value in about)),
    ]
    if words["note"]:
        sections.append(Paragraph(_("Note: {text}").format(text=words["note"])))
    if batch.reason:
        sections.append(Paragraph(_("Returned: {reason}").format(reason=batch.reason), "strong"))
    if batch.override:
        said = _("Taken into the survey although its acceptance by sampling failed: {reason}")
        sections.append(Paragraph(said.format(reason=batch.override), "strong"))
    return [*sections, _contents(batch), _way(batch), Signatures((_("Prepared"), _("Checked"), _("Approved")))]


def _contents(batch: BatchWords) -> Table:
    columns = (
        Column("category", _("Category"), weight=3),
        Column("pipes", _("Pipes"), "whole", weight=1),
        Column("length", _("Length"), "number", "m", weight=1.5),
        Column("nodes", _("Nodes"), "whole", weight=1),
    )
    rows: list[Row] = [(name, pipes, round(length, 1), nodes) for name, pipes, length, nodes in batch.categories]
    total: Row = (_("Together: {length}").format(length=metres(batch.length)), batch.pipes, round(batch.length, 1), batch.nodes)
    return Table("contents", _("What it holds"), columns, rows, total)


def _way(batch: BatchWords) -> Table:
    columns = (
        Column("state", _("Step"), weight=1),
        Column("time", _("When"), weight=1.5),
        Column("person", _("Who"), weight=1.5),
        Column("signature", _("Signature"), weight=1.5),
    )
    rows: list[Row] = [(_(STATE_TITLES[state]), time[:16].replace("T", " "), person, "") for state, time, person in batch.steps]
    return Table("steps", _("Its way into the survey"), columns, rows, row_mm=9, is_form=True)
