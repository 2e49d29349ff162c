"""A picture of a survey without a window."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pipemap.errors import RenderError
from pipemap.jobs.looking_back import opened
from pipemap.jobs.writing import written_whole
from pipemap.progress import SILENT, Progress
from pipemap.texts import _

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pipemap.model.fields import Layer
    from pipemap.model.network import Network
    from pipemap.scene import Scene


def render_survey(  # noqa: PLR0913 -- the options of the command, each by its name
    survey: Path | str,
    out: Path | str,
    *,
    view: Literal["top", "iso", "street"] = "iso",
    size: tuple[int, int] = (1280, 800),
    highlight: Sequence[str] = (),
    dark: bool = False,
    colour_by: str | None = None,
    as_of: str = "",
    progress: Progress = SILENT,
) -> Path:
    """Draw a survey and write the picture as PNG, without what is marked secret.

    Parameters
    ----------
    view
        From above, at an angle, or standing in the busiest street.
    size
        Width and height in pixels.
    highlight
        Ids of elements to outline.
    colour_by
        A field, ``segment`` or ``break_cost``; None: the category.
    as_of
        A date, a time, or ``#12`` for after change 12: the survey as it was.

    Returns
    -------
    Path
        The picture.

    Raises
    ------
    SurveyFileError
        The survey cannot be opened.
    UnknownElementError, AmbiguousElementError
        An element to outline is not in it, or several have that id.
    RenderError
        This machine cannot draw, the picture cannot be written, or what it should show is marked secret.
    """
    from pipemap.scene import Scene

    target = Path(out)
    if target.suffix.lower() != ".png":
        raise RenderError(_("“{file}” is no name of a PNG picture.").format(file=target.name), _("Let it end with .png."))
    with written_whole(target, error=RenderError) as part, opened(survey, as_of, progress=progress) as one:
        network = one.network
        chosen = _chosen(network, highlight)
        progress(0, 1, _("Drawing"))
        with Scene(network.public, dark=dark) as scene:
            scene.resize(*size)
            scene.set_view(view)
            scene.show_selection(*chosen)
            _colour(scene, colour_by)
            scene.save_png(part, size)
        progress(1, 1)
    return target


def _colour(scene: Scene, colour_by: str | None) -> None:
    try:
        scene.colour_by(colour_by)
    except KeyError:
        raise RenderError(
            _("The survey has no “{name}” to colour by.").format(name=colour_by),
            _("Take a field of pipes or nodes, segment or break_cost."),
        ) from None


def _chosen(network: Network, highlight: Sequence[str]) -> tuple[list[int], list[int]]:
    """Return the rows to outline, in what may be shown of the network."""
    released = network.release
    if network.node_count and not released.nodes.any():
        raise RenderError(_("Nothing of the survey may be shown in a picture: it is marked secret."))
    found: dict[Layer, list[int]] = {"node": [], "pipe": []}
    for text in highlight:
        element = network.element(text)
        mask = released.rows(element.layer)
        if not mask[element.row]:
            raise RenderError(
                _("“{id}” must not be shown in a picture: it is marked secret.").format(id=text),
                _("Whoever may do so lifts the mark first (pipemap secrecy)."),
            )
        found[element.layer].append(int(mask[: element.row].sum()))
    return found["node"], found["pipe"]
