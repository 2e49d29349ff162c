"""What the map's picture is made of, worked out on another thread: places, shapes and colours; and how it is handed to Qt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QImage

from pipemap.scene import coloured, draw, follow
from pipemap.texts import _

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from pipemap.model.network import Network
    from pipemap.progress import Progress
    from pipemap.scene import Colouring, Composition, Drawing, Following
    from pipemap.scene.places import Frame


def drawn(
    network: Network, progress: Progress, *, exaggeration: float, like: Frame | None, column: str | None, dark: bool
) -> tuple[Drawing, Colouring]:
    """Return a drawing and its colours: of the categories where the survey does not have the column."""
    progress(0, None, _("Drawing the map"))
    made = draw(network, exaggeration=exaggeration, like=like)
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
