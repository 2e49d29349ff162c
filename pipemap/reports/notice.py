"""Notices to customers: where, why, from when to when, whom to call; nothing of pipes, valves, levels or coordinates."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal

from pipemap.errors import ReportError
from pipemap.reports.content import Facts, Heading, Paragraph, Report, Section
from pipemap.texts import N_, _

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pipemap.reports.about import About

KIND = "notice"
Stage = Literal["planned", "delay", "restore"]
STAGES: tuple[Stage, ...] = ("planned", "delay", "restore")

PERIODS = {"water": 24.0, "gas": 48.0, "heating": 24.0, "industrial": 24.0}
"""Trade → hours between notice and shut-off where the survey does not say. Water and gas follow the national ordinances on their
supply (城市供水条例, 城镇燃气管理条例); the others are our own figures. What counts where is for the office to set."""

TITLES: dict[str, dict[Stage, str]] = {
    "water": {
        "planned": N_("Notice of a water stoppage"),
        "delay": N_("Notice: water comes back later"),
        "restore": N_("Notice: water is back"),
    },
    "gas": {
        "planned": N_("Notice of a gas stoppage"),
        "delay": N_("Notice: gas comes back later"),
        "restore": N_("Notice: gas is back"),
    },
    "heating": {
        "planned": N_("Notice of a heating stoppage"),
        "delay": N_("Notice: heating comes back later"),
        "restore": N_("Notice: heating is back"),
    },
    "industrial": {
        "planned": N_("Notice of a supply stoppage"),
        "delay": N_("Notice: supply comes back later"),
        "restore": N_("Notice: supply is back"),
    },
}

_COORDINATE = re.compile(r"\d{5,}\.\d+|\d{6,}|[+-]?\d{1,3}\.\d{4,}")
_LEVEL = re.compile(r"DN\s?\d+|\d\s?(?:MPa|kPa)|高程|埋深", re.IGNORECASE)
_TIME = "%Y-%m-%d %H:%M"


@dataclass(frozen=True, slots=True)
class Notice:
    """What customers are told.

    Attributes
    ----------
    trade
        ``water``, ``gas``, ``heating`` or ``industrial``.
    area, reason
        In words that customers know: roads and houses.
    starts, ends
        ``2026-11-26 08:00``; of a delay ``ends`` is the new time, of a restore notice the time when supply was back.
    issued
        When it is given out, written the same way.
    households
        ``None`` where nobody knows.
    """

    trade: str
    stage: Stage
    area: str
    reason: str
    starts: str
    ends: str
    phone: str
    issued: str
    households: int | None = None
    emergency: bool = False


def check_notice(notice: Notice, *, period: float, ids: Iterable[str] = ()) -> None:
    """Refuse a notice that says too little, too much, or comes too late.

    Parameters
    ----------
    period
        Hours that must lie between it and the stoppage; an emergency needs none.
    ids
        Printed ids of the network, which customers must not read.

    Raises
    ------
    ReportError
        Something is missing, is no time, names what must stay inside, or the period is too short.
    """
    needed = {_("the area"): notice.area, _("the reason"): notice.reason, _("the telephone number"): notice.phone}
    missing = [name for name, value in needed.items() if not value.strip()]
    if missing:
        raise ReportError(_("The notice lacks {what}.").format(what=_(" and ").join(missing)))
    _check_words(f"{notice.area}\n{notice.reason}", ids)
    starts, ends, issued = (moment_of(text) for text in (notice.starts, notice.ends, notice.issued))
    if ends <= starts:
        raise ReportError(
            _("The stoppage would end before it begins: {starts}, {ends}.").format(starts=notice.starts, ends=notice.ends)
        )
    if notice.stage != "planned" or notice.emergency:
        return
    ahead = (starts - issued).total_seconds() / 3600
    if ahead < period:
        words = _("The stoppage would begin {ahead} h after the notice, and {period} h are set for this trade.")
        raise ReportError(
            words.format(ahead=f"{ahead:.1f}", period=f"{period:g}"),
            _("Choose a later time, or mark it as an emergency (--emergency)."),
        )


def _check_words(text: str, ids: Iterable[str]) -> None:
    """Ids count only where they hold letters and digits: a house number is no secret."""
    words = set(re.findall(r"[A-Za-z0-9_\-/.#]+", text))
    named = next((id_ for id_ in ids if id_ in words and re.search(r"\d", id_) and re.search(r"[^\W\d]", id_)), None)
    found = named or next((match[0] for match in (_COORDINATE.search(text), _LEVEL.search(text)) if match), None)
    if found:
        raise ReportError(
            _("The notice would tell customers “{what}”: it names no pipe, valve, level or coordinate.").format(what=found),
            _("Say it in words that customers know: roads, houses, times."),
        )


def moment_of(text: str) -> datetime:
    """Return the time that a text like ``2026-11-26 08:00`` says.

    Raises
    ------
    ReportError
        It says none.
    """
    try:
        return datetime.strptime(text.strip().replace("T", " ")[:16], _TIME)  # noqa: DTZ007 -- local time, as customers read it
    except ValueError:
        raise ReportError(_("“{text}” is no time.").format(text=text), _("Write it like 2026-11-26 08:00.")) from None


def notice_report(notice: Notice, about: About, *, office: str = "") -> Report:
    """Write a notice; check it first with :func:`check_notice`."""
    title = _(TITLES.get(notice.trade, TITLES["industrial"])[notice.stage])
    facts = [
        (_("Area"), notice.area),
        (_("Reason"), notice.reason),
        (_("Begins"), notice.starts),
        (
            {"planned": _("Ends, as planned"), "delay": _("Ends, as planned now"), "restore": _("Supply is back since")}[
                notice.stage
            ],
            notice.ends,
        ),
        (_("Households"), _("unknown") if notice.households is None else f"{notice.households:,}"),
        (_("Telephone"), notice.phone),
    ]
    sections: tuple[Section, ...] = (
        Heading(title),
        *((Paragraph(_("Emergency repair: we could not tell you earlier."), "note"),) if notice.emergency else ()),
        Paragraph(_(_WORDS[notice.stage]), "large"),
        Facts(tuple(facts), 1, large=True),
        Paragraph(_("We ask for your patience."), "large"),
        Paragraph(f"{office}\n{notice.issued}".strip(), "large"),
    )
    return about.report(KIND, title, sections, subject=notice.area)


_WORDS: dict[Stage, str] = {
    "planned": N_("Work on the network makes it necessary to stop supply for a time. Keep taps and appliances shut meanwhile."),
    "delay": N_("The work takes longer than we said. Keep taps and appliances shut until supply is back."),
    "restore": N_(
        "The work is done and supply is back. Open taps and appliances slowly; call us if anything is not as it should be."
    ),
}
