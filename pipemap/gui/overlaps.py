"""Plans that stand at the same time: what they come to together, in words, as a list to click, and on the map."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from pipemap.gui.parts import button, label
from pipemap.gui.shares import Line, Share, Shares
from pipemap.gui.short_lists import MOST_LISTED, ShortList
from pipemap.jobs.plan_overlaps import combined_effect
from pipemap.model.columns import rows_if_there
from pipemap.model.wording import customer_label
from pipemap.scene.shut_off_colours import MIXED
from pipemap.texts import _

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from pipemap.gui.session import Session
    from pipemap.model.network import Network
    from pipemap.model.plans import Overlap
    from pipemap.store import Survey

TOGETHER = "#D1495B"
"""What is without supply only because plans stand together."""
_ALONE = tuple(colour for colour in MIXED if colour != TOGETHER)


class OverlapList(QWidget):
    """Each group of plans with who is stranded only by them together; a click shows where the customer is supplied."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(4)

    def show_overlaps(self, found: Sequence[Overlap]) -> None:
        """Show these; the old ones go."""
        while self._column.count():
            item = self._column.takeAt(0)
            if item is not None and (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        for one in found:
            self._column.addWidget(self._part(one))

    def _part(self, one: Overlap) -> QWidget:
        part = QWidget()
        column = QVBoxLayout(part)
        column.setContentsMargins(0, 0, 0, 4)
        column.setSpacing(2)
        column.addWidget(label(overlap_words(one), "quiet", wrap=True, selectable=True))
        if not one.note:
            row = QHBoxLayout()
            show = button(_("Show the combined effect"), partial(show_combined, self._session, one), icon_name="intersect")
            show.setObjectName(f"combined:{'+'.join(map(str, one.plans))}")
            row.addWidget(show)
            row.addStretch(1)
            column.addLayout(row)
        made = ShortList((_("Stranded together"), _("Class"), _("Households")), numbers=1)
        for who in one.customers[:MOST_LISTED]:
            click = partial(_fly, self._session, who.key) if who.key else None
            made.add(who.name, customer_label(who.class_), f"{who.households:,}", click=click)
        made.add_rest(len(one.customers) - MOST_LISTED)
        if (fitted := made.fitted()) is not None:
            column.addWidget(fitted)
        return part


def overlap_words(one: Overlap) -> str:
    """Which plans stand at the same time, and what they strand together."""
    plans = _("Plans {plans}: {starts} – {ends}").format(
        plans=", ".join(map(str, one.plans)), starts=one.starts, ends=one.ends or "…"
    )
    if one.note:
        return f"{plans}. {one.note}"
    if not one.nodes and not one.pipes:
        return plans + _(": together they strand nobody whom none strands alone.")
    words = _(": only together they strand {pipes} pipes, {c} customers")
    return plans + words.format(pipes=len(one.pipes), c=len(one.customers))


def _fly(session: Session, key: str) -> None:
    """Show what supplies a customer, if it is still there."""
    network = session.network
    layer, _mark, fid = key.partition(":#")
    if network is None:
        return
    fids = network.node_fid if layer == "node" else network.pipe_fid
    rows = np.flatnonzero(fids == int(fid))
    if len(rows):
        session.select_element("node" if layer == "node" else "pipe", int(rows[0]), fly=True)


def show_combined(session: Session, overlap: Overlap) -> None:
    """Show on the map what each plan leaves without supply, and what only all of them do."""
    survey, network = session.survey, session.network
    if survey is None or network is None:
        return

    def show(answer: Shares) -> None:
        if session.network is network:
            session.set_result(answer)
            session.show_panel("result")

    session.run(lambda _progress: combined(survey, network, overlap), _("Combining plans"), show)


def combined(survey: Survey, network: Network, overlap: Overlap) -> Shares:
    """Return the combined effect: a share for each plan, and one for what is lost only together."""
    together = _there(network.node_fid, overlap.nodes), _there(network.pipe_fid, overlap.pipes)
    rows = combined_effect(survey, network, overlap)
    parts = [
        Share(_("Plan {n}").format(n=number), _ALONE[place % len(_ALONE)], nodes, pipes)
        for place, (number, nodes, pipes) in enumerate(rows)
    ]
    if len(together[0]) or len(together[1]):
        parts.append(Share(_("Only together"), TOGETHER, *together))
    lines = [
        Line((one.label, len(one.nodes), len(one.pipes), float(network.weight[one.pipes].sum())), one.nodes, one.pipes)
        for one in parts
    ]
    title = _("Plans {plans} together").format(plans=", ".join(map(str, overlap.plans)))
    return Shares(
        network, title, overlap_words(overlap), "", tuple(parts), _("Without supply"), _("A click selects and shows."),
        (_("By"), _("Nodes"), _("Pipes"), _("Length")), tuple(lines), has_legend=True,
    )  # fmt: skip


def _there(fids: NDArray[np.int64], keys: Sequence[int]) -> NDArray[np.int64]:
    rows = rows_if_there(fids, np.array(keys, dtype=np.int64))
    found: NDArray[np.int64] = rows[rows >= 0]
    return found
