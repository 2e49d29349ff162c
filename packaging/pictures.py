"""Make the manual's pictures by running the program: ``python packaging/pictures.py`` (needs a display, or xvfb-run).

Everything shown is made here, but for C-Town: ``--model ctown_map.inp`` names a copy of its INP file, which is not ours to ship
(MIT, github.com/rtaormina/epanetCPA). Without it that picture stays as it is. ``--only NAME`` makes one picture.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # the checkout's own pipemap, not an installed one

from PIL import Image  # noqa: E402
from PySide6.QtCore import QBuffer, QIODevice, QSize  # noqa: E402
from PySide6.QtGui import QPixmap  # noqa: E402
from PySide6.QtWidgets import QApplication  # noqa: E402

from pipemap.analysis.trace import TraceType  # noqa: E402
from pipemap.gui.app import make_application, whole_picture  # noqa: E402
from pipemap.gui.appearance import Appearance  # noqa: E402
from pipemap.gui.recent import Memory  # noqa: E402
from pipemap.gui.session import Session, ViewRequest  # noqa: E402
from pipemap.gui.trace_tools import tracer  # noqa: E402
from pipemap.gui.window import MainWindow  # noqa: E402
from pipemap.jobs import import_source, make_sample  # noqa: E402
from pipemap.settings import Settings  # noqa: E402

FOLDER = ROOT / "resources" / "manual" / "pictures"
SHIPPED = ROOT / "sample_networks" / "sample_city.gpkg"
PIPES = 5000
SIZE = (1600, 1000)
COLOURS = 256
CALM = 8
MANHOLE = "WS41"
"""Where the manual's first trace starts."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """What the pictures show: a folder for what is made, the model of C-Town or None."""

    folder: Path
    model: Path | None

    def city(self) -> Path:
        """A made city."""
        path = self.folder / "city.gpkg"
        if not path.exists():
            make_sample(path, pipes=PIPES, seed=1)
        return path


@contextmanager
def window(inputs: Inputs, *, language: str = "en", theme: str = "light") -> Iterator[MainWindow]:
    """Open a window with settings of its own, and close it."""
    settings = Settings(inputs.folder / "settings.json")
    settings.set("theme", theme)
    session = Session(settings)
    Appearance(make_application(), session, language=language)
    made = MainWindow(session, Memory(inputs.folder, writes=False))
    made.resize(QSize(*SIZE))
    made.show()
    settle(session)
    yield made
    made.close()
    made.deleteLater()
    QApplication.processEvents()


def settle(session: Session) -> None:
    """Wait until nothing moves and nothing is under way."""
    calm = 0
    while calm < CALM:
        for _turn in range(40):
            QApplication.processEvents()
        calm = calm + 1 if session.is_settled else 0


def save(picture: QPixmap, name: str) -> None:
    """Write a picture with few colours, so that it stays small."""
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    picture.save(buffer, "PNG")
    image = Image.open(BytesIO(buffer.data().data())).convert("RGB")
    palette = image.quantize(COLOURS, method=Image.Quantize.MAXCOVERAGE, kmeans=3)  # keeps the rare colours of pipes
    few = image.quantize(COLOURS, palette=palette, dither=Image.Dither.FLOYDSTEINBERG)
    FOLDER.mkdir(parents=True, exist_ok=True)
    target = FOLDER / f"{name}.png"
    few.save(target, optimize=True)
    print(f"{target.relative_to(ROOT)}: {target.stat().st_size // 1024} KB")


def opened(made: MainWindow, path: Path) -> None:
    """Open a survey and wait for its picture."""
    made.open_paths([path])
    settle(made.session)


def city_picture(inputs: Inputs, name: str, language: str, theme: str) -> None:
    """Take the whole window on the made city."""
    with window(inputs, language=language, theme=theme) as made:
        opened(made, inputs.city())
        save(whole_picture(made), name)


def trace_picture(inputs: Inputs, name: str, language: str) -> None:
    """Take the shipped city with everything upstream of a manhole."""
    copy = inputs.folder / "sample_city.gpkg"
    copy.write_bytes(SHIPPED.read_bytes())
    with window(inputs, language=language) as made:
        opened(made, copy)
        network = made.session.network
        assert network is not None  # noqa: S101 -- it has just been opened
        tracer(made.session).click(network.element(MANHOLE), TraceType.UPSTREAM)
        settle(made.session)
        made.session.view_requested.emit(ViewRequest("result"))
        settle(made.session)
        save(whole_picture(made), name)


def model_picture(inputs: Inputs, name: str) -> None:
    """Take C-Town, which is not shipped."""
    if inputs.model is None:
        print(f"{name}: left as it is, because --model names no file")
        return
    survey = inputs.folder / "c-town.gpkg"
    import_source(inputs.model, survey)
    with window(inputs) as made:
        opened(made, survey)
        save(whole_picture(made), name)


PICTURES: dict[str, Callable[[Inputs, str], None]] = {
    "sample-city": lambda inputs, name: city_picture(inputs, name, "en", "light"),
    "sample-city-zh": lambda inputs, name: city_picture(inputs, name, "zh", "light"),
    "sample-city-dark": lambda inputs, name: city_picture(inputs, name, "en", "dark"),
    "trace": lambda inputs, name: trace_picture(inputs, name, "en"),
    "trace-zh": lambda inputs, name: trace_picture(inputs, name, "zh"),
    "c-town": model_picture,
}


def main() -> int:
    """Make all pictures, or one."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, metavar="INP")
    parser.add_argument("--only", choices=PICTURES, action="append")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["PIPEMAP_CONFIG"] = folder
        for name in options.only or PICTURES:
            PICTURES[name](Inputs(Path(folder), options.model), name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
