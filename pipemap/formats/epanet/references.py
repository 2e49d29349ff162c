"""Which words of an EPANET file name nodes and links."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipemap.formats.inp.references import Kind, Reference, clause_references, settle_blocks, settle_rows

if TYPE_CHECKING:
    from pipemap.formats.inp.draft import Draft
    from pipemap.formats.inp.references import Fate
    from pipemap.formats.losses import Losses

DEFINITIONS = ("JUNCTIONS", "RESERVOIRS", "TANKS", "PIPES", "PUMPS", "VALVES")
_NODE: Kind = "node"
_LINK: Kind = "pipe"
_TAGGED = {"NODE": _NODE, "LINK": _LINK}
_REACTING = {"BULK": _LINK, "WALL": _LINK, "TANK": _NODE}
_KINDS: dict[str, Kind] = {
    **dict.fromkeys(("NODE", "JUNC", "JUNCTION", "RESERV", "RESERVOIR", "TANK"), "node"),
    **dict.fromkeys(("LINK", "PIPE", "PUMP", "VALVE"), "pipe"),
}
_FIRST: dict[str, Kind] = {
    **dict.fromkeys(("DEMANDS", "SOURCES", "EMITTERS", "QUALITY", "MIXING", "COORDINATES"), "node"),
    **dict.fromkeys(("STATUS", "VERTICES", "LEAKAGE"), "pipe"),
}
_RANGE = 3
_ANCHOR = 3
_TRACE = 3


def settle(draft: Draft, fate: Fate, losses: Losses) -> None:
    """Rename what has a new id, and leave out what speaks of elements that are gone, everywhere but in the definitions."""
    sections = [name for name in draft.text.sections if name not in DEFINITIONS and name != "RULES"]
    settle_rows(draft, sections, _find, fate, losses)
    settle_blocks(draft, "RULES", _KINDS, {"RULE"}, fate, losses)
    for row in list(draft.rows("OPTIONS")):
        if [word.upper() for word in row.words] == ["QUALITY", "TRACE"]:
            draft.put_line(row.number, ["QUALITY", "NONE"], row.comment)
    for row in list(draft.rows("REPORT")):
        if len(row.words) == 1 and row.words[0].upper() in {"NODES", "LINKS"}:
            draft.drop(row.number)


def _find(section: str, words: list[str]) -> list[Reference]:
    first = words[0].upper()
    if section == "CONTROLS":
        return clause_references(words, _KINDS, first=0)
    if section in _FIRST:
        return _of_first(section, words)
    if section in {"TAGS", "ENERGY", "REACTIONS"}:
        kind = _of_second(section, first)
        return [Reference(1, kind)] if kind and words[1:] else []
    if section == "LABELS" and words[_ANCHOR:]:
        return [Reference(_ANCHOR, _NODE)]
    if section == "REPORT" and first.startswith(("NODE", "LINK")):
        listed = [index for index, word in enumerate(words) if index and word.upper() not in {"ALL", "NONE"}]
        return [Reference(index, _NODE if first.startswith("NODE") else _LINK, loose=True) for index in listed]
    if section == "OPTIONS" and [word.upper() for word in words[:2]] == ["QUALITY", "TRACE"] and len(words) == _TRACE:
        return [Reference(2, _NODE, loose=True)]
    return []


def _of_first(section: str, words: list[str]) -> list[Reference]:
    if section == "DEMANDS" and words[0].upper() == "MULTIPLY":
        return []
    if section in {"STATUS", "QUALITY"} and len(words) == _RANGE:  # old files: from this number to that one
        return []
    return [Reference(0, _FIRST[section])]


def _of_second(section: str, first: str) -> Kind | None:
    if section == "TAGS":
        return _TAGGED.get(first)
    if section == "ENERGY":
        return _LINK if first == "PUMP" else None
    return _REACTING.get(first)
