"""Photos and videos that inspections name, found in a folder."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from pipemap.progress import SILENT, Progress
from pipemap.texts import _

MOST_FILES = 500_000
"""Files of a folder that are looked at. Our own figure."""
_ENDINGS = frozenset({
    *(".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp", ".gif"),
    *(".mp4", ".mpg", ".mpeg", ".avi", ".wmv", ".mov", ".mkv", ".m4v"),
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class MediaFolder:
    """What lies in a folder and below it, by name and by name without ending, case aside."""

    folder: Path | None = None
    by_name: dict[str, tuple[Path, ...]] = field(default_factory=dict)

    def find(self, name: str, hints: Iterable[str] = ()) -> Path | None:
        """Return the file of a name, with or without its ending; of several the one whose folder has a hint in its name."""
        found = self.by_name.get(name.strip().casefold(), ())
        if len(found) > 1:
            wanted = [hint.casefold() for hint in hints if hint]
            fitting = [path for path in found if any(hint in str(path.parent).casefold() for hint in wanted)]
            found = tuple(fitting) or found
        return found[0] if found else None


def media_in(folder: Path | None, *, progress: Progress = SILENT) -> MediaFolder:
    """Look for photos and videos in a folder and below it; links are not followed."""
    if folder is None or not folder.is_dir():
        return MediaFolder(folder)
    found: dict[str, list[Path]] = {}
    count = 0
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        progress(count, None, _("Looking into {file}").format(file=folder.name))
        for name in sorted(names):
            path = Path(place) / name
            if path.suffix.lower() not in _ENDINGS or path.is_symlink():
                continue
            count += 1
            for key in {name.casefold(), path.stem.casefold()}:
                found.setdefault(key, []).append(path)
        if count > MOST_FILES:
            break
    return MediaFolder(folder, {name: tuple(paths) for name, paths in found.items()})
