"""How much memory a workbook's cells take, before the reader takes it: where there is none left, nobody gets an answer.

The reader has each text of the sheet that it reads a second time. Measured with python-calamine in CPython 3.11: for
each cell 80 bytes that stay and up to 100 while its sheet is read, and beside them its letters. It is reckoned from
samples, for people's forms: a file made to deceive it meets the limits of the process.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from sys import getsizeof
from typing import Final

from portal.checking.a1_guard import Sample
from portal.checking.unpack import pieces
from portal.checking.zips import Directory
from portal.domain.checker import limits_for

_STAYS: Final = 80
_PASSES: Final = 100
_TAGS: Final = 25
"""Bytes of a cell's tags, at least."""
_WIDEST: Final = 4
"""Bytes of a letter in Python, where any of its text's needs so many."""
_OTHERS: Final = 64 << 20
"""What the process takes beside cells."""
_STRINGS = "xl/sharedStrings.xml"
_NEXT = re.compile(rb"</(?:[^<>\s:/]+:)?si>")
_TAG = re.compile(rb"<[^>]*>")


def is_too_heavy(body: bytes, directory: Directory, sheets: Iterable[Sample]) -> bool:
    """Say whether the cells of these sheets take more memory than the process may use. Raises Damaged."""
    entry = directory.find(_STRINGS)
    texts = _NEXT.split(b"".join(pieces(body, entry))) if entry is not None else []
    weights = [_weight(each, texts) for each in sheets if each.cells]
    takes = sum(stays for stays, _ in weights) + max((passes for _, passes in weights), default=0)
    return takes > limits_for(len(body)).memory - _OTHERS


def _weight(sample: Sample, texts: Sequence[bytes]) -> tuple[int, int]:
    """Return the bytes that stay, and those that pass, of a whole sheet's cells."""
    letters = max(sample.size - _TAGS * sample.cells, 0)
    stays = sample.cells * _STAYS + letters * (1 if sample.ascii else _WIDEST)
    passes = sample.cells * _PASSES + letters
    for number, uses in Counter(map(int, sample.shared)).items():
        if number < len(texts):
            text = _TAG.sub(b"", texts[number])
            stays += (getsizeof(text.decode(errors="replace")) - getsizeof("")) * uses
            passes += len(text) * uses
    return stays * sample.whole // sample.size, passes * sample.whole // sample.size
