"""What can be said about a model file beyond its single lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipemap.formats.inp.places import check_outline

if TYPE_CHECKING:
    from pipemap.formats.swmm.elements import Model


def check_text(model: Model) -> None:
    """Note unknown sections, text outside sections, and a map whose distances are no metres."""
    check_outline(model)
    for section in ("MAP", "BACKDROP"):
        for row in model.text.rows(section):
            unit = row.words[1].upper() if row.words[1:] and row.words[0].upper() == "UNITS" else ""
            if unit in {"DEGREES", "FEET"}:
                model.findings.add("degrees" if unit == "DEGREES" else "map-feet", row.number)
                return


def check_subcatchments(model: Model) -> None:
    """Note subcatchments that drain to nothing the file defines."""
    rows = list(model.text.rows("SUBCATCHMENTS"))
    names = {row.words[0].upper() for row in rows}
    for row in rows:
        outlet = row.words[2] if row.words[2:] else ""
        if outlet.upper() not in names and outlet not in model.nodes.names:
            model.findings.add("unknown-outlet", row.number, {"text": row.words[0], "outlet": outlet or "–"})
