"""Export: choose what leaves, how, and for whom; nothing leaves before the button is pressed, and everything is registered."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from pipemap.errors import Cancelled, PipemapError
from pipemap.gui.export_options import ExportOptions, counted
from pipemap.gui.export_words import ExportWords
from pipemap.gui.import_state import ImportState
from pipemap.gui.parts import button, label, rule
from pipemap.gui.session import Message
from pipemap.gui.severities import severity_icon
from pipemap.jobs.exporting import TargetTakenError
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.gui.export_options import Rows
    from pipemap.gui.session import Session
    from pipemap.gui.tasks import Task
    from pipemap.gui.window import MainWindow
    from pipemap.jobs.exporting import ExportResult
    from pipemap.progress import Progress
    from pipemap.store import Survey


def show_export(session: Session, window: MainWindow) -> ExportDialog | None:
    """Open the export dialog, or bring the open one to the front."""
    if session.survey is None:
        return None
    found = window.findChild(ExportDialog)
    dialog = found if found is not None and found.survey is session.survey else ExportDialog(session, window, session.survey)
    dialog.show()
    dialog.raise_()
    dialog.activateWindow()
    return dialog


class ExportDialog(QDialog):
    """Stays beside the window: selection and map can be changed while it is open."""

    def __init__(self, session: Session, window: MainWindow, survey: Survey) -> None:
        super().__init__(window)
        self._session, self.survey = session, survey
        self._task: Task | None = None
        self._may_replace: Path | None = None
        self._is_drawing = False
        self.result_shown: ExportResult | None = None
        self.setWindowTitle(_("Export"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.resize(min(880, window.width() - 48), min(620, window.height() - 48))
        self.options = ExportOptions(session, lambda: _rows_in_view(window))
        self.words = ExportWords(session, self._limit())
        self.target, self.losses = QLineEdit(), QListWidget()
        self.state = ImportState(lambda: None)
        self.export_button = button(_("Export"), self.export, primary=True, icon_name="export")
        self.export_button.setAutoDefault(False)
        self._choose = button(_("Choose …"), self.choose_target)
        self.pages = QStackedWidget()
        self._told = label("", "strong", wrap=True, selectable=True)
        self._lay_out()
        self._listen()
        self._name_target()
        self._check()

    def _limit(self) -> float:
        from pipemap.jobs.exporting import area_limit

        return area_limit(self.survey, float(self._session.settings.value("hand_out_area")))

    def _listen(self) -> None:
        self.options.changed.connect(self._check)
        self.options.format.currentIndexChanged.connect(lambda _place: self._name_target())
        self.options.draw_requested.connect(self._draw)
        self.target.textEdited.connect(lambda _text: self._check())
        self._session.survey_changed.connect(self.close)
        self._session.tool_changed.connect(self._come_back)

    # -- what it looks like ------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        form = QWidget()
        sides = QHBoxLayout(form)
        sides.setContentsMargins(0, 0, 0, 0)
        sides.setSpacing(24)
        sides.addWidget(self.options, 6)
        sides.addWidget(self.words, 5)
        self.pages.addWidget(form)
        self.pages.addWidget(self._make_result_page())
        self.target.setAccessibleName(_("File to write"))
        to = QHBoxLayout()
        to.setSpacing(8)
        to.addWidget(label(_("File"), "quiet"))
        to.addWidget(self.target, 1)
        to.addWidget(self._choose)
        foot = QHBoxLayout()
        self._close = button(_("Close"), self.close)
        self._again = button(_("Export more"), self._back, quiet=True)
        self._open = button(_("Open folder"), self._open_folder, icon_name="folder-open")
        self.replace_button = button(_("Replace it"), self._replace)
        foot.addWidget(self.state, 1)
        for part in (self._again, self._open, self._close, self.replace_button, self.export_button):
            foot.addWidget(part, 0, Qt.AlignmentFlag.AlignBottom)
        self.state.setFixedHeight(92)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 12)
        column.setSpacing(12)
        column.addWidget(self.pages, 1)
        column.addWidget(rule())
        column.addLayout(to)
        column.addLayout(foot)
        self._show_page(0)

    def _make_result_page(self) -> QWidget:
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        self.losses.setAccessibleName(_("What the format could not carry"))
        self.losses.setWordWrap(True)
        self.losses.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        column.addWidget(self._told)
        column.addWidget(label(_("What the format could not carry"), "caption"))
        column.addWidget(self.losses, 1)
        return page

    def _show_page(self, place: int) -> None:
        self.pages.setCurrentIndex(place)
        for part in (self._again, self._open):
            part.setVisible(place == 1)
        self.export_button.setVisible(place == 0)
        self.replace_button.hide()
        for field in (self.target, self._choose):
            field.setEnabled(place == 0)

    def _back(self) -> None:
        self._show_page(0)
        self._name_target()
        self._check()

    # -- where to ------------------------------------------------------------------------------------------------------

    def _name_target(self) -> None:
        """Propose a name that is free, with the ending of the format."""
        row = self.options.chosen_format()
        if row is None:
            return
        given = Path(self.target.text()) if self.target.text() else self.survey.path.with_suffix("")
        wanted = given.with_suffix(row.extensions[0])
        number = 1
        while wanted.exists():
            number += 1
            wanted = given.with_name(f"{self.survey.path.stem}-{number}").with_suffix(row.extensions[0])
        self.target.setText(str(wanted))
        self._check()

    def choose_target(self) -> None:
        """Let the person say where to; the file dialog asks before a file may be replaced."""
        row = self.options.chosen_format()
        if row is None:
            return
        kinds = f"{_(row.label)} ({' '.join(f'*{ending}' for ending in row.extensions)})"
        name, _kind = QFileDialog.getSaveFileName(self, _("Export"), self.target.text(), kinds)
        if name:
            self.target.setText(name if Path(name).suffix else name + row.extensions[0])
            self._may_replace = Path(self.target.text())
            self._check()

    def _check(self) -> None:
        """Say what stands in the way, as far as it can be known before anything is read."""
        if self._task is not None or self.pages.currentIndex():
            return
        self.replace_button.hide()
        words = self._in_the_way()
        self.export_button.setEnabled(not words)
        self.state.show_words(words or self._about_secrets())

    def _in_the_way(self) -> str:
        if self.survey.read_only:
            return _("The survey is open for reading only, so that its hand-out register cannot be written: nothing can leave.")
        if self.options.chosen_format() is None:
            return _("Choose a format.")
        if not self.target.text().strip():
            return _("Name the file to write.")
        return "" if self.options.chosen_categories() != ["-"] else _("Choose a category.")

    def _about_secrets(self) -> str:
        network = self._session.network
        secret = network.release.withheld if network is not None else 0
        return _("{n} elements are marked secret; they stay in the survey.").format(n=f"{secret:,}") if secret else ""

    # -- an area -------------------------------------------------------------------------------------------------------

    def _draw(self) -> None:
        self.hide()
        self._is_drawing = True
        self._session.set_area(())
        self._session.set_tool("area")

    def _come_back(self) -> None:
        """The area is drawn, or the person has left the mode in which it is."""
        if self._is_drawing and self._session.tool != "area":
            self._is_drawing = False
            self.show()
            self.raise_()

    # -- writing -------------------------------------------------------------------------------------------------------

    def export(self) -> None:
        """Write it on another thread."""
        from pipemap.formats.writing import WriteOptions

        row = self.options.chosen_format()
        if row is None or self._task is not None:
            return
        survey, to, chosen = self.survey, Path(self.target.text().strip()), self.options.chosen()
        options = WriteOptions(
            crs=self.options.chosen_crs(),
            fields=self.words.chosen_attributes(),
            labels=self.words.labels.isChecked(),
            words=self.words.words(),
        )
        hand_out, limit = self.words.hand_out(), float(self._session.settings.value("hand_out_area"))
        replace = self._may_replace == to

        def work(progress: Progress) -> ExportResult | None:
            from pipemap.jobs.exporting import export_survey

            try:
                return export_survey(
                    survey,
                    to,
                    format=row,
                    chosen=chosen,
                    options=options,
                    hand_out=hand_out,
                    limit_km2=limit,
                    overwrite=replace,
                    progress=progress,
                )
            except Cancelled:
                return None

        self._task = self._session.run(work, _("Writing {file}").format(file=to.name), self._ended, self._failed)
        self.state.show_task(self._task)
        self.replace_button.hide()
        self._freeze(on=True)

    def _replace(self) -> None:
        """The person has read which file is there."""
        self._may_replace = Path(self.target.text().strip())
        self.export()

    def _freeze(self, *, on: bool) -> None:
        for part in (self.pages, self.target, self._choose, self.export_button):
            part.setEnabled(not on)

    def _ended(self, result: ExportResult | None) -> None:
        self._task = None
        if result is None:
            self._freeze(on=False)
            self.state.show_words(_("Stopped; nothing has left."))
            return
        self._session.message.emit(
            Message(_told(result, short=True), action=_("Open folder"), on_action=lambda: _open_folder_of(result.written[0]))
        )
        self._session.registered.emit()
        self._freeze(on=False)
        self._show_result(result)

    def _failed(self, error: Exception) -> None:
        self._task = None
        self._freeze(on=False)
        if isinstance(error, TargetTakenError):
            self.replace_button.show()
            self.state.show_error(PipemapError(error.message, _("Choose another name, or replace it.")))
        elif isinstance(error, PipemapError):
            self.state.show_error(error)
        else:
            self._session.complain(error)

    def _show_result(self, result: ExportResult) -> None:
        self.result_shown = result
        self._may_replace = None
        self._told.setText(_told(result, short=False))
        self.losses.clear()
        for loss in result.losses:
            self.losses.addItem(QListWidgetItem(severity_icon(loss.severity), loss.message))
        if not result.losses:
            self.losses.addItem(_("Nothing was lost."))
        self.target.setText(str(result.written[0]))
        self.state.show_words(_("Entered into the hand-out register as number {n}.").format(n=result.hand_out.number))
        self._show_page(1)
        self._open.setFocus()

    def _open_folder(self) -> None:
        if self.result_shown is not None:
            _open_folder_of(self.result_shown.written[0])

    def done(self, result: int) -> None:
        """Stop writing when the dialog goes, and take the area from the map."""
        if self._task is not None:
            self._task.cancel()
        self._session.set_area(())
        super().done(result)


def _told(result: ExportResult, *, short: bool) -> str:
    names, more = result.written[0].name, len(result.written) - 1
    if more and not short:
        names = _("{file} and {n} more files").format(file=names, n=more)
    words = _("{counts} written to {file}").format(counts=counted(result.nodes, result.pipes), file=names)
    if result.withheld:
        words += _("; {n} marked secret are left out").format(n=f"{result.withheld:,}")
    return words


def _open_folder_of(path: Path) -> None:
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(path.parent)))


def _rows_in_view(window: MainWindow) -> Rows:
    from pipemap.gui.map_view import MapView

    none = np.empty(0, dtype=np.int64)
    return window.map.rows_in_view() if isinstance(window.map, MapView) else (none, none)
