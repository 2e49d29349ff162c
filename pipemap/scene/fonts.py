"""A font file that has Chinese characters: VTK's own font has none."""

from __future__ import annotations

import shutil
import subprocess
import sys
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
