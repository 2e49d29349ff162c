"""Every finding of the survey: a click opens it, a double click flies there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QStackedLayout, QWidget

from pipemap.gui.finding_marks import corners_of, paint_mark
from pipemap.gui.findings import colour_of, findings_of
from pipemap.gui.parts import EmptyState, Offer
from pipemap.gui.record_table import Column, RecordTable
from pipemap.model.finding import SEVERITIES, STATUSES, StoredFinding
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.gui.session import Session


class FindingTable(QWidget):
    """Defects and hazards, in the order in which they were entered."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session, self._findings = session, findings_of(session)
        self.table: RecordTable[StoredFinding] = RecordTable(
            session,
            [
                Column(_("No."), lambda one: str(one.fid), 60, right=True, key=lambda one: one.fid),
                Column(_("Element"), lambda one: one.place or _("the ground"), 150, icon=mark_icon),
                Column(_("From"), lambda one: one.from_id, 90),
                Column(_("Station (m)"), _station, 90, right=True, key=lambda one: one.finding.station or 0.0),
                Column(_("Clock"), lambda one: one.finding.clock, 70),
                Column(_("Code"), lambda one: one.finding.code, 80),
                Column(_("Name"), _name, 170),
                Column(_("Grade"), grade_words, 90, right=True),
                Column(_("System"), lambda one: one.finding.system, 80),
                Column(_("Status"), lambda one: _(STATUSES.get(one.finding.status, one.finding.status)), 100),
                Column(_("Date"), lambda one: one.finding.found, 90),
                Column(_("Photos"), lambda one: str(one.photos or ""), 60, right=True, key=lambda one: one.photos),
                Column(_("Remark"), _remark, 260),
            ],
            name=_("Findings"),
            quiet=lambda one: one.finding.status == "closed",
        )
        self.table.chosen.connect(lambda one: self._findings.show(one, fly=False))
        self.table.activated.connect(lambda one: self._findings.show(one, fly=True))
        self._pages = QStackedLayout(self)
        words = _("Click the wall of a pipe, a node or the ground to enter a defect or a hazard.")
        offer = Offer(_("Mark a finding"), lambda: session.set_tool("finding"))
        self._pages.addWidget(EmptyState("map-pin", _("Nothing was found yet"), words, offer))
        self._pages.addWidget(self.table)
        self._findings.changed.connect(self._show)
        self._show()

    def _show(self) -> None:
        self.table.show_records(self._findings.stored)
        self._pages.setCurrentIndex(1 if self._findings.stored else 0)


def mark_icon(one: StoredFinding) -> QIcon:
    """The mark that the finding has on the map."""
    picture = QPixmap(32, 32)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    paint_mark(painter, QPointF(16, 16), colour_of(one.finding), corners_of(one.finding), size=9.5)
    painter.end()
    return QIcon(picture)


def grade_words(one: StoredFinding) -> str:
    """Grade of a defect, severity of a hazard."""
    finding = one.finding
    if finding.severity:
        return _(SEVERITIES[finding.severity]) if finding.severity in SEVERITIES else finding.severity
    return "" if finding.grade is None else str(finding.grade)


def _station(one: StoredFinding) -> str:
    return "" if one.finding.station is None else f"{one.finding.station:.2f}"


def _name(one: StoredFinding) -> str:
    known = one.finding.known
    return known.label if known is not None else _("unknown code")


def _remark(one: StoredFinding) -> str:
    return " ".join([one.finding.note, *(remark.text for remark in one.remarks)]).strip()
