"""Which words of a SWMM file name nodes, links and subcatchments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipemap.formats.inp.references import Kind, Reference, settle_blocks, settle_rows

if TYPE_CHECKING:
    from pipemap.formats.inp.draft import Draft
    from pipemap.formats.inp.references import Fate
    from pipemap.formats.inp.text import Row
    from pipemap.formats.losses import Losses

DEFINITIONS = ("JUNCTIONS", "OUTFALLS", "STORAGE", "DIVIDERS", "CONDUITS", "PUMPS", "ORIFICES", "WEIRS", "OUTLETS")
_KINDS: dict[str, Kind] = {"NODE": "node", **dict.fromkeys(("LINK", "CONDUIT", "PUMP", "ORIFICE", "WEIR", "OUTLET"), "pipe")}
_FIRST: dict[str, Kind] = {
    **dict.fromkeys(("INFLOWS", "DWF", "RDII", "TREATMENT", "COORDINATES"), "node"),
    **dict.fromkeys(("XSECTIONS", "LOSSES", "VERTICES", "INLET_USAGE"), "pipe"),
    **dict.fromkeys(
        ("SUBCATCHMENTS", "SUBAREAS", "INFILTRATION", "COVERAGES", "LOADINGS", "LID_USAGE", "GWF", "GROUNDWATER"), "area"
    ),
}
_TAGGED: dict[str, Kind] = {"NODE": "node", "LINK": "pipe", "SUBCATCH": "area"}
_LISTED: dict[str, Kind] = {"NODE": "node", "LINK": "pipe", "SUBC": "area"}
_ADJUSTED = frozenset({"N-PERV", "DSTORE", "INFIL"})
_ANCHOR, _RECEIVER, _INLET_NODE, _OUTLET = 3, 2, 2, 2


def settle(draft: Draft, fate: Fate, losses: Losses) -> None:
    """Rename what has a new id, and leave out what speaks of elements that are gone, everywhere but in the definitions.

    A subcatchment that drains to what is gone goes with it, and with all that is said of it.
    """
    _settle_areas(draft, fate, losses)
    _settle_outfalls(draft, fate, losses)
    sections = [name for name in draft.text.sections if name not in DEFINITIONS and name != "CONTROLS"]

    def find(section: str, words: list[str]) -> list[Reference]:
        return _find(section, words, fate)

    settle_rows(draft, sections, find, fate, losses)
    settle_blocks(draft, "CONTROLS", _KINDS, {"RULE", "VARIABLE", "EXPRESSION"}, fate, losses)
    for row in list(draft.rows("REPORT")):
        if len(row.words) == 1 and _list_kind(row.words[0]) is not None:
            draft.drop(row.number)


def diverts_to_lost(row: Row, fate: Fate) -> bool:
    """Whether a divider leads into a link that is gone."""
    return row.words[2:] != [] and fate.is_lost("pipe", row.words[2])


def _settle_areas(draft: Draft, fate: Fate, losses: Losses) -> None:
    outlets = {row.words[0].upper(): row.words[_OUTLET] for row in draft.rows("SUBCATCHMENTS") if row.words[_OUTLET:]}
    lost: set[str] = set()
    while True:
        more = {
            name
            for name, outlet in outlets.items()
            if name not in lost and (outlet.upper() in lost or (outlet.upper() not in outlets and fate.is_lost("node", outlet)))
        }
        if not more:
            break
        lost |= more
    for row in draft.rows("SUBCATCHMENTS"):
        gone = row.words[0].upper() in lost
        fate.put("area", row.words[0], None if gone else row.words[0])
        if gone:
            losses.add("area-gone")


def _settle_outfalls(draft: Draft, fate: Fate, losses: Losses) -> None:
    """An outfall that led its water onto a subcatchment that is gone leads it nowhere."""
    for row in list(draft.rows("OUTFALLS")):
        if len(row.words) > 4 and fate.is_lost("area", row.words[-1]):  # noqa: PLR2004 -- id, level, type, gate, receiver
            draft.put_line(row.number, row.words[:-1], row.comment)
            losses.add("name-gone")


def _find(section: str, words: list[str], fate: Fate) -> list[Reference]:
    first = words[0].upper()
    found = [Reference(0, _FIRST[section])] if section in _FIRST else []
    if section == "POLYGONS":  # of subcatchments, and in newer versions of storages
        found = [Reference(0, "area" if fate.knows("area", words[0]) else "node")]
    elif section == "SUBCATCHMENTS" and words[_OUTLET:] and not fate.knows("area", words[_OUTLET]):
        found.append(Reference(_OUTLET, "node"))
    elif section in {"GROUNDWATER", "INLET_USAGE"} and words[_INLET_NODE:]:
        found.append(Reference(_INLET_NODE, "node"))
    elif section == "TAGS" and first in _TAGGED and words[1:]:
        found = [Reference(1, _TAGGED[first])]
    elif section == "ADJUSTMENTS" and first in _ADJUSTED and words[1:]:
        found = [Reference(1, "area")]
    elif section == "LABELS" and words[_ANCHOR:]:
        found = [Reference(_ANCHOR, "node")]
    return found or _listed(section, words)


def _listed(section: str, words: list[str]) -> list[Reference]:
    """Return the names in lists, which may go without the list going."""
    if section == "PROFILES":
        return [Reference(index, "pipe", loose=True) for index in range(1, len(words))]
    kind = _list_kind(words[0]) if section == "REPORT" else None
    if kind is None:
        return []
    listed = [index for index, word in enumerate(words) if index and word.upper() not in {"ALL", "NONE"}]
    return [Reference(index, kind, loose=True) for index in listed]


def _list_kind(word: str) -> Kind | None:
    return next((kind for name, kind in _LISTED.items() if word.upper().startswith(name)), None)
