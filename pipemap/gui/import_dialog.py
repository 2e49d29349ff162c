"""Import: choose files, see what was understood and what is wrong with them, then store. Nothing is written before that."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QVBoxLayout,
    QWidget,
)

from pipemap.gui.import_preview import PreviewPages
from pipemap.gui.parts import button, label, rule
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.gui.session import Session
    from pipemap.gui.tasks import Task
    from pipemap.jobs import ImportResult
    from pipemap.model.delivery import Delivery
    from pipemap.progress import Progress

SETTLE = 250
"""Milliseconds after the last change of an option before the files are read again."""

AUTOMATIC = ""


def show_import(session: Session, parent: QWidget, paths: Sequence[Path] = ()) -> ImportDialog | None:
    """Open the import dialog; without paths it first asks for files."""
    chosen = list(paths) or ask_for_files(parent)
    if not chosen:
        return None
    dialog = ImportDialog(session, parent, chosen)
    dialog.show()
    return dialog


def ask_for_files(parent: QWidget) -> list[Path]:
    """Let the person choose files of any format that can be read."""
    from pipemap.formats import formats

    rows = formats()
    everything = " ".join(f"*{ending}" for row in rows for ending in row.extensions)
    filters = [f"{_('Everything that can be read')} ({everything})"]
    filters += [f"{_(row.label)} ({' '.join(f'*{ending}' for ending in row.extensions)})" for row in rows]
    names, _kind = QFileDialog.getOpenFileNames(parent, _("Import files"), "", ";;".join([*filters, f"{_('All files')} (*)"]))
    return [Path(name) for name in names]


class ImportDialog(QDialog):
    """Stays beside the window; reads again whenever files or options change."""

    def __init__(self, session: Session, parent: QWidget, paths: Sequence[Path]) -> None:
        super().__init__(parent)
        self._session = session
        self._paths = list(paths)
        self._task: Task | None = None
        self.deliveries: tuple[Delivery, ...] = ()
        self.setWindowTitle(_("Import files"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAcceptDrops(True)
        self.resize(min(1080, parent.width() - 48), min(720, parent.height() - 48))
        self._timer = QTimer(self, singleShot=True, interval=SETTLE)
        self._timer.timeout.connect(self.read)
        self.files, self.format, self.crs, self.batch, self.target = self._make_controls()
        self.state = label("", wrap=True)
        self.preview = PreviewPages(session)
        self.store_button = button(_("Store"), self.store, primary=True, icon_name="database")
        self._lay_out()
        self._show_files()
        self.read()

    def _make_controls(self) -> tuple[QListWidget, QComboBox, QComboBox, QLineEdit, QComboBox]:
        from pipemap.formats import formats

        files, form, crs, batch, target = QListWidget(), QComboBox(), QComboBox(), QLineEdit(), QComboBox()
        files.setAccessibleName(_("Files to import"))
        files.setMaximumHeight(132)
        form.addItem(_("Recognised from the file"), AUTOMATIC)
        for row in formats():
            form.addItem(_(row.label), row.name)
        crs.setEditable(True)
        crs.addItem(_("As the source says"), AUTOMATIC)
        crs.setToolTip(_("Coordinate system of the source, such as EPSG:4547"))
        batch.setPlaceholderText(_("Name of the file"))
        batch.setToolTip(_("What this delivery is called; the same name again updates what it brought"))
        target.addItem(_("A new survey …"), AUTOMATIC)
        survey = self._session.survey
        if survey is not None and not survey.read_only:
            target.addItem(_("The open survey: {name}").format(name=survey.path.name), str(survey.path))
            target.setCurrentIndex(1)
        for control in (form, crs):
            control.currentIndexChanged.connect(lambda _place: self._timer.start())
        crs.lineEdit().editingFinished.connect(self._timer.start)
        batch.editingFinished.connect(self._timer.start)
        return files, form, crs, batch, target

    def _lay_out(self) -> None:
        options = QFormLayout()
        options.setHorizontalSpacing(12)
        options.setVerticalSpacing(8)
        options.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        for title, control in (
            (_("Format"), self.format),
            (_("Coordinate system"), self.crs),
            (_("Batch"), self.batch),
            (_("Store in"), self.target),
        ):
            control.setAccessibleName(title)
            options.addRow(label(title, "quiet"), control)
        add = QHBoxLayout()
        add.addWidget(button(_("Add files"), self._add_files, icon_name="plus"))
        add.addWidget(button(_("Remove"), self._remove_file, quiet=True))
        add.addStretch(1)
        side = QVBoxLayout()
        side.setSpacing(8)
        side.addWidget(label(_("Files"), "caption"))
        side.addWidget(self.files)
        side.addLayout(add)
        side.addWidget(rule())
        side.addWidget(label(_("How to read them"), "caption"))
        side.addLayout(options)
        side.addWidget(rule())
        side.addWidget(self.state)
        side.addStretch(1)
        left = QWidget()
        left.setLayout(side)
        left.setFixedWidth(340)
        side.setContentsMargins(0, 0, 0, 0)
        body = QHBoxLayout()
        body.setSpacing(16)
        body.addWidget(left)
        body.addWidget(self.preview, 1)
        foot = QHBoxLayout()
        foot.addWidget(label(_("Nothing is written before you store; an import can be undone."), "small"))
        foot.addStretch(1)
        foot.addWidget(button(_("Cancel"), self.close))
        foot.addWidget(self.store_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 12)
        column.setSpacing(12)
        column.addLayout(body, 1)
        column.addWidget(rule())
        column.addLayout(foot)

    # -- files ------------------------------------------------------------------------------------------------------

    def add_paths(self, paths: Sequence[Path]) -> None:
        """Read these files too."""
        self._paths += [path for path in paths if path not in self._paths]
        self._show_files()
        self.read()

    def _add_files(self) -> None:
        self.add_paths(ask_for_files(self))

    def _remove_file(self) -> None:
        place = self.files.currentRow()
        if 0 <= place < len(self._paths):
            del self._paths[place]
            self._show_files()
            self.read()

    def _show_files(self) -> None:
        self.files.clear()
        for path in self._paths:
            self.files.addItem(path.name)
            self.files.item(self.files.count() - 1).setToolTip(str(path))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Files may be dropped here."""
        if any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Read what was dropped too."""
        event.acceptProposedAction()
        self.add_paths([Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()])

    # -- reading ----------------------------------------------------------------------------------------------------

    def chosen_crs(self) -> str:
        """What stands in the field of the coordinate system: ``EPSG:N``, or nothing for "as the source says"."""
        place = self.crs.findText(self.crs.currentText())
        return str(self.crs.itemData(place)) if place >= 0 else self.crs.currentText().strip()

    def read(self) -> None:
        """Read the files on another thread and show what was understood."""
        self._timer.stop()
        if self._task is not None:
            self._task.cancel()
            self._task = None
        self.deliveries = ()
        self.store_button.setEnabled(False)
        if not self._paths:
            self.state.setText(_("Add files, or drop them here."))
            self.preview.show_nothing()
            return
        paths, crs, batch = list(self._paths), self.chosen_crs(), self.batch.text().strip()
        name = str(self.format.currentData()) or None
        self.state.setText(_("Reading …"))

        def work(progress: Progress) -> tuple[tuple[Delivery, ...], ImportResult]:
            from pipemap.jobs import describe, read_sources

            deliveries = read_sources(paths, format=name, crs=crs, batch=batch, progress=progress)
            return deliveries, describe(deliveries)

        self._task = self._session.run(work, _("Reading {n} files").format(n=len(paths)), self._show_read, self._show_error)

    def _show_read(self, answer: tuple[tuple[Delivery, ...], ImportResult]) -> None:
        self._task = None
        self.deliveries, result = answer
        counts = _("{nodes} nodes, {pipes} pipes, {problems} problems").format(
            nodes=f"{result.nodes:,}", pipes=f"{result.pipes:,}", problems=f"{len(result.problems):,}"
        )
        self.state.setText(counts)
        self.store_button.setEnabled(bool(result.nodes or result.pipes))
        self._offer_crs(result)
        self.preview.show_result(self.deliveries, result)

    def _offer_crs(self, result: ImportResult) -> None:
        """Where the source does not say its coordinate system: offer those that its coordinates look like."""
        from pipemap import catalog

        if result.summary.crs or result.summary.extent is None or self.crs.count() > 1:
            if result.summary.crs and not self.chosen_crs():
                self.crs.setItemText(0, _("As the source says: {crs}").format(crs=result.summary.crs))
            return
        west, south, east, north = result.summary.extent
        self.crs.blockSignals(True)
        for zone in catalog.suggest_crs((west + east) / 2, (south + north) / 2):
            self.crs.addItem(f"EPSG:{zone.epsg} {zone.label}", f"EPSG:{zone.epsg}")
        self.crs.blockSignals(False)

    def _show_error(self, error: Exception) -> None:
        from pipemap.errors import PipemapError

        self._task = None
        if not isinstance(error, PipemapError):
            self._session.complain(error)
            return
        self.state.setText(f"{error.message}\n{error.hint}".strip())
        self.preview.show_problems(getattr(error, "problems", ()))

    # -- storing ----------------------------------------------------------------------------------------------------

    def store(self, target: Path | None = None) -> None:
        """Store what was read: in the open survey, or in a new one that the person names."""
        survey = self._session.survey
        into_open = survey is not None and self.target.currentData() == str(survey.path) and target is None
        if into_open:
            self._store_in_open()
            return
        if target is None:
            first = self._paths[0].with_suffix(".gpkg")
            name, _kind = QFileDialog.getSaveFileName(self, _("Store as a new survey"), str(first), "GeoPackage (*.gpkg)")
            if not name:
                return
            target = Path(name).with_suffix(".gpkg")
        to, deliveries, author = target, self.deliveries, str(self._session.settings.value("author"))

        def work(progress: Progress) -> ImportResult:
            from pipemap.jobs import store_deliveries

            return store_deliveries(deliveries, to, author=author, progress=progress)

        def done(_result: ImportResult) -> None:
            self.close()
            self._session.open(to)

        self._session.run(work, _("Storing in {file}").format(file=to.name), done, self._store_failed)
        self.store_button.setEnabled(False)

    def _store_in_open(self) -> None:
        survey, deliveries = self._session.survey, self.deliveries
        assert survey is not None  # noqa: S101 -- the caller looked
        author = str(self._session.settings.value("author"))

        def work(progress: Progress) -> int:
            stored = [survey.store(delivery, author=author, progress=progress) for delivery in deliveries]
            return sum(one.added_nodes + one.added_pipes + one.changed for one in stored)

        def done(changed: int) -> None:
            self.close()
            self._session.refresh()
            self._session.say(_("Import stored: {n} elements added or changed").format(n=f"{changed:,}"))

        self._session.run(work, _("Storing in {file}").format(file=survey.path.name), done, self._store_failed)
        self.store_button.setEnabled(False)

    def _store_failed(self, error: Exception) -> None:
        self._show_error(error)
        self.store_button.setEnabled(bool(self.deliveries))

    def closeEvent(self, event: QCloseEvent) -> None:
        """Reading stops when nobody waits for it."""
        if self._task is not None:
            self._task.cancel()
        super().closeEvent(event)
