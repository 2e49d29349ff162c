"""What the program remembers between runs that nobody sets: recent surveys with their pictures, and where panels were."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QPixmap

MOST = 12
"""Recent surveys that are kept."""
PICTURE = (480, 300)
"""Width and height of a thumbnail, in pixels."""


@dataclass(frozen=True)
class RecentSurvey:
    """A survey that was open once; ``opened`` is ISO time."""

    path: str
    name: str
    opened: str
    pipes: int | None = None


class Memory:
    """One small JSON file and a folder of pictures; losing them loses nothing that matters, so no error is raised."""

    def __init__(self, folder: Path, *, writes: bool = True) -> None:
        self._file = folder / "state.json"
        self._pictures = folder / "thumbnails"
        self._writes = writes
        self._state = self._read()

    @property
    def surveys(self) -> tuple[RecentSurvey, ...]:
        """Newest first; those whose file is gone are left out."""
        found = []
        for row in self._state.get("surveys", []):
            try:
                found.append(RecentSurvey(**row))
            except TypeError:
                continue
        return tuple(survey for survey in found if Path(survey.path).is_file())

    def remember(self, path: Path, *, name: str, pipes: int | None = None) -> None:
        """Put a survey at the top of the list."""
        opened = datetime.now().astimezone().isoformat(timespec="minutes")
        newest = RecentSurvey(str(path.resolve()), name, opened, pipes)
        others = [survey for survey in self.surveys if survey.path != newest.path]
        self._state["surveys"] = [asdict(survey) for survey in (newest, *others)][:MOST]
        self._write()

    def forget(self, path: str) -> None:
        """Take a survey off the list; its file stays."""
        self._state["surveys"] = [asdict(survey) for survey in self.surveys if survey.path != path]
        self._write()

    def picture(self, path: str) -> QPixmap | None:
        """The thumbnail of a survey."""
        made = QPixmap(str(self._picture_file(path)))
        return None if made.isNull() else made

    def keep_picture(self, path: Path, picture: QPixmap) -> None:
        """Keep what the map shows now as the thumbnail of a survey."""
        if not self._writes or picture.isNull():
            return
        scaled = picture.scaled(
            *PICTURE, Qt.AspectRatioMode.KeepAspectRatioByExpanding, Qt.TransformationMode.SmoothTransformation
        )
        left, top = (scaled.width() - PICTURE[0]) // 2, (scaled.height() - PICTURE[1]) // 2
        self._pictures.mkdir(parents=True, exist_ok=True)
        scaled.copy(left, top, *PICTURE).save(str(self._picture_file(str(path.resolve()))))

    def drop_picture(self, path: Path) -> None:
        """Forget the thumbnail of a survey."""
        if self._writes:
            self._picture_file(str(path.resolve())).unlink(missing_ok=True)

    def arrangement(self, workspace: str) -> dict[str, Any]:
        """Where the panels of a workspace were; empty when never kept."""
        kept = self._state.get("arrangements", {}).get(workspace, {})
        return kept if isinstance(kept, dict) else {}

    def keep_arrangement(self, workspace: str, arrangement: Mapping[str, Any]) -> None:
        """Keep where the panels of a workspace are."""
        self._state.setdefault("arrangements", {})[workspace] = dict(arrangement)
        self._write()

    def _picture_file(self, path: str) -> Path:
        return self._pictures / f"{hashlib.sha256(path.encode()).hexdigest()[:24]}.png"

    def _read(self) -> dict[str, Any]:
        try:
            state = json.loads(self._file.read_text(encoding="utf-8"))
        except (OSError, ValueError, RecursionError):
            return {}
        lists = isinstance(state, dict) and isinstance(state.get("surveys", []), list)
        return state if lists and isinstance(state.get("arrangements", {}), dict) else {}

    def _write(self) -> None:
        if not self._writes:
            return
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            draft = self._file.with_suffix(".tmp")
            draft.write_text(json.dumps(self._state, ensure_ascii=False, indent=1), encoding="utf-8")
            draft.replace(self._file)
        except OSError:
            return
