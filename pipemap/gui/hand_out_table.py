"""What left the survey, when, to whom, and who approved it; newest first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QStackedLayout, QWidget

from pipemap.gui.parts import EmptyState, Offer
from pipemap.gui.record_table import Column, RecordTable
from pipemap.gui.words import moment
from pipemap.texts import N_, _

if TYPE_CHECKING:
    from pipemap.gui.session import Session
    from pipemap.store import HandOut

CONTENTS = {"whole": N_("All"), "selection": N_("Selection"), "area": N_("Area")}
"""What stands in the register, in words."""


class HandOutTable(QWidget):
    """The register."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.table: RecordTable[HandOut] = RecordTable(
            session,
            [
                Column(_("No."), lambda one: str(one.number), 48, right=True, key=lambda one: one.number),
                Column(_("When"), lambda one: moment(one.time), 160, key=lambda one: one.time),
                Column(_("Handed out by"), lambda one: one.author, 110),
                Column(_("What"), lambda one: content(one.content), 130),
                Column(_("Format"), lambda one: _label(one.format), 124),
                Column(_("Recipient"), lambda one: one.recipient, 130),
                Column(_("Purpose"), lambda one: one.purpose, 130),
                Column(_("Approver"), lambda one: one.approver, 110),
                Column(_("Nodes"), lambda one: f"{one.nodes:,}", 70, right=True, key=lambda one: one.nodes),
                Column(_("Pipes"), lambda one: f"{one.pipes:,}", 70, right=True, key=lambda one: one.pipes),
                Column(_("Withheld"), lambda one: f"{one.withheld:,}", 80, right=True, key=lambda one: one.withheld),
                Column(_("Area (km²)"), _area, 116, right=True, key=lambda one: one.area_m2 or 0.0),
                Column(_("Attributes"), lambda one: one.fields or _("All"), 110),
                Column(_("File"), lambda one: one.file.replace("\n", ", "), 200),
                Column("SHA-256", lambda one: one.sha256.replace("\n", ", "), 140),
            ],
            name=_("Hand-outs"),
        )
        words = _("Every export is entered here: what, which area, to whom, what for, and who approved it.")
        self._pages = QStackedLayout(self)
        self._pages.addWidget(
            EmptyState("export", _("Nothing has left this survey"), words, Offer(_("Export"), session.export_requested.emit))
        )
        self._pages.addWidget(self.table)
        session.network_changed.connect(self._show)
        session.registered.connect(self._show)
        self._show()

    def _show(self) -> None:
        survey = self._session.survey
        entries = list(reversed(survey.hand_outs())) if survey is not None else []
        self.table.show_records(entries)
        self._pages.setCurrentIndex(1 if entries else 0)


def content(text: str) -> str:
    """What left, in words: ``area; categories JS`` as a person reads it."""
    parts = [part.strip() for part in text.split(";")]
    return " · ".join(_(CONTENTS[part]) if part in CONTENTS else part.removeprefix("categories ") for part in parts)


def _area(one: HandOut) -> str:
    return "" if one.area_m2 is None else f"{one.area_m2 / 1e6:,.4f}"


def _label(name: str) -> str:
    """What a person calls a format; the name itself of one that is no longer known."""
    from pipemap.jobs.exporting import writable_formats

    return next((_(row.label) for row in writable_formats() if row.name == name), name)
