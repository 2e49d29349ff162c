"""Keep the Chinese texts beside the program's own: ``python packaging/translate.py extract | missing | compile | check``.

``extract`` brings new English texts into the catalog and drops those that are gone; ``missing`` lists what has no Chinese
yet; ``compile`` writes what the program reads; ``check`` ends with 1 when any of the three has been forgotten.
The catalog ``en`` holds only those English texts whose words depend on a number: ``{n} {n:pipe|pipes}``.
"""

from __future__ import annotations

import argparse
import io
import struct
import sys
from collections.abc import Callable
from pathlib import Path
from string import Formatter

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
TRANSLATIONS = ROOT / "resources" / "translations"
CATALOG = TRANSLATIONS / "zh_CN" / "LC_MESSAGES" / "pipemap.po"
ENGLISH = TRANSLATIONS / "en" / "LC_MESSAGES" / "pipemap.po"
REMARKS = {
    CATALOG: "# Chinese (Simplified) texts of pipemap.\n# Written by packaging/translate.py; translators fill in msgstr.",
    ENGLISH: "# English texts of pipemap whose words depend on a number.\n# Kept in form by packaging/translate.py.",
}


def wanted_texts() -> dict[str, list[str]]:
    """Every English text of the program, and the files that say it."""
    found: dict[str, list[str]] = {}
    rows = extract_from_dir(ROOT / "pipemap", [("**.py", "python")], keywords={"_": None, "N_": None})
    for name, _line, message, _comments, _context in rows:
        texts = (message,) if isinstance(message, str) else tuple(message)
        for text in texts:
            if text:
                found.setdefault(text, []).append(name)
    return found


def _locale(path: Path) -> str:
    return path.parent.parent.name


def written_texts(path: Path = CATALOG) -> dict[str, str]:
    """Every text of a catalog with its translation; an empty one has none yet."""
    if not path.exists():
        return {}
    with path.open("rb") as file:
        catalog = read_po(file, locale=_locale(path), ignore_obsolete=True)
    return {str(message.id): "" if message.fuzzy else str(message.string) for message in catalog if message.id}


def _head(path: Path) -> tuple[str, str]:
    return f"Language: {_locale(path)}", "Content-Type: text/plain; charset=utf-8"


def po_of(texts: dict[str, str], path: Path = CATALOG) -> bytes:
    """What the catalog's file holds: the same whenever its texts are the same, without dates and line numbers, sorted."""
    catalog = Catalog(locale=_locale(path), fuzzy=False)
    for text in sorted(texts):
        catalog.add(text, texts[text])
    buffer = io.BytesIO()
    write_po(buffer, catalog, width=120, no_location=True, omit_header=True, sort_output=True)
    head = "".join(f'"{line}\\n"\n' for line in _head(path))
    return f'{REMARKS[path]}\nmsgid ""\nmsgstr ""\n{head}\n'.encode() + buffer.getvalue()


def mo_of(texts: dict[str, str], path: Path = CATALOG) -> bytes:
    """What the compiled file holds, in the GNU format: two tables of (length, place), then the texts, each ended by a zero."""
    pairs = {"": "".join(f"{line}\n" for line in _head(path))} | {text: chinese for text, chinese in texts.items() if chinese}
    rows = sorted((text.encode(), chinese.encode()) for text, chinese in pairs.items())
    start = 7 * 4
    place = start + 16 * len(rows)
    tables, body = [], b""
    for column in (0, 1):
        for row in rows:
            tables.append(struct.pack("<II", len(row[column]), place + len(body)))
            body += row[column] + b"\0"
    head = struct.pack("<7I", 0x950412DE, 0, len(rows), start, start + 8 * len(rows), 0, place)
    return head + b"".join(tables) + body


def misfits(texts: dict[str, str]) -> dict[str, str]:
    """Texts whose translation has other placeholders, and that translation."""
    return {text: written for text, written in texts.items() if written and placeholders(text) != placeholders(written)}


def placeholders(text: str) -> set[str]:
    """Names in braces."""
    try:
        return {name for _literal, name, _form, _conversion in Formatter().parse(text) if name is not None}
    except ValueError:
        return {"(unreadable)"}


def extract() -> int:
    """Bring the catalog up to date."""
    known, wanted = written_texts(), wanted_texts()
    texts = {text: known.get(text, "") for text in wanted}
    CATALOG.write_bytes(po_of(texts))
    english = {text: counting for text, counting in written_texts(ENGLISH).items() if text in wanted}
    ENGLISH.write_bytes(po_of(english, ENGLISH))
    new, gone = len(wanted.keys() - known.keys()), len(known.keys() - wanted.keys())
    print(f"{len(texts)} texts: {new} new, {gone} gone, {sum(not chinese for chinese in texts.values())} without Chinese")
    return 0


def missing() -> int:
    """List what has no Chinese yet."""
    known = written_texts()
    without = {text: files for text, files in wanted_texts().items() if not known.get(text)}
    for text, files in sorted(without.items(), key=lambda row: (row[1][0], row[0])):
        print(f"{files[0]}: {text!r}")
    unfit = misfits(known) | misfits(written_texts(ENGLISH))
    for text, written in unfit.items():
        print(f"other placeholders: {text!r} → {written!r}")
    return int(bool(without) or bool(unfit))


def compiled() -> int:
    """Write what the program reads."""
    for path in REMARKS:
        path.with_suffix(".mo").write_bytes(mo_of(written_texts(path), path))
    return 0


def is_compiled(path: Path) -> bool:
    """Whether the program reads what the catalog says."""
    read = path.with_suffix(".mo")
    return read.exists() and read.read_bytes() == mo_of(written_texts(path), path)


def check() -> int:
    """Say what has been forgotten."""
    known = written_texts()
    wanted = wanted_texts()
    stale = (known.keys() ^ wanted.keys()) | (written_texts(ENGLISH).keys() - wanted.keys())
    if stale:
        print(f"Run extract: {sorted(stale)[:5]} …")
    if not all(is_compiled(path) for path in REMARKS):
        print("Run compile.")
        return 1
    return int(bool(stale)) or missing()


def main() -> int:
    """Run one of the commands."""
    commands: dict[str, Callable[[], int]] = {"extract": extract, "missing": missing, "compile": compiled, "check": check}
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=commands)
    return commands[parser.parse_args().command]()


if __name__ == "__main__":
    sys.exit(main())
