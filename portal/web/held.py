"""Forms with files that are looked at and not kept: the body is held in memory, up to a limit, and spooled nowhere.

As for uploads, the route's rule was checked before, and the token comes in a header or as the first field (rule 1).
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from time import monotonic

from flask import request
from multipart import MultipartError, MultipartSegment, PushMultipartParser
from werkzeug.http import parse_options_header

from portal.domain.errors import Interrupted
from portal.web.bodies import CUT, Body, current_body
from portal.web.errors import Unacceptable
from portal.web.guard import check_token
from portal.web.uploads import LONGEST_FIELD, MOST_FIELDS, UNREADABLE
from schemas.texts import say

LONGEST_WAIT = 120.0
"""Seconds in which a form has to have come: few are held at once, and slow senders must not keep all others out."""
_TOO_SLOW = say(
    "The form took more than two minutes to arrive, so it was not checked, and nothing of it was kept. Try again on a "
    "faster connection, or send it: that may take as long as it needs."
)
_TOO_LONG = say("One of the fields is too long. Go back and shorten it.")


@dataclass(frozen=True)
class HeldFile:
    """A file that was chosen in a form, as it is in memory."""

    name: str
    data: bytes = field(repr=False)


@dataclass(frozen=True)
class HeldForm:
    """What a form sent: its fields, and the files that were chosen."""

    fields: Mapping[str, str]
    files: Mapping[str, HeldFile]


def read_held_form() -> HeldForm:
    """Read the whole body of the request, which is known not to be too long.

    Raises Unacceptable (400: token, unreadable, something twice; 413: a field; 415: another type), Interrupted (cut).
    """
    kind, options = parse_options_header(request.headers.get("Content-Type", ""))
    boundary = options.get("boundary", "")
    if kind != "multipart/form-data" or not 1 <= len(boundary) <= 70:
        raise Unacceptable(415)
    fields: dict[str, str] = {}
    files: dict[str, HeldFile] = {}
    for segment, data in _checked(_segments(current_body(), boundary)):
        if segment.name in fields or segment.name in files:
            raise Unacceptable(400, UNREADABLE)
        if segment.filename is None:
            fields[segment.name] = _text(data)
        elif segment.filename or data:  # a browser sends an empty file without a name where none was chosen
            files[segment.name] = HeldFile(segment.filename, data)
    return HeldForm(fields, files)


def _checked(segments: Iterator[tuple[MultipartSegment, bytes]]) -> Iterator[tuple[MultipartSegment, bytes]]:
    """Pass the parts on behind a token that is right. Raises Unacceptable before any file is read without one."""
    token = request.headers.get("X-CSRF-Token")
    if token is not None:
        check_token(token)
        yield from segments
        return
    segment, data = next(segments, (None, b""))
    check_token(_text(data) if segment is not None and _is_token(segment) else "")
    yield from segments


def _is_token(segment: MultipartSegment) -> bool:
    return segment.name == "csrf_token" and segment.filename is None


def _segments(body: Body, boundary: str) -> Iterator[tuple[MultipartSegment, bytes]]:
    """Yield each part of the body once all of it has come; a file that comes first is empty, as it is not read."""
    segment, value, first = None, bytearray(), True
    parser = PushMultipartParser(boundary, max_segment_count=MOST_FIELDS)
    try:
        for piece in in_time(body.pieces()):
            for event in parser.parse(piece):
                if isinstance(event, MultipartSegment):
                    segment, value = event, bytearray()
                    if first and not _is_token(segment) and "X-CSRF-Token" not in request.headers:
                        yield segment, b""
                    first = False
                elif event is None and segment is not None:
                    yield segment, bytes(value)
                elif event is not None and segment is not None:
                    value += event
                    if segment.filename is None and len(value) > LONGEST_FIELD:
                        raise Unacceptable(413, _TOO_LONG)
    except MultipartError:
        raise Unacceptable(400, UNREADABLE) from None
    try:
        parser.close()
    except MultipartError:
        raise Interrupted(CUT) from None


def in_time(pieces: Iterator[bytes], clock: Callable[[], float] = monotonic) -> Iterator[bytes]:
    """Pass on what comes within `LONGEST_WAIT`. Raises Interrupted for what comes later."""
    until = clock() + LONGEST_WAIT
    for piece in pieces:
        if clock() > until:
            raise Interrupted(_TOO_SLOW)
        yield piece


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        raise Unacceptable(400, UNREADABLE) from None
