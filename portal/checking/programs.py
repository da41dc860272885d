"""What a program or a script looks like, by its name and by its first bytes."""

_ENDINGS = (
    "action app apk bat cmd com cpl desktop dll dmg elf exe hta inf ins iso jar js jse lnk msc msi msix msp mst pif "
    "pkg ps1 psm1 py pyw reg rgs scf scr sct sh shb sys url vb vbe vbs wsc wsf wsh xll"
)
ENDINGS = frozenset(_ENDINGS.split())
"""What Windows, macOS and Linux run when such a file is opened; in capitals the same."""


def is_program(name: str, head: bytes = b"") -> bool:
    """Say whether a file of this name, or one that begins with these bytes (64 or more are wanted), can be run."""
    _stem, dot, ending = name.rstrip(". \x00").rpartition(".")
    return (dot != "" and ending.lower() in ENDINGS) or program_kind(head) != ""


def program_kind(head: bytes) -> str:
    """Return exe, elf, macho or sh by the first bytes, "" for anything else."""
    if head.startswith(b"MZ") and b"\x00" in head[:64]:  # text may begin with these two letters
        return "exe"
    if head.startswith(b"\x7fELF"):
        return "elf"
    if head.startswith((b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe", b"\xca\xfe\xba\xbe")):
        return "macho"
    return "sh" if head.startswith(b"#!/") else ""
