"""Rules that a reader of the syntax tree can check: each finds one kind of dangerous code (ASVS V1, V11, V12, V15)."""

import ast
import re
from collections.abc import Callable, Iterator
from typing import Final

Rule = Callable[[ast.AST], bool]

DANGEROUS_IMPORTS: Final = frozenset({"pickle", "marshal", "shelve", "dill", "yaml", "random", "telnetlib", "xml.dom"})
"""Modules that run what they read, are no source of secrets, or open entities."""
REQUESTS: Final = frozenset({"get", "post", "put", "patch", "delete", "head", "options", "request"})
RUNNERS: Final = frozenset({"os.system", "os.popen", "subprocess.getoutput", "subprocess.getstatusoutput"})
TEMPLATES: Final = frozenset({"render_template_string", "from_string"})
STATEMENTS: Final = frozenset({"text", "execute", "scalar", "scalars", "exec_driver_sql", "executemany"})


def dotted(node: ast.AST) -> str:
    """Return the dotted name of an expression, or what of it there is."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def keyword(call: ast.Call, name: str) -> object:
    """Return the constant that a call gives by this keyword, or None."""
    for each in call.keywords:
        if each.arg == name and isinstance(each.value, ast.Constant):
            return each.value.value
    return None


def shell(node: ast.AST) -> bool:
    """A command that a shell would take apart."""
    return isinstance(node, ast.Call) and (keyword(node, "shell") is True or dotted(node.func) in RUNNERS)


def dynamic_code(node: ast.AST) -> bool:
    """Code made of data."""
    return isinstance(node, ast.Call) and dotted(node.func) in {"eval", "exec", "compile", "__import__"}


def dangerous_import(node: ast.AST) -> bool:
    """A module that has no place here."""
    names = [each.name for each in node.names] if isinstance(node, ast.Import) else []
    names += [node.module or ""] if isinstance(node, ast.ImportFrom) and not node.level else []
    return any(name == bad or name.startswith(f"{bad}.") for name in names for bad in DANGEROUS_IMPORTS)


def template_of_data(node: ast.AST) -> bool:
    """A template that is not a file of ours."""
    return isinstance(node, ast.Call) and dotted(node.func).rpartition(".")[2] in TEMPLATES


def sql_of_strings(node: ast.AST) -> bool:
    """A statement put together of strings; parameters are bound, and constants of ours are not taken for danger."""
    if not isinstance(node, ast.Call) or dotted(node.func).rpartition(".")[2] not in STATEMENTS or not node.args:
        return False
    said = node.args[0]
    if isinstance(said, ast.JoinedStr):
        first = said.values[0]  # a PRAGMA takes no parameters
        return not (isinstance(first, ast.Constant) and str(first.value).startswith("PRAGMA "))
    glued = isinstance(said, ast.BinOp) and isinstance(said.op, ast.Add | ast.Mod)
    return glued or (isinstance(said, ast.Call) and dotted(said.func).endswith(".format"))


def unverified(node: ast.AST) -> bool:
    """TLS that believes anybody."""
    if isinstance(node, ast.Call) and keyword(node, "verify") is False:
        return True
    if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and node.value.value is False:
        return any(dotted(each).endswith(".check_hostname") for each in node.targets)
    return dotted(node).rpartition(".")[2] in {"CERT_NONE", "_create_unverified_context"}


def endless_request(node: ast.AST) -> bool:
    """A request to elsewhere without a timeout."""
    if not isinstance(node, ast.Call):
        return False
    module, _, name = dotted(node.func).rpartition(".")
    return module == "requests" and name in REQUESTS and "timeout" not in {each.arg for each in node.keywords}


def weak_cryptography(node: ast.AST) -> bool:
    """A cipher, mode, padding or digest that is not to be used, but a digest that protects nothing and says so."""
    name = dotted(node.func if isinstance(node, ast.Call) else node)
    if isinstance(node, ast.Call) and name in {"hashlib.md5", "hashlib.sha1"}:
        return keyword(node, "usedforsecurity") is not False
    return name.rpartition(".")[2] in {"ECB", "CBC", "PKCS1v15", "TripleDES", "ARC4", "Blowfish", "MD5", "SHA1"}


RULES: Final[dict[str, Rule]] = {
    rule.__name__: rule
    for rule in (
        *(shell, dynamic_code, dangerous_import, template_of_data, sql_of_strings),
        *(unverified, endless_request, weak_cryptography),
    )
}
IN_TEMPLATES: Final = re.compile(r"\|\s*safe\b|\{%-?\s*autoescape\s+false|\son[a-z]+=|\bstyle=|javascript:")
"""Markup taken as it comes, and code or style within a page."""
IN_SCRIPTS: Final = re.compile(
    r"\beval\(|new Function|\.(?:inner|outer)HTML|insertAdjacentHTML|document\.(?:write|cookie|domain)"
    r"|(?:local|session)Storage|indexedDB|__proto__|setTimeout\(\s*[\"']|https?://"
    r"|(?:window|parent|opener|top)\.postMessage|(?:window|self)\.addEventListener\(\s*[\"']message"
)
"""Markup made of strings, things kept in the browser, code made of text, other sites."""


def broken(source: str) -> Iterator[tuple[str, int]]:
    """Yield the name of each rule that a module breaks, with the line."""
    for node in ast.walk(ast.parse(source)):
        yield from ((name, getattr(node, "lineno", 0)) for name, rule in RULES.items() if rule(node))
