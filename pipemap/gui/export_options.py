"""What a person says about an export: what of the survey, in which form, and where it lies."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QComboBox, QFormLayout, QListWidget, QListWidgetItem, QSizePolicy, QWidget

from pipemap import catalog
from pipemap.gui.parts import button, label
from pipemap.gui.swatches import category_icon
from pipemap.jobs.exporting import writable_formats
from pipemap.model.wording import category_label
from pipemap.texts import _

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.formats.writing import ExportFormat
    from pipemap.gui.session import Session
    from pipemap.jobs.exporting import Chosen
    from pipemap.model.network import Network

    Rows = tuple[NDArray[np.int64], NDArray[np.int64]]

WHOLE, SELECTION, VIEW, AREA = "whole", "selection", "view", "area"
_CODE = Qt.ItemDataRole.UserRole


class ExportOptions(QWidget):
    """A form; ``changed`` after every choice."""

    changed = Signal()
    draw_requested = Signal()
    """The person wants to draw the area on the map."""

    def __init__(self, session: Session, rows_in_view: Callable[[], Rows]) -> None:
        super().__init__()
        self._session, self._rows_in_view = session, rows_in_view
        self.what, self.format, self.crs = QComboBox(), QComboBox(), QComboBox()
        self.categories = QListWidget()
        self.limits = label("", "small", wrap=True)
        self.draw = button(_("Draw an area on the map"), self.draw_requested.emit, quiet=True, icon_name="polygon")
        self._fill_what()
        self._fill_categories()
        self._fill_formats()
        self._fill_crs()
        self._lay_out()
        self._show_limits()
        session.selection_changed.connect(self._fill_what)
        session.area_changed.connect(self._take_area)

    def _lay_out(self) -> None:
        form = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        form.setHorizontalSpacing(12)
        form.setVerticalSpacing(8)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self.categories.setMinimumHeight(96)
        self.categories.setIconSize(QSize(12, 12))
        self.categories.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        for combo in (self.what, self.format, self.crs):
            combo.setMinimumContentsLength(12)
            combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        for title, control in (
            (_("What"), self.what),
            ("", self.draw),
            (_("Format"), self.format),
            ("", self.limits),
            (_("Coordinate system"), self.crs),
            (_("Categories"), self.categories),
        ):
            control.setAccessibleName(title or control.accessibleName())
            form.addRow(label(title, "quiet"), control)
        self.what.activated.connect(lambda _place: self.changed.emit())
        self.categories.itemChanged.connect(lambda _item: self.changed.emit())
        self.format.currentIndexChanged.connect(lambda _place: self._show_limits())
        self.crs.activated.connect(lambda _place: self.changed.emit())

    # -- what can be chosen ------------------------------------------------------------------------------------------

    def _fill_what(self) -> None:
        network, chosen = self._session.network, self._session.selection
        before = self.what.currentData()
        self.what.clear()
        if network is None:
            return
        self.what.addItem(_("The whole survey: {counts}").format(counts=counted(network.node_count, network.pipe_count)), WHOLE)
        if len(chosen):
            words = _("The selection: {counts}").format(counts=counted(len(chosen.nodes), len(chosen.pipes)))
            self.what.addItem(words, SELECTION)
        self.what.addItem(_("What the map shows now"), VIEW)
        if self._session.area:
            self.what.addItem(_("The area drawn on the map"), AREA)
        wanted = self.what.findData(before if before is not None else SELECTION)
        self.what.setCurrentIndex(max(wanted, 0))

    def _take_area(self) -> None:
        self._fill_what()
        if self._session.area:
            self.what.setCurrentIndex(self.what.findData(AREA))
        self.changed.emit()

    def _fill_categories(self) -> None:
        network = self._session.network
        if network is None:
            return
        for code in majors(network):
            item = QListWidgetItem(category_icon(code, dark=self._session.dark), category_label(code))
            item.setData(_CODE, code)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(Qt.CheckState.Checked)
            self.categories.addItem(item)

    def _fill_formats(self) -> None:
        for row in writable_formats():
            self.format.addItem(f"{_(row.label)} ({' '.join(row.extensions)})", row.name)

    def _show_limits(self) -> None:
        from pipemap.formats.writing import FORMAT_LIMITS

        row = self.chosen_format()
        self.limits.setText(_(FORMAT_LIMITS.get(row.name, "")) if row is not None and FORMAT_LIMITS.get(row.name) else "")
        self.changed.emit()

    def _fill_crs(self) -> None:
        from pipemap.store import crs_label

        network = self._session.network
        crs = network.crs if network is not None else ""
        self.crs.addItem(_("As the survey: {crs}").format(crs=crs_label(crs)), "")
        if not crs or network is None:
            self.crs.setToolTip(_("The survey does not name its coordinate system, so that nothing can be turned into another."))
            return
        for code, words in ((4326, "WGS 84"), (4490, "CGCS2000")):
            self.crs.addItem(f"EPSG:{code} {words}", f"EPSG:{code}")
        for zone in zones_at(network):
            self.crs.addItem(f"{zone.authority_code} {zone.label}", zone.authority_code)
        self.crs.view().setMinimumWidth(340)

    # -- what is chosen ----------------------------------------------------------------------------------------------

    def chosen_format(self) -> ExportFormat | None:
        """The format."""
        return next((row for row in writable_formats() if row.name == self.format.currentData()), None)

    def chosen_crs(self) -> str:
        """``EPSG:N``; empty for the survey's own."""
        return str(self.crs.currentData() or "")

    def chosen_categories(self) -> list[str]:
        """Codes that are checked; empty where all are."""
        items = [self.categories.item(place) for place in range(self.categories.count())]
        checked = [str(item.data(_CODE)) for item in items if item.checkState() == Qt.CheckState.Checked]
        return [] if len(checked) == len(items) else checked or ["-"]

    def chosen(self) -> Chosen:
        """What of the survey."""
        from pipemap.jobs.exporting import Chosen

        network, what = self._session.network, self.what.currentData()
        nodes, pipes, area = None, None, ""
        if network is not None and what in {SELECTION, VIEW}:
            selection = self._session.selection
            rows = (selection.nodes, selection.pipes) if what == SELECTION else self._rows_in_view()
            nodes, pipes = network.node_fid[rows[0]], network.pipe_fid[rows[1]]
        elif what == AREA and self._session.area:
            corners = [*self._session.area, self._session.area[0]]
            area = f"POLYGON (({', '.join(f'{east!r} {north!r}' for east, north, _level in corners)}))"
        return Chosen(nodes=nodes, pipes=pipes, area=area, categories=self.chosen_categories())


def counted(nodes: int, pipes: int) -> str:
    """How many of each."""
    return _("{nodes} nodes, {pipes} pipes").format(nodes=f"{nodes:,}", pipes=f"{pipes:,}")


def majors(network: Network) -> list[str]:
    """Return the major categories that a network has, as they are counted; a code that no standard knows stands for itself."""
    codes = {**network.pipe_category.count(), **dict.fromkeys(network.node_category.values, 0)}
    return list(dict.fromkeys(catalog.major_of(code) or code for code in codes))


def zones_at(network: Network) -> list[catalog.Crs]:
    """Return the zones of CGCS2000 that the middle of a network lies in, of three degrees and of six."""
    from pipemap.errors import SurveyDataError
    from pipemap.store import transformed

    extent = network.extent
    if extent is None:
        return []
    west, south, east, north = extent
    try:
        degrees = transformed(np.array([[(west + east) / 2, (south + north) / 2]]), network.crs, "EPSG:4490")
    except SurveyDataError:
        return []
    meridian = float(degrees[0, 0])
    return [
        zone
        for zone in catalog.chinese_zones()
        if zone.datum == "CGCS2000" and abs(zone.central_meridian - meridian) <= zone.band_deg / 2
    ]
