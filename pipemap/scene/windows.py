"""Render windows without a screen, and pictures of them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import numpy as np
import vtkmodules.vtkRenderingFreeType
import vtkmodules.vtkRenderingOpenGL2  # noqa: F401 -- both register what vtkRenderingCore makes
from vtkmodules.vtkCommonCore import vtkLogger, vtkObject
from vtkmodules.vtkRenderingCore import vtkRenderWindow, vtkWindowToImageFilter

from pipemap.errors import RenderError
from pipemap.scene.arrays import from_vtk, to_vtk
from pipemap.texts import _

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray


def off_screen(width: int, height: int) -> vtkRenderWindow:
    """Return a window that draws into memory; works with and without a display.

    Raises
    ------
    RenderError
        Neither EGL nor OSMesa nor a display is there.
    """
    before = vtkLogger.GetCurrentVerbosityCutoff()
    vtkLogger.SetStderrVerbosity(vtkLogger.VERBOSITY_OFF)  # a missing display is no news here
    warnings = vtkObject.GetGlobalWarningDisplay()
    vtkObject.GlobalWarningDisplayOff()
    try:
        window = _without_display(width, height) or _made(width, height)
    finally:
        vtkObject.SetGlobalWarningDisplay(warnings)
        vtkLogger.SetStderrVerbosity(before)
    if window is None:
        raise RenderError(
            _("No way to draw was found: neither EGL nor a display."),
            _("Install libegl1 and libgl1-mesa-dri, or their like."),
        )
    return window


def _without_display(width: int, height: int) -> vtkRenderWindow | None:
    """EGL directly: it needs no X server and takes nothing from one."""
    if os.name == "nt" or os.environ.get("VTK_DEFAULT_OPENGL_WINDOW"):
        return None
    try:
        from vtkmodules.vtkRenderingOpenGL2 import vtkEGLRenderWindow
    except ImportError:
        return None
    return _started(vtkEGLRenderWindow(), width, height)


def _made(width: int, height: int) -> vtkRenderWindow | None:
    return _started(vtkRenderWindow(), width, height)


def _started(window: vtkRenderWindow, width: int, height: int) -> vtkRenderWindow | None:
    window.SetOffScreenRendering(1)
    window.SetShowWindow(False)
    window.SetMultiSamples(0)
    window.SetSize(width, height)
    window.Render()
    return window if window.SupportsOpenGL() else None


def picture(window: vtkRenderWindow) -> NDArray[np.uint8]:
    """Return what a window shows: uint8 (height, width, 3), top row first. It must have been rendered."""
    grab = vtkWindowToImageFilter()
    grab.SetInput(window)
    grab.ReadFrontBufferOff()
    grab.ShouldRerenderOff()
    grab.SetInputBufferTypeToRGB()
    grab.Update()
    image = grab.GetOutput()
    width, height, __ = image.GetDimensions()
    pixels: NDArray[np.uint8] = from_vtk(image.GetPointData().GetScalars()).reshape(height, width, 3)[::-1].copy()
    grab.SetInput(None)
    return pixels


def write_png(pixels: NDArray[np.uint8], path: Path) -> None:
    """Write a picture.

    Raises
    ------
    RenderError
        The file cannot be written.
    """
    from vtkmodules.vtkCommonDataModel import vtkImageData
    from vtkmodules.vtkIOImage import vtkPNGWriter

    image = vtkImageData()
    image.SetDimensions(pixels.shape[1], pixels.shape[0], 1)
    image.GetPointData().SetScalars(to_vtk(pixels[::-1].reshape(-1, 3)))
    writer = vtkPNGWriter()
    writer.WriteToMemoryOn()
    writer.SetInputData(image)
    writer.Write()
    try:
        path.write_bytes(from_vtk(writer.GetResult()).tobytes())
    except OSError as error:
        told = _("The picture {path} could not be written: {reason}.")
        raise RenderError(told.format(path=path, reason=error.strerror)) from error
