"""Uploads: the form and the raw PUT. The body is streamed from the socket to the sealing, and spooled nowhere (rule 1).

The route's rule was checked before a byte of the body is read; the token comes in a header or as the first field.
"""

import base64
import binascii
from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any
from urllib.parse import unquote
from uuid import UUID

from flask import Blueprint, current_app, g, jsonify, redirect, request, url_for
from multipart import MultipartError, MultipartSegment, PushMultipartParser
from werkzeug.http import parse_options_header
from werkzeug.wrappers import Response

from portal.domain.errors import Conflict, Interrupted, PortalError, Refused
from portal.domain.intake import say_size
from portal.domain.policy import KIB
from portal.domain.roles import Permission
from portal.services.receive import Received, Upload, receive
from portal.services.statements import received_page
from portal.web.a1_findings import BESIDE, findings_href, show_findings
from portal.web.access import access, actor, deps
from portal.web.activity import keep_awake
from portal.web.at_once import at_once
from portal.web.bodies import CUT, Body, current_body, declared_length
from portal.web.errors import Unacceptable, status_of, wants_json
from portal.web.forms import read_fields
from portal.web.guard import check_token
from portal.web.provider import show_item
from portal.web.serving import PATIENCE
from portal.web.turns import Turns
from schemas.requests import UploadFields
from schemas.texts import say, together

uploads = Blueprint("uploads", __name__, url_prefix="/inspections/<uuid:inspection>/items/<item>")

OVERHEAD = 64 * KIB
"""How much longer than the file a form's body may be."""
LONGEST_FIELD = 8 * KIB
MOST_FIELDS = 16
SMALLER = say("Send a smaller one, or split it into several. Nothing of it was kept; what you sent before is safe.")
UNREADABLE = say(
    "We could not understand what your browser sent. Go back to the item, choose the file and send it again."
)


class FormUpload:
    """A multipart body read as it comes: the fields, then one file."""

    def __init__(self, body: Body, boundary: str) -> None:
        self.filename: str | None = None
        self.fields: dict[str, str] = {}
        self._events = self._parse(body, boundary)

    def read_fields(self) -> None:
        """Read up to the file, the token first. Raises Unacceptable (token, unreadable), Interrupted."""
        name, value = "", bytearray()
        token = request.headers.get("X-CSRF-Token")
        if token is not None:
            check_token(token)
        for event in self._events:
            if isinstance(event, MultipartSegment):
                if token is None and (event.name != "csrf_token" or event.filename is not None):
                    check_token("")
                if event.filename is not None or event.name == "file":
                    self.filename = event.filename or ""
                    return
                name, value = event.name or "", bytearray()
            elif event is None:
                if name in self.fields:
                    raise Unacceptable(400, UNREADABLE)
                self.fields[name] = self._text(value)
                if token is None:
                    token = self.fields[name]
                    check_token(token)
            else:
                value += event
                if len(value) > LONGEST_FIELD:
                    raise Unacceptable(413, say("One of the fields is too long. Go back to the item and shorten it."))
        check_token(token or "")

    def file(self) -> Iterator[bytes]:
        """Yield the file; it ends well only once the whole body has come, closing boundary and all.

        Raises Interrupted (cut), Refused (a second file), Unacceptable (unreadable).
        """
        if self.filename is None:
            return
        for event in self._events:
            if event is None:
                break
            yield event
        for event in self._events:
            if isinstance(event, MultipartSegment) and event.filename:
                raise Refused(say("Select one file at a time. Nothing of these files was kept."), "file")

    @staticmethod
    def _text(value: bytearray) -> str:
        try:
            return value.decode()
        except UnicodeDecodeError:
            raise Unacceptable(400, UNREADABLE) from None

    @staticmethod
    def _parse(body: Body, boundary: str) -> Iterator[Any]:
        try:
            parser = PushMultipartParser(boundary, max_segment_count=MOST_FIELDS)
            for piece in body.pieces():
                yield from parser.parse(piece)
        except MultipartError:
            raise Unacceptable(400, UNREADABLE) from None
        try:
            parser.close()
        except MultipartError:
            raise Interrupted(CUT) from None


@uploads.before_request
def _be_patient() -> None:
    """Whoever comes here may upload: if their file is refused, they are heard out so that they can read why."""
    request.environ[PATIENCE] = True


@uploads.post("/documents")
@access(Permission.upload, streams=True)
def send_form(inspection: UUID, item: str) -> Response | tuple[str, int]:
    """Take a file by the item page's form."""
    try:
        length = _length(OVERHEAD)
    except Unacceptable as refused:
        if refused.status != 413 or wants_json():
            raise
        # The form is refused unread, so which of the item's places it was for is not known.
        return show_item(inspection, item, errors={"": refused.message}), 413
    kind, options = parse_options_header(request.headers.get("Content-Type", ""))
    boundary = options.get("boundary", "")
    if kind != "multipart/form-data" or not 1 <= len(boundary) <= 70 or length == 0:
        raise Unacceptable(415)
    form = FormUpload(current_body(), boundary)
    with _turns().take(actor().person):
        form.read_fields()
        try:
            received = _receive_form(inspection, item, form)
        except (Refused, Conflict) as refused:
            return _say_again(inspection, item, form.fields, refused)
    at_once().look(received.document)
    return redirect(_led_to(inspection, received.document, form.fields), 303)


def _led_to(inspection: UUID, document: UUID, fields: Mapping[str, str]) -> str:
    """Return the page on which an upload ends: of one beside a list of findings the new list, where there is one."""
    if fields.get("beside") == BESIDE:
        view = received_page(deps(), actor(), inspection, document)
        found = findings_href(inspection, view["document"], view["check"], received=True)
        if found is not None:
            return found
    return url_for("provider.document", inspection=inspection, document=document)


def _receive_form(inspection: UUID, item: str, form: FormUpload) -> Received:
    chunks = form.file()
    first = next(chunks, b"")
    if not first:
        raise Refused(say("The selected file is empty") if form.filename else say("Select a file"), "file")
    fields = read_fields(UploadFields, form.fields)
    parts = [fields[f"meeting_{part}"].strip() for part in ("year", "month", "day")]
    upload = Upload(
        inspection=inspection,
        item=item,
        slot=fields["slot"],
        upload_id=fields["upload_id"],
        name=form.filename or "",
        began_at=g.began_at,
        meeting_date="-".join(parts) if any(parts) else "",
        replaces=fields["replaces"],
    )
    return receive(deps(), actor(), upload, keep_awake(chain([first], chunks)))


def _say_again(inspection: UUID, item: str, fields: Mapping[str, str], error: PortalError) -> tuple[str, int]:
    """Show the item, or the findings, again with what is wrong, and with what was typed."""
    if fields.get("beside") == BESIDE:
        try:
            return show_findings(inspection, UUID(fields.get("replaces", "")), str(error)), status_of(error)
        except ValueError:
            pass  # the item's page can always be shown
    slot = fields.get("slot", "")
    at_date = isinstance(error, Refused) and error.field == "meeting_date"
    field = f"meeting_day-{slot}" if at_date else f"file-{slot}"
    typed = {f"meeting_{part}-{slot}": fields.get(f"meeting_{part}", "") for part in ("day", "month", "year")}
    page = show_item(inspection, item, replace=fields.get("replaces", ""), values=typed, errors={field: str(error)})
    return page, status_of(error)


@uploads.put("/slots/<slot>/uploads/<upload_id>")
@access(Permission.upload, streams=True)
def send_raw(inspection: UUID, item: str, slot: str, upload_id: str) -> tuple[Response, int]:
    """Take a file as the body of a PUT, for scripts; the same upload id and bytes again give the same receipt."""
    check_token(request.headers.get("X-CSRF-Token", ""))
    return take_raw(inspection, item, slot, upload_id)


def take_raw(inspection: UUID, item: str, slot: str, upload_id: str) -> tuple[Response, int]:
    """Take the body of the request as a file; the answer is its receipt, 201 or, for one that came before, 200.

    Raises Unacceptable and what `receive` does.
    """
    request.environ[PATIENCE] = True
    length = _length(0)
    upload = Upload(
        inspection=inspection,
        item=item,
        slot=slot,
        upload_id=upload_id,
        name=_stated_name(),
        began_at=g.began_at,
        meeting_date=request.headers.get("X-Meeting-Date", ""),
        replaces=request.headers.get("X-Replaces", ""),
        length=length,
        sha256=_stated_digest(),
    )
    with _turns().take(actor().person):
        received = receive(deps(), actor(), upload, keep_awake(current_body().pieces()))
    at_once().begin(received.document)
    return jsonify(received.receipt), 200 if received.repeated else 201


def _turns() -> Turns:
    turns: Turns = current_app.extensions["portal.uploads"]
    return turns


def _length(overhead: int) -> int:
    """Return the length of the body in bytes, `overhead` of which may come on top of the file.

    Raises Unacceptable (411: missing or chunked; 413: over the service's limit, to be refused unread).
    """
    length, limit = declared_length(), deps().policy.max_file_bytes
    if length is None:
        raise Unacceptable(411)
    if length > limit + overhead:
        must = say("The file must be smaller than {limit}.", limit=say_size(limit))
        raise Unacceptable(413, together((must, SMALLER)))
    return length


def _stated_name() -> str:
    """Return the file name of `Content-Disposition: attachment; filename*=UTF-8''…`. Raises Refused."""
    raw = request.headers.get("Content-Disposition", "")
    for part in raw.split(";")[1:]:
        key, _, value = part.strip().partition("=")
        if key.lower() == "filename*" and value.upper().startswith("UTF-8''"):
            try:
                return unquote(value[len("UTF-8''") :], errors="strict")
            except UnicodeDecodeError:
                break
    raise Refused(
        say("State the file's name: Content-Disposition: attachment; filename*=UTF-8''NAME, percent-encoded.")
    )


def _stated_digest() -> bytes | None:
    """Return the SHA-256 of `Content-Digest: sha-256=:BASE64:` (RFC 9530), if there is one. Raises Refused."""
    raw = request.headers.get("Content-Digest")
    if raw is None:
        return None
    for part in raw.split(","):
        key, _, value = part.strip().partition("=")
        if key.lower() == "sha-256" and len(value) > 2 and value[0] == value[-1] == ":":
            try:
                digest = base64.b64decode(value[1:-1], validate=True)
            except binascii.Error:
                break
            if len(digest) == 32:
                return digest
    raise Refused(say("Content-Digest must be sha-256=:BASE64: with the SHA-256 of the body, or be left out."))
