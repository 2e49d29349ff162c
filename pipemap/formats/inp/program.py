"""What sets one program's model files apart from another's when they are written."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pipemap.errors import ReportError
from pipemap.formats.inp.choice import choose
from pipemap.formats.inp.draft import Draft
from pipemap.formats.inp.ids import LegalIds
from pipemap.formats.inp.leaving import Leaving
from pipemap.formats.inp.text import of_model_texts
from pipemap.formats.losses import Losses
from pipemap.texts import _

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from pipemap.formats.inp.text import Dialect
    from pipemap.formats.writing import WriteOptions
    from pipemap.model.delivery import ModelText
    from pipemap.model.extract import Extract
    from pipemap.model.problem import Severity


@dataclass(frozen=True, slots=True)
class Program:
    """A program whose model files are written.

    Attributes
    ----------
    major
        Code of the category that its models hold.
    rules
        Wording of its losses.
    order, heads, closing
        See :class:`pipemap.formats.inp.draft.Draft`.
    is_model
        Whether kept sections are those of one of its models.
    nothing, holds
        What is said, and hinted at, when an extract holds nothing of its category; marked with ``N_``.
    longest_id, ignore_case
        See :class:`pipemap.formats.inp.ids.LegalIds`.
    """

    major: str
    dialect: Dialect
    rules: Mapping[str, tuple[Severity, str]]
    order: Sequence[str]
    heads: Mapping[str, str]
    is_model: Callable[[tuple[ModelText, ...]], bool] = field(repr=False)
    nothing: str
    holds: str
    closing: Sequence[str] = ()
    longest_id: int | None = None
    ignore_case: bool = False

    def begin(
        self, extract: Extract, name: str, *, options: WriteOptions, new: tuple[ModelText, ...], told: Callable[[], None]
    ) -> Leaving:
        """Choose what goes out, and open the kept model that it goes on from, or a new one.

        Parameters
        ----------
        name
            Name of the file.
        new
            First sections of a network that never was a model.
        told
            Called every now and then by everything that works on it.

        Raises
        ------
        ReportError
            Nothing of the extract fits.
        """
        losses = Losses(self.rules)
        choice = choose(extract, self.major, self.is_model, losses)
        if not choice.nodes.any():
            raise ReportError(_(self.nothing), _(self.holds))
        texts = extract.model_texts[choice.base] if choice.base is not None else new
        text = of_model_texts(texts, name, self.dialect)
        nodes, pipes = (LegalIds(longest=self.longest_id, ignore_case=self.ignore_case) for _layer in ("node", "pipe"))
        return Leaving(
            extract=extract,
            options=options,
            choice=choice,
            draft=Draft(text, order=self.order, heads=self.heads, closing=self.closing, told=told),
            losses=losses,
            known_nodes=nodes,
            known_pipes=pipes,
            told=told,
        )
