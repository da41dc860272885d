"""No module, template or script of ours has dangerous code; each rule sees a violation that is put before it."""

from pathlib import Path

import pytest

from tests.rules import IN_SCRIPTS, IN_TEMPLATES, RULES, broken

ROOT = Path(__file__).parents[1]
SEEDED = {
    "shell": ["subprocess.run(x, shell=True)", "os.system(x)"],
    "dynamic_code": ["eval(x)", "exec(x)"],
    "dangerous_import": ["import pickle", "from yaml import load", "import random", "from xml.dom import minidom"],
    "template_of_data": ["render_template_string(x)", "app.jinja_env.from_string(x)"],
    "sql_of_strings": [
        'session.execute(text(f"SELECT {x}"))',
        'text("SELECT " + x)',
        'connection.exec_driver_sql("SELECT %s" % x)',
        'session.scalar("SELECT {}".format(x))',
    ],
    "unverified": ["requests.get(x, timeout=1, verify=False)", "c.check_hostname = False", "ssl.CERT_NONE"],
    "endless_request": ["requests.get(x)", "requests.request('GET', x)"],
    "weak_cryptography": ["modes.ECB()", "modes.CBC(iv)", "hashlib.md5(x)", "hashlib.sha1(x)", "padding.PKCS1v15()"],
}
ALLOWED = {("sample.py", "dangerous_import")}
"""Synthetic A1 forms are drawn from a seed, so that the same numbers give the same form; nothing in them is secret."""
SOUND = """
import secrets
subprocess.run(["a"], shell=False)
session.execute(text("SELECT :a"), {"a": a})
connection.exec_driver_sql(f"PRAGMA query_only={'OFF' if writes else 'ON'}")
requests.get(x, timeout=3)
hashlib.sha1(x, usedforsecurity=False)
re.compile(x)
"""


def test_no_module_breaks_a_rule() -> None:
    """No shell, code of data, unsafe reading, string SQL, unverified TLS, endless request or weak cipher is there."""
    modules = [path for folder in ("portal", "schemas", "infra") for path in sorted((ROOT / folder).rglob("*.py"))]
    found = [(path.name, *each) for path in modules for each in broken(path.read_text("utf-8"))]
    assert ALLOWED == {(name, rule) for name, rule, _line in found}


@pytest.mark.parametrize("name", sorted(RULES))
def test_each_rule_sees_its_violations(name: str) -> None:
    """Whatever a rule is for is found by it, and what is sound is left alone."""
    assert [] == [seed for seed in SEEDED[name] if name not in {rule for rule, _line in broken(seed)}]
    assert [] == list(broken(SOUND))


def test_templates_take_no_markup_from_data() -> None:
    """Our templates switch no encoding off, and have no code or style within the page (V1.2.1, V3.4.3)."""
    templates = sorted((ROOT / "portal/web/templates").rglob("*.html"))
    assert [] == [path.name for path in templates if IN_TEMPLATES.search(path.read_text("utf-8"))]
    seeded = (
        "{{ x|safe }}",
        "{{ x | safe }}",
        "{% autoescape false %}",
        "<a onclick=x>",
        '<p style="x">',
        "javascript:x",
    )
    assert [] == [each for each in seeded if not IN_TEMPLATES.search(each)]


def test_scripts_make_no_markup_and_keep_nothing() -> None:
    """Our scripts write text, keep nothing in the browser, and know no other site (V3.2.2, V14.3.3, V15.3.6)."""
    scripts = sorted((ROOT / "portal/web/static").glob("*.js"))
    assert scripts
    assert [] == [path.name for path in scripts if IN_SCRIPTS.search(path.read_text("utf-8"))]
    seeded = ("a.innerHTML = x", "eval(x)", "localStorage.x", "document.cookie", "o.__proto__", 'setTimeout("x")')
    assert [] == [each for each in seeded if not IN_SCRIPTS.search(each)]
