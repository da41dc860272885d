"""What programs read in a group of rich text: letters spelt by their codes, and nothing of what they pass over."""

import re

_TOKEN = re.compile(
    rb"\\'(?P<byte>[0-9a-fA-F]{2})"
    rb"|\\u(?P<letter>-?\d{1,10}) ?"
    rb"|\\uc(?P<instead>\d{1,10}) ?"
    rb"|\\bin(?P<raw>\d{1,10}) ?"
    rb"|\\(?:\*\s*\\)?(?P<field>fldinst)(?![a-zA-Z])(?:-?\d{1,10})? ?"
    rb"|\\\*\s*\\(?P<aside>[a-zA-Z]+)(?:-?\d{1,10})? ?"
    rb"|\\(?P<word>[a-zA-Z]+)(?:-?\d{1,10})? ?"
    rb"|\\(?P<sign>.)"
    rb"|(?P<brace>[{}])"
    rb"|(?P<text>[^\\{}]+)",
    re.DOTALL,
)
_INSTEAD = re.compile(rb"\\uc(\d{1,2})(?!\d)")
_MOST_TOKENS = 3_000_000
"""Of all groups of a text that are read: some seconds, and far more than its fields and templates have."""
_SIGNS = {b"~": "\u00a0", b"_": "-", b"\\": "\\", b"{": "{", b"}": "}", b"\n": " ", b"\r": " "}
_SPACES = frozenset({b"tab", b"par", b"line", b"cell", b"emspace", b"enspace", b"qmspace"})


class Groups:
    """Reads groups of one rich text."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        self._left = _MOST_TOKENS
        self._instead = sorted({1, *map(int, _INSTEAD.findall(body))})
        self.fields: set[int] = set()
        """Where the names of those fields stand that were read within another."""

    def readings(self, at: int) -> set[str]:
        """Return what may be read from `at` to the end of its group. Raises ValueError if all groups are too much.

        After a letter that is given by its code stand others for programs that do not know it. How many may be said
        anywhere before, so each number that is said at all makes a reading.
        """
        return {self.read(at, instead) for instead in self._instead}

    def read(self, at: int, instead: int = 1, *, raw: bool = False) -> str:
        """Return one reading, fields marked as in Word's own files, `raw` bytes as digits or not. Raises the same."""
        reading = _Reading(instead)
        while token := _TOKEN.match(self._body, at):
            self._left -= 1
            if self._left < 0:
                raise ValueError
            at, kind = token.end(), token.lastgroup or ""
            value = token[kind]
            if kind == "brace" and value == b"}":
                if not reading.close():
                    break
            elif kind == "field" and not reading.hidden:
                reading.begin_field()
                self.fields.add(token.start(kind))
            elif kind == "raw":
                reading.say(self._body[at : at + int(value)].hex() if raw else "")
                at += int(value)
            else:
                reading.take(kind, value)
        return reading.said


class _Reading:
    """What was read so far, and how what follows is to be read."""

    def __init__(self, instead: int) -> None:
        self.hidden = False
        self._instead, self._skip = instead, 0
        self._said: list[str] = []
        self._around: list[tuple[int, bool]] = []
        self._marks: list[tuple[int, str]] = []

    @property
    def said(self) -> str:
        return "".join(self._said)

    def say(self, text: str) -> None:
        if not self.hidden:
            self._said.append(text)

    def close(self) -> bool:
        """End a group; False if it is the one that is read."""
        if not self._around:
            return False
        self._instead, self.hidden = self._around.pop()
        self._skip = 0
        while self._marks and len(self._around) < self._marks[-1][0]:
            self._said.append(self._marks.pop()[1])
        return True

    def begin_field(self) -> None:
        """Mark a field: its code ends with this group, and its result with the group around."""
        self._said.append("\x13")
        self._marks += [(len(self._around) - 1, "\x15"), (len(self._around), "\x14")]

    def take(self, kind: str, value: bytes) -> None:
        """Read any other token."""
        if kind == "brace":
            self._around.append((self._instead, self.hidden))
        elif kind == "aside":
            self.hidden = True
        elif kind == "instead":
            self._instead = int(value)
        text = _letters(kind, value)
        if kind in ("byte", "sign", "text"):
            text, self._skip = text[self._skip :], max(0, self._skip - len(text))
        else:
            self._skip = self._instead if kind == "letter" else 0
        self.say(text)


def _letters(kind: str, value: bytes) -> str:
    """Return what a token stands for."""
    if kind == "letter":
        return chr(int(value) & 0xFFFF)
    if kind == "byte":
        return bytes.fromhex(value.decode()).decode("cp1252", "replace")
    if kind == "sign":
        return _SIGNS.get(value, "")
    if kind == "text":
        return value.translate(None, b"\r\n\x00").decode("cp1252", "replace")
    return " " if kind == "word" and value in _SPACES else ""
