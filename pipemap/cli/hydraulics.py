"""What a computed network says, as records and as lines; shared by ``simulate`` and ``shutoff --hydraulics``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipemap.cli.words import listing, table
from pipemap.jobs.computed import clock, comparison, parts_of, sentences
from pipemap.jobs.simulating import WaterAnswer
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.jobs.computed import Part
    from pipemap.jobs.simulating_drainage import DrainageAnswer

_SHOWN = 20


def record_of(answer: WaterAnswer | DrainageAnswer) -> dict[str, object]:
    """Return an answer by the keys of the interface."""
    run = answer.shown.run
    return {
        "program": run.program,
        "hours": run.times[-1] / 3600 if len(run.times) else 0.0,
        "times_s": run.times,
        "nodes": len(run.node_rows),
        "pipes": len(run.pipe_rows),
        "sentences": sentences(answer),
        "assumed": [one.message for one in answer.assumed],
        "warnings": [one.message for one in run.warnings],
        "set_aside": [[run.network.node_ids[int(row)] for row in rows] for rows in run.aside],
        **{part.key: [_element(part, at) for at in range(len(part.found))] for part in parts_of(answer)},
        **_of_water(answer),
    }


def _of_water(answer: WaterAnswer | DrainageAnswer) -> dict[str, object]:
    if not isinstance(answer, WaterAnswer):
        return {}
    people = answer.customers
    return {
        "service_pressure_m": answer.shown.service_pressure,
        "customers": {"count": people.count, "households": people.households, "by_class": people.by_class},
        "comparison": {one.key: {"before": one.before, "after": one.after} for one in comparison(answer)},
    }


def _element(part: Part, at: int) -> dict[str, object]:
    return {"id": part.ids[at], part.value_key: part.found.values[at], "time_s": part.found.times[at]}


def lines_of(answer: WaterAnswer | DrainageAnswer) -> list[str]:
    """Return an answer in lines for a terminal."""
    run = answer.shown.run
    lines = sentences(answer)
    if isinstance(answer, WaterAnswer) and (compared := comparison(answer)):
        figures = [(one.title, one.before, one.after) for one in compared]
        lines += ["", *table(figures, ["", _("Without the plan"), _("With the plan")])]
    for part in parts_of(answer):
        if not len(part.found):
            continue
        rows = [
            (part.ids[at], float(part.found.values[at]), clock(part.found.times[at]))
            for at in range(min(_SHOWN, len(part.found)))
        ]
        lines += ["", part.title, *table(rows, [_("Id"), part.value_title, _("Time")])]
        if len(part.found) > _SHOWN:
            lines.append(_("and {n} more").format(n=len(part.found) - _SHOWN))
    for title, found in ((_("Warnings of the engine:"), run.warnings), (_("What was assumed:"), answer.assumed)):
        if found:
            lines += ["", title, *(f"- {one.message}" for one in found)]
    if run.aside:
        names = [run.network.node_ids[int(rows[0])] for rows in run.aside if len(rows)]
        lines += ["", _("Set aside, without a source: {ids}").format(ids=listing(names, most=_SHOWN))]
    return lines
