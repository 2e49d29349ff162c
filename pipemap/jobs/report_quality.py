"""The forms of acceptance by sampling, of one batch."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

from pipemap.analysis.quality import KINDS, OUTCOMES, Judged, limits
from pipemap.catalog import sources
from pipemap.catalog.accuracy import Accuracy, accuracies
from pipemap.errors import ReportError
from pipemap.jobs.quality import Standing, kind_named, over_limit, standing
from pipemap.model.release import withheld_ids
from pipemap.reports.quality import CERTAINTIES, Frame, KindWords, PointWords, QualityWords
from pipemap.store.quality import Sampled, verdicts
from pipemap.texts import N_, _

if TYPE_CHECKING:
    from pipemap.jobs.reporting import Asked, Gathered
    from pipemap.reports import Report

_PURPOSES = {"first": N_("First sample"), "second": N_("Second sample"), "extend": N_("More points")}
_FIGURES = {
    "hidden_plan": N_("Limit of a hidden point in plan, for each metre of depth"),
    "hidden_depth": N_("Limit of the depth of a hidden point, for each metre of depth"),
    "least_depth": N_("Depth below which h counts as this"),
    "mean_share": N_("Mean error allowed of a hidden point, as a share of its limit"),
    "visible_plan_mean": N_("Mean error of a visible point in plan"),
    "visible_plan": N_("Limit of a visible point in plan"),
    "visible_depth": N_("Limit of the depth at a visible point"),
    "visible_depth_mean": N_("Mean error of the depth at a visible point"),
    "repeat_share": N_("Share of points measured again"),
    "excavation_share": N_("Share of hidden points dug up"),
    "excavation_least": N_("Fewest points dug up"),
    "pass_share": N_("Share over the limit that passes"),
    "second_share": N_("Share over the limit up to which a second sample decides"),
    "fail_from": N_("Points that a sample must exceed to fail outright"),
    "mean_from": N_("Points that a sample must exceed to be judged by mean errors"),
    "mean_formula": N_("Divisor k of the mean error, √(Σd² / kn), of repeated measurements"),
}


def gather_record(asked: Asked) -> Gathered:
    """Describe every point of the samples."""
    from pipemap.reports.quality import record_report

    return _gathered(asked, record_report)


def gather_problems(asked: Asked) -> Gathered:
    """Describe what is over its limits."""
    from pipemap.reports.quality import problems_report

    return _gathered(asked, problems_report)


def gather_report(asked: Asked) -> Gathered:
    """Describe samples, mean errors and verdict."""
    from pipemap.reports.quality import quality_report

    return _gathered(asked, quality_report)


def _gathered(asked: Asked, make: Callable[[QualityWords, Frame], Report]) -> Gathered:
    """Describe the batch of the option ``batch`` at the level of the option ``level``; secret points stay out.

    Raises
    ------
    ReportError
        No batch is named, or it is secret.
    EditError
        There is no such batch or level.
    """
    from pipemap.jobs.reporting import Gathered

    name, survey = str(asked.options.get("batch") or ""), asked.survey
    if not name:
        raise ReportError(_("This report is about one batch."), _("Name it with --batch."))
    now = standing(survey, name, level=asked.options.get("level"))
    network = survey.network
    if network.is_secret or now.batch.fid in network.secret_batches:
        raise ReportError(_("Batch “{name}” is secret: it does not leave the survey.").format(name=name))
    secret = withheld_ids(network)
    shown = [one for one in now.points if one.id not in secret]
    state, time = asked.state
    report = make(_words(asked, now, shown), Frame(survey.name, state, time, asked.printed))
    return Gathered(report, len(shown), 0, len(now.points) - len(shown))


def _words(asked: Asked, now: Standing, shown: list[Sampled]) -> QualityWords:
    row = next(row for row in asked.survey.table("batch", ["fid", "surveyor"]).to_pylist() if row["fid"] == now.batch.fid)
    given = tuple(
        (one.level, _(OUTCOMES[one.outcome]), one.decided[:16].replace("T", " "), one.decided_by)  # type: ignore[index]
        for one in verdicts(asked.survey, now.batch.fid)
    )
    draws = dict.fromkeys((one.kind, one.purpose, one.seed) for one in now.points)
    return QualityWords(
        now.batch.name, str(row["surveyor"] or ""), now.level, now.levels, _(OUTCOMES[now.outcome]),
        tuple(map(_kind, now.judged)), tuple(map(_point, shown)),
        tuple((_(KINDS[kind_named(kind)]), _(_PURPOSES[purpose]), seed) for kind, purpose, seed in draws),
        given, tuple(map(_figure, accuracies().values())),
    )  # fmt: skip


def _kind(one: Judged) -> KindWords:
    errors = (one.mean_plan, one.allowed_plan, one.mean_depth, one.allowed_depth)
    counts = (one.population, one.demanded, one.drawn, one.measured, one.over)
    return KindWords(_(KINDS[one.kind]), _(OUTCOMES[one.outcome]), *counts, *map(_known, errors))


def _point(one: Sampled) -> PointWords:
    return PointWords(
        _(KINDS[kind_named(one.kind)]), one.id,
        (_known(one.x), _known(one.y), _known(one.depth)), (_known(one.check_x), _known(one.check_y), _known(one.check_depth)),
        _known(one.plan_off), _known(one.depth_off), *limits(kind_named(one.kind), one.depth), *over_limit(one),
        one.measured, one.measured_by, one.remark, one.handling, one.handled_by, one.recheck,
    )  # fmt: skip


def _figure(one: Accuracy) -> tuple[str, str, str, str]:
    value = f"{one.value:g} {'m' if one.unit else ''}".strip()
    titles = "; ".join(sources()[key].title for key in one.source.split(";"))
    return (_(_FIGURES[one.item]), value, _(CERTAINTIES[one.certainty]), titles)


def _known(value: float) -> float | None:
    return None if math.isnan(value) else value
