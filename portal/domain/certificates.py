"""The certificate of a disposal as a JSON-ready dict: no names, no content, each time in a field of its own (§65)."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from portal.domain.times import iso, london_date, parse_iso, say_date, say_deadline, say_moment
from schemas.texts import say, together

EARLY_RULE = say(
    "Disposed of before a year had passed since the publication of the final report, by the decision of two people"
)
RULE = say(
    "Held for one year from the date of publication of the final report, then disposed of "
    "(Thematic inspections of regional adoption agencies, paragraph 65)"
)
_BACKUPS = "backups of the key folder, from which the removed key could be restored"
_COPIES = "copies that were downloaded from the portal"
_SAID = {
    RULE: RULE,
    EARLY_RULE: EARLY_RULE,
    _BACKUPS: say("Backups of the key folder, from which the removed key could be restored"),
    _COPIES: say("Copies that were downloaded from the portal"),
}
"""What stands in certificates, as a page says it."""


def disposal_certificate(
    *,
    certificate: str,
    inspection: str,
    reference: str,
    programme: str,
    published_on: date | None,
    due_at: datetime | None,
    began_at: datetime,
    key_removed_at: datetime | None,
    key_removed_how: str,
    objects_removed_at: datetime | None,
    objects: int,
    columns_blanked_at: datetime | None,
    documents: int,
    certified_at: datetime,
    key_backup_days: int,
    began_by: str,
    certified_by: str,
    early: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Return the certificate's body; `early` says whose decision it was, where it was not due.

    Raises ValueError if a step has no time: then there is nothing to certify.
    """
    if (
        published_on is None
        or due_at is None
        or key_removed_at is None
        or objects_removed_at is None
        or columns_blanked_at is None
    ):
        raise ValueError("A disposal is certified only once every step of it is done.")
    return {
        "kind": "disposal-certificate",
        "format": 1,
        "certificate": certificate,
        "inspection": inspection,
        "reference": reference,
        "programme": programme,
        "rule": EARLY_RULE if early else RULE,
        "published_on": published_on.isoformat(),
        "due_at": iso(due_at),
        "began_at": iso(began_at),
        "inaccessible_at": iso(key_removed_at),
        "key": key_removed_how,
        "objects_deleted_at": iso(objects_removed_at),
        "objects_deleted": objects,
        "columns_blanked_at": iso(columns_blanked_at),
        "documents": documents,
        "certified_at": iso(certified_at),
        "began_by": began_by,
        "certified_by": certified_by,
        "remains_elsewhere": [
            {
                "what": _BACKUPS,
                "until": (london_date(key_removed_at) + timedelta(days=key_backup_days)).isoformat(),
            }
        ],
        "not_certified": _COPIES,
        **({"early": dict(early)} if early else {}),
    }


def say_certificate(body: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return what a certificate says as pairs of a label and words, in the order of a printed page.

    Times are London's; the signed body itself has them in UTC.
    """

    def at(field: str) -> str:
        return say_moment(parse_iso(body[field]))

    rows = [
        (say("Certificate"), body["certificate"]),
        (
            say("Inspection"),
            say("{reference} of the programme {programme}", reference=body["reference"], programme=body["programme"]),
        ),
        (say("Inspection's identifier"), body["inspection"]),
        (say("Rule"), _SAID.get(body["rule"], body["rule"])),
        (say("Final report published"), say_date(date.fromisoformat(body["published_on"]))),
        (say("Would have been due") if "early" in body else say("Kept until"), say_deadline(parse_iso(body["due_at"]))),
        (say("Disposal began"), say("{when}, by {who}", when=at("began_at"), who=_who(body["began_by"]))),
        (say("No longer readable since"), say("{when}: {how}", when=at("inaccessible_at"), how=body["key"])),
        (
            say("Stored parts deleted"),
            say("{count} by {when}", count=f"{body['objects_deleted']:,}", when=at("objects_deleted_at")),
        ),
        (say("Names, reasons and digests blanked"), at("columns_blanked_at")),
        (say("Documents disposed of"), f"{body['documents']:,}"),
        (say("Certified"), say("{when}, by {who}", when=at("certified_at"), who=_who(body["certified_by"]))),
    ]
    if early := body.get("early"):
        proposed, approved = _who(early["proposed_by"]), _who(early["approved_by"])
        rows.insert(
            6, (say("Decided early"), say("proposed by {one}, approved by {other}", one=proposed, other=approved))
        )
    rows += [
        (
            say("May remain elsewhere"),
            say("{what}, until {day}", what=_said(each["what"]), day=say_date(date.fromisoformat(each["until"]))),
        )
        for each in body["remains_elsewhere"]
    ]
    return [*rows, (say("Not certified"), _said(body["not_certified"]))]


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
