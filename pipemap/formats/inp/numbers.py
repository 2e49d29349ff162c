"""Numbers as a model file has them: the shortest text that is read back as the same number."""

from __future__ import annotations

import math


def written(value: float, factor: float = 1.0) -> str:
    """Return the text of a number in the file's units such that the text times ``factor`` is exactly ``value``.

    Where no text does (rounding of the last bit), it is the nearest.

    Examples
    --------
    >>> written(304.8, 25.4), written(0.1 + 0.2), written(250.0)
    ('12', '0.30000000000000004', '250')
    """
    if not math.isfinite(value):
        return "0"
    quotient = float(value) / factor  # a NumPy number would print its type
    for digits in (6, 9, 12, 15, 16, 17):
        text = f"{quotient:.{digits}g}"
        if float(text) * factor == value:
            return text
    return repr(quotient)
