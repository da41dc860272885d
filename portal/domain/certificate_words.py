"""What a certificate says, as a page shows it: pairs of a label and words, in the order of the printed page.

Times are London's; the signed body itself has them in UTC.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from portal.domain.certificates import (
    COPIES,
    DATABASE_BACKUPS,
    EARLY_RULE,
    KEY_BACKUPS,
    METHOD,
    RULE,
    STANDING,
    TWO,
    UNDATED_RULE,
)
from portal.domain.times import parse_iso, say_date, say_deadline, say_moment
from schemas.certificate import FINAL, NOT_TAKEN
from schemas.texts import say, say_count, together

Rows = list[tuple[str, str]]
_DOWNLOADS = "copies that were downloaded from the portal"
"""As certificates of format 1 say it."""
_SAID = {
    RULE: RULE,
    EARLY_RULE: EARLY_RULE,
    UNDATED_RULE: UNDATED_RULE,
    KEY_BACKUPS: say("Backups of the key folder, from which the removed key could be restored"),
    DATABASE_BACKUPS: say(
        "Backups of the database: references, sizes, times, digests, and sealed columns without a key"
    ),
    COPIES: say("Copies outside the portal are not certified"),
    _DOWNLOADS: say("Copies that were downloaded from the portal"),
    METHOD: say(
        "Cryptographic erase, modelled on NIST SP 800-88 Rev. 2 without claiming conformity: the key was removed, "
        "then every object deleted and every sealed column blanked"
    ),
}
"""What stands in certificates, as a page says it."""


def say_rule(rule: str) -> str:
    """Say the rule that a plan or a certificate names by its English words, which never change."""
    return _SAID.get(rule, rule)


def say_status(body: Mapping[str, Any]) -> str:
    """Say in a sentence whether a certificate is the last word, and when that is expected."""
    if is_final(body):
        return say("This certificate is final: no backup of the key can be left.")
    if body["format"] == 1:
        return say("This certificate was made before there were final ones. Backups of the key are named below.")
    return say(
        "This certificate is provisional: backups of the key may still be there. "
        "The final certificate is expected on {day}.",
        day=say_date(date.fromisoformat(body["expected_final_on"])),
    )


def is_final(body: Mapping[str, Any]) -> bool:
    """Say whether a certificate states that no backup of the key was left."""
    return body.get("status") == FINAL


def say_certificate(body: Mapping[str, Any]) -> Rows:
    """Return what a certificate of any format says."""
    return _say_first(body) if body["format"] == 1 else _say_second(body)


def _say_second(body: Mapping[str, Any]) -> Rows:
    not_yet = say("Not yet: provisional")
    compacted, copies = body["compacted_at"], body["copies"]
    rows: Rows = [
        (say("Certificate"), say("{certificate} (number {number})", **_chosen(body, "certificate", "number"))),
        *_about(body),
        (say("Final report published"), _day(body["published_on"]) or say("No publication date")),
        (say("Would have been due") if _decided(body) and body["due_at"] else say("Kept until"), _due(body)),
        (say("Decided by two people") if _decided(body) else say("Approved"), _approved(body["approval"])),
        (say("Disposal began"), say("{when}, by {who}", when=_at(body["began_at"]), who=_who(body["began_by"]))),
        (say("1. Inaccessible"), say("{when}: {how}", when=_at(body["inaccessible_at"]), how=body["key"])),
        (say("2. Objects deleted"), _at(body["objects_deleted_at"])),
        (say("3. Keys irrecoverable"), _at(body["keys_irrecoverable_at"]) or not_yet),
        (say("Documents disposed of"), f"{body['documents']:,}"),
        (say("Stored parts deleted"), f"{body['objects_deleted']:,}"),
        (say("Ciphertext deleted, in bytes"), _size(body["ciphertext_bytes"])),
        (say("Digest of the ciphertext (SHA-256)"), _digest(body["ciphertext_sha256"])),
        (say("Names, reasons and digests blanked"), _at(body["columns_blanked_at"])),
        (say("Accounts removed"), f"{body['accounts_removed']:,}"),
        (say("Database compacted"), _at(compacted) or say("Left to the database’s own housekeeping")),
        (say("Copies that were downloaded"), _copies(copies)),
        *_elsewhere(body),
        (say("Not certified"), _said(copies["statement"])),
        (say("Method"), _said(body["method"])),
        (say("Place in the audit trail"), say("After entry {seq}, {hash}", **_chosen(body["trail"], "seq", "hash"))),
        (say("Certified"), say("{when}, by {who}", when=_at(body["certified_at"]), who=_who(body["certified_by"]))),
    ]
    if body.get("reapplied"):
        rows.append((say("Done again"), say("After a database from before the disposal was restored")))
    if body["supersedes"]:
        rows.insert(1, (say("Takes the place of"), body["supersedes"]))
    return rows


def _say_first(body: Mapping[str, Any]) -> Rows:
    """Say a certificate of the format that was made until there were two for each disposal."""
    rows: Rows = [
        (say("Certificate"), body["certificate"]),
        *_about(body),
        (say("Final report published"), say_date(date.fromisoformat(body["published_on"]))),
        (say("Would have been due") if "early" in body else say("Kept until"), _due(body)),
        (say("Disposal began"), say("{when}, by {who}", when=_at(body["began_at"]), who=_who(body["began_by"]))),
        (say("No longer readable since"), say("{when}: {how}", when=_at(body["inaccessible_at"]), how=body["key"])),
        (
            say("Stored parts deleted"),
            say("{count} by {when}", count=f"{body['objects_deleted']:,}", when=_at(body["objects_deleted_at"])),
        ),
        (say("Names, reasons and digests blanked"), _at(body["columns_blanked_at"])),
        (say("Documents disposed of"), f"{body['documents']:,}"),
        (say("Certified"), say("{when}, by {who}", when=_at(body["certified_at"]), who=_who(body["certified_by"]))),
    ]
    if early := body.get("early"):
        rows.insert(6, (say("Decided early"), _two(early["proposed_by"], early["approved_by"])))
    return [*rows, *_elsewhere(body), (say("Not certified"), _said(body["not_certified"]))]


def _about(body: Mapping[str, Any]) -> Rows:
    named = say("{reference} of the programme {programme}", **_chosen(body, "reference", "programme"))
    return [
        (say("Inspection"), named),
        (say("Inspection's identifier"), body["inspection"]),
        (say("Rule"), _said(body["rule"])),
    ]


def _elsewhere(body: Mapping[str, Any]) -> Rows:
    return [
        (
            say("May remain elsewhere"),
            say("{what}, until {day}", what=_said(each["what"]), day=say_date(date.fromisoformat(each["until"]))),
        )
        for each in body["remains_elsewhere"]
    ]


def _decided(body: Mapping[str, Any]) -> bool:
    return bool(body["approval"] and body["approval"]["how"] == TWO)


def _due(body: Mapping[str, Any]) -> str:
    return say_deadline(parse_iso(body["due_at"])) if body["due_at"] else say("No date")


def _approved(approval: Mapping[str, Any] | None) -> str:
    if approval is None:
        return say("Not recorded: disposal began before approvals were")
    if approval["how"] == STANDING:
        return say("By the standing approval of the programme")
    people = approval["people"]
    if approval["how"] == TWO:
        return _two(people[0], people[1])
    return say("By {who}", who=_who(people[0]))


def _two(proposer: str, approver: str) -> str:
    return say("Proposed by {one}, approved by {other}", one=_who(proposer), other=_who(approver))


def _copies(copies: Mapping[str, int]) -> str:
    downloads = say_count(copies["downloads"], "{count} download", "{count} downloads")
    return say(
        "{downloads}, {confirmed} confirmed as deleted, {outstanding} outstanding",
        downloads=downloads,
        **_chosen(copies, "confirmed", "outstanding"),
    )


def _size(size: int | None) -> str:
    return say("Not measured") if size is None else f"{size:,}"


def _digest(digest: str) -> str:
    return say("Not taken") if digest == NOT_TAKEN else digest


def _chosen(body: Mapping[str, Any], *names: str) -> dict[str, object]:
    return {name: body[name] for name in names}


def _at(instant: str | None) -> str:
    return say_moment(parse_iso(instant)) if instant else ""


def _day(day: str | None) -> str:
    return say_date(date.fromisoformat(day)) if day else ""


def _said(stated: str) -> str:
    return _SAID.get(stated) or stated.capitalize()


def _who(label: str) -> str:
    """Say who did it, as the trail knows them: people stand there by their identifier alone."""
    if label == "worker":
        return say("the service itself")
    if label == "operator":
        return say("the operator at the command line")
    before, found, person = label.partition("person:")
    if not found:
        return label
    said = say("the person with the identifier {person}", person=person)
    return together([before, said], "") if before else said
