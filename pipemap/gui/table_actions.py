"""What the commands of the Edit menu do in the attribute table that is in front, and in the property panel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pipemap.gui.element_table import ElementTable
from pipemap.gui.storing_cells import may_write
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.gui.commands import Context


def act(context: Context, name: str) -> None:
    """Cut, copy, paste, fill or clear cells."""
    table = _table(context)
    if table is not None:
        table.editing.act(name)


def replace(context: Context) -> None:
    """Open find and replace."""
    table = _table(context)
    if table is not None:
        table.pane.open_replace()


def calculate(context: Context) -> None:
    """Open the calculation of a field."""
    table = _table(context)
    if table is not None:
        table.pane.open_calculate()


def edit_properties(context: Context) -> None:
    """Edit what is selected in the property panel."""
    from pipemap.gui.property_panel import PropertyPanel

    session = context.session
    if not may_write(session):
        return
    session.show_panel("properties")
    for panel in context.window.findChildren(PropertyPanel):
        panel.edit()


def _table(context: Context) -> ElementTable | None:
    """The table with the cursor, else the one that is to be seen; else the person is told."""
    tables = context.window.findChildren(ElementTable)
    seen = [table for table in tables if table.isVisible()]
    for table in seen:
        if table.view.hasFocus() or (table.focusWidget() is not None and table.isAncestorOf(table.focusWidget())):
            return table
    if not seen:
        context.session.notice(_("Cells are edited in a table: bring Nodes or Pipes to the front."))
        return None
    return seen[0]
