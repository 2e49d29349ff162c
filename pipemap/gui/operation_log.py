"""What was done at a valve or hydrant, below its properties: when, by whom, under which plan; and entered by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from pipemap.catalog.kinds import DEVICE_PIPES, NodeKind
from pipemap.gui.commands import can_write
from pipemap.gui.parts import button, label, rule
from pipemap.gui.plan_strip import operation_words
from pipemap.jobs.plans import Done, log_operation
from pipemap.model.plans import OPERATIONS, Operation
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.gui.session import Session
    from pipemap.model.fields import Layer
    from pipemap.model.network import Network
    from pipemap.progress import Progress

_MOST_SHOWN = 20
_LOGGED = (
    *(NodeKind.ISOLATION_VALVE, NodeKind.HYDRANT, NodeKind.DRAIN_VALVE, NodeKind.AIR_VALVE, NodeKind.CHECK_VALVE),
    *(NodeKind.REGULATOR, NodeKind.PUMP),
)
"""Kinds of nodes at which something is done."""


class OperationLog(QWidget):
    """The newest operations of one element, and a line to enter another."""

    def __init__(self, session: Session, layer: Layer, key: int, operations: list[Operation]) -> None:
        super().__init__()
        self._session, self._element = session, f"{layer}:#{key}"
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(rule())
        column.addWidget(label(_("Log of operations"), "caption"))
        for one in operations[:_MOST_SHOWN]:
            plan = _("plan {n}").format(n=one.plan) if one.plan is not None else ""
            text = " · ".join(filter(None, (operation_words(one), plan)))
            column.addWidget(label(text, "quiet", wrap=True, selectable=True))
        if len(operations) > _MOST_SHOWN:
            column.addWidget(label(_("and {n} more").format(n=len(operations) - _MOST_SHOWN), "quiet"))
        if not operations:
            column.addWidget(label(_("Nothing was recorded of it."), "quiet"))
        self.what, self.turns, self.result = QComboBox(), QLineEdit(), QLineEdit()
        if can_write(session):
            self._add_entry(column)

    def _add_entry(self, column: QVBoxLayout) -> None:
        for one in OPERATIONS.values():
            self.what.addItem(_(one.title), one.name)
        self.what.setCurrentIndex(self.what.findData("exercised"))
        self.what.setAccessibleName(_("What was done"))
        self.turns.setPlaceholderText(_("Turns"))
        self.turns.setMaximumWidth(64)
        self.result.setPlaceholderText(_("Result"))
        for part, name in ((self.turns, _("Turns")), (self.result, _("Result"))):
            part.setAccessibleName(name)
        row = QHBoxLayout()
        row.setSpacing(4)
        row.addWidget(self.what)
        row.addWidget(self.turns)
        row.addWidget(self.result, 1)
        column.addLayout(row)
        enter = button(_("Enter into the log"), self.enter, icon_name="plus")
        enter.setObjectName("operation:enter")
        line = QHBoxLayout()
        line.addWidget(enter)
        line.addStretch(1)
        column.addLayout(line)

    def enter(self) -> None:
        """Enter what was done, by the person of the settings, now."""
        survey, session, element = self._session.survey, self._session, self._element
        text = self.turns.text().strip()
        if survey is None:
            return
        try:
            turns = float(text) if text else None
        except ValueError:
            session.notice(_("“{text}” is no number of turns.").format(text=text))
            return
        author = str(session.settings.value("author"))
        done = Done(str(self.what.currentData()), turns=turns, result=self.result.text())

        def work(_progress: Progress) -> int:
            log_operation(survey, element, done, author=author)
            survey.network  # noqa: B018 -- read here, where it does not hold up the window
            return next((one.id for one in survey.history_page(limit=1)), 0)

        def entered(entry: int) -> None:
            from pipemap.gui.import_storing import take_back

            session.refresh()
            session.say(_("Entered into the log"), undo=lambda: take_back(session, survey, [entry]))

        session.run(work, _("Entering into the log"), entered)


def operation_log(session: Session, network: Network, layer: Layer, row: int) -> OperationLog | None:
    """The log of an element; ``None`` of one at which nothing is done, and nothing was."""
    survey = session.survey
    if survey is None:
        return None
    key = int((network.node_fid if layer == "node" else network.pipe_fid)[row])
    operations = survey.operations(node=key) if layer == "node" else survey.operations(pipe=key)
    is_logged = layer == "node" and bool(network.node_kind.is_in(*_LOGGED)[row])
    is_logged |= layer == "pipe" and bool(network.pipe_kind.is_in(*DEVICE_PIPES)[row])
    return OperationLog(session, layer, key, operations) if is_logged or operations else None
