"""Limits that are no single number: by what a pipe carries, or by how high it is; each entry can be set in a survey."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from pipemap.analysis.checks.registry import check_named
from pipemap.errors import SettingsError
from pipemap.texts import N_, _

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.analysis.checks.facts import Facts

CARRIED = {
    "water": N_("Water"),
    "gas": N_("Gas"),
    "heating": N_("Heating"),
    "power": N_("Power"),
    "telecom": N_("Telecom"),
    "drainage": N_("Drainage"),
}
"""What pipes carry, as entries of tables are named."""
MORE = "more"
"""Entry of everything higher than the last size."""
_SIZE = re.compile(r"(?:DN)?([1-9]\d{0,4})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class LimitTable:
    """The entries of one rule.

    Attributes
    ----------
    by
        What entries are named by: what is carried, or millimetres of height up to which they hold.
    unit
        Of the values.
    entries
        The rule's own; what is carried and not named here has the rule's single limit.
    """

    by: Literal["carried", "height"]
    unit: str
    entries: Mapping[str, float]


TABLES: Mapping[str, LimitTable] = {
    "shallow-cover": LimitTable(
        "carried", "m", {"water": 0.6, "gas": 0.6, "heating": 0.7, "power": 0.5, "telecom": 0.5, "drainage": 0.6}
    ),
    "flat-drain": LimitTable("height", "‰", {"300": 2.0, "400": 1.5, "600": 1.0, "800": 0.8, "1000": 0.6, MORE: 0.5}),
    "manhole-spacing": LimitTable("height", "m", {"650": 75.0, "1050": 100.0, "1550": 150.0, MORE: 200.0}),
    "long-pipe": LimitTable("carried", "m", {}),
    "depth-out-of-range": LimitTable("carried", "m", {}),
}
"""Covers: GB 50289-2016 table 4.1.1 as remembered (unverified), gas by GB 50028. Slopes and spacings: GB 50014-2021 as cited by
a public tool; slopes above 0.5 m of height unverified."""


def is_entry(name: str) -> bool:
    """Whether a limit is named like an entry of a table: ``flat-drain/300``."""
    return "/" in name


def entry_named(name: str) -> str:
    """Return the name of an entry as it is kept: ``flat-drain/DN300`` is ``flat-drain/300``.

    Raises
    ------
    PipemapError
        There is no such rule.
    SettingsError
        The rule has no table, or none with such an entry.
    """
    rule, _slash, entry = name.partition("/")
    table = TABLES.get(check_named(rule).name)
    if table is None:
        hint = _("Tables have: {names}.").format(names=", ".join(TABLES))
        raise SettingsError(_("The check “{name}” has no table of limits.").format(name=rule), hint)
    size = _SIZE.fullmatch(entry.strip())
    word = str(int(size[1])) if size else entry.strip().lower()
    if (table.by == "carried" and word in CARRIED) or (table.by == "height" and (size or word == MORE)):
        return f"{rule}/{word}"
    known = ", ".join(CARRIED) if table.by == "carried" else _("a height in mm, or “{more}”").format(more=MORE)
    raise SettingsError(_("“{text}” is no entry in the limits of “{name}”.").format(text=entry, name=rule), known)


def entries_of(rule: str, limits: Mapping[str, float]) -> dict[str, float]:
    """Return the entries of a rule, its own and those that are set, in the order of their sizes or names.

    Of what is carried every word has one: where nothing is said, the rule's single limit.
    """
    table = TABLES[rule]
    found = dict(table.entries)
    if table.by == "carried":
        single = limits.get(rule, check_named(rule).limit)
        found = {word: found.get(word, single) for word in CARRIED}
    found |= {name.partition("/")[2]: value for name, value in limits.items() if name.startswith(f"{rule}/")}
    return dict(sorted(found.items(), key=lambda item: _place(table, item[0])))


def _place(table: LimitTable, word: str) -> float:
    if table.by == "carried":
        return list(CARRIED).index(word) if word in CARRIED else np.inf
    return float(word) if word.isdecimal() else np.inf


def entry_title(rule: str, word: str) -> str:
    """Return what an entry is called on screen."""
    if TABLES[rule].by == "carried":
        return _(CARRIED[word])
    return _("higher than that") if word == MORE else _("up to {mm} mm high").format(mm=word)


def by_carried(facts: Facts, rule: str) -> NDArray[np.float64]:
    """Return the limit of each pipe (P) by what it carries; NaN where no entry and no single limit says one."""
    entries = entries_of(rule, facts.limits)
    single = np.nan if TABLES[rule].entries else facts.limits.get(rule, check_named(rule).limit)
    found = np.full(facts.network.pipe_count, single)
    for word, value in entries.items():
        found[facts.carries(word)] = value
    return found


def by_height(facts: Facts, rule: str) -> NDArray[np.float64]:
    """Return the limit of each pipe (P) by its height; unknown heights count as none at all."""
    entries = entries_of(rule, facts.limits)
    height = np.nan_to_num(facts.network.height.astype(np.float64)) * 1000
    sizes = [np.inf if word == MORE else float(word) + _SLACK for word in entries]
    found: NDArray[np.float64] = np.select([height <= size for size in sizes], list(entries.values()), default=np.nan)
    return found


_SLACK = 1e-3
"""Millimetres by which a height may be over a size that it is written as."""
