"""What is seen before anything is open: what to do first, and the surveys of last time."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtGui import QKeySequence, QPainter, QPainterPath, QPixmap
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QMenu, QPushButton, QScrollArea, QVBoxLayout, QWidget

from pipemap.gui import theme
from pipemap.gui.commands import Context, command
from pipemap.gui.icons import icon
from pipemap.gui.parts import ElidedLabel, label
from pipemap.gui.recent import RecentSurvey
from pipemap.gui.safety_actions import restore_backup
from pipemap.gui.words import moment
from pipemap.store import backups_of
from pipemap.texts import N_, _

ACTIONS = ("file.open", "file.import", "file.new", "file.sample", "help.manual")
"""Commands offered, the likeliest first."""

STEPS = (
    N_("Open the sample city, or import what you have: survey tables, GIS layers, models."),
    N_("Hold Alt and drag to turn the map, zoom with the wheel, click a pipe to see what it is."),
    N_("Choose Trace and click a pipe: everything up- or downstream lights up."),
)
"""What to do first, in three lines."""

CARD = QSize(232, 196)
_PICTURE = QSize(230, 132)
_COLUMNS = 3
_ROOM = _COLUMNS * CARD.width() + (_COLUMNS - 1) * 16


class StartPage(QScrollArea):
    """Scrolls where the window is small."""

    def __init__(self, context: Context) -> None:
        super().__init__()
        self._context = context
        self.setObjectName("start")
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        page = QWidget()
        page.setObjectName("start")
        outer = QHBoxLayout(page)
        outer.setContentsMargins(32, 32, 32, 32)
        outer.setSpacing(56)
        outer.addStretch(1)
        outer.addWidget(self._make_left(), 0, Qt.AlignmentFlag.AlignTop)
        outer.addWidget(self._make_right(), 0, Qt.AlignmentFlag.AlignTop)
        outer.addStretch(1)
        self._outer = outer
        self.setWidget(page)
        context.session.theme_changed.connect(self.refresh)

    def _make_left(self) -> QWidget:
        left = QWidget()
        left.setFixedWidth(320)
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(_inset(label("pipemap", "title")))
        words = _("A town’s buried pipes in one map: see them in 3D, trace them, find what is wrong.")
        column.addWidget(_inset(label(words, "quiet", wrap=True)))
        column.addSpacing(24)
        for wanted in ACTIONS:
            column.addWidget(self._make_action(wanted))
        column.addSpacing(24)
        column.addWidget(_inset(label(_("What to do first"), "strong")))
        column.addSpacing(4)
        for place, step in enumerate(STEPS, 1):
            column.addLayout(_step(place, _(step)))
        return left

    def _make_action(self, wanted: str) -> QPushButton:
        row = command(wanted)
        made = QPushButton()
        made.setObjectName("startAction")
        made.setAccessibleName(row.label)
        made.setToolTip(_(row.tip) if row.tip else "")
        made.setCursor(Qt.CursorShape.PointingHandCursor)
        made.clicked.connect(lambda: row(self._context))
        line = QHBoxLayout(made)
        line.setContentsMargins(8, 0, 12, 0)
        line.setSpacing(12)
        picture = _Picture(row.icon, 20)
        keys = QKeySequence(row.shortcut).toString(QKeySequence.SequenceFormat.NativeText)
        for part in (picture, label(row.label), None, label(keys, "small")):
            if part is None:
                line.addStretch(1)
                continue
            part.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
            line.addWidget(part)
        return made

    def _make_right(self) -> QWidget:
        right = QWidget()
        column = QVBoxLayout(right)
        column.setContentsMargins(0, 8, 0, 0)
        column.setSpacing(12)
        column.addWidget(label(_("Recent surveys"), "heading"))
        self._grid_holder = QWidget()
        self._grid = QGridLayout(self._grid_holder)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(16)
        self._grid.setColumnStretch(_COLUMNS - 1, 1)
        right.setFixedWidth(_ROOM)
        column.addWidget(self._grid_holder)
        self._drop = _drop_zone()
        column.addWidget(self._drop)
        column.addStretch(1)
        return right

    def refresh(self) -> None:
        """Show the recent surveys as they are now."""
        while self._grid.count():
            item = self._grid.takeAt(0)
            if item is not None and (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        surveys = self._context.window.memory.surveys[:9]
        for place, survey in enumerate(surveys):
            self._grid.addWidget(_Card(survey, self._context), place // _COLUMNS, place % _COLUMNS, Qt.AlignmentFlag.AlignLeft)
        if not surveys:
            words = label(_("Nothing has been opened yet. What you open appears here, with a picture."), "quiet", wrap=True)
            self._grid.addWidget(words, 0, 0, 1, _COLUMNS)
        self._drop.setFixedHeight(96 if surveys else 280)

    def show_drop(self, *, on: bool) -> None:
        """Mark where a file can be dropped."""
        tokens = theme.colours(theme.is_dark())
        marked = f"#dropZone {{ background: {tokens['accent_soft']}; border-color: {tokens['accent']}; }}"
        self._drop.setStyleSheet(marked if on else "")


def _inset(words: QLabel) -> QLabel:
    """Stands where the icons of the actions stand."""
    words.setContentsMargins(8, 0, 0, 0)
    return words


def _step(place: int, words: str) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(12)
    row.setContentsMargins(8, 4, 0, 4)
    number = label(str(place))
    number.setObjectName("stepNumber")
    number.setAlignment(Qt.AlignmentFlag.AlignCenter)
    number.setFixedSize(24, 24)
    row.addWidget(number, 0, Qt.AlignmentFlag.AlignTop)
    row.addWidget(label(words, "quiet", wrap=True), 1)
    return row


def _drop_zone() -> QWidget:
    zone = QWidget()
    zone.setObjectName("dropZone")
    zone.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
    column = QVBoxLayout(zone)
    column.setContentsMargins(16, 16, 16, 16)
    column.setSpacing(8)
    words = label(_("Drop a survey here to open it, or tables and model files to import them."), "quiet", wrap=True)
    words.setAlignment(Qt.AlignmentFlag.AlignCenter)
    column.addStretch(1)
    column.addWidget(_Picture("tray", 24), 0, Qt.AlignmentFlag.AlignHCenter)
    column.addWidget(words)
    column.addStretch(1)
    return zone


class _Picture(QLabel):
    """An icon that follows the theme."""

    def __init__(self, name: str, size: int) -> None:
        super().__init__()
        self._icon, self._size = icon(name, tint="accent"), size
        self.setFixedSize(size, size)

    def paintEvent(self, event: object) -> None:  # noqa: ARG002
        painter = QPainter(self)
        self._icon.paint(painter, self.rect())
        painter.end()


class _Card(QPushButton):
    """One recent survey: its picture, name, size, place and time."""

    def __init__(self, survey: RecentSurvey, context: Context) -> None:
        super().__init__()
        self._survey, self._context = survey, context
        self.setObjectName("startCard")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(survey.name)
        self.setToolTip(survey.path)
        self.clicked.connect(lambda: context.session.open(survey.path))
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._open_menu)
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 1, 1, 8)
        column.setSpacing(0)
        picture = QLabel()
        picture.setFixedSize(_PICTURE)
        picture.setPixmap(_thumbnail(context.window.memory.picture(survey.path), self.devicePixelRatioF()))
        words = QVBoxLayout()
        words.setContentsMargins(12, 8, 12, 0)
        words.setSpacing(0)
        name, facts = ElidedLabel(survey.name), label(_facts(survey), "small")
        name.setProperty("role", "strong")
        words.addWidget(name)
        words.addWidget(facts)
        for part in (picture, name, facts):
            part.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        column.addWidget(picture)
        column.addLayout(words, 1)

    def _open_menu(self, place: QPoint) -> None:
        menu = QMenu(self)
        menu.addAction(_("Open"), lambda: self._context.session.open(self._survey.path))
        self._add_backups(menu)
        menu.addAction(_("Take off this list"), self._forget)
        menu.exec(self.mapToGlobal(place))
        menu.deleteLater()

    def _add_backups(self, menu: QMenu) -> None:
        """Offer the backups of the survey, newest first."""
        path = Path(self._survey.path)
        found = backups_of(path)
        below = menu.addMenu(_("Bring a backup back"))
        below.setEnabled(bool(found))
        for one in found:
            words = f"{moment(one.time.isoformat())}   {one.size / 1e6:,.1f} MB"
            below.addAction(words, partial(restore_backup, self._context, path, one))

    def _forget(self) -> None:
        self._context.window.memory.forget(self._survey.path)
        self._context.window.start_page.refresh()


def _facts(survey: RecentSurvey) -> str:
    pipes = _("{n} pipes").format(n=f"{survey.pipes:,}") if survey.pipes is not None else ""
    return " · ".join(part for part in (pipes, moment(survey.opened)) if part)


def _thumbnail(picture: QPixmap | None, ratio: float) -> QPixmap:
    """The picture with round upper corners; without one, the sign of a network on the map's ground."""
    made = QPixmap(_PICTURE * ratio)
    made.setDevicePixelRatio(ratio)
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
    path = QPainterPath()
    path.addRoundedRect(0, 0, _PICTURE.width(), _PICTURE.height() + 12, 9, 9)
    painter.setClipPath(path)
    if picture is not None:
        height = round(picture.height() * _PICTURE.width() / picture.width())
        painter.drawPixmap(0, min(0, (_PICTURE.height() - height) // 2), _PICTURE.width(), height, picture)
    else:
        painter.fillPath(path, theme.colour("raised"))
        size = 40
        icon("tree-structure", tint="text_off").paint(
            painter, (_PICTURE.width() - size) // 2, (_PICTURE.height() - size) // 2, size, size
        )
    painter.end()
    return made
