"""Pictures of the map for reports. Beside a window they are drawn in a process of their own: VTK draws on one thread alone."""

from __future__ import annotations

import io
import pickle
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pipemap.errors import RenderError
from pipemap.progress import SILENT, Progress
from pipemap.texts import _, language

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from pipemap.model.network import Network
    from pipemap.reports.content import Picture

    MapGroup = tuple[str, NDArray[np.int64], NDArray[np.int64]]

TOWN = (1600, 1000)
_WAIT = 0.2
_PINS = 1.7
"""Pins and scale bar are so much larger where they are to be read on a sheet of A3."""
_ROOT = Path(__file__).resolve().parent.parent.parent


@dataclass(frozen=True, slots=True)
class MapView:
    """What a picture shows from above.

    Attributes
    ----------
    groups
        Role or colour (``#rrggbb``), rows of nodes and of pipes; without any the whole town with its legend is shown.
    marks
        Layer, row, shape and text of each pin.
    size
        Pixels.
    """

    groups: tuple[MapGroup, ...] = ()
    marks: tuple[tuple[str, int, str, str], ...] = ()
    size: tuple[int, int] = TOWN
    name: str = ""

    def by_keys(self, network: Network, *, back: bool = False) -> MapView:
        """Return it with the keys of elements instead of their rows, or back again; what is not there is left out."""
        keys = {"node": network.node_fid, "pipe": network.pipe_fid}
        places = {layer: {int(fid): row for row, fid in enumerate(fids.tolist())} for layer, fids in keys.items()} if back else {}

        def turned(layer: str, rows: Any) -> NDArray[np.int64]:  # noqa: ANN401 -- rows of either kind
            if not back:
                return keys[layer][np.asarray(rows, dtype=np.int64)]
            return np.array([places[layer][int(one)] for one in rows if int(one) in places[layer]], dtype=np.int64)

        groups = tuple((role, turned("node", nodes), turned("pipe", pipes)) for role, nodes, pipes in self.groups)
        marks = [(layer, turned(layer, [row]), shape, text) for layer, row, shape, text in self.marks]
        return replace(
            self, groups=groups, marks=tuple((layer, int(row[0]), shape, text) for layer, row, shape, text in marks if len(row))
        )


def town_picture(survey: Path, network: Network, *, progress: Progress = SILENT) -> Picture | None:
    """Draw a whole network from above, with its legend; ``None`` where there is nothing to draw, or no way to."""
    return draw_map(survey, network, MapView(name=_("Map")), progress=progress)


def draw_map(survey: Path, network: Network, view: MapView, *, progress: Progress = SILENT) -> Picture | None:
    """Draw what may leave of a network; rows of ``view`` are those of ``network``.

    Parameters
    ----------
    survey
        File of the network, for the process that draws beside a window.

    Returns
    -------
    Picture | None
        ``None`` where there is nothing to draw, or this machine cannot.
    """
    from pipemap.reports.content import Picture

    if network.public.extent is None:
        return None
    progress(0, None, _("Drawing"))
    keyed = view.by_keys(network)
    try:
        if threading.current_thread() is threading.main_thread():
            content = drawn(network.public, keyed)
        else:
            content = _drawn_beside(survey, keyed, progress)
    except RenderError:
        return None
    return Picture(content, name=view.name)


def drawn(network: Network, keyed: MapView) -> bytes:
    """Draw a network on this thread, and return a PNG."""
    from pipemap.scene import Scene
    from pipemap.scene.results import Group, Mark, Result

    view = keyed.by_keys(network, back=True)
    with Scene(network, pixel_ratio=_PINS if view.groups else 1.0) as scene:
        scene.resize(*view.size)
        scene.set_view("top")
        if view.groups:
            scene.set_legend_visible(False)
            groups = tuple(Group(role, nodes, pipes, role if role.startswith("#") else "") for role, nodes, pipes in view.groups)
            marks = tuple(Mark(layer, row, shape, text) for layer, row, shape, text in view.marks)  # type: ignore[arg-type]
            scene.show_result(Result(groups, marks, arrows=False))
            nodes = [row for layer, row, _shape, _text in view.marks if layer == "node"]
            pipes = [row for layer, row, _shape, _text in view.marks if layer == "pipe"]
            scene.fit(
                np.unique(np.concatenate([*(one.nodes for one in groups), np.array(nodes, dtype=np.int64)])),
                np.unique(np.concatenate([*(one.pipes for one in groups), np.array(pipes, dtype=np.int64)])),
            )
        return png_of(scene.image(*view.size))


def _drawn_beside(survey: Path, keyed: MapView, progress: Progress) -> bytes:
    """Let another process draw; it reads the survey, and is ended when the person stops the work."""
    with tempfile.TemporaryDirectory(prefix="pipemap-picture-") as folder:
        asked, answer = Path(folder, "asked"), Path(folder, "map.png")
        asked.write_bytes(pickle.dumps((str(survey.resolve()), language(), keyed)))
        command = [sys.executable, "-c", "from pipemap.jobs.report_pictures import main; main()", str(asked), str(answer)]
        with subprocess.Popen(  # noqa: S603 -- our own code, with files of our own
            command, cwd=_ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        ) as child:
            try:
                while child.poll() is None:
                    progress(0, None, _("Drawing"))
                    _wait(child)
            except BaseException:
                child.kill()
                raise
        if not answer.is_file():
            raise RenderError(_("The map could not be drawn."))
        return answer.read_bytes()


def _wait(child: subprocess.Popen[bytes]) -> None:
    try:
        child.wait(_WAIT)
    except subprocess.TimeoutExpired:
        return


def main() -> None:
    """Draw what a file asks for: the process beside a window."""
    from pipemap.store import open_survey
    from pipemap.texts import set_language

    survey, spoken, view = pickle.loads(Path(sys.argv[1]).read_bytes())  # noqa: S301 -- written a moment ago by the program itself
    set_language(spoken)
    with open_survey(Path(survey), read_only=True) as opened:
        Path(sys.argv[2]).write_bytes(drawn(opened.network.public, view))


def png_of(pixels: NDArray[np.uint8]) -> bytes:
    """Return a picture as the bytes of a PNG file."""
    from PIL import Image

    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG", compress_level=6)
    return out.getvalue()
