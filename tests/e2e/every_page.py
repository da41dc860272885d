"""Which pages there are, for whom, and in which states they are looked at: the table in `docs/accessibility.md`.

`python -m tests.e2e.every_page` writes the table; a test compares it with what is looked at.
"""

import re
from collections.abc import Mapping

from tests.e2e.installation import TREE
from tests.e2e.views import VIEWS
from tests.web.routes import PATHS, ROLES
from tests.web.test_access import EXPECTED

PAGE = TREE / "docs" / "accessibility.md"
BEGIN, END = "<!-- the table: begin -->\n", "<!-- the table: end -->"
WITH_A_DIRECTORY = frozenset({"directory.again", "directory.connecting"})
"""What a portal without a staff directory, as the one that is walked through, does not have."""
ROLE_WORDS = {
    "anonymous": "signed out",
    "leader_b": "another agency's leader",
    "lead_inspector": "lead inspector",
    "qa_officer": "quality assurance officer",
    "dpo": "data protection officer",
}


def pages() -> Mapping[str, tuple[str, ...]]:
    """Return the roles that each GET route answers with a page or a file, by endpoint."""
    return {
        endpoint: tuple(role for role, status in zip(ROLES, EXPECTED[endpoint], strict=True) if status == 200)
        for endpoint in PATHS
        if 200 in EXPECTED[endpoint] and endpoint not in WITH_A_DIRECTORY
    }


def table() -> str:
    """Return the two tables: every page by role, and every state."""
    rows = [
        f"| `{_address(endpoint)}` | {', '.join(ROLE_WORDS.get(role, role) for role in roles)} |"
        for endpoint, roles in pages().items()
        if endpoint not in FILES
    ]
    states = [f"| {name} | {view.who or 'signed out'} |" for name, view in VIEWS.items()]
    by_role = ["| page | looked at as |", "|---|---|", *rows, ""]
    by_state = ["| state | as whom, or by the leader of which inspection |", "|---|---|", *states, ""]
    return "\n".join([*by_role, *by_state])


FILES = frozenset(
    {
        "static",
        "a1_findings.file",
        "a1_form.csv_template",
        "a1_form.template_file",
        "a1_glance.file",
        "api.openapi",
        "data_requests.account_json",
        "pages.health",
        "pages.security_contact",
        "letters.file",
        "provider.download",
        "signing.keys_json",
        "statements.document_receipt",
        "signing.certificate_schema",
        "statements.receipt_json",
        "team.bundle",
        "team.changes",
        "team.document",
        "team.item_bundle",
        "trail.file",
        "trail.inspection_file",
    }
)
"""What is no page: answers that are files or data."""


def _address(endpoint: str) -> str:
    address = PATHS[endpoint].replace("{i}", "/inspections/…").replace("{t}", "/team/inspections/…")
    return re.sub(r"\{[^}]*\}", "…", address)


def with_table(text: str) -> str:
    """Return the document with its table made anew. Raises ValueError where its markers are missing."""
    before, begin, rest = text.partition(BEGIN)
    _old, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError("docs/accessibility.md has lost the markers around its table.")
    return before + begin + table() + end + after


if __name__ == "__main__":
    PAGE.write_text(with_table(PAGE.read_text()))
