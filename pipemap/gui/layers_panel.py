"""What the map draws: categories with their colours, counts and eyes; what colours mean; ground, heights, labels, arrows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtGui import QIcon, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QComboBox,
    QGridLayout,
    QHBoxLayout,
    QHeaderView,
    QMenu,
    QSlider,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from pipemap import catalog
from pipemap.gui.condition_colours import CONDITION
from pipemap.gui.icons import icon
from pipemap.gui.parts import label, rule, tool_button
from pipemap.gui.session import Selection
from pipemap.gui.swatches import swatch
from pipemap.model.fields import fields
from pipemap.model.wording import category_label, metres
from pipemap.scene.shut_off_colours import WORKED_OUT
from pipemap.texts import N_, _

if TYPE_CHECKING:
    from pipemap.gui.session import Session
    from pipemap.model.network import Network

COLOUR_BY = (
    *("diameter_mm", "material", "burial", "built", "lifecycle", "from_depth", "length"),
    *("pressure", "voltage", "road", "owner", "visible", "accuracy_xy", "batch", "state"),
)
"""Fields of pipes that are worth colouring by, besides the category."""

PARTS: tuple[tuple[str, str, str], ...] = (
    ("labels", N_("Labels"), N_("Write ids beside nodes, once you are near enough to read them.")),
    ("arrows", N_("Flow arrows"), N_("Show which way pipes flow, where that is known; along a result they move.")),
    (
        "problems",
        N_("Problems"),
        N_("Mark what checks found wrong: a diamond is an error, a triangle a warning, a disc a remark."),
    ),
)
"""Parts of the picture with a switch: their name in the look, title, tooltip."""

MOST_EXAGGERATED = 20
NAME, COUNT, EYE = range(3)
_CODE = Qt.ItemDataRole.UserRole
_EYES = {
    Qt.CheckState.Checked: ("eye", "text_2"),
    Qt.CheckState.PartiallyChecked: ("eye", "text_off"),
    Qt.CheckState.Unchecked: ("eye-slash", "text_off"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the tree."""

    code: str
    label: str
    colour: str
    pipes: int
    nodes: int
    length: float


class LayersPanel(QWidget):
    """Changes ``session.look`` and follows it."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.tree = CategoryTree(session)
        self.colour_by = QComboBox()
        self.ground, self.exaggeration = _slider(0, 100, 5), _slider(2, MOST_EXAGGERATED * 2, 1)
        self.switches = {name: QCheckBox(_(title)) for name, title, _tip in PARTS}
        self._ground_told, self._exaggeration_told = label("", "small"), label("", "small")
        self._lay_out()
        self._fill_colours()
        self._connect()
        self._show_look()

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(self._head())
        column.addWidget(self.tree, 1)
        column.addWidget(rule())
        grid = QGridLayout()
        grid.setContentsMargins(12, 8, 12, 8)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(1, 1)
        lines = (
            (_("Colour by"), self.colour_by, None),
            (_("Ground"), self.ground, self._ground_told),
            (_("Heights"), self.exaggeration, self._exaggeration_told),
        )
        for place, (title, widget, told) in enumerate(lines):
            name = label(title, "quiet")
            name.setBuddy(widget)
            widget.setAccessibleName(title)
            grid.addWidget(name, place, 0)
            grid.addWidget(widget, place, 1, 1, 1 if told is not None else 2)
            if told is not None:
                told.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                told.setMinimumWidth(told.fontMetrics().horizontalAdvance("100 %"))
                grid.addWidget(told, place, 2)
        self.ground.setToolTip(_("How solid the ground is: 0 % is gone, 100 % hides what lies below."))
        self.exaggeration.setToolTip(_("Heights are drawn so many times as high."))
        switches = QGridLayout()
        switches.setHorizontalSpacing(16)
        for place, (part, _title, tip) in enumerate(PARTS):
            self.switches[part].setToolTip(_(tip))
            switches.addWidget(self.switches[part], place // 2, place % 2)
        grid.addLayout(switches, len(lines), 0, 1, 3)
        column.addLayout(grid)

    def _head(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setContentsMargins(12, 4, 6, 4)
        row.setSpacing(0)
        row.addWidget(label(_("Categories"), "caption"), 1)
        row.addWidget(tool_button("eye", _("Show all categories"), lambda: self.tree.show_all(shown=True)))
        row.addWidget(tool_button("eye-slash", _("Hide all categories"), lambda: self.tree.show_all(shown=False)))
        return row

    def _connect(self) -> None:
        session = self._session
        self.colour_by.activated.connect(lambda place: self._set(colour_by=self.colour_by.itemData(place)))
        self.ground.valueChanged.connect(lambda value: self._set(ground_opacity=value / 100))
        self.exaggeration.valueChanged.connect(lambda value: self._set(exaggeration=value / 2))
        for name, switch in self.switches.items():
            switch.toggled.connect(lambda on, name=name: self._set_part(name, shown=on))
        session.look_changed.connect(self._show_look)
        session.network_changed.connect(self._show_look)

    def _fill_colours(self) -> None:
        self.colour_by.addItem(_("Category"), "category")
        known = fields("pipe")
        for name in COLOUR_BY:
            if name in known:
                field = known[name]
                self.colour_by.addItem(f"{field.label} ({field.unit})" if field.unit else field.label, name)
        self.colour_by.addItem(_("Condition (CJJ 181)"), CONDITION)
        for name, (title, _paint) in WORKED_OUT.items():
            self.colour_by.addItem(_(title), name)

    def _set(
        self, *, colour_by: str | None = None, ground_opacity: float | None = None, exaggeration: float | None = None
    ) -> None:
        look = self._session.look
        self._session.set_look(
            replace(
                look,
                colour_by=look.colour_by if colour_by is None else colour_by,
                ground_opacity=look.ground_opacity if ground_opacity is None else ground_opacity,
                exaggeration=look.exaggeration if exaggeration is None else exaggeration,
            )
        )

    def _set_part(self, name: str, *, shown: bool) -> None:
        look = self._session.look
        self._session.set_look(replace(look, hidden_parts=look.hidden_parts - {name} if shown else look.hidden_parts | {name}))

    def _show_look(self) -> None:
        look = self._session.look
        widgets = (self.colour_by, self.ground, self.exaggeration, *self.switches.values())
        for widget in widgets:
            widget.blockSignals(True)
            widget.setEnabled(self._session.network is not None)
        self.colour_by.setCurrentIndex(max(0, self.colour_by.findData(look.colour_by)))
        self.ground.setValue(round(look.ground_opacity * 100))
        self.exaggeration.setValue(round(look.exaggeration * 2))
        for name, switch in self.switches.items():
            switch.setChecked(name not in look.hidden_parts)
        for widget in widgets:
            widget.blockSignals(False)
        self._ground_told.setText(f"{look.ground_opacity * 100:.0f} %")
        self._exaggeration_told.setText(f"{look.exaggeration:g} ×")


class CategoryTree(QTreeWidget):
    """Major categories, under them their sub-categories; the eye at the right shows and hides."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.setColumnCount(3)
        self.setHeaderHidden(True)
        self.setUniformRowHeights(True)
        self.setIconSize(QSize(12, 12))
        self.setIndentation(16)
        self.setMouseTracking(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setAccessibleName(_("Categories"))
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._open_menu)
        header = self.header()
        header.setStretchLastSection(False)
        header.setMinimumSectionSize(28)
        header.setSectionResizeMode(NAME, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(COUNT, QHeaderView.ResizeMode.ResizeToContents)
        header.setSectionResizeMode(EYE, QHeaderView.ResizeMode.Fixed)
        header.resizeSection(EYE, 34)
        session.network_changed.connect(self._fill)
        session.look_changed.connect(self._show_eyes)
        session.theme_changed.connect(self._fill)
        self._fill()

    # -- made ------------------------------------------------------------------------------------------------------

    def _fill(self) -> None:
        folded = {item.data(NAME, _CODE) for item in self._majors() if not item.isExpanded()}
        self.clear()
        network = self._session.network
        if network is None:
            return
        for major, rows in grouped(category_rows(network, dark=self._session.dark)):
            top = self._item(major)
            self.addTopLevelItem(top)
            for row in rows:
                top.addChild(self._item(row))
            top.setExpanded(major.code not in folded and len(rows) > 0)
        self._show_eyes()

    def _item(self, row: Row) -> QTreeWidgetItem:
        item = QTreeWidgetItem([row.label, f"{row.pipes:,}" if row.pipes else "–", ""])
        item.setData(NAME, _CODE, row.code)
        item.setIcon(NAME, QIcon(swatch(row.colour)))
        item.setTextAlignment(COUNT, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        told = _("{pipes} pipes, {length}; {nodes} nodes").format(
            pipes=f"{row.pipes:,}", length=metres(row.length), nodes=f"{row.nodes:,}"
        )
        item.setToolTip(NAME, f"{row.label}\n{told}")
        item.setToolTip(COUNT, told)
        return item

    def _majors(self) -> list[QTreeWidgetItem]:
        return [item for place in range(self.topLevelItemCount()) if (item := self.topLevelItem(place)) is not None]

    # -- eyes ------------------------------------------------------------------------------------------------------

    def state_of(self, item: QTreeWidgetItem) -> Qt.CheckState:
        """Whether an item is shown; in part, when only some of its sub-categories are."""
        hidden, code = self._session.look.hidden, str(item.data(NAME, _CODE))
        above = item.parent()
        if code in hidden or (above is not None and above.data(NAME, _CODE) in hidden):
            return Qt.CheckState.Unchecked
        under = _codes(_under(item))
        gone = [other in hidden for other in under]
        if under and all(gone):
            return Qt.CheckState.Unchecked
        return Qt.CheckState.PartiallyChecked if any(gone) else Qt.CheckState.Checked

    def _show_eyes(self) -> None:
        for top in self._majors():
            for item in (top, *_under(top)):
                state = self.state_of(item)
                name, token = _EYES[state]
                item.setIcon(EYE, icon(name, tint=token, on=token))  # an item that is unfolded counts as on
                told = _("Hidden; click to show") if state is Qt.CheckState.Unchecked else _("Shown; click to hide")
                item.setToolTip(EYE, told)
                item.setData(EYE, Qt.ItemDataRole.AccessibleTextRole, told)
                quiet = state is Qt.CheckState.Unchecked
                for column in (NAME, COUNT):
                    item.setForeground(column, self.palette().placeholderText() if quiet else self.palette().text())

    def toggle(self, item: QTreeWidgetItem) -> None:
        """Hide what is shown, show what is hidden or shown in part."""
        code, state = str(item.data(NAME, _CODE)), self.state_of(item)
        hidden = set(self._session.look.hidden)
        above = item.parent()
        if above is not None and above.data(NAME, _CODE) in hidden:  # the others of its major one stay hidden
            hidden.discard(above.data(NAME, _CODE))
            hidden |= set(_codes(_under(above)))
        if state is Qt.CheckState.Checked:
            hidden.add(code)
        else:
            hidden.discard(code)
            hidden -= set(_codes(_under(item)))
        self._session.set_look(replace(self._session.look, hidden=frozenset(hidden)))

    def show_all(self, *, shown: bool) -> None:
        """Show every category, or none."""
        hidden = frozenset() if shown else frozenset(_codes(self._majors()))
        self._session.set_look(replace(self._session.look, hidden=hidden))

    def show_only(self, item: QTreeWidgetItem) -> None:
        """Hide everything but this."""
        above = item.parent()
        kept = item if above is None else above
        hidden = {str(other.data(NAME, _CODE)) for other in self._majors() if other is not kept}
        if above is not None:
            hidden |= set(_codes([other for other in _under(above) if other is not item]))
        self._session.set_look(replace(self._session.look, hidden=frozenset(hidden)))

    # -- what a person does ------------------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click on the eye toggles; anything else is the tree's own."""
        item = self.itemAt(event.position().toPoint())
        on_eye = item is not None and self.columnAt(event.position().toPoint().x()) == EYE
        if item is not None and on_eye and event.button() == Qt.MouseButton.LeftButton:
            self.toggle(item)
            event.accept()
            return
        super().mousePressEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """The second of two quick clicks on an eye is a click too."""
        if self.columnAt(event.position().toPoint().x()) == EYE:
            self.mousePressEvent(event)
        else:
            super().mouseDoubleClickEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Space toggles the current line."""
        item = self.currentItem()
        if event.key() == Qt.Key.Key_Space and item is not None:
            self.toggle(item)
            event.accept()
            return
        super().keyPressEvent(event)

    def _open_menu(self, at: QPoint) -> None:
        item = self.itemAt(at)
        if item is None:
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(icon("eye"), _("Show only this")).triggered.connect(lambda: self.show_only(item))
        menu.addAction(icon("stack"), _("Show all categories")).triggered.connect(lambda: self.show_all(shown=True))
        menu.addSeparator()
        menu.addAction(icon("selection-all"), _("Select all of it")).triggered.connect(lambda: self.select_all_of(item))
        menu.addAction(icon("corners-out"), _("Zoom to it")).triggered.connect(lambda: self.select_all_of(item, fly=True))
        menu.popup(self.viewport().mapToGlobal(at))

    def select_all_of(self, item: QTreeWidgetItem, *, fly: bool = False) -> None:
        """Select every pipe and node of a category."""
        network, code = self._session.network, str(item.data(NAME, _CODE))
        if network is None:
            return
        whole = item.parent() is None
        chosen = {
            layer: np.flatnonzero(_of(coded.values, coded.codes, code, whole=whole))
            for layer, coded in (("node", network.node_category), ("pipe", network.pipe_category))
        }
        self._session.select(Selection.of(nodes=chosen["node"], pipes=chosen["pipe"]), fly=fly)


def category_rows(network: Network, *, dark: bool) -> list[Row]:
    """One row for each category that the survey has, in the order of the standard; what has none comes last."""
    pipes, nodes, counted = network.pipe_category, network.node_category, network.tally
    found: dict[str, Row] = {}
    for code in dict.fromkeys((*pipes.values, *nodes.values, "")):
        number, points = counted.pipes.get(code, 0), counted.nodes.get(code, 0)
        if number or (points and code):
            words = category_label(code) if code else _("No category")
            colour = catalog.colour_of(code or None, dark=dark)
            found[code] = Row(code, words, colour, number, points, counted.metres.get(code, 0.0))
    order = {row.code: place for place, row in enumerate(catalog.categories())}
    return sorted(found.values(), key=lambda row: (not row.code, order.get(row.code, len(order)), row.code))


def grouped(rows: list[Row]) -> list[tuple[Row, list[Row]]]:
    """Rows under their major category, whose figures are the sum; a major one alone has nothing under it."""
    parts: dict[str, list[Row]] = {}
    for row in rows:
        parts.setdefault(catalog.major_of(row.code), []).append(row)
    made: list[tuple[Row, list[Row]]] = []
    for code, under in parts.items():
        if len(under) == 1 and under[0].code == code:
            made.append((under[0], []))
            continue
        sums = sum(row.pipes for row in under), sum(row.nodes for row in under), sum(row.length for row in under)
        own = next((row for row in under if row.code == code), None)
        colour = own.colour if own is not None else _major_colour(code, under)
        made.append((Row(code, category_label(code), colour, *sums), under))
    return made


def _major_colour(code: str, under: list[Row]) -> str:
    from pipemap.gui import theme

    return catalog.colour_of(code, dark=theme.is_dark()) if catalog.category(code) else under[0].colour


def _of(values: tuple[str, ...], codes: np.ndarray, code: str, *, whole: bool) -> np.ndarray:
    if not code:
        return codes < 0
    wanted = [place for place, value in enumerate(values) if value == code or (whole and catalog.major_of(value) == code)]
    return np.isin(codes, wanted)


def _under(item: QTreeWidgetItem) -> list[QTreeWidgetItem]:
    return [child for place in range(item.childCount()) if (child := item.child(place)) is not None]


def _codes(items: list[QTreeWidgetItem]) -> list[str]:
    return [str(item.data(NAME, _CODE)) for item in items]


def _slider(low: int, high: int, step: int) -> QSlider:
    made = QSlider(Qt.Orientation.Horizontal)
    made.setRange(low, high)
    made.setSingleStep(step)
    made.setPageStep(step * 2)
    return made
