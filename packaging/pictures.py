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
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))  # the checkout's own pipemap, not an installed one

from PIL import Image  # noqa: E402
from PySide6.QtCore import QBuffer, QIODevice, QSize  # noqa: E402
from PySide6.QtGui import QPixmap  # noqa: E402
from PySide6.QtWidgets import QApplication  # noqa: E402

from pipemap.analysis.trace import TraceType  # noqa: E402
from pipemap.gui.app import make_application  # noqa: E402
from pipemap.gui.appearance import Appearance  # noqa: E402
from pipemap.gui.import_dialog import show_import  # noqa: E402
from pipemap.gui.photos import window_picture  # noqa: E402
from pipemap.gui.recent import Memory  # noqa: E402
from pipemap.gui.session import Session, ViewRequest  # noqa: E402
from pipemap.gui.shutoff_tools import planner  # noqa: E402
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
ROW = 16
"""Points of a pipe of the made delivery."""
MANHOLE = "WS41"
"""Where the manual's first trace starts."""
MAIN = "JS124-JS49"
"""What has burst in the manual's shut-off."""


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
        save(window_picture(made, dialogs=True), name)


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
        save(window_picture(made, dialogs=True), name)


def shutoff_picture(inputs: Inputs, name: str, language: str) -> None:
    """Take the shut-off workspace of the shipped city, with the plan for a main."""
    copy = inputs.folder / "sample_city.gpkg"
    copy.write_bytes(SHIPPED.read_bytes())
    with window(inputs, language=language) as made:
        opened(made, copy)
        network = made.session.network
        assert network is not None  # noqa: S101 -- it has just been opened
        made.session.set_look(replace(made.session.look, hidden_parts=frozenset({"labels"})))
        made.session.set_workspace("shutoff")
        made.session.set_tool("shutoff")
        planner(made.session).click(network.element(MAIN))
        settle(made.session)
        made.session.view_requested.emit(ViewRequest("result"))
        settle(made.session)
        save(window_picture(made, dialogs=True), name)


def model_picture(inputs: Inputs, name: str) -> None:
    """Take C-Town, which is not shipped."""
    if inputs.model is None:
        print(f"{name}: left as it is, because --model names no file")
        return
    survey = inputs.folder / "c-town.gpkg"
    import_source(inputs.model, survey)
    with window(inputs) as made:
        opened(made, survey)
        save(window_picture(made, dialogs=True), name)


def write_delivery(folder: Path, east: float, north: float) -> list[Path]:
    """Write a point and a line table of a made street, with a header that is guessed and one that nobody knows."""
    points = ["物探点号,管类,纵坐标,横坐标,地面高程,附属物,权属单位及电话,箱变回路"]
    pipes = ["起点号,终点号,起点埋深,终点埋深,管径,材质,管类"]
    for row, code in enumerate(("YS", "WS", "JS")):
        for number in range(ROW):
            name, x, y = f"{code}{number + 1}", north + row * 6 + (number % 3) * 0.8, east + number * 28
            points.append(f"{name},{code},{x:.3f},{y:.3f},{20 + number * 0.1:.2f},检修井,市政 0755,K{number}")
            if number:
                pipes.append(f"{code}{number},{name},{1.6 + row * 0.3:.2f},{1.7 + row * 0.3:.2f},DN{300 + 100 * row},PVC,{code}")
    pipes.append(f"JS{ROW},JS99,约一米,1.2,DN200,PVC,JS")
    paths = [folder / "管点.csv", folder / "管线.csv"]
    for path, lines in zip(paths, (points, pipes), strict=True):
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return paths


def import_picture(inputs: Inputs, name: str, language: str, page: int) -> None:
    """Take the import workbench on a made delivery beside the made city, one of its pages."""
    with window(inputs, language=language) as made:
        opened(made, inputs.city())
        network = made.session.network
        assert network is not None  # noqa: S101 -- it has just been opened
        assert network.extent is not None  # noqa: S101 -- a city has places
        _west, south, east, north = network.extent
        dialog = show_import(made.session, made, write_delivery(inputs.folder, east + 60, (south + north) / 2))
        assert dialog is not None  # noqa: S101 -- files were named
        settle(made.session)
        dialog.resize(1320, 760)
        dialog.pages.setCurrentIndex(page)
        settle(made.session)
        save(dialog.grab(), name)
        dialog.close()


PICTURES: dict[str, Callable[[Inputs, str], None]] = {
    "sample-city": lambda inputs, name: city_picture(inputs, name, "en", "light"),
    "sample-city-zh": lambda inputs, name: city_picture(inputs, name, "zh", "light"),
    "sample-city-dark": lambda inputs, name: city_picture(inputs, name, "en", "dark"),
    "trace": lambda inputs, name: trace_picture(inputs, name, "en"),
    "trace-zh": lambda inputs, name: trace_picture(inputs, name, "zh"),
    "import-tables": lambda inputs, name: import_picture(inputs, name, "en", 0),
    "import-tables-zh": lambda inputs, name: import_picture(inputs, name, "zh", 0),
    "import-place": lambda inputs, name: import_picture(inputs, name, "en", 1),
    "import-place-zh": lambda inputs, name: import_picture(inputs, name, "zh", 1),
    "shutoff": lambda inputs, name: shutoff_picture(inputs, name, "en"),
    "shutoff-zh": lambda inputs, name: shutoff_picture(inputs, name, "zh"),
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
