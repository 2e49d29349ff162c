"""The fields of one element or of many, typed into; what follows is shown, and Apply stores what was touched as one Change."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QRect, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QLabel, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from pipemap.errors import EditError, PipemapError
from pipemap.gui.cell_editors import Bubble, ListCompleter, ValueEdit
from pipemap.gui.columns import KEYS
from pipemap.gui.icons import icon
from pipemap.gui.parts import Segments, button, label, rule
from pipemap.gui.storing_cells import store
from pipemap.model.entry import refusal_of, typed
from pipemap.model.fields import Field, Layer, fields
from pipemap.model.wording import shown
from pipemap.texts import N_, _

if TYPE_CHECKING:
    from pipemap.gui.session import Rows, Session
    from pipemap.jobs.cell_edits import Line, Proposal, Reader
    from pipemap.jobs.common_values import Common
    from pipemap.progress import Progress
    from pipemap.store import Survey

GROUPS: dict[str, str] = {
    "identity": N_("Identity"),
    "network": N_("Network"),
    "size": N_("Size and material"),
    "levels": N_("Levels and depth"),
    "device": N_("Device"),
    "cable": N_("Cables and ducts"),
    "place": N_("Place and owner"),
    "life": N_("Age and status"),
    "model": N_("Hydraulic model"),
    "provenance": N_("Where the data come from"),
}
"""Headings of the groups that the table of fields names, in order."""

_NAMES = 116
"""Width of the column of names, in pixels."""
_PAUSE = 300
_MOST_SHOWN = 8


class PropertyForm(QWidget):
    """A form for the selected elements of one layer."""

    ended = Signal()
    """Nothing more is edited: go on reading."""
    layer_wanted = Signal(str)

    def __init__(self, session: Session, layer: Layer, rows: Rows, *, other: bool) -> None:
        """``other``: elements of the other layer are selected too, and can be edited instead."""
        super().__init__()
        network = session.network
        assert network is not None  # noqa: S101 -- there is no selection without a survey
        self._session, self._survey, self.layer = session, session.survey, layer
        self.fids = np.sort((network.node_fid if layer == "node" else network.pipe_fid)[rows])
        ids = network.node_ids if layer == "node" else network.pipe_ids
        self._name = (ids[int(rows[0])] or _("Without an id")) if len(rows) == 1 else ""
        self._lines: dict[str, FieldLine] = {}
        self._reader: Reader | None = None
        self._timer = QTimer(self, singleShot=True, interval=_PAUSE)
        self._timer.timeout.connect(self._look_ahead)
        self._asked = 0
        self._is_over = False
        self._body = QVBoxLayout()
        self._body.setContentsMargins(12, 8, 12, 8)
        self._body.setSpacing(8)
        self.follows = label("", wrap=True)
        self.apply_button = button(_("Apply"), self.apply, primary=True)
        self.discard_button = button(_("Done"), self.discard)
        self._waiting = label("", "quiet", wrap=True)
        self._waiting.hide()
        self._lay_out(other=other)
        self._load()

    def _lay_out(self, *, other: bool) -> None:
        head = QVBoxLayout()
        head.setContentsMargins(12, 12, 12, 4)
        head.setSpacing(4)
        words = _("Nodes: {n}") if self.layer == "node" else _("Pipes: {n}")
        head.addWidget(label(self._name or words.format(n=f"{len(self.fids):,}"), "heading"))
        note = _("Node") if self.layer == "node" else _("Pipe")
        head.addWidget(label(note if self._name else _("Only what you touch is stored, in all of them."), "quiet", wrap=True))
        if other:
            choice = Segments([("node", _("Nodes"), ""), ("pipe", _("Pipes"), "")], name=_("What is edited"))
            choice.follow(self.ended, lambda: self.layer)
            choice.chosen.connect(self.layer_wanted)
            head.addWidget(choice)
        head.addWidget(self._waiting)
        inner = QWidget()
        inner.setLayout(self._body)
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setWidget(inner)
        self._bubble = Bubble(inner)
        self.follows.setObjectName("follows")
        self.follows.hide()
        foot = QHBoxLayout()
        foot.setContentsMargins(12, 4, 12, 8)
        foot.setSpacing(8)
        foot.addWidget(self.apply_button)
        foot.addWidget(self.discard_button)
        foot.addStretch(1)
        told = QVBoxLayout()
        told.setContentsMargins(12, 4, 12, 0)
        told.addWidget(self.follows)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(head)
        column.addWidget(self._area, 1)
        column.addWidget(rule())
        column.addLayout(told)
        column.addLayout(foot)
        self.apply_button.setEnabled(False)

    # -- what is there ---------------------------------------------------------------------------------------------

    def _load(self) -> None:
        survey, fids, layer = self._survey, self.fids, self.layer
        if survey is None:
            return

        def work(progress: Progress) -> dict[str, Common]:
            from pipemap.jobs.common_values import common_values

            return common_values(survey, layer, fids, progress=progress)

        self._session.run(work, _("Reading"), lambda common: None if self._is_over else self._build(common))

    def _build(self, common: dict[str, Common]) -> None:
        """Make the fields of all groups."""
        first: FieldLine | None = None
        for group, title in GROUPS.items():
            here = [field for field in fields(self.layer).values() if field.group == group and field.name not in KEYS]
            if not here:
                continue
            self._body.addWidget(label(_(title), "caption"))
            grid = QGridLayout()
            grid.setHorizontalSpacing(8)
            grid.setVerticalSpacing(4)
            grid.setColumnStretch(1, 1)
            for number, field in enumerate(here):
                line = self._add(grid, number, field, common[field.name])
                first = first or line
            self._body.addLayout(grid)
        self._body.addStretch(1)
        if first is not None:
            first.edit.setFocus()

    def _add(self, grid: QGridLayout, number: int, field: Field, common: Common) -> FieldLine | None:
        name = label(field.label, "quiet", wrap=True)
        name.setFixedWidth(_NAMES)
        name.setToolTip(field.meaning)
        grid.addWidget(name, number, 0)
        if refusal_of(field):
            network = self._session.network
            names = network.batch_names if network is not None else {}
            said = names.get(common.value, "") if isinstance(common.value, int) else shown(field, common.value)
            fixed = label(said if common.is_one else _("different"), wrap=True)
            fixed.setToolTip(refusal_of(field))
            grid.addWidget(fixed, number, 1)
            return None
        line = FieldLine(field, common)
        line.edit.textEdited.connect(lambda _text: self._touch(line))
        line.edit.returnPressed.connect(self.apply)
        if isinstance(completer := line.edit.completer(), ListCompleter):
            completer.activated.connect(lambda _text: self._touch(line))
        line.clear_wanted.connect(lambda: self._touch(line))
        self._lines[field.name] = line
        grid.addWidget(line, number, 1)
        return line

    # -- what is typed ---------------------------------------------------------------------------------------------

    @property
    def is_touched(self) -> bool:
        """Whether something was typed that is not stored."""
        return any(line.is_touched for line in self._lines.values())

    def end(self) -> None:
        """Answers that are still to come find nobody."""
        self._is_over = True
        self._asked += 1
        self._timer.stop()

    def keep_for(self, words: str) -> None:
        """Say that something else is selected by now."""
        self._waiting.setText(words)
        self._waiting.show()

    def field(self, name: str) -> ValueEdit:
        """The line of a field."""
        return self._lines[name].edit

    def _touch(self, line: FieldLine) -> None:
        line.look()
        self._check(line)
        touched = [one for one in self._lines.values() if one.is_touched]
        wrong = any(one.edit.property("refused") for one in touched)
        self.apply_button.setEnabled(bool(touched) and not wrong)
        self.discard_button.setText(_("Discard") if touched else _("Done"))
        self._timer.start()

    def _check(self, line: FieldLine) -> None:
        """Mark a text that the field cannot hold, with the reason beside it."""
        reason = ""
        if line.is_touched:
            try:
                self._texts().read(line.field.name, line.edit.text())
            except EditError as error:
                reason = str(error)
        line.edit.set_refused(bool(reason))
        corner = line.edit.mapTo(self._bubble.ground, line.edit.rect().topLeft())
        self._bubble.show_beside(reason, QRect(corner, line.edit.size()))

    def _texts(self) -> Reader:
        from pipemap.jobs.cell_edits import Reader

        network = self._session.network
        assert network is not None  # noqa: S101 -- there is no selection without a survey
        if self._reader is None or self._reader.network is not network:
            self._reader = Reader(network, self.layer)
        return self._reader

    def _proposal(self, survey: Survey) -> Proposal | None:
        """What was touched, for all elements; None while it cannot be stored."""
        from pipemap.jobs.cell_edits import propose_same

        try:
            values = {name: self._texts().read(name, line.edit.text()) for name, line in self._lines.items() if line.is_touched}
        except EditError:
            return None
        if not values:
            return None
        label_ = _("Edit {id}").format(id=self._name) if self._name else _("Edit {n} elements").format(n=f"{len(self.fids):,}")
        return propose_same(survey, self.layer, self.fids, values, label_)

    def _look_ahead(self) -> None:
        """Work out what follows, before anything is stored."""
        survey = self._survey
        proposal = self._proposal(survey) if survey is not None else None
        self._asked += 1
        asked = self._asked
        if survey is None or proposal is None:
            self._tell([], ())
            return

        def work(progress: Progress) -> list[Line]:
            from pipemap.jobs.cell_edits import followers

            change = survey.plan_update(proposal.cells, proposal.label, progress=progress)
            return followers(survey, change, proposal.cells)

        def done(lines: list[Line]) -> None:
            if asked == self._asked:
                self._tell(lines, proposal.notes)

        def failed(error: Exception) -> None:
            if not isinstance(error, PipemapError):
                self._session.complain(error)
            elif asked == self._asked:
                self._tell([], (str(error),))

        self._session.run(work, _("Looking"), done, failed)

    def _tell(self, lines: list[Line], notes: tuple[str, ...]) -> None:
        known = {layer: fields(layer) for layer in ("node", "pipe")}
        said = [
            _("{id}: {field} {before} → {after}").format(
                id=line.id,
                field=known[line.layer][line.field].label,
                before=line.before or _("(empty)"),
                after=line.after or _("(empty)"),
            )
            for line in lines[:_MOST_SHOWN]
        ]
        if len(lines) > _MOST_SHOWN:
            said.append(_("and {n} more").format(n=len(lines) - _MOST_SHOWN))
        if said:
            said.insert(0, _("What follows:"))
        self.follows.setText("\n".join([*said, *notes]))
        self.follows.setVisible(bool(said or notes))

    # -- the end ---------------------------------------------------------------------------------------------------

    def apply(self) -> None:
        """Store what was touched, as one Change."""
        survey = self._survey
        if survey is None or survey is not self._session.survey or not self.apply_button.isEnabled():
            return
        proposal = self._proposal(survey)
        if proposal is None:
            return
        self.apply_button.setEnabled(False)

        def done() -> None:
            if self._is_over:
                return
            for line in self._lines.values():
                line.settle()
            self.ended.emit()

        def failed(error: Exception) -> None:
            if not self._is_over:
                self.apply_button.setEnabled(True)
            self._session.complain(error)

        store(self._session, proposal, done=done, failed=failed)

    def discard(self) -> None:
        """Let everything that was typed go."""
        for line in self._lines.values():
            line.settle()
        self.ended.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc ends."""
        if event.key() == Qt.Key.Key_Escape:
            self.discard()
            return
        super().keyPressEvent(event)


@dataclass(slots=True)
class _Begun:
    text: str
    cleared: bool = False


class FieldLine(QWidget):
    """One field: its line, and its unit behind it."""

    clear_wanted = Signal()

    def __init__(self, field: Field, common: Common) -> None:
        super().__init__()
        self.field = field
        self.edit = ValueEdit(field)
        self._begun = _Begun(typed(field, common.value) if common.is_one else "")
        self.edit.setText(self._begun.text)
        self.edit.setCursorPosition(0)
        if not common.is_one:
            self.edit.setPlaceholderText(_("different ({n})").format(n=f"{common.different:,}"))
            clear = self.edit.addAction(icon("eraser"), QLineEdit.ActionPosition.TrailingPosition)
            clear.setToolTip(_("Empty it in all of them"))
            clear.triggered.connect(self._clear)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self.edit, 1)
        if field.unit:
            unit = QLabel(field.unit)
            unit.setProperty("role", "quiet")
            unit.setFixedWidth(28)
            row.addWidget(unit)

    @property
    def is_touched(self) -> bool:
        """Whether it holds something else than at first."""
        return self._begun.cleared or self.edit.text() != self._begun.text

    def _clear(self) -> None:
        self.edit.clear()
        self._begun.cleared = True
        self.edit.setPlaceholderText(_("(empty)"))
        self.clear_wanted.emit()

    def look(self) -> None:
        """Show that it was touched."""
        self.edit.setProperty("touched", self.is_touched)
        self.edit.style().polish(self.edit)

    def settle(self) -> None:
        """Count what stands here as what is stored."""
        self._begun = _Begun(self.edit.text())
        self.look()
