"""The menus under the right mouse button in an attribute table: of a heading, and of a cell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QHeaderView, QMenu

from pipemap.gui.element_menu import element_menu
from pipemap.gui.icons import icon
from pipemap.model.entry import refusal_of
from pipemap.texts import N_, _

if TYPE_CHECKING:
    from pipemap.gui.element_table import ElementTable
    from pipemap.model.lookup import Element

CELL_ACTS = (
    ("cut", N_("Cut"), "scissors", "Ctrl+X"),
    ("copy", N_("Copy"), "copy", "Ctrl+C"),
    ("paste", N_("Paste"), "clipboard-text", "Ctrl+V"),
    ("fill", N_("Fill down"), "arrow-line-down", "Ctrl+D"),
    ("clear", N_("Clear"), "eraser", "Del"),
)
"""What is done with the selected cells: name, title, icon, key."""


def open_header_menu(table: ElementTable, header: QHeaderView, at: QPoint) -> QMenu:
    """Open the menu of a heading."""
    section = header.logicalIndexAt(at)
    corner = header.mapToGlobal(at)
    menu = QMenu(table)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    if 0 <= section < len(table.model.columns):
        _add_column(menu, table, section)
        menu.addSeparator()
    choose = menu.addAction(icon("sliders-horizontal"), _("Choose columns"))
    choose.triggered.connect(lambda: table.choose_columns(corner + QPoint(280, 0)))
    menu.popup(corner)
    return menu


def _add_column(menu: QMenu, table: ElementTable, section: int) -> None:
    field = table.model.columns[section]
    place = table.view.horizontalHeader().visualIndex(section)
    up = menu.addAction(icon("sort-ascending"), _("Smallest first"))
    up.triggered.connect(lambda: table.sort(field.name))
    down = menu.addAction(icon("sort-descending"), _("Largest first"))
    down.triggered.connect(lambda: table.sort(field.name, descending=True))
    menu.addSeparator()
    if table.frozen.count:
        loose = menu.addAction(icon("push-pin-slash"), _("Hold no columns"))
        loose.triggered.connect(lambda: table.freeze(0))
    if table.frozen.count != place + 1:
        hold = menu.addAction(icon("push-pin"), _("Hold columns up to this one"))
        hold.triggered.connect(lambda: table.freeze(place + 1))
    if not refusal_of(field):
        sums = menu.addAction(icon("calculator"), _("Calculate this field"))
        sums.triggered.connect(lambda: table.pane.open_calculate(field.name))


def open_cell_menu(table: ElementTable, element: Element, corner: QPoint) -> QMenu:
    """Open the menu of a cell: what is done with cells, then with its element."""
    menu = element_menu(table.session, element, table)
    menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    first = menu.actions()[0]
    for name, title, picture, key in CELL_ACTS:
        action = menu.addAction(icon(picture), f"{_(title)}\t{key}")
        action.setObjectName(f"cell.{name}")
        action.triggered.connect(lambda _on=False, name=name: table.editing.act(name))
        menu.insertAction(first, action)
    menu.insertSeparator(first)
    menu.popup(corner)
    return menu
