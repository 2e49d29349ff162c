"""What is wrong with the data, worst first; a click selects the element, a double click flies there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QStackedLayout, QWidget

from pipemap.errors import PipemapError
from pipemap.gui.icons import icon
from pipemap.gui.parts import EmptyState
from pipemap.gui.record_table import Column, RecordTable
from pipemap.model.problem import SEVERITIES, Severity
from pipemap.texts import N_, _

if TYPE_CHECKING:
    from pipemap.gui.session import Session
    from pipemap.progress import Progress
    from pipemap.store import StoredProblem, Survey

SEVERITY_TEXTS: dict[Severity, str] = {"error": N_("Error"), "warning": N_("Warning"), "info": N_("Remark")}
_ICONS: dict[Severity, tuple[str, str]] = {
    "error": ("x-circle", "error"),
    "warning": ("warning", "warning"),
    "info": ("info", "text_2"),
}


def severity_icon(severity: Severity) -> QIcon:
    """Shape and colour of a severity."""
    name, token = _ICONS[severity]
    return icon(name, token=token, active=token)


class ProblemTable(QWidget):
    """Every problem of the survey."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.table: RecordTable[StoredProblem] = RecordTable(
            [
                Column(
                    _("Severity"),
                    lambda one: _(SEVERITY_TEXTS[one.severity]),
                    100,
                    key=lambda one: SEVERITIES.index(one.severity),
                    icon=lambda one: severity_icon(one.severity),
                ),
                Column(_("Element"), lambda one: one.element, 140),
                Column(_("Found in"), lambda one: one.where, 200),
                Column(_("What is wrong"), lambda one: one.message, 480),
            ],
            name=_("Problems"),
        )
        self.table.chosen.connect(lambda problem: self._show_element(problem, fly=False))
        self.table.activated.connect(lambda problem: self._show_element(problem, fly=True))
        self.table.exported.connect(lambda path: session.say(_("Written to {file}").format(file=path.name)))
        self._pages = QStackedLayout(self)
        self._pages.addWidget(
            EmptyState(
                "check-circle", _("No problem is known"), _("What import and checks find wrong with the data is listed here.")
            )
        )
        self._pages.addWidget(self.table)
        session.network_changed.connect(self._ask)
        self._ask()

    def _ask(self) -> None:
        survey = self._session.survey
        if survey is None:
            self._show([])
            return
        self._session.mark_busy("problems")

        def work(_progress: Progress) -> list[StoredProblem]:
            return survey.problems()

        self._session.run(work, _("Reading problems"), lambda found: self._arrived(survey, found), self._failed)

    def _arrived(self, survey: Survey, found: list[StoredProblem]) -> None:
        self._session.mark_ready("problems")
        if survey is self._session.survey:
            self._show(sorted(found, key=lambda one: SEVERITIES.index(one.severity)))

    def _failed(self, error: Exception) -> None:
        self._session.mark_ready("problems")
        self._session.complain(error)

    def _show(self, found: list[StoredProblem]) -> None:
        self.table.show_records(found)
        self._pages.setCurrentIndex(1 if found else 0)

    def _show_element(self, problem: StoredProblem, *, fly: bool) -> None:
        network = self._session.network
        if network is None or not problem.element:
            return
        try:
            name = f"{problem.layer}:#{problem.fid}" if problem.fid else f"{problem.layer}:{problem.element}"
            element = network.element(name)
        except PipemapError:
            self._session.say(_("{id} is not in the survey any more").format(id=problem.element))
            return
        self._session.select_element(element.layer, element.row, fly=fly)
