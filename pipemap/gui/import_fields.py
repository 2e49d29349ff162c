"""What a column or a table of a source can mean, how sure the reader was of it, and the list from which a person corrects it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QIcon, QKeyEvent
from PySide6.QtWidgets import QFrame, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from pipemap.gui.icons import icon
from pipemap.model.fields import LAYERS, fields
from pipemap.model.wording import heading
from pipemap.texts import N_, _

if TYPE_CHECKING:
    from pipemap.model.delivery import SourceColumn

SURE = 0.9
"""From here on a meaning is not marked as a guess."""

KIND_TEXTS: dict[str, str] = {
    "node": N_("Points"),
    "pipe": N_("Pipes"),
    "row": N_("Points with connections"),
    "customer": N_("Customers"),
    "": N_("Leave out"),
}

Mark = Literal["unknown", "guess", "sure", "left"]
MARKS: tuple[Mark, ...] = ("unknown", "guess", "sure", "left")
"""What needs a look comes first."""
MARK_TEXTS: dict[Mark, str] = {
    "unknown": N_("Not understood"),
    "guess": N_("A guess"),
    "sure": N_("Sure"),
    "left": N_("Left out"),
}
MARK_LOOKS: dict[Mark, tuple[str, str]] = {
    "unknown": ("warning-circle", "warning"),
    "guess": ("question", "accent"),
    "sure": ("check-circle", "success"),
    "left": ("minus-circle", "text_2"),
}
"""Shape and colour, so that neither has to be seen alone."""


_OF_CUSTOMERS: dict[str, str] = {
    "id": N_("Customer number"),
    "name": N_("Name"),
    "class": N_("Kind of customer"),
    "critical": N_("Must not be cut off"),
    "households": N_("Households"),
    "own_tank_hours": N_("Own tank lasts (h)"),
    "demand_lps": N_("Demand (L/s)"),
    "demand_m3d": N_("Demand (m³/d)"),
    "demand_m3h": N_("Demand (m³/h)"),
    "contact": N_("Contact"),
    "address": N_("Address"),
    "meter": N_("Id of its meter"),
    "node": N_("Id of its node"),
    "pipe": N_("Id of its pipe"),
    "element": N_("Id of its node or pipe"),
    "category": N_("Category"),
    "x_axis": N_("X (northing, as surveyed)"),
    "y_axis": N_("Y (easting, as surveyed)"),
    "north": N_("Northing"),
    "east": N_("Easting"),
    "longitude": N_("Longitude"),
    "latitude": N_("Latitude"),
    "note": N_("Note"),
}
"""What a mapping may name for customers, and its words."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One line of a list: its value, its words, and what it belongs to."""

    value: str
    title: str
    group: str = ""


def mark_of(column: SourceColumn) -> Mark:
    """How sure the reader was of a column."""
    if column.field:
        return "sure" if column.confidence >= SURE else "guess"
    return "left" if column.confidence else "unknown"


def mark_icon(mark: Mark) -> QIcon:
    """Shape and colour of a mark."""
    name, token = MARK_LOOKS[mark]
    return icon(name, tint=token, active=token, on=token)


def kind_choices() -> list[Choice]:
    """What a table can hold."""
    return [Choice(value, _(text)) for value, text in KIND_TEXTS.items()]


def field_choices(kind: str) -> list[Choice]:
    """Return the fields that a column of a table can mean, "leave out" first; all where nothing is known of the table."""
    found = [Choice("", _("Leave out"))]
    if kind == "customer":
        return [*found, *(Choice(name, _(title)) for name, title in _OF_CUSTOMERS.items())]
    for value, of in (("node", N_("Points")), ("pipe", N_("Pipes"))):
        seen = {choice.value for choice in found}
        if kind in {value, ""}:
            found += [Choice(name, title, _(of)) for name, title in _titles(value).items() if name not in seen]
    if kind == "row":
        of_pipes = set(_titles("pipe")) - set(_titles("node"))
        found += [Choice(name, title, _(_GROUPS[name in of_pipes])) for name, title in _ordered(_titles("row"), of_pipes)]
    return found if len(found) > 1 else [*found, *field_choices("")[1:]]


_GROUPS = (N_("Points"), N_("Pipes"))


def _ordered(titles: Mapping[str, str], last: set[str]) -> list[tuple[str, str]]:
    return sorted(titles.items(), key=lambda pair: pair[0] in last)


def _titles(kind: str) -> dict[str, str]:
    """Fields that a mapping may name for a kind of table, with their names and units."""
    from pipemap.formats.survey_tables import mappable_fields

    return {name: _with_unit(name, title) for name, title in mappable_fields(kind).items()}  # type: ignore[arg-type]


def _with_unit(name: str, title: str) -> str:
    known = next((fields(layer)[name] for layer in LAYERS if name in fields(layer)), None)
    return heading(known) if known is not None else title


def field_words(field: str, kind: str = "") -> str:
    """Name of a field on screen; of one that only the readers know, its own name."""
    if kind == "customer" and field in _OF_CUSTOMERS:
        return _(_OF_CUSTOMERS[field])
    for of in (kind if kind in {"node", "pipe", "row"} else "row", "pipe", "node"):
        title = _titles(of).get(field)
        if title is not None:
            return title
    return _with_unit(field, field)


class ChoiceList(QFrame):
    """A list with a search field that opens where something is to be chosen; Enter chooses, Esc leaves everything as it is."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget, choices: Sequence[Choice], now: str, *, name: str) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("chooser")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._choices = list(choices)
        self.search = QLineEdit()
        self.search.setPlaceholderText(_("Find"))
        self.search.setAccessibleName(_("Find in: {list}").format(list=name))
        self.search.setClearButtonEnabled(True)
        self.search.textChanged.connect(self._fill)
        self.search.installEventFilter(self)
        self.search.setVisible(len(choices) > 8)  # noqa: PLR2004 -- a short list is seen at a glance
        self.list = QListWidget()
        self.list.setAccessibleName(name)
        self.list.setUniformItemSizes(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.itemClicked.connect(self._take)
        self.list.itemActivated.connect(self._take)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 8)
        column.setSpacing(4)
        column.addWidget(self.search)
        column.addWidget(self.list, 1)
        self._fill("")
        place = next((place for place in range(self.list.count()) if self._value(place) == now), 0)
        self.list.setCurrentRow(place)
        self._taken = False
        self.resize(280, min(380, 26 * len(choices) + 24) if len(choices) <= 8 else 380)  # noqa: PLR2004

    def open_at(self, corner: QPoint, width: int = 0) -> None:
        """Show it below a point, or above where there is no room."""
        self.resize(max(self.width(), width), self.height())
        screen = self.screen().availableGeometry()
        left = max(screen.left(), min(corner.x(), screen.right() - self.width()))
        top = corner.y() if corner.y() + self.height() <= screen.bottom() else max(screen.top(), screen.bottom() - self.height())
        self.move(left, top)
        self.show()
        (self.search if self.search.isVisible() else self.list).setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Arrows and Enter in the search field go to the list."""
        if watched is self.search and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            key = event.key()
            if key in (Qt.Key.Key_Down, Qt.Key.Key_Up):
                step = 1 if key == Qt.Key.Key_Down else -1
                self._step(step)
                return True
            if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.list.currentItem() is not None:
                self._take(self.list.currentItem())
                return True
        return super().eventFilter(watched, event)

    def _step(self, step: int) -> None:
        place = self.list.currentRow() + step
        while 0 <= place < self.list.count() and self._value(place) is None:
            place += step
        if 0 <= place < self.list.count():
            self.list.setCurrentRow(place)

    def _value(self, place: int) -> str | None:
        value = self.list.item(place).data(Qt.ItemDataRole.UserRole)
        return None if value is None else str(value)

    def _fill(self, text: str) -> None:
        self.list.clear()
        wanted = text.casefold().strip()
        if wanted:
            found = [choice for choice in self._choices if wanted in choice.title.casefold() or wanted in choice.value]
            for choice in sorted(found, key=lambda one: (one.title.casefold() != wanted, one.value != wanted)):
                self._add(choice, f"{choice.title} · {choice.group}" if choice.group else choice.title)
            self.list.setCurrentRow(0)
            return
        group = ""
        for choice in self._choices:
            if choice.group != group:
                group = choice.group
                self._add_heading(group)
            self._add(choice, choice.title)

    def _add(self, choice: Choice, words: str) -> None:
        item = QListWidgetItem(words)
        item.setToolTip(choice.value)
        item.setData(Qt.ItemDataRole.UserRole, choice.value)
        self.list.addItem(item)

    def _add_heading(self, words: str) -> None:
        item = QListWidgetItem(words)
        font = item.font()
        font.setBold(True)
        item.setFont(font)
        item.setFlags(Qt.ItemFlag.NoItemFlags)
        self.list.addItem(item)

    def _take(self, item: QListWidgetItem) -> None:
        value = item.data(Qt.ItemDataRole.UserRole)
        if value is not None and not self._taken:  # Enter activates and clicks
            self._taken = True
            self.close()
            self.chosen.emit(str(value))


def choose(
    parent: QWidget, choices: Sequence[Choice], now: str, *, name: str, corner: QPoint, width: int, take: Callable[[str], object]
) -> ChoiceList:
    """Open a list below a point and hand on what is chosen, if it is something else than now."""
    made = ChoiceList(parent, choices, now, name=name)
    made.chosen.connect(lambda value: take(value) if value != now else None)
    made.open_at(corner, width)
    return made
