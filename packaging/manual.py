"""Write the manual's pages that follow from the program's own tables: ``python packaging/manual.py`` (``check``: only compare).

``81-tables`` lists every table and column of the survey database, ``95-standards`` what the standards say and how sure it is.
Both are written in English and Chinese, in the words of ``manual_words.csv``; ``tests/test_manual.py`` fails when they are not
what this would write.
"""

from __future__ import annotations

import csv
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # the checkout's own pipemap, not an installed one

from pipemap.catalog import categories  # noqa: E402
from pipemap.catalog.kinds import NodeKind, PipeKind  # noqa: E402
from pipemap.formats.survey_tables.ends import TOLERANCE  # noqa: E402
from pipemap.formats.survey_tables.points import SAME_PLACE  # noqa: E402
from pipemap.jobs.customers import WITHIN  # noqa: E402
from pipemap.model import fields as schema  # noqa: E402
from pipemap.model.boundary import EDGE_WIDTH  # noqa: E402
from pipemap.model.flow import LEVEL_TOLERANCE  # noqa: E402
from pipemap.model.wording import kind_label  # noqa: E402
from pipemap.store.tables import SCHEMA_VERSION, columns, own_tables  # noqa: E402
from pipemap.texts import pick, set_language  # noqa: E402

FOLDER = ROOT / "resources" / "manual"
STANDARDS = ROOT / "resources" / "standards"
VALUES = ROOT / "resources" / "schema" / "values.csv"
EMPTY = "\N{NO-BREAK SPACE}"
"""Stands in an empty cell, because Qt joins a cell without text to its neighbour."""
SUFFIXES = {"en": ".md", "zh": ".zh-CN.md"}


def rows_of(path: Path) -> list[dict[str, str]]:
    """Rows of a CSV file."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


WORDS = rows_of(Path(__file__).with_name("manual_words.csv"))
_CHINESE = {row["en"]: row["zh"] for row in WORDS}
_NAMED = {row["where"]: row["en"] for row in WORDS}


def say(text: str) -> str:
    """A text in the language being written."""
    return pick(text, _CHINESE[text]) if text else ""


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Lay a Markdown table out; empty cells hold a space that Qt keeps."""
    lines = [[say(word) for word in head], ["---"] * len(head), *rows]
    return "\n".join(_row(line) for line in lines)


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell or EMPTY for cell in cells)} |"


def tables_page() -> str:
    """Markdown of every table and column of the survey database."""
    intro = next(row["en"] for row in WORDS if row["where"] == "tables")
    parts = [f"# {say('The tables')}", say(intro).format(version=SCHEMA_VERSION)]
    parts += [f"## node – {say('nodes')}", say("Geometry `geom`: POINT Z (east, north, ground)."), _fields("node")]
    parts += [f"## pipe – {say('pipes')}", say("Geometry `geom`: LINESTRING Z (measured levels)."), _fields("pipe")]
    for name in own_tables():
        listed = ", ".join(f"`{column}` {type_}" for column, type_ in columns(name).items())
        parts += [f"## {name}", say(_NAMED[f"table {name}"]) + pick(".", "。"), listed]
    parts += [f"## {say('Value lists')}", _values()]
    return "\n\n".join(parts) + "\n"


def _fields(layer: schema.Layer) -> str:
    rows = [
        (f"`{field.name}`", field.label, field.type, field.unit, field.values, say(field.meaning))
        for field in schema.fields(layer).values()
    ]
    return table(("field", "label", "type", "unit", "values", "meaning"), rows)


def _values() -> str:
    rows = [
        (row["list"], f"`{row['value']}`" if row["value"] else "", pick(row["label_en"], row["label_zh"]), say(row["note"]))
        for row in rows_of(VALUES)
    ]
    rows += [("node_kind", f"`{kind}`", kind_label(kind), "") for kind in NodeKind]
    rows += [("pipe_kind", f"`{kind}`", kind_label(kind), "") for kind in PipeKind]
    return table(("list", "value", "label", "remark"), rows)


def standards_page() -> str:
    """Markdown of the categories, and of what the standards' tables rest on."""
    intro = next(row["en"] for row in WORDS if row["where"] == "standards")
    parts = [f"# {say('Standards and certainty')}", say(intro), _certainties()]
    parts += [f"## {say('Tables')}", _counted(), f"## {say('Sources')}", _sources()]
    parts += [f"## {say('Categories of CJJ 61-2017')}", _categories(), f"## {say('Figures of our own')}", _figures()]
    return "\n\n".join(parts) + "\n"


def _certainties() -> str:
    return table(("certainty", "means"), [(f"`{name}`", say(_NAMED[f"certainty {name}"])) for name in _certainty_names()])


def _certainty_names() -> list[str]:
    return [where.removeprefix("certainty ") for where in _NAMED if where.startswith("certainty ")]


def _counted() -> str:
    rows = []
    for path in sorted(STANDARDS.glob("*.csv")):
        listed = rows_of(path)
        if "certainty" in listed[0]:
            counted = Counter(row["certainty"] for row in listed)
            shares = [str(counted[name]) if counted[name] else "–" for name in _certainty_names()]
            rows.append((f"`{path.stem}`", str(len(listed)), *shares))
    head = [say("table"), say("rows"), *(f"`{name}`" for name in _certainty_names())]
    return "\n".join(_row(line) for line in [head, ["---"] * len(head), *rows])


def _sources() -> str:
    rows = [(f"`{row['key']}`", row["title"], row["seen"]) for row in rows_of(STANDARDS / "sources.csv")]
    return table(("key", "title", "what was seen"), rows)


def _categories() -> str:
    colour = {row["code"]: row["colour"] for row in rows_of(STANDARDS / "category_colours.csv") if row["use"] == "standard"}
    rows = [
        (
            f"`{one.code}`",
            one.label,
            one.major if one.level == "sub" else "",
            say("yes") if one.gravity else "",
            colour.get(one.code, ""),
        )
        for one in categories()
    ]
    return table(("code", "name", "belongs to", "gravity", "colour"), rows)


def _figures() -> str:
    figures = (LEVEL_TOLERANCE, EDGE_WIDTH, SAME_PLACE, TOLERANCE, WITHIN)
    uses = [row["en"] for row in WORDS if row["where"] == "figure"]
    return table(("figure", "used for"), [(f"{metres:g} m", say(use)) for metres, use in zip(figures, uses, strict=True)])


def pages() -> dict[Path, str]:
    """Every page made here, by its file."""
    made: dict[Path, str] = {}
    for language, suffix in SUFFIXES.items():
        set_language(language)
        made |= {FOLDER / f"81-tables{suffix}": tables_page(), FOLDER / f"95-standards{suffix}": standards_page()}
    return made


def main() -> int:
    """Write the pages, or say which are not current."""
    made = pages()
    if sys.argv[1:] == ["check"]:
        stale = [path.name for path, text in made.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
        print("\n".join(stale))
        return int(bool(stale))
    for path, text in made.items():
        path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
