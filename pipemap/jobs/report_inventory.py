"""The inventory of a survey with its map."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipemap.errors import ReportError
from pipemap.jobs.report_pictures import town_picture
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.jobs.reporting import Asked, Gathered
    from pipemap.reports.about import About


def gather(asked: Asked) -> Gathered:
    """Add up what may leave of a survey, and draw it.

    Raises
    ------
    ReportError
        Everything is marked secret.
    """
    from pipemap.jobs.reporting import Gathered
    from pipemap.reports.inventory import inventory_report

    network = asked.survey.network.public
    about = about_of(asked)
    picture = (
        town_picture(asked.survey.path, asked.survey.network, progress=asked.progress)
        if asked.options.get("pictures", True)
        else None
    )
    report = inventory_report(network, about, picture=picture)
    return Gathered(report, network.node_count, network.pipe_count, about.withheld)


def about_of(asked: Asked) -> About:
    """Return what a report says of the survey itself.

    Raises
    ------
    ReportError
        Everything is marked secret.
    """
    from pipemap.reports.about import About
    from pipemap.store import crs_label

    survey, network = asked.survey, asked.survey.network.public
    withheld = asked.survey.network.release.withheld
    if withheld and not network.node_count:
        raise ReportError(
            _("Nothing of it may leave: it is marked secret."), _("Whoever may do so lifts the mark first (pipemap secrecy).")
        )
    state, time = asked.state
    batches = tuple(
        (one.fid, one.batch.surveyor, one.batch.finished)
        for one in survey.batches()
        if one.fid not in survey.network.secret_batches
    )
    label = crs_label(network.crs) if network.crs else ""
    return About(survey.name, state, time, asked.printed, label, batches, withheld)
