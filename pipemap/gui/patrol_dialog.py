"""Planning a patrol in the window: of what is selected, or of what lies in the drawn area."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QDate, Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDateEdit,
    QDialog,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from pipemap.gui.parts import button, label
from pipemap.gui.works_form import WorksFields
from pipemap.model.patrol import KINDS, MODES
from pipemap.texts import _

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.gui.commands import Context
    from pipemap.gui.session import Session
    from pipemap.jobs.patrols import Planned
    from pipemap.progress import Progress

_AHEAD = 7
"""Days from now until a patrol is due, unless a person says otherwise."""


def plan(context: Context) -> None:
    """Ask for what a patrol needs, and plan it."""
    show_plan(context.session, context.window)


def show_plan(session: Session, window: QWidget) -> PatrolDialog | None:
    """Open the dialog, where there is something to plan a patrol of."""
    pipes = chosen_pipes(session)
    if session.survey is None:
        return None
    if not len(pipes):
        session.say(_("Select the pipes to patrol, or draw an area around them."))
        return None
    dialog = PatrolDialog(session, window, pipes)
    dialog.show()
    return dialog


def chosen_pipes(session: Session) -> NDArray[np.int64]:
    """Return the rows of pipes that are selected, else those in use in the drawn area."""
    network = session.network
    if network is None:
        return np.zeros(0, dtype=np.int64)
    if len(session.selection.pipes):
        return np.asarray(session.selection.pipes, dtype=np.int64)
    if len(session.area) < 3:  # noqa: PLR2004 -- no area
        return np.zeros(0, dtype=np.int64)
    from pipemap.jobs.checking import rows_within_area

    _nodes, pipes = rows_within_area(network, np.array(session.area))
    return np.flatnonzero(pipes & network.in_use_pipes)


class PatrolDialog(QDialog):
    """Name, crew, mode, day, cycle and points of a new patrol."""

    def __init__(self, session: Session, window: QWidget, pipes: NDArray[np.int64]) -> None:
        super().__init__(window)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(_("Plan a patrol"))
        self.setMinimumWidth(440)
        self._session, self._pipes = session, pipes
        self.name, self.crew, self.note = QLineEdit(), QLineEdit(), QLineEdit()
        self.kind, self.mode = QComboBox(), QComboBox()
        for box, words in ((self.kind, KINDS), (self.mode, MODES)):
            for key, title in words.items():
                box.addItem(_(title), key)
        self.due = QDateEdit(QDate.currentDate().addDays(_AHEAD))
        self.due.setDisplayFormat("yyyy-MM-dd")
        self.due.setCalendarPopup(True)
        self.cycle = QSpinBox()
        self.cycle.setRange(0, 3650)
        self.cycle.setSuffix(" d")
        self.cycle.setSpecialValueText(_("once"))
        self.valves = QCheckBox(_("Somebody has to be at each valve"))
        self.works = WorksFields()
        self.kind.currentIndexChanged.connect(lambda _index: self._show_kind())
        self.ok = button(_("Plan"), self.accept)
        self.ok.setDefault(True)
        self.ok.setEnabled(False)
        self.name.textChanged.connect(lambda text: self.ok.setEnabled(bool(text.strip())))
        self._lay_out()

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(12)
        network = self._session.network
        length = float(network.weight[self._pipes].sum()) if network is not None else 0.0
        words = _("Pipes: {n}, {length} m").format(n=f"{len(self._pipes):,}", length=f"{length:,.0f}")
        column.addWidget(label(words, "quiet"))
        form = QFormLayout()
        rows = (
            (_("Name"), self.name), (_("Kind"), self.kind), (_("Crew"), self.crew), (_("Mode"), self.mode), (_("Due"), self.due),
            (_("Due again after"), self.cycle), (_("Note"), self.note),
        )  # fmt: skip
        for title, part in rows:
            part.setAccessibleName(title)
            form.addRow(label(title, "quiet"), part)
        form.addRow("", self.valves)
        column.addLayout(form)
        column.addWidget(self.works)
        self.works.setVisible(False)
        foot = QHBoxLayout()
        foot.addStretch(1)
        foot.addWidget(button(_("Cancel"), self.reject, quiet=True))
        foot.addWidget(self.ok)
        column.addLayout(foot)

    def _show_kind(self) -> None:
        """Works of others have fields of their own, and are visited each day unless a person says otherwise."""
        is_works = self.kind.currentData() == "works"
        self.works.setVisible(is_works)
        if is_works and not self.cycle.value():
            self.cycle.setValue(1)
        self.adjustSize()

    def accept(self) -> None:
        """Plan it beside the window, and show it when it stands."""
        session, survey, network = self._session, self._session.survey, self._session.network
        if survey is None or network is None:
            self.reject()
            return
        from pipemap.jobs.patrols import Asked, plan_patrol

        points = np.zeros(0, dtype=np.int64)
        if self.valves.isChecked():
            at = np.unique(network.pipe_ends[self._pipes]).astype(np.int64)
            points = at[network.is_valve_node[at]]
        asked = Asked(
            self.name.text(), self._pipes, points, self.kind.currentData(), self.mode.currentData(), self.crew.text().strip(),
            self.due.date().toString("yyyy-MM-dd"), float(self.cycle.value()) or None, self.note.text().strip(),
            {name: text or "" for name, text in self.works.entered().items()} if self.kind.currentData() == "works" else {},
        )  # fmt: skip
        author = str(session.settings.value("author"))

        def work(progress: Progress) -> Planned:
            made = plan_patrol(survey, asked, author=author, progress=progress)
            survey.network  # noqa: B018 -- read here, where it does not hold up the window
            return made

        def done(planned: Planned) -> None:
            session.refresh()
            session.show_panel("patrols")
            way = planned.way
            session.say(
                _("Patrol “{name}” is planned: {walk} m to walk, of which {between} m between pipes.").format(
                    name=planned.patrol.name, walk=f"{way.walk:,.0f}", between=f"{way.between:,.0f}"
                )
            )

        session.run(work, _("Looking for a short way"), done)
        super().accept()
