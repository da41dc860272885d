"""Which errors are raised with a plain string, and would reach a person in English whatever the catalogue is."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import portal.domain.errors
from portal.domain.errors import PortalError

ROOT = Path(__file__).parent.parent
SAYING = {"say", "say_count", "together"}
ERRORS = {
    name
    for name, each in vars(portal.domain.errors).items()
    if isinstance(each, type) and issubclass(each, PortalError)
}


@cache
def tree(path: Path) -> ast.Module:
    """Return a file's syntax."""
    return ast.parse(path.read_text(encoding="utf-8"))


def module(name: str) -> Path | None:
    """Return the file of one of our own modules."""
    path = ROOT / name.replace(".", "/")
    return next((each for each in (path.with_suffix(".py"), path / "__init__.py") if each.exists()), None)


def called(call: ast.expr) -> str:
    """Return the name of what is called, or the empty string."""
    function = call.func if isinstance(call, ast.Call) else None
    return getattr(function, "id", getattr(function, "attr", ""))


def is_text(value: ast.expr, names: ast.AST, path: Path) -> bool:
    """Say whether an expression keeps its message: made by `say`, or a name for what does."""
    if isinstance(value, ast.IfExp):
        return is_text(value.body, names, path) and is_text(value.orelse, names, path)
    if isinstance(value, ast.Name):
        return all(is_text(each, names, path) for each in made_here(value.id, names, path) if makes_a_string(each))
    if isinstance(value, ast.Subscript) and isinstance(value.value, ast.Name):
        tables = [each for each in made_here(value.value.id, names, path) if isinstance(each, ast.Dict)]
        return all(is_text(each, names, path) for table in tables for each in table.values)
    return isinstance(value, ast.Attribute) or called(value) in {*SAYING, "str"}


def makes_a_string(value: ast.expr) -> bool:
    """Say whether an expression is plainly one of words."""
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute):
        return value.func.attr in {"format", "join", "capitalize"}
    return isinstance(value, (ast.JoinedStr, ast.BinOp)) or (
        isinstance(value, ast.Constant) and isinstance(value.value, str)
    )


def made_here(name: str, within: ast.AST, path: Path) -> Iterator[ast.expr]:
    """Yield what a name is set to: in the function, in its module, or in that which it comes from."""
    for place in (*ast.walk(within), *tree(path).body):
        if isinstance(place, ast.Assign) and any(isinstance(to, ast.Name) and to.id == name for to in place.targets):
            yield place.value
        elif isinstance(place, ast.AnnAssign) and isinstance(place.target, ast.Name) and place.target.id == name:
            yield from [place.value] if place.value else []
        elif isinstance(place, ast.ImportFrom) and place.module and (source := module(place.module)):
            for each in place.names:
                if (each.asname or each.name) == name:
                    yield from made_here(each.name, ast.Module([], []), source)


def plain_refusals(path: Path) -> list[str]:
    """Return each place of a file in which an error is raised without a text."""
    found = []
    for place, function in raised(tree(path), ast.Module([], [])):
        error = place.exc
        if isinstance(error, ast.Call) and called(error) in {*ERRORS, "Unacceptable"}:
            words = error.args[1:2] if called(error) == "Unacceptable" else error.args[:1]
            if not all(is_text(each, function, path) for each in words):
                found.append(f"{path.name}:{error.lineno} {called(error)}")
    return found


def raised(within: ast.AST, function: ast.AST) -> Iterator[tuple[ast.Raise, ast.AST]]:
    """Yield each `raise`, with the function that it stands in."""
    for each in ast.iter_child_nodes(within):
        if isinstance(each, ast.Raise):
            yield each, function
        yield from raised(each, each if isinstance(each, ast.FunctionDef) else function)
