"""Writes the tables of `docs/security.md` that follow from code and data: `python -m tests.security.document`."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import fields
from datetime import timedelta

from portal.domain import throttle
from portal.domain.policy import Policy
from portal.domain.roles import MATRIX, Permission, Role
from tests.security.inventory import CLASSES, ROOT, load

PAGE = ROOT / "docs/security.md"
SHORT = {
    Role.leader: "leader",
    Role.contributor: "contributor",
    Role.lead_inspector: "lead inspector",
    Role.inspector: "inspector",
    Role.quality_assurance_officer: "QA officer",
    Role.administrator: "administrator",
    Role.data_protection_officer: "DPO",
    Role.worker: "worker",
    Role.api_token: "API token",
}
PERIODS = {
    "session_idle": "Without a request a session ends after",
    "session_life": "Whatever happens a session ends after",
    "halfway_life": "Between password and second factor, at most",
    "step_up_life": "A confirmation that it is they lasts",
    "invitation_life": "An invitation lasts",
    "proposal_life": "A proposal that nobody decided on lapses after",
    "reading_life": "An approved break-glass reading lasts",
    "token_life": "A script's token lasts at most",
}


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table of Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join("| " + " | ".join(cells) + " |\n" for cells in lines).replace("|  |", "| |").replace("|  |", "| |")


def roles_table() -> str:
    """Return the matrix of `portal/domain/roles.py`."""
    rows = [
        [permission.replace("_", " "), *("yes" if permission in MATRIX[role] else "" for role in SHORT)]
        for permission in Permission
    ]
    return table(["", *SHORT.values()], rows)


def limits_table() -> str:
    """Return the periods of `portal/domain/policy.py` and the figures of `portal/domain/throttle.py`."""
    policy = Policy()
    periods = {each.name for each in fields(policy) if isinstance(getattr(policy, each.name), timedelta)}
    assert set(PERIODS) <= periods, "A period that is explained here is gone."
    rows = [[words, say(getattr(policy, name))] for name, words in PERIODS.items()]
    rows += [
        ["Wrong tries before somebody has to wait: of an account or a device", str(throttle.EACH.free)],
        ["The same, of a network address", str(throttle.NETWORK.free)],
        ["The first wait, which doubles each time", say(throttle.FIRST_WAIT)],
        ["The longest wait", say(throttle.LONGEST_WAIT)],
        ["Wrong tries are forgotten: of an account or a device", say(throttle.EACH.forgotten_after)],
        ["The same, of a network address", say(throttle.NETWORK.forgotten_after)],
    ]
    return table(["what", "how long, how many"], rows)


def say(period: timedelta) -> str:
    """Say a whole period in its largest unit."""
    seconds = round(period.total_seconds())
    for size, unit in ((86400, "day"), (3600, "hour"), (60, "minute"), (1, "second")):
        if seconds % size == 0:
            count = seconds // size
            return f"{count} {unit}{'' if count == 1 else 's'}"
    raise ValueError("A period has whole seconds.")


def classes_table() -> str:
    """Return the class of every column."""
    rows = [
        [f"`{name}`", *(", ".join(f"`{column}`" for column in classes.get(each, [])) for each in CLASSES)]
        for name, classes in load("classes.toml").items()
    ]
    return table(["table", *CLASSES], rows)


def cryptography_table() -> str:
    """Return the cryptographic inventory."""
    rows = [
        [each["what"], each["algorithm"], each["key"], modules(each["modules"])]
        for each in load("cryptography.toml")["use"]
    ]
    return table(["what", "algorithm", "key", "modules"], rows)


def ways_out_table() -> str:
    """Return every way out to another machine."""
    rows = [
        [each["to"], each["for"], settings(each["setting"]), modules(each["modules"])]
        for each in load("cryptography.toml")["way_out"]
    ]
    return table(["to", "for", "setting", "modules"], rows)


def settings(names: str) -> str:
    """Return settings as code."""
    return ", ".join(f"`{name}`" for name in names.split(", ") if name)


def modules(entries: Iterable[str]) -> str:
    """Return the modules of `module: package` as paths, each once."""
    names = dict.fromkeys(entry.partition(":")[0] for entry in entries)
    return ", ".join(f"`{name.replace('.', '/')}.py`" for name in names)


TABLES: dict[str, Callable[[], str]] = {
    "roles": roles_table,
    "limits": limits_table,
    "classes": classes_table,
    "cryptography": cryptography_table,
    "ways out": ways_out_table,
}


def security_page(page: str) -> str:
    """Return `docs/security.md` with each table between its markers made anew."""
    for name, make in TABLES.items():
        begin, end = f"<!-- table: {name} -->\n", f"<!-- end: {name} -->"
        before, found, rest = page.partition(begin)
        _old, ended, after = rest.partition(end)
        if not found or not ended:
            raise ValueError(f"docs/security.md has lost the markers around its table of {name}.")
        page = before + begin + make() + end + after
    return page


if __name__ == "__main__":
    PAGE.write_text(security_page(PAGE.read_text("utf-8")), "utf-8")
