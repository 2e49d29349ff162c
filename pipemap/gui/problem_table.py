"""What is wrong with the data, worst first; a click selects the element, a double click flies there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QStackedLayout, QWidget

from pipemap.errors import AmbiguousElementError, PipemapError
from pipemap.gui.icons import icon
from pipemap.gui.parts import EmptyState
from pipemap.gui.record_table import Column, RecordTable
from pipemap.gui.session import Selection
from pipemap.model.problem import SEVERITIES, Severity
from pipemap.texts import N_, _

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipemap.gui.session import Session
    from pipemap.progress import Progress
    from pipemap.store import StoredProblem, StoredProblems, Survey

SEVERITY_TEXTS: dict[Severity, str] = {"error": N_("Error"), "warning": N_("Warning"), "info": N_("Remark")}
_ICONS: dict[Severity, tuple[str, str]] = {
    "error": ("x-circle", "error"),
    "warning": ("warning", "warning"),
    "info": ("info", "text_2"),
}


def severity_icon(severity: Severity) -> QIcon:
    """Shape and colour of a severity."""
    name, token = _ICONS[severity]
    return icon(name, tint=token, active=token, on=token)


class ProblemTable(QWidget):
    """Every problem of the survey."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.table: RecordTable[StoredProblem] = RecordTable(
            session,
            [
                Column(
                    _("Severity"),
                    lambda one: _(SEVERITY_TEXTS[one.problem.severity]),
                    100,
                    key=_rank,
                    icon=lambda one: severity_icon(one.problem.severity),
                ),
                Column(_("Element"), lambda one: one.problem.element, 140),
                Column(_("Found in"), lambda one: one.problem.where, 200),
                Column(_("What is wrong"), lambda one: one.problem.message, 480),
            ],
            name=_("Problems"),
            quiet=lambda one: one.problem.severity == "info",
        )
        self.table.chosen.connect(lambda problem: self._show_element(problem, fly=False))
        self.table.activated.connect(lambda problem: self._show_element(problem, fly=True))
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

        def work(_progress: Progress) -> StoredProblems:
            return survey.problem_list()

        self._session.run(work, _("Reading problems"), lambda found: self._arrived(survey, found), self._failed)

    def _arrived(self, survey: Survey, found: StoredProblems) -> None:
        self._session.mark_ready("problems")
        if survey is self._session.survey:
            self._show(found)

    def _failed(self, error: Exception) -> None:
        self._session.mark_ready("problems")
        self._session.complain(error)

    def _show(self, found: Sequence[StoredProblem]) -> None:
        self.table.show_records(found)
        self._pages.setCurrentIndex(1 if found else 0)

    def _show_element(self, stored: StoredProblem, *, fly: bool) -> None:
        """Select what a problem is about: the element itself where its key is known, else all that have its id."""
        network, problem = self._session.network, stored.problem
        if network is None or not problem.layer or not (problem.element or stored.element_fid):
            return
        try:
            name = f"#{stored.element_fid}" if stored.element_fid is not None else problem.element
            element = network.element(f"{problem.layer}:{name}")
        except AmbiguousElementError:
            rows = (network.node_ids if problem.layer == "node" else network.pipe_ids).rows(problem.element)
            chosen = Selection.of(nodes=rows) if problem.layer == "node" else Selection.of(pipes=rows)
            self._session.select(chosen, fly=fly)
        except PipemapError:
            self._session.say(_("{id} is not in the survey").format(id=problem.element))
        else:
            self._session.select_element(element.layer, element.row, fly=fly)


def _rank(stored: StoredProblem) -> int:
    return SEVERITIES.index(stored.problem.severity)
