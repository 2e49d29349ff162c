"""The data check report of a survey."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING

from pipemap.jobs.checking import limits_of
from pipemap.jobs.report_pictures import town_picture
from pipemap.model.problem import sort_by_effect
from pipemap.texts import _

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from pipemap.analysis.checks import Check
    from pipemap.jobs.checking import Limits
    from pipemap.jobs.reporting import Asked, Gathered
    from pipemap.model.network import Network
    from pipemap.model.problem import Problem
    from pipemap.reports.check import Ignored, Line, Rule
    from pipemap.store import StoredProblem, Survey

MOST_LISTED = 300
"""Problems that are listed on paper, those of the largest effect."""


def gather(asked: Asked) -> Gathered:
    """Check what may leave of a survey, by the survey's own limits; what is ignored stands apart with its reason."""
    from pipemap.analysis.checks import check_network, checks
    from pipemap.jobs.report_inventory import about_of
    from pipemap.jobs.reporting import Gathered
    from pipemap.reports.check import CheckContent, check_report

    survey, network = asked.survey, asked.survey.network.public
    limits = limits_of(survey)
    ignored = {(one.problem.rule, one.problem.layer, one.problem.element): one for one in _ignored_of(survey, network)}
    most = MOST_LISTED + len(ignored)
    found = check_network(network, limits.rules(), limits=limits.numbers, most=most, progress=asked.progress)
    named = [one for one, spot in zip(found.problems, found.spots, strict=True) if spot is not None]
    standing = [one for one in named if (one.rule, one.layer, one.element) not in ignored]
    counts = _standing_counts(found.counts, named, standing, ignored)
    known = checks()
    content = CheckContent(
        network.node_count,
        network.pipe_count,
        [_rule(known[name], limits, count) for name, count in counts.items()],
        [check.title for check in known.values() if not limits.is_on(check.name)],
        _lines(standing),
        [_ignored_line(one) for one in ignored.values()],
    )
    picture = (
        town_picture(asked.survey.path, asked.survey.network, progress=asked.progress)
        if asked.options.get("pictures", True)
        else None
    )
    report = check_report(content, about_of(asked), picture=picture)
    return Gathered(report, network.node_count, network.pipe_count, survey.network.release.withheld)


def _standing_counts(
    counts: Mapping[str, int], named: Sequence[Problem], standing: Sequence[Problem], ignored: Collection[tuple[str, str, str]]
) -> dict[str, int]:
    """Return how many problems of each rule are not ignored; of those of a rule that are not all named, as was found last."""
    told, left = Counter(one.rule for one in named), Counter(one.rule for one in standing)
    of_rule = Counter(rule for rule, _layer, _element in ignored)
    return {rule: left[rule] if told[rule] == count else count - of_rule[rule] for rule, count in counts.items()}


def _ignored_of(survey: Survey, network: Network) -> list[StoredProblem]:
    """Return what is ignored of what may leave."""
    public = {"node": set(network.node_fid.tolist()), "pipe": set(network.pipe_fid.tolist())}
    return [
        one for one in survey.problem_list() if one.status == "ignored" and one.element_fid in public.get(one.problem.layer, ())
    ]


def _rule(check: Check, limits: Limits, count: int) -> Rule:
    from pipemap.reports.check import Rule

    limit = limits.of(check)
    source = _("our own") if check.certainty == "own" else check.source
    if check.certainty == "unverified":
        source = _("{source}, unverified").format(source=check.source)
    return Rule(check.title, check.severity, "" if math.isnan(limit) else f"{limit:g} {check.unit}".strip(), source, count)


def _lines(problems: Sequence[Problem]) -> list[Line]:
    from pipemap.reports.check import Line

    return [
        Line(one.severity, one.element, one.message, one.effect.message if one.effect is not None else "", one.x, one.y)
        for one in sort_by_effect(problems)[:MOST_LISTED]
    ]


def _ignored_line(one: StoredProblem) -> Ignored:
    from pipemap.reports.check import Ignored

    return Ignored(one.problem.element, one.problem.message, one.reason, one.decided_by, one.decided)
