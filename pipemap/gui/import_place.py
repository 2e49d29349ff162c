"""Where a delivery lies: its coordinate system, those that fit its numbers, and a plan of it over the survey."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QSplitter,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from pipemap.gui.icons import icon
from pipemap.gui.import_plan import Drawing, ImportPlan
from pipemap.gui.parts import button, label
from pipemap.gui.words import sentences
from pipemap.model.wording import UNKNOWN
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.formats.crs_candidates import CrsCandidate, NamedCrs
    from pipemap.gui.import_drafts import Reading
    from pipemap.gui.session import Session
    from pipemap.progress import Progress

_CANDIDATE = Qt.ItemDataRole.UserRole
_SEARCH_AFTER = 300
_KILOMETRE = 1000.0


class PlacePage(QWidget):
    """Choosing is told by signals; the page shows only what was read."""

    crs_chosen = Signal(str, bool)
    """``EPSG:N`` (empty: as the source says) and whether X and Y are exchanged."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._reading: Reading | None = None
        self.heading = label("", "strong", wrap=True)
        self.words = label("", "quiet", wrap=True)
        self.warning, self.warning_words = self._make_warning()
        self.search = QLineEdit()
        self.search.setPlaceholderText(_("Find among all systems: name, place or EPSG number"))
        self.search.setAccessibleName(_("Find a coordinate system"))
        self.search.setClearButtonEnabled(True)
        self.list = self._make_list()
        self.swap = QCheckBox(_("Exchange X and Y"))
        self.swap.setToolTip(_("For sources that have easting and northing the wrong way round"))
        self.for_all = QCheckBox(_("For all deliveries"))
        self.for_all.setToolTip(_("What is chosen here is the coordinate system of every delivery"))
        self.as_said = button(_("As the source says"), lambda: self.crs_chosen.emit("", self.swap.isChecked()), quiet=True)
        self.plan = ImportPlan()
        self._timer = QTimer(self, singleShot=True, interval=_SEARCH_AFTER)
        self._timer.timeout.connect(self._search)
        self.search.textChanged.connect(lambda _text: self._timer.start())
        self.list.itemClicked.connect(self._take)
        self.list.itemActivated.connect(self._take)
        self.swap.clicked.connect(lambda on: self.crs_chosen.emit(self._chosen_crs(), on))
        self._lay_out()

    def _lay_out(self) -> None:
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 8, 0)
        column.setSpacing(8)
        row = QHBoxLayout()
        row.addWidget(self.swap)
        row.addWidget(self.for_all)
        row.addStretch(1)
        row.addWidget(self.as_said)
        for part in (self.heading, self.words, self.warning, self.search):
            column.addWidget(part)
        column.addWidget(self.list, 1)
        column.addLayout(row)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.addWidget(left)
        split.addWidget(self.plan)
        split.setSizes([600, 400])
        split.setChildrenCollapsible(False)
        body = QVBoxLayout(self)
        body.setContentsMargins(8, 8, 8, 0)
        body.addWidget(split)

    def _make_list(self) -> QTreeWidget:
        made = QTreeWidget()
        made.setHeaderLabels([_("Coordinate system"), _("Meridian"), _("Zone no."), _("Would lie at"), _("From survey")])
        made.setRootIsDecorated(False)
        made.setUniformRowHeights(True)
        made.setAccessibleName(_("Coordinate systems that fit"))
        header = made.header()
        header.setStretchLastSection(False)
        header.setMinimumSectionSize(40)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for place, width in ((1, 72), (2, 68), (3, 128), (4, 92)):
            header.setSectionResizeMode(place, QHeaderView.ResizeMode.Interactive)
            header.resizeSection(place, width)
        return made

    def _make_warning(self) -> tuple[QFrame, QLabel]:
        made = QFrame()
        made.setObjectName("notice")
        column = QVBoxLayout(made)
        column.setContentsMargins(12, 6, 8, 6)
        column.setSpacing(2)
        words = label("", wrap=True)
        column.addWidget(words)
        self._hints = QVBoxLayout()
        column.addLayout(self._hints)
        made.hide()
        return made, words

    # -- what was read ----------------------------------------------------------------------------------------------

    def show_reading(self, reading: Reading, survey: Drawing | None) -> None:
        """Show where a delivery lies, over the survey that is to take it."""
        self._reading = reading
        self.heading.setText(_heading(reading))
        self.words.setText(_origin(reading))
        self.words.setVisible(bool(self.words.text()))
        self.swap.setChecked(reading.choices.swap_axes)
        self.as_said.setVisible(bool(reading.choices.crs))
        self._show_warning()
        self.plan.show_drawings([reading.over_survey] if reading.over_survey is not None else [], survey)
        if self.search.text():
            self._search()
        else:
            self._show_candidates()

    def _show_candidates(self) -> None:
        self._set_columns(searched=False)
        for one in self._reading.candidates if self._reading is not None else ():
            self.list.addTopLevelItem(_item(one))

    def _set_columns(self, *, searched: bool) -> None:
        """Empty the list, and show the columns that say something."""
        self.list.clear()
        candidates = self._reading.candidates if self._reading is not None else ()
        self.list.setColumnHidden(1, searched)
        self.list.setColumnHidden(2, searched or all(one.zone is None for one in candidates))
        self.list.setColumnHidden(4, searched or all(one.distance_m is None for one in candidates))
        self.list.headerItem().setText(3, _("Used in") if searched else _("Would lie at"))
        self.list.header().resizeSection(3, 220 if searched else 128)

    def _show_warning(self) -> None:
        while (item := self._hints.takeAt(0)) is not None:
            part = item.widget()
            if part is not None:
                part.deleteLater()
        far, better = doubts(self._reading)
        self.warning.setVisible(bool(far))
        self.warning_words.setText(far)
        for words, one in better:
            self._hints.addWidget(button(words, partial(self._choose, one), quiet=True), 0, Qt.AlignmentFlag.AlignLeft)

    def _chosen_crs(self) -> str:
        return self._reading.choices.crs if self._reading is not None else ""

    # -- choosing ---------------------------------------------------------------------------------------------------

    def _take(self, item: QTreeWidgetItem) -> None:
        found = item.data(0, _CANDIDATE)
        if isinstance(found, str):
            self.crs_chosen.emit(found, self.swap.isChecked())
        elif found is not None and found.certainty != "said":
            self._choose(found)

    def _choose(self, one: CrsCandidate) -> None:
        """A system that fits only exchanged exchanges: once more, where that was asked for already."""
        self.crs_chosen.emit(one.crs, one.swapped != self.swap.isChecked())

    def _search(self) -> None:
        self._timer.stop()
        text = self.search.text().strip()
        if not text:
            self._show_candidates()
            return

        def work(_progress: Progress) -> tuple[NamedCrs, ...]:
            from pipemap.formats.crs_candidates import search_crs

            return search_crs(text)

        self._session.run(work, _("Looking for coordinate systems"), lambda found: self._show_found(text, found))

    def _show_found(self, text: str, found: Sequence[NamedCrs]) -> None:
        if text != self.search.text().strip():
            return
        self._set_columns(searched=True)
        for one in found:
            item = QTreeWidgetItem([f"{one.crs}  {one.name}", "", "", one.area, ""])
            item.setToolTip(0, item.text(0))
            item.setToolTip(3, one.area)
            item.setData(0, _CANDIDATE, one.crs)
            self.list.addTopLevelItem(item)
        if not found:
            item = QTreeWidgetItem([_("No coordinate system has all these words.")])
            item.setFlags(Qt.ItemFlag.NoItemFlags)
            item.setFirstColumnSpanned(True)
            self.list.addTopLevelItem(item)


def kilometres(metres: float | None) -> str:
    """A distance on earth, roughly."""
    if metres is None:
        return UNKNOWN
    return f"{metres:,.0f} m" if metres < _KILOMETRE else f"{metres / _KILOMETRE:,.0f} km"


def _item(one: CrsCandidate) -> QTreeWidgetItem:
    name = _("{crs}, X and Y exchanged").format(crs=one.short) if one.swapped else one.short
    meridian = f"{one.central_meridian:g}°" if one.central_meridian is not None else UNKNOWN
    zone = str(one.zone) if one.zone is not None else UNKNOWN
    item = QTreeWidgetItem(
        [f"{one.crs}  {name}", meridian, zone, one.place.text if one.place else UNKNOWN, kilometres(one.distance_m)]
    )
    item.setData(0, _CANDIDATE, one)
    item.setToolTip(0, f"{one.crs}  {one.label}")
    if one.certainty == "said":
        item.setIcon(0, icon("check-circle", tint="accent"))
    elif one.is_near:
        item.setIcon(0, icon("map-pin", tint="success"))
    else:
        item.setIcon(0, icon("arrows-left-right" if one.swapped else "circle", tint="text_2"))
    return item


def _heading(reading: Reading) -> str:
    if reading.delivery is None:
        return _("No coordinate system yet")
    if not reading.delivery.crs:
        return _("Coordinate system unknown")
    said = next((one for one in reading.candidates if one.certainty == "said"), None)
    return f"{reading.delivery.crs}  {said.label if said is not None else ''}".rstrip()


def _origin(reading: Reading) -> str:
    """Where the coordinate system comes from, and where that puts the delivery."""
    if reading.delivery is None:
        return ""
    if not reading.delivery.crs:
        if reading.candidates:
            count = len(reading.candidates)
            return _("The source does not name it; {n} fit its numbers. Choose one below.").format(n=count)
        return _("The source does not name it, and none of China's fits its numbers: a local grid? It can be stored without.")
    rules = {problem.rule for problem in reading.problems}
    origin = _("Said by the source.")
    if reading.choices.crs:
        origin = _("Chosen by you.")
    elif "crs-assumed" in rules:
        origin = _("Assumed from the zone number of the eastings.")
    elif "crs-degrees-assumed" in rules:
        origin = _("Assumed: the numbers look like degrees.")
    said = next((one for one in reading.candidates if one.certainty == "said"), None)
    if said is None or said.place is None:
        return origin
    place = said.place.text
    if said.distance_m is None:
        return sentences(origin, _("Its middle lies at {place}.").format(place=place))
    words = _("Its middle lies at {place}, {distance} from the open survey.")
    return sentences(origin, words.format(place=place, distance=kilometres(said.distance_m)))


def doubts(reading: Reading | None) -> tuple[str, list[tuple[str, CrsCandidate]]]:
    """A sentence where a delivery lies far from the survey, and systems that would put it there."""
    from pipemap.formats.crs_candidates import NEAR_M

    if reading is None or reading.delivery is None:
        return "", []
    said = next((one for one in reading.candidates if one.certainty == "said"), None)
    if said is None or said.distance_m is None or said.distance_m <= NEAR_M:
        return "", []
    words = _("This lies {distance} from the open survey.").format(distance=kilometres(said.distance_m))
    near = [one for one in reading.candidates if one.is_near and one is not said]
    better = [(_hint(one, said), one) for one in near[:3]]
    if not better:
        words = sentences(words, _("No other system that fits its numbers puts it there."))
    return words, better


def _hint(one: CrsCandidate, said: CrsCandidate) -> str:
    values = {"crs": f"{one.crs} {one.label}", "distance": kilometres(one.distance_m)}
    if one.swapped:
        return _("X and Y exchanged, in {crs}, it lies {distance} away: take it").format(**values)
    if said.central_meridian is not None and one.central_meridian is not None and one.central_meridian != said.central_meridian:
        return _("In another zone, {crs}, it lies {distance} away: take it").format(**values)
    return _("In {crs} it lies {distance} away: take it").format(**values)
