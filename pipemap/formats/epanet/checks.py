"""What can be said about a model file beyond its single lines."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pipemap.formats.inp.places import check_outline
from pipemap.formats.inp.text import number_of

if TYPE_CHECKING:
    from pipemap.formats.epanet.elements import Model

_CLOCK = re.compile(r"\d+(:\d{1,2}){1,2}\Z")
_TIME_WORDS = frozenset({"SEC", "SECONDS", "MIN", "MINUTES", "HOURS", "HOUR", "DAYS", "DAY", "AM", "PM"})
_WORD_TIMES = frozenset({"NONE", "AVERAGED", "MINIMUM", "MAXIMUM", "RANGE", "AVERAGE", "AVERAGES", "MINIMA", "MAXIMA", "RANGES"})


def check_text(model: Model) -> None:
    """Note sections that EPANET does not have, text outside sections, a missing end, and times that are none."""
    text, findings = model.text, model.findings
    check_outline(model)
    if not text.ended:
        findings.add("no-end")
    for row in text.rows("BACKDROP"):
        if [word.upper() for word in row.words[:2]] == ["UNITS", "DEGREES"]:
            findings.add("degrees", row.number)
    for row in text.rows("TIMES"):
        name, value = _time(row.words)
        if not _is_time(value):
            findings.add("not-a-time", row.number, {"name": name, "text": value})


def _time(words: list[str]) -> tuple[str, str]:
    unit = bool(words[2:]) and words[-1].upper() in _TIME_WORDS
    at = len(words) - (2 if unit else 1)
    return " ".join(words[:at]), words[at]


def _is_time(word: str) -> bool:
    return bool(_CLOCK.match(word)) or number_of(word) is not None or word.upper() in _WORD_TIMES


def check_patterns(model: Model) -> None:
    """Note patterns that are used and not defined; ``1`` is EPANET's own default and may be missing."""
    defined = {row.words[0] for row in model.text.rows("PATTERNS")} | {"1"}
    for section, column in (("JUNCTIONS", 3), ("RESERVOIRS", 2), ("DEMANDS", 2)):
        for row in model.text.rows(section):
            if len(row.words) > column and row.words[column] not in defined:
                values = {"text": row.words[column]}
                model.findings.add("unknown-pattern", row.number, values, layer="node", element=row.words[0])
