"""Problems by group: a short list beside the long one, with how many each holds; a click shows only those."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QComboBox, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from pipemap.analysis.checks import GROUPS, checks
from pipemap.gui.severities import SEVERITY_TEXTS, severity_icon
from pipemap.model.problem import SEVERITIES
from pipemap.model.wording import category_label
from pipemap.texts import N_, _

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.gui.session import Session
    from pipemap.store import StoredProblems

GROUPINGS = {"rule": N_("By check"), "severity": N_("By severity"), "group": N_("By subject"), "category": N_("By category")}
_KEY = Qt.ItemDataRole.UserRole


class ProblemGroups(QWidget):
    """Chooses which problems are listed."""

    chosen = Signal()
    """Another group, or another way of grouping."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._keys: NDArray[np.object_] = np.empty(0, dtype=np.object_)
        self.by = QComboBox()
        self.by.setAccessibleName(_("Group problems"))
        for name, title in GROUPINGS.items():
            self.by.addItem(_(title), name)
        self.list = QListWidget()
        self.list.setAccessibleName(_("Groups of problems"))
        self.list.setFrameShape(QListWidget.Shape.NoFrame)
        self.list.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setIconSize(QSize(16, 16))
        self.setMinimumWidth(130)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 4, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.by)
        column.addWidget(self.list, 1)
        self.by.currentIndexChanged.connect(self._regroup)
        self.list.currentRowChanged.connect(lambda _row: self.chosen.emit())
        self._problems: StoredProblems | None = None
        self._kept: NDArray[np.int64] = np.empty(0, dtype=np.int64)

    def show_problems(self, problems: StoredProblems | None, kept: NDArray[np.int64]) -> None:
        """Group some of the problems; what is chosen stays chosen where it is still there."""
        self._problems, self._kept = problems, kept
        self._fill(self.chosen_key)

    @property
    def chosen_key(self) -> str | None:
        """The group that is chosen, ``None`` for all."""
        row = self.list.currentRow()
        key = self.list.item(row).data(_KEY) if row >= 0 else None
        return None if key is None else str(key)

    def rows(self) -> NDArray[np.int64]:
        """Places of the problems of the chosen group."""
        wanted = self.chosen_key
        return self._kept if wanted is None else self._kept[self._keys == wanted]

    def _regroup(self) -> None:
        self._fill(None)
        self.chosen.emit()

    def _fill(self, chosen: str | None) -> None:
        self._keys = self._group_keys()
        counts = Counter(self._keys.tolist())
        order = sorted(counts, key=lambda key: self._rank(key, counts[key]))
        self.list.blockSignals(True)
        self.list.clear()
        self._add(_("All"), len(self._keys), None)
        for key in order:
            self._add(self._title(key), counts[key], key)
        place = order.index(chosen) + 1 if chosen in counts else 0
        self.list.setCurrentRow(place)
        self.list.blockSignals(False)

    def _add(self, title: str, count: int, key: str | None) -> None:
        item = QListWidgetItem(f"{title}  {count:,}")
        item.setData(_KEY, key)
        item.setToolTip(f"{title}: {count:,}")
        known = checks()
        severity = next((one for one in SEVERITIES if one == key), None)
        if key is not None and key in known:
            severity = known[key].severity
        if severity is not None:
            item.setIcon(severity_icon(severity))
        self.list.addItem(item)

    def _group_keys(self) -> NDArray[np.object_]:
        problems, by = self._problems, self.by.currentData()
        if problems is None:
            return np.empty(0, dtype=np.object_)
        if by == "severity":
            return problems.severities[self._kept]
        rules = problems.rules[self._kept]
        if by == "rule":
            return rules
        if by == "group":
            known = checks()
            of_rule = {rule: known[rule].group if rule in known else "" for rule in set(rules.tolist())}
            return np.array([of_rule[rule] for rule in rules.tolist()], dtype=np.object_)
        return categories_of(self._session, problems)[self._kept]

    def _rank(self, key: str, count: int) -> tuple[int, int, str]:
        """Where a group stands: severities and subjects in their order, else the largest first; what nobody knows last."""
        by, known = self.by.currentData(), checks()
        if by == "rule":
            return (SEVERITIES.index(known[key].severity) if key in known else len(SEVERITIES), -count, key)
        order: list[str] = list(SEVERITIES) if by == "severity" else list(GROUPS) if by == "group" else []
        place = order.index(key) if key in order else len(order) + (key == "")
        return (place, -count, key)

    def _title(self, key: str) -> str:
        by, known = self.by.currentData(), checks()
        if by == "severity":
            return _(SEVERITY_TEXTS[key]) if key in SEVERITY_TEXTS else key
        if by == "group":
            return _(GROUPS[key]) if key in GROUPS else _("Told by imports")
        if by == "rule":
            return known[key].title if key in known else key
        return category_label(key) if key else _("No category")


def categories_of(session: Session, problems: StoredProblems) -> NDArray[np.object_]:
    """Return the category of the element of each problem; blank where that is not known."""
    from pipemap.model.columns import rows_if_there

    network = session.network
    found = np.full(len(problems), "", dtype=np.object_)
    if network is None:
        return found
    layers, fids = problems.layers, problems.element_fids
    for layer, keys, column in (
        ("node", network.node_fid, network.node_category),
        ("pipe", network.pipe_fid, network.pipe_category),
    ):
        places = np.flatnonzero((layers == layer) & (fids >= 0))
        rows = rows_if_there(keys, fids[places])
        words = np.array([*column.values, ""], dtype=np.object_)
        found[places] = np.where(rows >= 0, words[column.codes[np.maximum(rows, 0)]], "")
    return found
