"""The manual: pages written by hand (``resources/manual``), and pages made from the program's own tables."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import (
    QDesktopServices,
    QImage,
    QKeySequence,
    QResizeEvent,
    QTextBlockFormat,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFrameFormat,
    QTextLength,
    QTextTable,
)
from PySide6.QtWidgets import QHBoxLayout, QListWidget, QListWidgetItem, QTextBrowser, QVBoxLayout, QWidget

from pipemap import assets
from pipemap.gui import theme
from pipemap.gui.commands import COMMANDS, MENUS
from pipemap.gui.parts import label
from pipemap.settings import SETTINGS
from pipemap.texts import _, language

_EMPTY = "\N{NO-BREAK SPACE}"  # Qt joins a cell without text to its neighbour
CHINESE = ".zh-CN.md"
"""A page ``trace.md`` has its Chinese twin in ``trace.zh-CN.md``; pages are ordered by file name."""


@dataclass(frozen=True)
class Page:
    """One page: ``name`` without language and suffix, first heading, Markdown."""

    name: str
    title: str
    text: str


def pages() -> list[Page]:
    """Every page in the language on screen; a page without a Chinese twin is shown in English."""
    written = [_written(path) for path in sorted(_folder().glob("*.md")) if not path.name.endswith(CHINESE)]
    return [*written, Page("commands", _("Commands and keys"), commands_page()), Page("settings", _("Settings"), settings_page())]


def commands_page() -> str:
    """Markdown of every command, by menu."""
    lines = [f"# {_('Commands and keys')}", ""]
    lines += [_("Press {key} and type a few letters to find any of them: in Chinese, in pinyin initials, or in English.").format(
        key=f"`{_keys('Ctrl+Shift+P')}`"), ""]  # fmt: skip
    for menu, rows in groupby(sorted(COMMANDS, key=lambda row: list(MENUS).index(row.menu)), key=lambda row: row.menu):
        lines += [f"## {plain(_(MENUS[menu]))}", "", f"| {_('Command')} | {_('Key')} | {_('What it does')} |", "|---|---|---|"]
        for row in rows:
            keys = f"`{_keys(row.shortcut)}`" if row.shortcut else _EMPTY
            lines.append(f"| {row.label} | {keys} | {_(row.tip) if row.tip else _EMPTY} |")
        lines.append("")
    return "\n".join(lines)


def settings_page() -> str:
    """Markdown of every setting, by group."""
    lines = [f"# {_('Settings')}", ""]
    for group, rows in groupby(SETTINGS, key=lambda row: row.group):
        lines += [f"## {_(group)}", "", f"| {_('Setting')} | {_('What it does')} |", "|---|---|"]
        lines += [f"| {_(row.label)} | {_(row.help)} |" for row in rows]
        lines.append("")
    return "\n".join(lines)


def plain(title: str) -> str:
    """A menu title without the mark of its key: ``&File``, ``文件(&F)``."""
    return title.split("(&", maxsplit=1)[0].replace("&", "")


def _keys(shortcut: str) -> str:
    return QKeySequence(shortcut).toString(QKeySequence.SequenceFormat.NativeText)


def _folder() -> Path:
    return assets.resource("manual")


def _written(path: Path) -> Page:
    chinese = path.with_name(path.name.removesuffix(".md") + CHINESE)
    source = chinese if language() == "zh" and chinese.exists() else path
    text = source.read_text(encoding="utf-8")
    heading = next((line.removeprefix("# ").strip() for line in text.splitlines() if line.startswith("# ")), path.stem)
    return Page(path.stem, heading, text)


class ManualWindow(QWidget):
    """Pages at the left, the page at the right; a window of its own beside the main window."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(_("Manual – pipemap"))
        self.resize(1000, 720)
        self._pages = pages()
        self._list = QListWidget()
        self._list.setFixedWidth(232)
        self._list.setAccessibleName(_("Pages"))
        self._browser = PageBrowser()
        self._browser.setOpenLinks(False)
        self._browser.anchorClicked.connect(self._follow)
        self._browser.setAccessibleName(_("Manual"))
        self._browser.document().setDocumentMargin(32)
        for page in self._pages:
            item = QListWidgetItem(page.title, self._list)
            item.setData(Qt.ItemDataRole.UserRole, page.name)
        self._list.currentRowChanged.connect(self._show)
        left = QVBoxLayout()
        left.setContentsMargins(12, 16, 8, 12)
        left.setSpacing(8)
        left.addWidget(label(_("Manual"), "heading"))
        left.addWidget(self._list, 1)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addLayout(left)
        row.addWidget(self._browser, 1)

    def show_page(self, name: str) -> None:
        """Open at a page; at the first one where there is none of this name."""
        names = [page.name for page in self._pages]
        self._list.setCurrentRow(names.index(name) if name in names else 0)

    def _show(self, place: int) -> None:
        page = self._pages[place]
        self._browser.document().setBaseUrl(QUrl.fromLocalFile(f"{_folder().as_posix()}/"))
        self._browser.setMarkdown(page.text)
        set_type(self._browser.document())
        self._browser.moveCursor(QTextCursor.MoveOperation.Start)
        self._browser.fit_pictures()

    def _follow(self, url: QUrl) -> None:
        name = Path(url.path()).name.removesuffix(".md").removesuffix(".zh-CN")
        if url.scheme() in ("", "file") and name in [page.name for page in self._pages]:
            self.show_page(name)
        elif url.scheme() in ("http", "https"):
            QDesktopServices.openUrl(url)


class PageBrowser(QTextBrowser):
    """A page whose pictures are as wide as the page, and no wider than they are."""

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the pictures again."""
        super().resizeEvent(event)
        self.fit_pictures()

    def fit_pictures(self) -> None:
        """Give every picture of the page the size that there is room for."""
        document, sharpness = self.document(), self.devicePixelRatioF()
        room = max(160, self.viewport().width() - 2 * round(document.documentMargin()))
        for place in pictures_of(document):
            url = document.baseUrl().resolved(QUrl(place.charFormat().toImageFormat().name()))
            picture = QImage(url.toLocalFile())
            if picture.width() > room * sharpness:
                picture = picture.scaledToWidth(round(room * sharpness), Qt.TransformationMode.SmoothTransformation)
            picture.setDevicePixelRatio(sharpness)
            document.addResource(QTextDocument.ResourceType.ImageResource.value, url, picture)
        document.markContentsDirty(0, document.characterCount())


def pictures_of(document: QTextDocument) -> list[QTextCursor]:
    """Cursors that stand behind each picture of a document."""
    places = []
    for at, letter in enumerate(document.toRawText()):
        if letter == "\N{OBJECT REPLACEMENT CHARACTER}":
            place = QTextCursor(document)
            place.setPosition(at + 1)
            places.append(place)
    return [place for place in places if place.charFormat().isImageFormat()]


def set_type(document: QTextDocument) -> None:
    """Give a Markdown document the window's type: air around headings and lines, quiet tables, pictures that fit."""
    sizes = {1: 1.7, 2: 1.3, 3: 1.1}
    base = document.defaultFont().pointSizeF()
    block = document.begin()
    while block.isValid():
        level = block.blockFormat().headingLevel()
        shape, letters = QTextBlockFormat(), QTextCharFormat()
        in_table = QTextCursor(block).currentTable() is not None
        shape.setLineHeight(140, QTextBlockFormat.LineHeightTypes.ProportionalHeight.value)
        shape.setTopMargin({0: 0, 1: 0, 2: 24}.get(level, 16))
        shape.setBottomMargin(0 if in_table else 8)
        cursor = QTextCursor(block)
        cursor.mergeBlockFormat(shape)
        if level:
            letters.setFontPointSize(base * sizes.get(level, 1.0))
            letters.setFontWeight(600)
            cursor.select(QTextCursor.SelectionType.BlockUnderCursor)
            cursor.mergeCharFormat(letters)
        block = block.next()
    for frame in document.rootFrame().childFrames():
        if isinstance(frame, QTextTable):
            shape_table(frame)


def shape_table(table: QTextTable) -> None:
    """Hairlines and air instead of a box."""
    style = table.format()
    style.setBorder(0)
    style.setBorderCollapse(True)
    style.setCellPadding(6)
    style.setCellSpacing(0)
    style.setTopMargin(4)
    style.setBottomMargin(12)
    style.setWidth(QTextLength(QTextLength.Type.PercentageLength, 100))
    table.setFormat(style)
    for row in range(table.rows()):
        for column in range(table.columns()):
            cell = table.cellAt(row, column)
            line = cell.format().toTableCellFormat()
            line.setBottomBorder(1)
            line.setBottomBorderStyle(QTextFrameFormat.BorderStyle.BorderStyle_Solid)
            line.setBottomBorderBrush(theme.colour("line"))
            cell.setFormat(line)
