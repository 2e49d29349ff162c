"""Texts that a reader of old databases got wrong: Chinese taken for Western letters, letters lost."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from pipemap.formats.survey_tables.decoding import everyday
from pipemap.formats.survey_tables.sheets import Sheet

_WESTERN = ("cp1252", "latin-1")
_LOST = "\ufffd"


def mended(sheet: Sheet, *, old: bool = False) -> Sheet:
    """Return a table with its texts as they were written, and the rows that were mended, or hold what cannot be, in ``odd_rows``.

    ``old``: the database is of a kind (Jet 3) whose texts are in the code page of the machine that wrote them.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    odd: set[int] = set()
    columns = []
    for column in sheet.columns:
        found = column.combine_chunks()
        texts = pa.concat_arrays(found.chunks) if isinstance(found, pa.ChunkedArray) else found
        encoded = pc.dictionary_encode(texts)
        distinct = encoded.dictionary.to_pylist()
        new = [western_to_chinese(text) for text in distinct] if old else distinct
        strange = [place for place, (was, now) in enumerate(zip(distinct, new, strict=True)) if now != was or _LOST in now]
        if strange:
            odd.update(
                np.flatnonzero(pc.is_in(encoded.indices, pa.array(strange, pa.int32())).to_numpy(zero_copy_only=False)).tolist()
            )
            columns.append(pa.chunked_array([pa.array(new, pa.string()).take(encoded.indices)]))
        else:
            columns.append(column)
    if not odd:
        return sheet
    head = tuple(tuple(western_to_chinese(cell) if old else cell for cell in row) for row in sheet.head)
    return replace(sheet, columns=tuple(columns), head=head, odd_rows=tuple(sorted(odd)))


def western_to_chinese(text: str) -> str:
    """Return what a text says when its bytes are read as GBK instead of as Western letters; unchanged where that makes no sense.

    Examples
    --------
    >>> western_to_chinese("¸øË®"), western_to_chinese("Höhe")
    ('给水', 'Höhe')
    """
    if text.isascii():
        return text
    for codec in _WESTERN:
        try:
            read = text.encode(codec).decode("gbk")
        except UnicodeError:
            continue
        if everyday(read):
            return read
    return text
