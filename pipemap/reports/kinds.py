"""Every kind of report, one row each: the command line, the window and the manual follow this table."""

from __future__ import annotations

from dataclasses import dataclass

from pipemap.errors import ReportError
from pipemap.texts import N_, _


@dataclass(frozen=True, slots=True)
class ReportKind:
    """One kind of report.

    Attributes
    ----------
    name
        As typed on the command line.
    gather
        ``"module:function"``: takes a :class:`pipemap.jobs.reporting.Asked`, returns a ``Gathered``.
    needs_options
        It is about something that must be named, and cannot be made of a survey alone.
    """

    name: str
    label: str
    help: str
    gather: str
    needs_options: bool = False


KINDS: tuple[ReportKind, ...] = (
    ReportKind(
        "inventory",
        N_("Inventory of pipelines"),
        N_("Lengths and points by category, owner, road, batch and material."),
        "pipemap.jobs.report_inventory:gather",
    ),
    ReportKind(
        "check",
        N_("Data check report"),
        N_("What is wrong with the data, ranked by what solving it would change, and what is ignored for which reason."),
        "pipemap.jobs.report_check:gather",
    ),
    ReportKind(
        "condition",
        N_("Pipe condition report"),
        N_("How inspected sections stand by CJJ 181: assessment table, advice, one sheet a section with defects and pictures."),
        "pipemap.jobs.report_condition:gather",
    ),
    ReportKind(
        "shutoff",
        N_("Shut-off ticket"),
        N_("What to do at which valve in which order, with room to write, and an A3 map; or the way back."),
        "pipemap.jobs.report_shutoff:gather_ticket",
        needs_options=True,
    ),
    ReportKind(
        "notice",
        N_("Notice to customers"),
        N_("Where, why, from when to when, whom to call; or that it takes longer, or is over."),
        "pipemap.jobs.report_shutoff:gather_notice",
        needs_options=True,
    ),
    ReportKind(
        "metadata",
        N_("Metadata of batches"),
        N_("One sheet a batch: who, when, in which reference systems, how much, and its way into the survey."),
        "pipemap.jobs.report_metadata:gather",
    ),
    ReportKind(
        "check-record",
        N_("Record of check measurements"),
        N_("Each point of the samples of a batch: surveyed, checked, difference, limit."),
        "pipemap.jobs.report_quality:gather_record",
        needs_options=True,
    ),
    ReportKind(
        "check-problems",
        N_("Problems found, and their recheck"),
        N_("Points of a batch over their limits: what was done about them, and what the recheck gave."),
        "pipemap.jobs.report_quality:gather_problems",
        needs_options=True,
    ),
    ReportKind(
        "quality",
        N_("Quality inspection report"),
        N_("Samples of a batch with mean errors, limits and the verdict, and how sure each figure of the standards is."),
        "pipemap.jobs.report_quality:gather_report",
        needs_options=True,
    ),
    ReportKind(
        "patrol",
        N_("Patrol report"),
        N_("Crew, mode and weather, what was planned, passed and missed, required points, hazards; before it the crew's sheet."),
        "pipemap.jobs.report_patrol:gather",
        needs_options=True,
    ),
)
"""Every kind of report, in the order in which they are offered."""


def report_kind(name: str) -> ReportKind:
    """Return the row of a kind of report.

    Raises
    ------
    ReportError
        There is no such kind.
    """
    for kind in KINDS:
        if kind.name == name:
            return kind
    import difflib

    near = difflib.get_close_matches(name, [kind.name for kind in KINDS], n=1)
    hint = _("Did you mean {ids}?").format(ids=near[0]) if near else _("Known are {names}.").format(names=_names())
    raise ReportError(_("There is no report “{name}”.").format(name=name), hint)


def _names() -> str:
    return ", ".join(kind.name for kind in KINDS)
