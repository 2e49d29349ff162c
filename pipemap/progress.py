"""How long work reports where it is, and learns that it should stop."""

from __future__ import annotations

from typing import Protocol, runtime_checkable


@runtime_checkable
class Progress(Protocol):
    """What long work is given. The window shows it with a cancel button, the terminal as a bar.

    Calls are cheap, but a loop over single records should report every few thousand.
    """

    def __call__(self, done: int, total: int | None = None, label: str = "") -> None:
        """Report ``done`` of ``total`` steps (``None``: unknown) of the step named ``label`` (empty: as before).

        Raises
        ------
        Cancelled
            The person asked to stop. Let it pass: what was begun is rolled back by whoever began it.
        """


class _Silent:
    def __call__(self, done: int, total: int | None = None, label: str = "") -> None:
        pass


SILENT: Progress = _Silent()
"""Says nothing and never stops; the default wherever progress is taken."""


class Told:
    """A progress that remembers what it was told last, so that it can be told again within one step of the work."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._last: tuple[int, int | None] = (0, None)

    def __call__(self, done: int, total: int | None = None, label: str = "") -> None:
        """Tell, and remember."""
        self._last = (done, total)
        self._progress(done, total, label)

    def again(self) -> None:
        """Tell once more; raises when the person asked to stop."""
        self._progress(*self._last)
