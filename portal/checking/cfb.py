"""Compound files ([MS-CFB]): Word, Excel and PowerPoint until 2003, Outlook mails, Office files with a password."""

from io import BytesIO

from olefile import OleFileIO

from portal.checking import biff, word
from portal.checking.notes import Notes
from portal.checking.ole import Packed, note_object, read_native

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
LOCKED = "locked"
_PASSWORD = ("EncryptedPackage", "EncryptedSummary", "\tDRMContent")
_STREAMS = (
    ("WordDocument", "doc"),
    ("Workbook", "xls"),
    ("Book", "xls"),
    ("PowerPoint Document", "ppt"),
    ("__properties_version1.0", "msg"),
    ("VisioDocument", "vsd"),
    ("Quill", "pub"),
)
_INSTALLER = "000C1084-0000-0000-C000-000000000046"
_TOKEN_ENCRYPTED = 0xF3D1C4DF
_LONGEST_STREAM = 256 * 1024 * 1024
_MOST_OBJECTS = 10_000
_NATIVE = "\x01ole10native"


def kind(body: bytes, extension: str) -> str:
    """Return doc, xls, ppt, msg or the like, LOCKED for a modern Office file with a password, else cfb.

    One that cannot be read is of the kind that its ending says, if that is a compound file's.
    """
    try:
        with OleFileIO(BytesIO(body)) as container:
            names = {path[0].lower() for path in container.listdir()}
            if str(container.root.clsid).upper() == _INSTALLER:
                return "msi"
    except Exception:  # noqa: BLE001 - whatever olefile stumbles over: then nobody can say what this is
        return extension if extension in ("doc", "xls", "ppt", "msg") else "cfb"
    if "encryptedpackage" in names:
        return LOCKED
    return next((ending for stream, ending in _STREAMS if stream.lower() in names), "cfb")


def look_into_cfb(body: bytes, notes: Notes) -> int:
    """Note what is in a compound file; return how many files are in it."""
    with OleFileIO(BytesIO(body)) as container:
        paths = container.listdir(streams=True, storages=True)
        parts = [[part.lower() for part in path] for path in paths]
        if any(container.exists(name) for name in _PASSWORD):
            notes.found("password")
            return 0
        if any(path[-1] in ("_vba_project", "_vba_project_cur", "macros") for path in parts):
            notes.found("macros")
        if container.exists("WordDocument"):
            _look_into_word(container, notes)
        for name in ("Workbook", "Book"):
            if container.exists(name):
                biff.look_into_workbook(_stream(container, name), notes)
        if container.exists("Current User"):
            token = int.from_bytes(_stream(container, "Current User")[12:16], "little")
            if token == _TOKEN_ENCRYPTED:
                notes.found("password")
        objects = list(_objects(container))
    for each in objects:
        note_object(each, notes)
    return len(objects)


def _look_into_word(container: OleFileIO, notes: Notes) -> None:
    text = _stream(container, "WordDocument")
    tables = [_stream(container, name) if container.exists(name) else b"" for name in ("0Table", "1Table")]
    word.look_into_document(text, tables, notes)


def _objects(container: OleFileIO) -> list[Packed]:
    """Return the files and objects inside: Word keeps them in ObjectPool, Excel in storages that begin with MBD."""
    storages: dict[str, Packed] = {}
    for path in container.listdir()[:_MOST_OBJECTS]:
        inside = len(path) > 1 and (path[0].lower() == "objectpool" or path[0].lower().startswith("mbd"))
        last = path[-1].lower()
        if last == _NATIVE:
            storages["/".join(path[:-1])] = read_native(_stream(container, "/".join(path)))
        elif inside:
            storages.setdefault("/".join(path[: 2 if path[0].lower() == "objectpool" else 1]), Packed("", b""))
        elif len(path) > 1 and path[0].startswith("__attach_version1.0") and last.startswith("__substg1.0_37010102"):
            name = "/".join([*path[:-1], "__substg1.0_3707001F"])
            shown = _stream(container, name).decode("utf-16-le", "replace") if container.exists(name) else ""
            storages[path[0]] = Packed(shown, _stream(container, "/".join(path)))
    return list(storages.values())


def _stream(container: OleFileIO, name: str) -> bytes:
    size = container.get_size(name)
    if size > _LONGEST_STREAM:
        raise ValueError
    data: bytes = container.openstream(name).read()
    return data
