"""The batches of a survey and how far each is on its way into it: submit, check, approve, take in, or return with a reason."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import (
    QCheckBox,
    QFileDialog,
    QHBoxLayout,
    QHeaderView,
    QInputDialog,
    QPushButton,
    QStackedLayout,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from pipemap.gui.commands import can_write
from pipemap.gui.following import follow
from pipemap.gui.icons import icon
from pipemap.gui.parts import EmptyState, button, label
from pipemap.gui.record_table import Column, RecordTable
from pipemap.gui.session import Selection
from pipemap.gui.words import moment
from pipemap.jobs.batches import TOLERANCE, BatchRow, Edge, find_edges, list_batches, step
from pipemap.jobs.exporting import HandOutWords
from pipemap.jobs.reporting import make_report
from pipemap.model.acceptance import STATE_TITLES, STEPS, Step
from pipemap.store.acceptance import FailedAcceptanceError
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.gui.session import Session
    from pipemap.progress import Progress
    from pipemap.store import Survey
    from pipemap.store.acceptance import Demands, Stepped

_ICONS = {
    "submitted": ("hourglass", "warning"),
    "checked": ("check", "accent"),
    "approved": ("check-circle", "accent"),
    "stored": ("database", "text_2"),
    "returned": ("arrow-u-up-left", "warning"),
}


class BatchTable(QWidget):
    """Every batch with the steps that can be taken, and below what lies beside its edges while it waits."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._current: BatchRow | None = None
        self.table: RecordTable[BatchRow] = RecordTable(
            session,
            [
                Column(_("Batch"), lambda one: one.name, 190, icon=_icon),
                Column(_("State"), lambda one: _(STATE_TITLES[one.state]), 120),
                Column(_("Nodes"), lambda one: f"{one.nodes:,}", 80, right=True, key=lambda one: one.nodes),
                Column(_("Pipes"), lambda one: f"{one.pipes:,}", 80, right=True, key=lambda one: one.pipes),
                Column(_("Submitted"), partial(_step_words, "submitted"), 190, key=lambda one: one.when["submitted"]),
                Column(_("Check passed"), partial(_step_words, "checked"), 190, key=lambda one: one.when["checked"]),
                Column(_("Approval given"), partial(_step_words, "approved"), 190, key=lambda one: one.when["approved"]),
                Column(_("In the survey"), partial(_step_words, "stored"), 190, key=lambda one: one.when["stored"]),
                Column(_("Reason of the return"), lambda one: one.reason, 220),
                Column(_("Although its acceptance failed"), lambda one: one.override, 220),
            ],
            name=_("Batches"),
        )
        self.table.chosen.connect(self._choose)
        self.table.activated.connect(lambda one: self._show_elements(one, fly=True))
        self.buttons = {one.name: self._step_button(one) for one in STEPS}
        self.demanded = QCheckBox(_("Batches have to be accepted"))
        self.different = QCheckBox(_("Each step by another person"))
        self.edges = self._make_edges()
        self._pages = QStackedLayout(self)
        words = _("Each delivery that is imported is a batch; it is listed here with who submitted, checked and approved it.")
        self._pages.addWidget(EmptyState("package", _("No batch yet"), words))
        self._pages.addWidget(self._lay_out())
        self.demanded.clicked.connect(lambda _on: self._demand())
        self.different.clicked.connect(lambda _on: self._demand())
        follow(self, session, "batches", _("Reading batches"), _read, self._show)

    def _step_button(self, one: Step) -> QPushButton:
        made = button(_(one.title), partial(self.take, one))
        made.setAutoDefault(False)
        made.setEnabled(False)
        return made

    def _make_edges(self) -> QTreeWidget:
        made = QTreeWidget()
        made.setHeaderLabels(
            [_("At the edge"), _("Beside it"), _("Apart (m)"), _("Up (m)"), _("When it is taken in"), _("Remark")]
        )
        made.setRootIsDecorated(False)
        made.setUniformRowHeights(True)
        made.setAccessibleName(_("Edges of the batch"))
        for place, width in enumerate((120, 120, 90, 80, 150)):
            made.header().resizeSection(place, width)
        made.header().setSectionResizeMode(5, QHeaderView.ResizeMode.Stretch)
        made.itemClicked.connect(lambda item, _column: self._show_edge(item))
        return made

    def _lay_out(self) -> QWidget:
        bar = QHBoxLayout()
        bar.setContentsMargins(8, 4, 8, 4)
        bar.setSpacing(4)
        for made in self.buttons.values():
            bar.addWidget(made)
        bar.addSpacing(12)
        bar.addWidget(button(_("Acceptance by sampling"), self.sample, icon_name="check-square"))
        bar.addWidget(button(_("Metadata sheet"), self.print_sheet, icon_name="file-text"))
        bar.addStretch(1)
        bar.addWidget(self.demanded)
        bar.addSpacing(12)
        bar.addWidget(self.different)
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(bar)
        body = QHBoxLayout()
        body.setSpacing(0)
        body.addWidget(self.table, 3)
        self._side = QWidget()
        side = QVBoxLayout(self._side)
        side.setContentsMargins(8, 4, 0, 0)
        side.setSpacing(4)
        self.edge_words = label("", "quiet", wrap=True)
        side.addWidget(self.edge_words)
        side.addWidget(self.edges, 1)
        body.addWidget(self._side, 2)
        column.addLayout(body, 1)
        return page

    # -- showing ----------------------------------------------------------------------------------------------------

    def _show(self, found: Sequence[tuple[BatchRow, Demands]]) -> None:
        batches = [one for one, _demands in found]
        self.table.show_records(batches)
        self._pages.setCurrentIndex(1 if batches else 0)
        for box, on in ((self.demanded, "acceptance"), (self.different, "different_people")):
            box.setChecked(bool(found) and bool(getattr(found[0][1], on)))
            box.setEnabled(can_write(self._session))
        self.different.setEnabled(self.demanded.isChecked() and can_write(self._session))
        kept = next((one for one in batches if self._current is not None and one.fid == self._current.fid), None)
        waiting = next((one for one in batches if one.state != "stored"), None)
        self._show_current(kept or waiting)

    def _choose(self, one: BatchRow) -> None:
        self._show_current(one)
        self._show_elements(one, fly=False)

    def _show_current(self, one: BatchRow | None) -> None:
        self._current = one
        for row in STEPS:
            possible = one is not None and one.state in row.comes_from and can_write(self._session)
            self.buttons[row.name].setEnabled(possible)
            self.buttons[row.name].setToolTip(_("Batch “{name}”").format(name=one.name) if one is not None else "")
        self._side.setVisible(one is not None and one.state != "stored")
        if one is not None and one.state != "stored":
            self._ask_edges(one)

    def _show_elements(self, one: BatchRow, *, fly: bool) -> None:
        """Select what belongs to a batch."""
        network = self._session.network
        if network is not None:
            rows = (np.flatnonzero(column == one.fid) for column in (network.node_batch, network.pipe_batch))
            nodes, pipes = rows
            self._session.select(Selection.of(nodes=nodes, pipes=pipes), fly=fly)

    def _ask_edges(self, one: BatchRow) -> None:
        network = self._session.network
        self.edges.clear()
        if network is None:
            return
        self.edge_words.setText(_("Looking at what lies beside “{name}” …").format(name=one.name))

        def done(found: list[Edge]) -> None:
            if self._current is one and network is self._session.network:
                self._show_edges(one, found)

        self._session.run(lambda _progress: find_edges(network, one.fid), _("Comparing edges"), done)

    def _show_edges(self, one: BatchRow, found: list[Edge]) -> None:
        network = self._session.network
        if network is None:
            return
        joins = sum(edge.joins for edge in found)
        words = _("Edges of “{name}”: {joins} join to what lies beside them within {tolerance} m; {open} lie further off.")
        nothing = _("Nothing of another batch lies beside “{name}”.")
        self.edge_words.setText(
            (words if found else nothing).format(name=one.name, joins=joins, open=len(found) - joins, tolerance=f"{TOLERANCE:g}")
        )
        self.edges.clear()
        for edge in found:
            height = "" if np.isnan(edge.height) else f"{edge.height:+.3f}"
            what = _("become one node") if edge.joins else _("stay apart")
            ids = network.node_ids
            item = QTreeWidgetItem(
                [str(ids[edge.ours]), str(ids[edge.beside]), f"{edge.distance:.3f}", height, what, edge.remark]
            )
            item.setData(0, _ROLE, (edge.ours, edge.beside))
            if edge.remark:
                item.setIcon(5, icon("warning", tint="warning", active="warning"))
                item.setToolTip(5, edge.remark)
            self.edges.addTopLevelItem(item)

    def _show_edge(self, item: QTreeWidgetItem) -> None:
        self._session.select(Selection.of(nodes=item.data(0, _ROLE)), fly=True)

    # -- steps ------------------------------------------------------------------------------------------------------

    def take(self, one: Step, reason: str = "", *, override: str = "") -> None:
        """Take a step with the batch that is looked at; a return asks why first, and so does storing one that failed."""
        survey, batch, session = self._session.survey, self._current, self._session
        if survey is None or batch is None:
            return
        if one.name == "return" and not reason:
            title = _("Return batch “{name}”").format(name=batch.name)
            reason, chosen = QInputDialog.getMultiLineText(self, title, _("What has to be mended"))
            if not chosen:
                return
        author = str(session.settings.value("author"))

        def work(_progress: Progress) -> Stepped:
            done = step(survey, batch.name, one.name, reason=reason, override=override, author=author)
            survey.network  # noqa: B018 -- read here, where it does not hold up the window
            return done

        def refused(error: Exception) -> None:
            if isinstance(error, FailedAcceptanceError) and not override:
                self._ask_override(one, batch, error)
            else:
                session.complain(error)

        session.run(work, _(one.label).format(name=batch.name), partial(self._taken, batch), refused)

    def _ask_override(self, one: Step, batch: BatchRow, error: FailedAcceptanceError) -> None:
        """Say that its acceptance failed, and ask for the reason for which it is taken in all the same."""
        dialog = QInputDialog(self)
        dialog.setOption(QInputDialog.InputDialogOption.UsePlainTextEditForTextInput)
        dialog.setWindowTitle(_("The acceptance of “{name}” failed").format(name=batch.name))
        dialog.setLabelText(f"{error.message}\n{error.hint}\n\n" + _("Reason for taking it in all the same"))
        dialog.setOkButtonText(_("Take in all the same"))
        dialog.accepted.connect(
            lambda: self.take(one, override=dialog.textValue().strip()) if dialog.textValue().strip() else None
        )
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _taken(self, batch: BatchRow, done: Stepped) -> None:
        session, survey = self._session, self._session.survey
        session.refresh()
        words = [_("Batch “{name}” is now “{state}”.").format(name=batch.name, state=_(STATE_TITLES[done.state]))]
        if done.joined:
            words.append(_("Joined to what lies beside it: {n}.").format(n=f"{done.joined:,}"))
        if done.replaced:
            words.append(_("Replaced, and kept in the history: {pipes}.").format(pipes=", ".join(done.replaced)))
        change = done.change_id
        if survey is not None and change is not None:
            from pipemap.gui.import_storing import take_back

            session.say(" ".join(words), undo=lambda: take_back(session, survey, [change]))

    def _demand(self) -> None:
        survey, session = self._session.survey, self._session
        if survey is None:
            return
        from pipemap.store.acceptance import Demands, set_demands

        wanted = Demands(self.demanded.isChecked(), self.different.isChecked())
        author = str(session.settings.value("author"))

        def work(_progress: Progress) -> None:
            set_demands(survey, wanted, author=author)
            survey.network  # noqa: B018 -- read here, where it does not hold up the window

        session.run(work, _("Demands on batches"), lambda _nothing: session.refresh())

    def sample(self) -> None:
        """Open the acceptance by sampling of the batch that is looked at."""
        from pipemap.gui.acceptance_dialog import show_acceptance

        if self._current is not None:
            show_acceptance(self._session, self.window(), self._current.name)

    def print_sheet(self, path: Path | None = None) -> None:
        """Write the metadata sheet of the batch that is looked at, or of all."""
        survey, session = self._session.survey, self._session
        if survey is None:
            return
        batch = self._current.name if self._current is not None else ""
        target = path or self._ask_sheet(survey.path.with_name(f"{batch or survey.path.stem} {_('Metadata of batches')}.pdf"))
        if target is None:
            return
        words = HandOutWords(author=str(session.settings.value("author")))

        def work(progress: Progress) -> Path:
            options = {"batch": batch}
            made = make_report(survey, "metadata", target, options=options, hand_out=words, overwrite=True, progress=progress)
            return made.written

        session.run(work, _("Metadata of batches"), lambda written: session.say(_("Saved {file}").format(file=written.name)))

    def _ask_sheet(self, first: Path) -> Path | None:
        kinds = "PDF (*.pdf);;Word (*.docx);;Excel (*.xlsx);;HTML (*.html)"
        name, _kind = QFileDialog.getSaveFileName(self, _("Metadata of batches"), str(first), kinds)
        if not name:
            return None
        return Path(name) if Path(name).suffix else Path(name).with_suffix(".pdf")


_ROLE = 256


def _read(survey: Survey) -> list[tuple[BatchRow, Demands]]:
    from pipemap.store.acceptance import demands

    wanted = demands(survey)
    return [(one, wanted) for one in list_batches(survey)]


def _step_words(state: str, one: BatchRow) -> str:
    when = moment(one.when[state]) if one.when[state] else ""
    return f"{when}  {one.who[state]}".strip()


def _icon(one: BatchRow) -> QIcon:
    name, tint = _ICONS.get(one.state, ("package", "text_2"))
    return icon(name, tint=tint, active=tint)
