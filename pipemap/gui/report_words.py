"""What a person says on the papers of a shut-off: why, from when to when, whom to call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QDateTime
from PySide6.QtWidgets import QCheckBox, QComboBox, QDateTimeEdit, QFormLayout, QLineEdit, QWidget

from pipemap.gui.parts import label
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.analysis.shutoff import ShutoffPlan
    from pipemap.model.plans import Plan

TIME_FORMAT = "yyyy-MM-dd HH:mm"
_HOUR = 3600


class ReportWords(QWidget):
    """Fields of a ticket and of a notice; hidden for other papers, and for the ticket of a plan that is kept: it says all."""

    def __init__(self, plan: ShutoffPlan | None, kept: Plan | None = None) -> None:
        super().__init__()
        self._plan, self._kept = plan, kept
        self.stage = QComboBox()
        for name, title in (("planned", _("Planned")), ("delay", _("It takes longer")), ("restore", _("Supply is back"))):
            self.stage.addItem(title, name)
        self.area, self.reason, self.phone = QLineEdit(), QLineEdit(), QLineEdit()
        self.starts, self.ends = time_field(2), time_field(10)
        self.emergency = QCheckBox(_("Emergency: no notice period"))
        if plan is not None:
            from pipemap.jobs.report_shutoff import area_of

            self.area.setText(area_of(plan))
        if kept is not None:
            self._take(kept)
        form = QFormLayout(self)
        form.setContentsMargins(0, 0, 0, 0)
        form.setHorizontalSpacing(12)
        form.setVerticalSpacing(8)
        self._rows = {
            "stage": (_("Notice"), self.stage),
            "area": (_("Area"), self.area),
            "reason": (_("Reason"), self.reason),
            "starts": (_("Begins"), self.starts),
            "ends": (_("Ends"), self.ends),
            "phone": (_("Telephone"), self.phone),
        }
        for title, part in self._rows.values():
            part.setAccessibleName(title)
            form.addRow(label(title, "quiet"), part)
        form.addRow("", self.emergency)
        self._form = form

    def _take(self, kept: Plan) -> None:
        """Begin with what is said of a kept plan."""
        self.reason.setText(kept.reason)
        self.phone.setText(kept.phone)
        self.emergency.setChecked(kept.emergency)
        for field, text in ((self.starts, kept.starts), (self.ends, kept.ends)):
            if text:
                field.setDateTime(QDateTime.fromString(text, TIME_FORMAT))

    def follow(self, kind: str) -> None:
        """Show what a kind of paper needs."""
        self.setVisible(kind == "notice" or (kind == "shutoff" and self._kept is None))
        for name in ("stage", "area"):
            self._form.setRowVisible(self._rows[name][1], kind == "notice")

    def options(self, kind: str) -> dict[str, Any]:
        """Return what was said, as the paper takes it."""
        if kind not in ("shutoff", "notice"):
            return {}
        starts, ends = (field.dateTime().toString(TIME_FORMAT) for field in (self.starts, self.ends))
        reason, phone, emergency = self.reason.text().strip(), self.phone.text().strip(), self.emergency.isChecked()
        if kind == "notice":
            told = {"stage": self.stage.currentData(), "area": self.area.text().strip(), "reason": reason, "phone": phone}
            return told | {"starts": starts, "ends": ends, "emergency": emergency}
        from pipemap.reports.ticket import PlanRecord

        return {"record": PlanRecord(reason=reason, starts=starts, ends=ends, phone=phone, emergency=emergency)}


def time_field(hours: int) -> QDateTimeEdit:
    """A time so many full hours from now."""
    made = QDateTimeEdit()
    made.setDisplayFormat(TIME_FORMAT)
    made.setCalendarPopup(True)
    now = QDateTime.currentDateTime()
    seconds = now.time().minute() * 60 + now.time().second()
    made.setDateTime(now.addSecs(hours * _HOUR - seconds))
    return made
