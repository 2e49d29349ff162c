"""What the map's picture is made of, worked out on another thread: places, shapes and colours; and how it is handed to Qt."""

from __future__ import annotations

from concurrent.futures import Future
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtGui import QImage

from pipemap.scene import coloured, draw, follow
from pipemap.texts import _

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from pipemap.gui.session import Session
    from pipemap.model.network import Network
    from pipemap.progress import Progress
    from pipemap.scene import Colouring, Composition, Drawing, Following
    from pipemap.scene.places import Frame


class Ahead:
    """Draws a network as soon as it was read, while the window still makes room for it."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._begun: tuple[Network, float, Future[Drawing]] | None = None
        session.on_arrival = self._begin

    def _begin(self, network: Network) -> None:
        """On the thread that has read it."""
        factor = self._session.look.exaggeration
        self._begun = network, factor, self._session.tasks.beside(partial(draw, network, exaggeration=factor))

    def take(self, network: Network, exaggeration: float) -> Future[Drawing] | None:
        """Return the drawing that was begun, if it is of this network, drawn like this."""
        begun, self._begun = self._begun, None
        return begun[2] if begun is not None and begun[:2] == (network, exaggeration) else None


def drawn(
    network: Network,
    progress: Progress,
    *,
    exaggeration: float,
    like: Frame | None,
    column: str | None,
    dark: bool,
    begun: Future[Drawing] | None = None,
) -> tuple[Drawing, Colouring]:
    """Return a drawing and its colours: of the categories where the survey does not have the column.

    ``begun``: the drawing, if it was begun before.
    """
    progress(0, None, _("Drawing the map"))
    made = begun.result() if begun is not None else draw(network, exaggeration=exaggeration, like=like)
    progress(0, None)
    try:
        return made, coloured(network, column, dark=dark)
    except KeyError:
        return made, coloured(network, None, dark=dark)


def followed(standing: Composition | None, network: Network, progress: Progress, *, exaggeration: float) -> Following | None:
    """Return what is drawn after a small Change, given what stands; ``None`` where everything has to be drawn."""
    progress(0, None, _("Drawing the map"))
    if standing is None or standing.look.exaggeration != exaggeration:
        return None
    return follow(standing, network)


def image_of(pixels: NDArray[np.uint8]) -> QImage:
    """Return a picture of (height, width, 3) pixels as Qt shows it."""
    height, width, _channels = pixels.shape
    return QImage(pixels.tobytes(), width, height, 3 * width, QImage.Format.Format_RGB888).copy()
