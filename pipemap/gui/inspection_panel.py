"""Inspection beside the map: the form of a finding, the unrolled wall of its pipe, its photos, and how its section stands."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QLabel, QScrollArea, QToolButton, QVBoxLayout, QWidget

from pipemap.gui.finding_form import FindingForm, place_words
from pipemap.gui.findings import findings_of
from pipemap.gui.hazard_steps import HazardSteps
from pipemap.gui.parts import button, label, rule
from pipemap.gui.unrolled import UnrolledView
from pipemap.jobs.findings import attachment_content, attachments_of
from pipemap.jobs.hazards import SYSTEM
from pipemap.model.finding import Finding
from pipemap.model.lookup import Element
from pipemap.texts import _

if TYPE_CHECKING:
    from pipemap.gui.session import Session
    from pipemap.progress import Progress
    from pipemap.store import Survey
    from pipemap.store.attachments import Attachment

_THUMB = 96
_A_ROW = 3
Shown = list[tuple["Attachment", bytes | None]]


class InspectionPanel(QWidget):
    """Follows the finding that is being entered, and the pipe that is selected."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session, self._findings = session, findings_of(session)
        self.form = FindingForm()
        self.wall = UnrolledView()
        self.steps = HazardSteps(session)
        self.visit = label("", "quiet", wrap=True)
        self.next_button = button(_("Type findings"), self._begin_next, icon_name="keyboard")
        self.next_button.setToolTip(_("Enter findings of this inspection by keyboard, one after the other"))
        self._pipe: int | None = None
        self._photos = QGridLayout()
        self._photos.setSpacing(4)
        self._lay_out()
        self.form.kept.connect(self._keep)
        self.form.dropped.connect(lambda: self._findings.open(None))
        self.form.deleted.connect(self._delete)
        self.wall.opened.connect(self._findings.open)
        self.wall.placed.connect(self._place)
        self.steps.advanced.connect(self._findings.open)
        self._findings.draft_changed.connect(self._show)
        self._findings.changed.connect(self._show_wall)
        session.selection_changed.connect(self._show_wall)
        session.network_changed.connect(self._show_wall)
        self._show()

    def _lay_out(self) -> None:
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(12, 12, 12, 12)
        column.setSpacing(8)
        column.addWidget(button(_("Mark a finding"), lambda: self._session.set_tool("finding"), icon_name="map-pin"))
        visit = QHBoxLayout()
        visit.addWidget(self.visit, 1)
        visit.addWidget(self.next_button)
        column.addLayout(visit)
        column.addWidget(self.wall)
        column.addWidget(rule())
        column.addWidget(self.form)
        column.addLayout(self._photos)
        column.addWidget(self.steps)
        column.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(body)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(area)

    # -- what it shows ---------------------------------------------------------------------------------------------------

    def _show(self) -> None:
        draft, network = self._findings.draft, self._session.network
        finding = draft.finding if draft is not None else Finding()
        words = place_words(finding, network) if network is not None else ""
        stored = draft is not None and draft.fid > 0
        length = self._findings.run_length if self._findings.is_typed else None
        self.form.show_finding(finding, words, pipe_length=length or self._length_of(finding), stored=stored)
        is_hazard = stored and finding.system == SYSTEM
        self.form.status.setEnabled(not is_hazard)
        self.steps.show_finding(finding.fid or 0 if is_hazard else 0)
        self._show_visit()
        self._show_wall()
        self._show_photos(draft.fid if draft is not None else 0)

    def _show_visit(self) -> None:
        """Say which inspection is entered into."""
        listed = self._findings.inspection
        can_type = listed is not None and listed.is_matched
        self.next_button.setVisible(can_type)
        self.form.next_button.setVisible(can_type)
        if listed is None:
            self.visit.setText(_("Choose an inspection in the list to enter its findings one after the other."))
            return
        told = (listed.name, listed.inspection.inspected[:10], listed.inspection.inspector)
        self.visit.setText(_("Inspection {name}").format(name=" · ".join(filter(None, told))))

    def _begin_next(self) -> None:
        self._findings.begin_next()
        self.form.begin()

    def _length_of(self, finding: Finding) -> float | None:
        row = self._row_of(finding)
        network = self._session.network
        long = float(network.length[row]) if network is not None and row is not None else float("nan")
        return long if np.isfinite(long) else None

    def _row_of(self, finding: Finding) -> int | None:
        network = self._session.network
        if network is None or finding.pipe is None:
            return None
        rows = np.flatnonzero(network.pipe_fid == finding.pipe)
        return int(rows[0]) if len(rows) else None

    def _show_wall(self) -> None:
        network, draft = self._session.network, self._findings.draft
        row = self._row_of(draft.finding) if draft is not None else None
        if row is None and len(self._session.selection.pipes):
            row = int(self._session.selection.pipes[0])
        self._pipe = row
        if network is None or row is None or row >= network.pipe_count:
            self.wall.show_pipe((), 0.0, ("", ""))
            return
        fid, long = int(network.pipe_fid[row]), float(network.weight[row])
        first, second = (int(network.node_fid[end]) for end in network.pipe_ends[row])
        shown = []
        for one in self._findings.stored:
            finding = one.finding
            if finding.pipe != fid or finding.station is None:
                continue
            reach = (finding.station, finding.station + (finding.length or 0.0))
            far = finding.from_node == second and first != second
            ends = sorted(long - at if far else at for at in reach)
            shown.append((one, ends[0], ends[1]))
        names = [network.node_ids[end] for end in network.pipe_ends[row]]
        self.wall.show_pipe(shown, long, (names[0], names[1]), chosen=draft.fid if draft is not None else 0)

    def _show_photos(self, fid: int) -> None:
        self._put_photos([])
        survey = self._session.survey
        if not fid or survey is None:
            return

        def arrived(found: Shown) -> None:
            draft = self._findings.draft
            if draft is not None and draft.fid == fid:
                self._put_photos(found)

        self._session.run(partial(_read_photos, survey, fid), _("Reading photos"), arrived)

    def _put_photos(self, found: Shown) -> None:
        while (item := self._photos.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        for number, (attachment, small) in enumerate(found):
            made = QToolButton()
            made.setAutoRaise(True)
            made.setToolTip(attachment.name)
            made.setAccessibleName(attachment.name)
            picture = QPixmap()
            if small is not None and picture.loadFromData(small):
                made.setIcon(picture)
                made.setIconSize(picture.size().scaled(_THUMB, _THUMB, Qt.AspectRatioMode.KeepAspectRatio))
            else:
                made.setText(attachment.name if attachment.there else _("Picture missing"))
            made.clicked.connect(partial(self._view_photo, attachment))
            self._photos.addWidget(made, number // _A_ROW, number % _A_ROW)

    # -- what a person does --------------------------------------------------------------------------------------------

    def _keep(self, finding: Finding) -> None:
        draft = self._findings.draft
        done = self._begin_next if self.form.goes_on and self._findings.inspection is not None else lambda: None
        self._findings.keep(finding, fid=draft.fid if draft is not None else 0, done=done)

    def _delete(self) -> None:
        if self._findings.draft is not None and self._findings.draft.fid:
            self._findings.delete(self._findings.draft.fid)

    def _place(self, station: float, hour: int) -> None:
        """Begin a finding at a place on the unrolled wall."""
        from pipemap.model.course import point_at, spot_at

        network = self._session.network
        if network is None or self._pipe is None:
            return
        course = np.asarray(network.lines[self._pipe])
        if len(course) > 1:
            point = point_at(course, spot_at(course, station))
            self._findings.place(Element("pipe", self._pipe), (float(point[0]), float(point[1]), 0.0), hour)

    def _view_photo(self, attachment: Attachment, _checked: bool = False) -> None:  # noqa: FBT001, FBT002 -- a slot
        survey = self._session.survey
        if survey is not None and attachment.there:
            work = partial(_read_large, survey, attachment.fid)
            self._session.run(work, _("Reading photos"), lambda content: show_photo(self, attachment.name, content))


def _read_photos(survey: Survey, fid: int, _progress: Progress) -> Shown:
    """Read thumbnails of the photos of a finding; None for what is missing or no picture."""
    from pipemap.errors import PipemapError
    from pipemap.store.attachments import thumbnail_of

    found: Shown = []
    for one in attachments_of(survey, [fid]).get(fid, ()):
        content = attachment_content(survey, one.fid) if one.there else None
        try:
            small = thumbnail_of(content, one.name) if content is not None and one.is_picture else None
        except PipemapError:
            small = None
        found.append((one, small))
    return found


def _read_large(survey: Survey, fid: int, _progress: Progress) -> bytes | None:
    from pipemap.errors import PipemapError
    from pipemap.store.attachments import thumbnail_of

    content = attachment_content(survey, fid)
    try:
        return None if content is None else thumbnail_of(content, side=1600)
    except PipemapError:
        return None


def show_photo(parent: QWidget, name: str, content: bytes | None) -> None:
    """Show a photo as large as the screen has room; say where it is missing or cannot be shown."""
    dialog = QDialog(parent.window())
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setWindowTitle(name)
    column = QVBoxLayout(dialog)
    picture = QPixmap()
    if content is not None and picture.loadFromData(content):
        room = dialog.screen().availableSize() * 0.8
        shown = QLabel()
        shown.setPixmap(picture.scaled(room, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation))
        column.addWidget(shown)
    else:
        column.addWidget(label(_("This file is missing, was altered, or is no picture that can be shown."), wrap=True))
    dialog.show()
