"""Every act that the code appends to the trail has words."""

import ast
import importlib
from pathlib import Path

from portal.domain.checks import CheckState
from portal.domain.roles import Role
from portal.domain.trail_words import ACTS, CHECKED, OTHER, say_act, say_actor

PORTAL = Path(__file__).resolve().parents[2] / "portal"
COMPUTED = {
    "portal/services/a1_document.py": {"a1.findings-opened", "a1.findings-downloaded", "document.errors-explained"},
    "portal/services/accept.py": {"invitation.code_refused", "invitation.ended"},
    "portal/services/decide.py": {"proposal.approved", "proposal.refused"},
    "portal/services/outbox.py": {"mail.retried", "mail.given-up"},
}
"""Where an act is worked out: what it can be."""


def _appended() -> set[str]:
    found: set[str] = set()
    for path in sorted(PORTAL.rglob("*.py")):
        name = str(path.relative_to(PORTAL.parent))
        for node in ast.walk(ast.parse(path.read_text())):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "append"):
                continue
            act = node.args[2]
            if isinstance(act, ast.Constant):
                found.add(str(act.value))
            elif isinstance(act, ast.Name) and act.id.isupper():
                module = importlib.import_module(name.removesuffix(".py").replace("/", "."))
                found.add(getattr(module, act.id))
            else:
                found |= COMPUTED[name]
    return found


def test_every_act_has_words() -> None:
    """Whatever is appended is said; and an act that this release does not know is said to be one."""
    assert set() == _appended() - set(ACTS)
    assert OTHER == say_act("something.new")


def test_a_check_is_said_by_what_came_of_it() -> None:
    """Not flagged, flagged, withheld, malware, never checked, and what nobody scanned; an odd entry as before."""

    def said(**details: str) -> str:
        return say_act(CHECKED, details)

    assert "A document was checked: it is not flagged" == said(state="clear", scan="clean")
    assert "A document was checked and flagged; it is not scanned for malware" == said(
        state="flagged", scan="unscanned"
    )
    assert said(state="clear", scan="locked").endswith("it needs a password, so it cannot be scanned for malware")
    assert "because of what was found" in said(state="quarantined", scan="clean")
    assert "A document was checked and withheld: it contains malware" == said(state="quarantined", scan="infected")
    assert "however often" in said(state="unchecked", scan="clean")
    assert ACTS[CHECKED] == said() == said(state="strange") == say_act(CHECKED)
    assert 5 == len({said(state=state, scan="clean") for state in CheckState})


def test_who_acted_is_said_by_role_alone() -> None:
    """No label reaches a page."""
    roles = {"person:1": Role.lead_inspector}
    assert ["You", "The lead inspector", "Somebody else", "A script", "The service itself", "Somebody else"] == [
        say_actor(each, "person:0", roles)
        for each in ("person:0", "person:1", "person:2", "token:1", "worker", "stranger")
    ]
    assert "The people who run the server" == say_actor("operator:person:1", "person:0", roles)
