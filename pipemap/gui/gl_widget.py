"""The one widget that holds a VTK picture: a render window without a window, drawn into Qt's own frame.

Qt widgets can lie over it, ``grab()`` holds everything, and mouse and keys are Qt's alone.
"""

from __future__ import annotations

from collections.abc import Callable

import vtkmodules.vtkRenderingOpenGL2  # noqa: F401 -- registers the OpenGL classes
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QOpenGLContext, QPainter, QSurfaceFormat
from PySide6.QtOpenGLWidgets import QOpenGLWidget
from PySide6.QtWidgets import QWidget
from vtkmodules.vtkCommonCore import vtkCommand
from vtkmodules.vtkRenderingOpenGL2 import vtkGenericOpenGLRenderWindow

_COLOUR_BUFFER = 0x4000
_NEAREST = 0x2600
_LESS_OR_EQUAL = 0x0203
_SCISSOR = 0x0C11
_READ, _DRAW, _FRAME = 0x8CA8, 0x8CA9, 0x8D40


def surface_format() -> QSurfaceFormat:
    """What VTK needs of OpenGL; set as the default before the application starts, or on one widget before it is shown."""
    wanted = QSurfaceFormat()
    wanted.setRenderableType(QSurfaceFormat.RenderableType.OpenGL)
    wanted.setVersion(3, 2)
    wanted.setProfile(QSurfaceFormat.OpenGLContextProfile.CoreProfile)
    wanted.setSwapBehavior(QSurfaceFormat.SwapBehavior.DoubleBuffer)
    for depth in (wanted.setRedBufferSize, wanted.setGreenBufferSize, wanted.setBlueBufferSize, wanted.setAlphaBufferSize):
        depth(8)
    wanted.setDepthBufferSize(24)
    wanted.setStencilBufferSize(0)
    wanted.setSamples(0)
    wanted.setOption(QSurfaceFormat.FormatOption.DeprecatedFunctions)  # lines wider than a pixel are one of them
    return wanted


class GLWidget(QOpenGLWidget):
    """Shows what is drawn into :attr:`render_window`; call :meth:`update` when it should be drawn anew.

    :attr:`draw`, set by the owner, renders into the window; it runs inside :meth:`paintGL`, with the context current. When it
    returns a picture, that is shown instead of what it rendered.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFormat(surface_format())
        self.setUpdateBehavior(QOpenGLWidget.UpdateBehavior.NoPartialUpdate)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.draw: Callable[[], QImage | None] | None = None
        self._window = vtkGenericOpenGLRenderWindow()
        self._window.SetOwnContext(0)
        self._window.SetFrameBlitModeToNoBlit()
        self._window.SetMultiSamples(0)
        self._observers = [
            self._window.AddObserver(event, lambda *_event, answer=answer: answer())
            for event, answer in (
                (vtkCommand.WindowSupportsOpenGLEvent, lambda: self._window.SetSupportsOpenGL(True)),
                (vtkCommand.WindowIsCurrentEvent, lambda: self._window.SetIsCurrent(self._is_current())),
                (vtkCommand.WindowMakeCurrentEvent, self._make_current),
            )
        ]

    @property
    def render_window(self) -> vtkGenericOpenGLRenderWindow:
        """VTK's window; its size is this widget's in device pixels."""
        self._window.SetSize(*self.pixels)
        return self._window

    @property
    def pixels(self) -> tuple[int, int]:
        """Width and height in device pixels."""
        ratio = self.devicePixelRatioF()
        return max(1, round(self.width() * ratio)), max(1, round(self.height() * ratio))

    def initializeGL(self) -> None:
        """Tell VTK of the context that Qt made."""
        self.context().aboutToBeDestroyed.connect(self.let_go, Qt.ConnectionType.DirectConnection)
        if not self.context().format().testOption(QSurfaceFormat.FormatOption.DeprecatedFunctions):
            self._window.SetForceMaximumHardwareLineWidth(1)  # whatever the driver promises: VTK then makes wide lines itself
        self._window.SetReadyForRendering(True)
        self._window.OpenGLInitContext()

    def paintGL(self) -> None:
        """Draw, and copy the picture into Qt's frame."""
        width, height = self.pixels
        self._window.SetSize(width, height)
        calls = self.context().extraFunctions()
        if self.draw is None:
            calls.glClear(_COLOUR_BUFFER)
            return
        state = self._window.GetState()
        state.Reset()  # Qt has drawn since: what VTK remembers of OpenGL is not so any more
        state.Push()
        state.vtkglDepthFunc(_LESS_OR_EQUAL)
        picture = self.draw()
        state.Pop()
        frame = self.defaultFramebufferObject()
        calls.glDisable(_SCISSOR)
        calls.glBindFramebuffer(_READ, self._window.GetDisplayFramebuffer().GetFBOIndex())
        calls.glBindFramebuffer(_DRAW, frame)
        calls.glBlitFramebuffer(0, 0, width, height, 0, 0, width, height, _COLOUR_BUFFER, _NEAREST)
        calls.glBindFramebuffer(_FRAME, frame)
        calls.glColorMask(0, 0, 0, 1)  # the picture hides what is behind it, whatever transparency VTK left in it
        calls.glClearColor(0.0, 0.0, 0.0, 1.0)
        calls.glClear(_COLOUR_BUFFER)
        calls.glColorMask(1, 1, 1, 1)
        if picture is not None:
            painter = QPainter(self)
            painter.drawImage(self.rect(), picture)
            painter.end()

    def let_go(self) -> None:
        """Give back everything that lies on the graphics card; the next context begins anew."""
        if self.context() is None:
            return
        self.makeCurrent()
        self._window.Finalize()
        self._window.SetReadyForRendering(False)
        self.doneCurrent()

    def shut_down(self) -> None:
        """End for good: VTK's window goes, and nothing is drawn any more."""
        self.draw = None
        self.let_go()
        for observer in self._observers:
            self._window.RemoveObserver(observer)
        self._observers = []

    def _is_current(self) -> bool:
        return self.context() is not None and QOpenGLContext.currentContext() is self.context()

    def _make_current(self) -> None:
        if self.context() is not None and not self._is_current():
            self.makeCurrent()  # only when it is not: this also binds Qt's frame, in the midst of VTK's work
