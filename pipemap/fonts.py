"""Font files that have Chinese characters, for pictures and paper: what VTK and PDF bring along has none."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path

KNOWN = (
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/google-noto-cjk/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
    "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc",
    "/usr/share/fonts/truetype/droid/DroidSansFallbackFull.ttf",
    "C:/Windows/Fonts/msyh.ttc",
    "C:/Windows/Fonts/simhei.ttf",
    "/System/Library/Fonts/PingFang.ttc",
    "/System/Library/Fonts/STHeiti Medium.ttc",
)
_ORDER = ("Sans CJK SC", "Sans SC", "Sans CJK", "YaHei", "PingFang", "Hei", "Sans")


@cache
def chinese_font() -> Path | None:
    """Return a font file with Chinese characters, a plain upright one if possible; ``None`` when the machine has none."""
    for path in KNOWN:
        if Path(path).exists():
            return Path(path)
    return _from_fontconfig()


def _from_fontconfig() -> Path | None:
    command = shutil.which("fc-list")
    if command is None or sys.platform == "win32":
        return None
    try:
        answer = subprocess.run(  # noqa: S603 -- fixed arguments, found on the path
            [command, ":lang=zh-cn", "-f", "%{file}\t%{family}\t%{style}\n"],
            capture_output=True, text=True, timeout=10, check=False,
        ).stdout  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return None
    rows = [row.split("\t") for row in answer.splitlines() if row.count("\t") == 2]  # noqa: PLR2004
    usable = [row for row in rows if Path(row[0]).suffix.lower() in (".ttf", ".ttc", ".otf", ".otc")]
    usable.sort(key=lambda row: (_rank(row[1]), "Regular" not in row[2], row[0]))
    return Path(usable[0][0]) if usable else None


def _rank(family: str) -> int:
    return next((place for place, word in enumerate(_ORDER) if word in family), len(_ORDER))


@dataclass(frozen=True, slots=True)
class Face:
    """One face of a font file; a collection (.ttc) holds several, numbered from 0."""

    path: Path
    number: int = 0


@cache
def chinese_faces() -> tuple[Face, Face] | None:
    """Return a regular and a bold face with Chinese characters, the same where there is no bold one; ``None`` without any.

    Of a collection for several countries it is the face with the forms of simplified Chinese.
    """
    regular = chinese_font()
    if regular is None:
        return None
    heavy = next((path for path in _bold_names(regular) if path.exists()), regular)
    return Face(regular, _simplified(regular)), Face(heavy, _simplified(heavy))


def _bold_names(regular: Path) -> list[Path]:
    """Files beside a font that are usually its bold one."""
    swaps = (("Regular", "Bold"), ("msyh.", "msyhbd."), ("Medium", "Semibold"), ("Light", "Medium"))
    return [regular.with_name(regular.name.replace(*pair)) for pair in swaps if pair[0] in regular.name]


def _simplified(path: Path) -> int:
    """Return the number of the face for simplified Chinese, by its family name; 0 where none says so."""
    if path.suffix.lower() not in (".ttc", ".otc"):
        return 0
    from fontTools.ttLib import TTCollection, TTLibError

    try:
        with TTCollection(path, lazy=True) as collection:
            names = [face["name"].getDebugName(1) or "" for face in collection.fonts]
    except (OSError, TTLibError, KeyError):
        return 0
    ranked = sorted(
        range(len(names)), key=lambda place: (" SC" not in names[place] and "YaHei" not in names[place], "Mono" in names[place])
    )
    return ranked[0] if ranked else 0
