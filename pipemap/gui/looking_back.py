"""The survey as it was, in the window: shown, compared with another date, and the way back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt

from pipemap.gui.session import ViewRequest
from pipemap.gui.shares import Line, Share, Shares
from pipemap.jobs.told import WHATS, What, told
from pipemap.model.columns import rows_if_there
from pipemap.texts import N_, _

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.gui.commands import Context
    from pipemap.gui.session import Session
    from pipemap.model.network import Network
    from pipemap.progress import Progress
    from pipemap.store import Difference, Survey

COLOURS: dict[What, str] = {"added": "#3C9D6E", "removed": "#D1495B", "changed": "#EDAE49"}
"""What came, went, and has other values."""
_LISTED = 5000
_WORDS = N_("What came, went, or has other values; a click on a row selects it.")


def look_back(session: Session, asked: str) -> None:
    """Show the survey as it was on a date, at a time, or after a Change (``#12``)."""
    present = session.present or session.survey
    if present is None:
        return

    def work(progress: Progress) -> Survey:
        past = present.as_of(asked, progress=progress)
        past.load(progress)
        return past

    def show(past: Survey) -> None:
        if present is (session.present or session.survey):
            session.show_past(past)
        else:
            past.close()

    session.run(work, _("Looking back"), show)


def compare(session: Session, first: str, last: str) -> None:
    """Show what is different between two states, coloured on the map and listed."""
    present = session.present or session.survey
    if present is None:
        return

    def work(progress: Progress) -> tuple[Survey, Shares]:
        found = present.difference(first, last, progress=progress)
        past = present.compared(found, progress=progress)
        return past, shares_of(past.load(progress), found)

    def show(made: tuple[Survey, Shares]) -> None:
        past, answer = made
        if present is not (session.present or session.survey):
            past.close()
            return
        session.show_past(past)
        session.set_result(answer)
        session.show_panel("result")
        once = Qt.ConnectionType.SingleShotConnection
        session.settled.connect(lambda: session.view_requested.emit(ViewRequest("result")), once)  # the map is drawn by then

    session.run(work, _("Comparing"), show)


def shares_of(network: Network, found: Difference) -> Shares:
    """Return a difference as the map and the panel show it; ``network`` still has what was removed."""
    keys: dict[What, dict[str, set[int]]] = {
        "added": {layer: set(found.added[layer]) for layer in ("node", "pipe")},
        "removed": {layer: set(found.removed[layer]) for layer in ("node", "pipe")},
        "changed": {layer: {one.key for one in found.altered if one.table == layer} for layer in ("node", "pipe")},
    }
    parts = [
        Share(_(WHATS[what]), COLOURS[what], _rows(network.node_fid, mine["node"]), _rows(network.pipe_fid, mine["pipe"]))
        for what, mine in keys.items()
    ]
    none = np.empty(0, dtype=np.int64)
    lines = []
    for one in told(found, limit=_LISTED):
        row = _rows(network.node_fid if one.table == "node" else network.pipe_fid, {one.key})
        words = f"{one.field}: {one.old or '–'} → {one.new or '–'}" if one.field else _(WHATS[one.what])
        cells = (one.element, words)
        lines.append(Line(cells, row if one.table == "node" else none, row if one.table == "pipe" else none))
    return Shares(
        network,
        _("Differences: {span}").format(span=f"{found.first.label} → {found.last.label}"),
        _(_WORDS),
        "",
        tuple(part for part in parts if len(part.nodes) or len(part.pipes)),
        _("One by one"),
        _("Rows that came, went or changed: {n}").format(n=f"{len(found):,}") if len(found) else _("Nothing is different."),
        (_("Element"), _("Before → after")),
        tuple(lines),
        has_legend=True,
        figures=0,
    )


def _rows(fids: NDArray[np.int64], keys: set[int]) -> NDArray[np.int64]:
    found = rows_if_there(fids, np.array(sorted(keys), dtype=np.int64))
    return found[found >= 0]


# -- commands -------------------------------------------------------------------------------------------------------


def show_past(context: Context) -> None:
    """Ask for a date and show the survey as it was then."""
    from pipemap.gui.past_dialog import PastDialog

    PastDialog(context, compares=False).show()


def show_differences(context: Context) -> None:
    """Ask for two dates and show what is different."""
    from pipemap.gui.past_dialog import PastDialog

    PastDialog(context, compares=True).show()


def back_to_now(context: Context) -> None:
    """Show the survey as it is again."""
    context.session.show_present()
