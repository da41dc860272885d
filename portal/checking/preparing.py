"""Load everything that a look may need: once the process is shut in, no file can be opened, our own code included.

A module of this package that needs more than its own imports (a library that it imports late, data that it reads, a
codec) has a function `prepare()`, which is called here. What is forgotten fails as ModuleNotFoundError or LookupError.
"""

import codecs
from importlib import import_module
from pkgutil import iter_modules

import portal.checking
from schemas.a1 import load_a1
from schemas.checking import Ask
from schemas.checks import load_checks

_LATE = ("_strptime", "calendar", "decimal", "io", "stringprep", "traceback", "unicodedata", "zoneinfo")
"""What Python itself imports only when something is first done."""
_CODECS: tuple[str, ...] = (
    "ascii",
    "cp437",
    "cp1252",
    "idna",
    "latin-1",
    "mac-roman",
    "utf-8",
    "utf-8-sig",
    "utf-16",
    "utf-16-be",
)
_CODECS += ("utf-16-le", "utf-32", "unicode-escape", "raw-unicode-escape")
_FORM = "a1"
"""What the names of modules that only an A1 form needs begin with."""


def prepare(ask: Ask) -> None:
    """Import the inspectors that this ask may need, and let each prepare itself."""
    for late in _LATE:
        import_module(late)
    for codec in _CODECS:
        codecs.lookup(codec)
    load_checks()
    if ask.a1 is not None:
        load_a1(ask.a1.definition)
    for found in iter_modules(portal.checking.__path__):
        if found.name != "__main__" and (ask.a1 is not None or not found.name.startswith(_FORM)):
            module = import_module(f"{portal.checking.__name__}.{found.name}")
            if module is not import_module(__name__) and (hook := getattr(module, "prepare", None)):
                hook()
