"""Bytes of a table to text, whatever the encoding: strict attempts first, guesses last."""

from __future__ import annotations

import codecs
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from pipemap.progress import SILENT, Progress

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig", "UTF-8"),
    (codecs.BOM_UTF32_LE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF32_BE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
)
_SAMPLE = 200_000
_PIECE = 4 << 20
_COMMON_SHARE = 0.8
_NULS_OF_UTF16 = 0.2


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text, the name of its encoding, and the rows (from 0) that were in another one or could not be read whole."""

    text: str
    encoding: str
    odd_lines: tuple[int, ...] = ()


def decode(raw: bytes, *, progress: Progress = SILENT) -> Decoded:
    """Return the text of a file; every byte sequence has one.

    UTF-8, UTF-16 and GB18030 (which holds GBK) are tried strictly; then the encoding that fits best is guessed. Lines in
    another encoding than the rest are read by themselves and named in ``odd_lines``.
    """
    for mark, codec, name in _BOMS:
        if raw.startswith(mark):
            return _strict(raw, codec, name, progress) or Decoded(raw.decode(codec, errors="replace"), name, (0,))
    return (
        _utf16_without_mark(raw, progress)
        or _strict(raw, "utf-8", "UTF-8", progress)
        or _chinese(raw, progress)
        or _by_line(raw, progress)
        or _guessed(raw)
    )


def _strict(raw: bytes, codec: str, name: str, progress: Progress) -> Decoded | None:
    decoder = codecs.getincrementaldecoder(codec)()
    view = memoryview(raw)
    pieces = []
    try:
        for start in range(0, len(raw), _PIECE):
            progress(0)
            pieces.append(decoder.decode(view[start : start + _PIECE]))
        pieces.append(decoder.decode(b"", final=True))
    except UnicodeDecodeError:
        return None
    return Decoded("".join(pieces), name)


def _utf16_without_mark(raw: bytes, progress: Progress) -> Decoded | None:
    sample = raw[:_SAMPLE]
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if max(even, odd) < _NULS_OF_UTF16 * len(sample) / 2 or len(raw) % 2:
        return None
    return _strict(raw, "utf-16-le" if odd > even else "utf-16-be", "UTF-16", progress)


def _chinese(raw: bytes, progress: Progress) -> Decoded | None:
    """GB18030 takes nearly any bytes: it is believed when what comes out are mostly everyday characters."""
    for codec, name in (("gbk", "GBK"), ("gb18030", "GB18030")):
        found = _strict(raw, codec, name, progress)
        if found and everyday(found.text[:_SAMPLE]):
            return found
    return None


def everyday(text: str) -> bool:
    """Whether most of the characters beyond ASCII are those that Chinese texts are written in."""
    foreign = [character for character in text if character > "\x7f"]
    common = sum(_is_common(character) for character in foreign)
    return common >= _COMMON_SHARE * len(foreign)


def _is_common(character: str) -> bool:
    """Whether a character is of GB 2312: signs, and the 3755 most used characters of level 1 or the rest of level 2."""
    try:
        return len(character.encode("gb2312")) == len("中".encode("gb2312"))
    except UnicodeEncodeError:
        return False


def _by_line(raw: bytes, progress: Progress) -> Decoded | None:
    """Files glued together: most lines in one encoding, some in the other."""
    count: Counter[str] = Counter()
    for lines in _pieces_of_lines(raw):
        progress(0)
        count.update(map(_kind, lines))
    if not count["utf-8"] + count["gb18030"] or count[""] > 0.02 * count.total() + 1:
        return None
    main = "utf-8" if count["utf-8"] >= count["gb18030"] else "gb18030"
    texts: list[str] = []
    odd: list[int] = []
    done = 0
    for lines in _pieces_of_lines(raw):
        progress(0)
        kinds = [_kind(line) for line in lines]
        decoded = (
            line.decode(kind if kind not in {"", "ascii"} else main, errors="replace")
            for line, kind in zip(lines, kinds, strict=True)
        )
        texts.append("\n".join(decoded))
        odd += [done + row for row, kind in enumerate(kinds) if kind not in {main, "ascii"}]
        done += len(lines)
    return Decoded("\n".join(texts), "UTF-8" if main == "utf-8" else "GB18030", tuple(odd))


def _pieces_of_lines(raw: bytes) -> Iterator[list[bytes]]:
    """Lines without their ends, a good many at a time."""
    start = 0
    while start <= len(raw):
        end = raw.find(b"\n", start + _PIECE)
        end = len(raw) if end < 0 else end
        yield raw[start:end].split(b"\n")
        start = end + 1


def _kind(line: bytes) -> str:
    if line.isascii():
        return "ascii"
    for codec in ("utf-8", "gb18030"):
        try:
            text = line.decode(codec)
        except UnicodeDecodeError:
            continue
        if codec == "utf-8" or everyday(text):
            return codec
    return ""


def _guessed(raw: bytes) -> Decoded:
    from charset_normalizer import from_bytes

    best = from_bytes(raw[:_SAMPLE]).best()
    codec = best.encoding if best else "latin-1"
    return Decoded(raw.decode(codec, errors="replace"), codec.replace("_", "-").upper())
