"""Pictures: what their headers claim, whether they are whole, what was appended, and where they were taken."""

import io
import struct
import zipfile
import zlib

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from portal.checking.images import LONGEST_SIDE
from tests.checking.looking import codes, looked, places

GPS = 0x8825


def picture(kind: str, **options: object) -> bytes:
    """Return a small picture."""
    out = io.BytesIO()
    Image.new("RGB", (40, 30), (10, 120, 200)).save(out, kind, **options)
    return out.getvalue()


def exif(*, place: bool) -> Image.Exif:
    """Return what a camera writes about a photo, with or without the place."""
    made = Image.Exif()
    made[0x0110] = "Camera"
    if place:
        made.get_ifd(GPS).update({1: "N", 2: (53.0, 48.0, 1.0), 3: "W", 4: (1.0, 33.0, 0.0)})
    return made


def png_of(width: int, height: int) -> bytes:
    """Return a PNG that claims to be so large and holds nothing."""
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)),
        (b"IDAT", zlib.compress(b"")),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in chunks
    )


def zipped() -> bytes:
    """Return a zip file with one member."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("a.txt", "a")
    return out.getvalue()


def test_ordinary_ones() -> None:
    """Pictures of several ways of writing them are nothing to note, with what cameras append to them as well."""
    jpeg, png = picture("JPEG"), picture("PNG")
    rough = io.BytesIO()  # with marks in its data: zeros behind 0xFF, and places from which to go on
    Image.effect_noise((200, 150), 100).save(rough, "JPEG", restart_marker_blocks=1)
    ordinary = [
        (rough.getvalue(), "jpg"),
        (jpeg.replace(b"\xff\xdb", b"\xff\xff\xdb"), "jpg"),
        (jpeg, "jpg"),
        (jpeg, "jpeg"),
        (picture("JPEG", progressive=True, exif=exif(place=False)), "jpg"),
        (jpeg + bytes(300), "jpg"),
        (jpeg + jpeg, "jpg"),
        (jpeg + b"\x00\x00\x00\x18ftypmp42" + bytes(500), "jpg"),
        (jpeg + b"SEFHe\x00\x00\x00SEFT", "jpg"),
        (png, "png"),
        (picture("PNG", optimize=True, exif=exif(place=False)), "png"),
    ]
    for body, extension in ordinary:
        answer = looked(body, extension)
        assert (extension, (), 0) == (answer.kind, answer.findings, answer.members)


def test_sizes() -> None:
    """A side or an area beyond any real picture is noted with what is claimed; the largest real ones are not."""
    assert {"image-size": (f"{LONGEST_SIDE + 1} × 1",)} == places(png_of(LONGEST_SIDE + 1, 1), "png")
    assert ["image-size"] == codes(png_of(LONGEST_SIDE, 10_001), "png")
    assert [] == codes(png_of(LONGEST_SIDE, 10_000), "png")
    jpeg = picture("JPEG")
    at = jpeg.index(b"\xff\xc0") + 5
    wide = jpeg[:at] + struct.pack(">HH", 30, 65_000) + jpeg[at + 4 :]
    assert {"image-size": ("65000 × 30",)} == places(wide, "jpg")


def test_cut_short() -> None:
    """A picture that ends before its end is unreadable, and so is one without a size."""
    for kind, extension in (("PNG", "png"), ("JPEG", "jpg")):
        body = picture(kind)
        for length in (12, 60, len(body) // 2, len(body) - 1):
            assert ["unreadable"] == codes(body[:length], extension)
    assert ["unreadable"] == codes(b"\xff\xd8\xff\xd9" * 2, "jpg")
    assert ["unreadable"] == codes(picture("PNG").replace(b"IHDR", b"tEXt"), "png")
    for no_frame in (b"\xff\xc4", b"\xff\xc8", b"\xff\xcc"):
        assert ["unreadable"] == codes(picture("JPEG").replace(b"\xff\xc0", no_frame), "jpg")


def test_appended() -> None:
    """A zip, a program, a page or a script behind a picture or in its comment makes it two things at once."""
    for kind, extension in (("PNG", "png"), ("JPEG", "jpg")):
        body = picture(kind)
        for tail in (zipped(), b"MZ" + bytes(100), b"\x7fELF" + bytes(50), b"%PDF-1.4\n", b"\n<script>x</script>"):
            assert ["polyglot"] == codes(body + tail, extension)
    assert {"polyglot": ("php",)} == places(picture("JPEG", comment=b"<?php system($_GET['c']); ?>"), "jpg")
    assert ["polyglot"] == codes(picture("JPEG", comment=b"%PDF-1.4 1 0 obj <<>> endobj"), "jpg")
    assert [] == codes(picture("JPEG", comment=b"scripted <b>comment</b>"), "jpg")


def test_places() -> None:
    """A photo that says where it was taken is noted, whichever way its bytes run; other facts about it are not."""
    assert ["photo-place"] == codes(picture("JPEG", exif=exif(place=True)), "jpg")
    assert ["photo-place"] == codes(picture("PNG", exif=exif(place=True)), "png")
    bare = b"II*\x00" + struct.pack("<I", 8)
    table = struct.pack("<HHHII", 1, GPS, 4, 1, 26) + bytes(4) + struct.pack("<HHHII", 1, 2, 5, 3, 0)
    assert ["photo-place"] == codes(picture("JPEG", exif=b"Exif\x00\x00" + bare + table), "jpg")
    assert [] == codes(picture("JPEG", exif=b"Exif\x00\x00" + bare + b"\xff" * 30), "jpg")


def test_places_in_xmp() -> None:
    """What programs that edit photos say of the place is noted too; other things that they say are not."""
    for words, expected in ((b'exif:GPSLatitude="53,48.0N"', ["photo-place"]), (b'exif:Flash="0"', [])):
        xmp = b"<x:xmpmeta><rdf:Description %s/></x:xmpmeta>" % words
        assert expected == codes(picture("JPEG", xmp=xmp), "jpg")
        text = PngInfo()
        text.add_itxt("XML:com.adobe.xmp", xmp.decode())
        assert expected == codes(picture("PNG", pnginfo=text), "png")
