"""The metadata sheets of batches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pipemap.errors import ReportError
from pipemap.jobs.batches import BatchRow, find_batch, list_batches
from pipemap.model.wording import category_label
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.jobs.reporting import Asked, Gathered
    from pipemap.model.network import Network
    from pipemap.reports.metadata import BatchWords

_STEPS = ("submitted", "checked", "approved", "stored")


def gather(asked: Asked) -> Gathered:
    """Describe the batches of a survey, or the one that the option ``batch`` names; a secret one stays out.

    Raises
    ------
    ReportError
        There is nothing to describe.
    EditError
        There is no such batch.
    """
    from pipemap.jobs.reporting import Gathered
    from pipemap.reports.metadata import metadata_report

    survey = asked.survey
    wanted = str(asked.options.get("batch") or "")
    network = survey.network
    batches = [find_batch(survey, wanted)] if wanted else list_batches(survey)
    shown = [one for one in batches if one.fid not in network.secret_batches and not network.is_secret]
    if not shown:
        raise ReportError(_("There is no batch to describe."), _("Import a delivery first; a secret batch stays out."))
    rows = {row["fid"]: row for row in survey.table("batch").to_pylist()}
    public = network.public
    state, time = asked.state
    sheets = [_words(public, one, rows[one.fid]) for one in sorted(shown, key=lambda one: one.fid)]
    report = metadata_report(sheets, survey=survey.name, state=state, as_of=time, printed=asked.printed)
    withheld = network.release.withheld
    return Gathered(report, sum(one.nodes for one in sheets), sum(one.pipes for one in sheets), withheld)


def _words(network: Network, batch: BatchRow, row: dict[str, Any]) -> BatchWords:
    from pipemap.reports.metadata import BatchWords

    nodes, pipes = (np.flatnonzero(column == batch.fid) for column in (network.node_batch, network.pipe_batch))
    codes: dict[str, list[float]] = {}
    for column, rows, place in ((network.pipe_category, pipes, 0), (network.node_category, nodes, 2)):
        for at in rows.tolist():
            sums = codes.setdefault(column[at] or "", [0, 0.0, 0])
            sums[place] += 1
            if place == 0:
                sums[1] += float(network.weight[at])
    categories = tuple(
        (category_label(code) if code else _("Unknown"), int(one), length, int(points))
        for code, (one, length, points) in sorted(codes.items(), key=lambda item: -item[1][1])
    )
    places = network.node_xyz[nodes, :2]
    places = places[np.isfinite(places).all(axis=1)]
    extent = ""
    if len(places):
        (west, south), (east, north) = places.min(axis=0), places.max(axis=0)
        extent = f"{west:.1f}, {south:.1f} – {east:.1f}, {north:.1f}"
    steps = tuple((state, batch.when[state], batch.who[state]) for state in _STEPS if batch.when[state])
    words = {name: str(value) if value is not None else "" for name, value in row.items()}
    length = float(network.weight[pipes].sum())
    reason = batch.reason if batch.state == "returned" else ""
    return BatchWords(
        batch.name, batch.state, words, len(nodes), len(pipes), length, extent, categories, steps, reason, batch.override
    )
