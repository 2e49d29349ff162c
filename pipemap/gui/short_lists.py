"""Short lists inside a panel: figures by category and size, elements to click. As high as their rows, up to a dozen."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QHeaderView, QScrollArea, QTreeWidget, QTreeWidgetItem, QWidget

from pipemap.gui import theme
from pipemap.gui.swatches import category_icon, swatch
from pipemap.model.wording import UNKNOWN, category_label, kind_label, metres, size_label
from pipemap.texts import _

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.model.network import Network

MOST_ROWS = 12
"""Rows shown without scrolling."""
MOST_LISTED = 500
"""Rows listed one by one; a last line says how many more there are."""

_UNKNOWN_SIZE = 10**9
"""Larger than any size in tenths of a millimetre."""
_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_CALL, _DOUBLE = Qt.ItemDataRole.UserRole, Qt.ItemDataRole.UserRole + 1


class ShortList(QTreeWidget):
    """Rows of texts; the first column takes the room that is left, numbers stand at the right."""

    def __init__(self, headings: Sequence[str], *, numbers: int = 0) -> None:
        """``numbers``: so many of the last columns are figures."""
        super().__init__()
        self._numbers = numbers
        self.setHeaderLabels(list(headings))
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setIconSize(QSize(12, 12))
        self.setVerticalScrollMode(QTreeWidget.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(headings[0])
        header = self.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for column in range(1, len(headings)):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.ResizeToContents)
            if column >= len(headings) - numbers:
                self.headerItem().setTextAlignment(column, _RIGHT)
        self.itemClicked.connect(lambda item: _call(item, _CALL))
        self.itemActivated.connect(lambda item: _call(item, _DOUBLE))

    def add(
        self,
        *texts: str,
        category: str | None = None,
        colour: str = "",
        click: Callable[[], None] | None = None,
        go: Callable[[], None] | None = None,
    ) -> None:
        """One row, with the colour of a category or another one: ``click`` runs at a click, ``go`` at a double click or Enter."""
        item = QTreeWidgetItem(list(texts))
        for column, text in enumerate(texts):
            item.setToolTip(column, text)
        for column in range(max(1, len(texts) - self._numbers), len(texts)):
            item.setTextAlignment(column, _RIGHT)
        if category:
            item.setIcon(0, category_icon(category, dark=theme.is_dark()))
        elif colour:
            item.setIcon(0, swatch(colour))
        item.setData(0, _CALL, click)
        item.setData(0, _DOUBLE, go)
        self.addTopLevelItem(item)

    def share_room(self) -> None:
        """Give all columns the same room: words that are too long are shortened."""
        for column in range(self.columnCount()):
            self.header().setSectionResizeMode(column, QHeaderView.ResizeMode.Stretch)

    def add_rest(self, count: int) -> None:
        """Say how many rows are not listed; nothing where all are."""
        if count > 0:
            item = QTreeWidgetItem([_("and {n} more, all in the export").format(n=f"{count:,}")])
            item.setFlags(Qt.ItemFlag.NoItemFlags)
            item.setFirstColumnSpanned(True)
            self.addTopLevelItem(item)

    def fitted(self) -> ShortList | None:
        """Become as high as the rows are; without rows go, and return None."""
        rows = self.topLevelItemCount()
        if not rows:
            self.deleteLater()
            return None
        row = max(26, self.sizeHintForRow(0))
        self.setFixedHeight(min(rows, MOST_ROWS) * row + self.header().sizeHint().height() + 2 * self.frameWidth() + 2)
        return self


def _call(item: QTreeWidgetItem, role: int) -> None:
    act = item.data(0, role)
    if act is not None:
        act()


def categories_of(network: Network, pipes: NDArray[np.int64], select: Callable[[NDArray[np.int64]], None]) -> ShortList | None:
    """Pipes and metres by category; a click on a row gives its pipes to ``select``."""
    made = ShortList((_("Category"), _("Pipes"), _("Length")), numbers=2)
    for code, mine in _alike(network.pipe_category.codes[pipes], pipes):
        word = network.pipe_category.values[code] if code >= 0 else None
        _add_sum(made, network, mine, category_label(word) if word else _("Unknown"), select, category=word)
    return made.fitted()


def sizes_of(network: Network, pipes: NDArray[np.int64], select: Callable[[NDArray[np.int64]], None]) -> ShortList | None:
    """Pipes and metres by size, small ones first and unknown ones last."""
    made = ShortList((_("Size"), _("Pipes"), _("Length")), numbers=2)
    width, height = (
        np.nan_to_num(column[pipes] * 1e4, nan=_UNKNOWN_SIZE).astype(np.int64) for column in (network.width, network.height)
    )
    for _size, mine in _alike(width * _UNKNOWN_SIZE + height, pipes):
        _add_sum(made, network, mine, _words_of_size(network, mine), select)
    return made.fitted()


def _alike(keys: NDArray[np.integer], rows: NDArray[np.int64]) -> Iterator[tuple[int, NDArray[np.int64]]]:
    """Each key, ascending, with the rows that have it; in one walk over a million of them."""
    encoded = pc.dictionary_encode(pa.array(keys))
    kinds = encoded.dictionary.to_numpy()
    ascending = np.argsort(kinds)
    place = np.empty(len(kinds), dtype=np.int16 if len(kinds) < np.iinfo(np.int16).max else np.int32)  # sorted by counting
    place[ascending] = np.arange(len(kinds))
    group = place[encoded.indices.to_numpy()]
    parts = np.split(rows[np.argsort(group, kind="stable")], np.cumsum(np.bincount(group, minlength=len(kinds)))[:-1])
    yield from zip(kinds[ascending].tolist(), parts if len(kinds) else [], strict=True)


def kinds_of(network: Network, nodes: NDArray[np.int64], select: Callable[[NDArray[np.int64]], None]) -> ShortList | None:
    """Nodes by what they are, the most frequent first."""
    made = ShortList((_("Kind"), _("Nodes")), numbers=1)
    for code, mine in sorted(_alike(network.node_kind.codes[nodes], nodes), key=lambda found: -len(found[1])):
        name = kind_label(network.node_kind.values[code] if code >= 0 else "point")
        made.add(name, f"{len(mine):,}", click=partial(select, mine))
    return made.fitted()


def _words_of_size(network: Network, pipes: NDArray[np.int64]) -> str:
    words = size_label(network, int(pipes[0]))
    return words if words != UNKNOWN else _("Unknown")


def _add_sum(
    made: ShortList,
    network: Network,
    pipes: NDArray[np.int64],
    name: str,
    select: Callable[[NDArray[np.int64]], None],
    *,
    category: str | None = None,
) -> None:
    length = metres(float(network.weight[pipes].sum()))
    made.add(name, f"{len(pipes):,}", length, category=category, click=lambda: select(pipes))


def show_page(area: QScrollArea, page: QWidget) -> None:
    """Put another page into a scroll area; the old one goes once the click that asked for it is over."""
    old = area.takeWidget()
    if old is not None:
        old.hide()
        old.deleteLater()
    area.setWidget(page)
