"""The table of rules of docs/a1-form.md: `python -m tests.a1.table` prints it."""

from portal.domain.a1.rules import RULES


def rules_table() -> str:
    """Return the table in Markdown."""
    lines = ["| rule | severity | what it finds | what to do |", "|---|---|---|---|"]
    lines += [f"| {code} | {rule.severity} | {rule.message} | {rule.fix} |" for code, rule in RULES.items()]
    return "\n".join(lines)


if __name__ == "__main__":
    print(rules_table())
