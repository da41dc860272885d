"""Letters of a hostile file, before anything of them is told."""


def seen(text: str) -> str:
    """Return text without what is not seen or turns the line around: controls of terminals and of direction."""
    return text if text.isprintable() else "".join(each if each.isprintable() else "\ufffd" for each in text)
