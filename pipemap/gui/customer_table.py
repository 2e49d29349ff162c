"""Who is supplied, and by what: those without supply first; a click selects what supplies them, a double click flies there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QStackedLayout, QWidget

from pipemap.errors import PipemapError
from pipemap.gui.following import follow
from pipemap.gui.icons import icon
from pipemap.gui.parts import EmptyState
from pipemap.gui.record_table import Column, RecordTable
from pipemap.jobs.customers import METHOD_TEXTS, REASON_TEXTS, Customer, list_customers
from pipemap.model.wording import customer_label
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.gui.session import Session


class CustomerTable(QWidget):
    """Every customer of the survey."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.table: RecordTable[Customer] = RecordTable(
            session,
            [
                Column(_("Number"), lambda one: one.id, 110),
                Column(_("Name"), lambda one: one.name, 190, icon=_icon),
                Column(_("Class"), lambda one: customer_label(one.kind), 110),
                Column(_("Critical"), lambda one: _("Yes") if one.critical else "", 70),
                Column(_("Supplied by"), lambda one: one.supplied_by, 170),
                Column(_("How it is known"), how_it_is_known, 190),
                Column(_("Households"), lambda one: _number(one.households), 90, right=True, key=lambda one: one.households or 0),
                Column(
                    _("Own tank (h)"),
                    lambda one: _number(one.own_tank_hours),
                    100,
                    right=True,
                    key=lambda one: one.own_tank_hours or 0.0,
                ),
                Column(_("Contact"), lambda one: one.contact, 130),
                Column(_("Address"), lambda one: one.address, 220),
            ],
            name=_("Customers"),
        )
        self.table.chosen.connect(lambda one: self._show_supply(one, fly=False))
        self.table.activated.connect(lambda one: self._show_supply(one, fly=True))
        self._pages = QStackedLayout(self)
        words = _("Import a list of customers, buildings or estates: each is tied to the node or pipe that supplies it.")
        self._pages.addWidget(EmptyState("house", _("No customer is known"), words))
        self._pages.addWidget(self.table)
        follow(self, session, "customers", _("Reading customers"), list_customers, self._show)

    def _show(self, found: Sequence[Customer]) -> None:
        self.table.show_records(found)
        self._pages.setCurrentIndex(1 if found else 0)

    def _show_supply(self, one: Customer, *, fly: bool) -> None:
        """Select the node that supplies a customer, else the pipe."""
        network = self._session.network
        if network is None:
            return
        if one.node is None and one.pipe is None:
            self._session.say(_("{name} is tied to no node and no pipe").format(name=one.name or one.id))
            return
        try:
            element = network.element(f"node:#{one.node}" if one.node is not None else f"pipe:#{one.pipe}")
        except PipemapError:
            self._session.say(_("What supplied {name} is no longer in the survey").format(name=one.name or one.id))
        else:
            self._session.select_element(element.layer, element.row, fly=fly)


def how_it_is_known(one: Customer) -> str:
    """How a customer was tied, and how far away; or why it was not."""
    if one.reason:
        return _("No supply: {reason}").format(reason=_(REASON_TEXTS.get(one.reason, one.reason)))
    said = _(METHOD_TEXTS[one.method]) if one.method in METHOD_TEXTS else one.method
    return said if one.distance is None else _("{method}, {metres} m").format(method=said, metres=f"{one.distance:.1f}")


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


def _icon(one: Customer) -> QIcon:
    if one.reason:
        return icon("warning", tint="warning", active="warning")
    return icon("first-aid", tint="accent", active="accent") if one.critical else icon("house")
