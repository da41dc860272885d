"""The certificate of a disposal as a JSON-ready dict: no names, no content, each time in a field of its own (§65)."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from portal.domain.times import iso, london_date, parse_iso, say_date, say_deadline, say_moment

RULE = (
    "Held for one year from the date of publication of the final report, then disposed of "
    "(Thematic inspections of regional adoption agencies, paragraph 65)"
)


def disposal_certificate(
    *,
    certificate: str,
    inspection: str,
    reference: str,
    programme: str,
    published_on: date | None,
    due_at: datetime,
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
) -> dict[str, Any]:
    """Return the certificate's body. Raises ValueError if a step has no time: then there is nothing to certify."""
    if published_on is None or key_removed_at is None or objects_removed_at is None or columns_blanked_at is None:
        raise ValueError("A disposal is certified only once every step of it is done.")
    return {
        "kind": "disposal-certificate",
        "format": 1,
        "certificate": certificate,
        "inspection": inspection,
        "reference": reference,
        "programme": programme,
        "rule": RULE,
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
                "what": "backups of the key folder, from which the removed key could be restored",
                "until": (london_date(key_removed_at) + timedelta(days=key_backup_days)).isoformat(),
            }
        ],
        "not_certified": "copies that were downloaded from the portal",
    }


def say_certificate(body: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return what a certificate says as pairs of a label and words, in the order of a printed page.

    Times are London's; the signed body itself has them in UTC.
    """

    def at(field: str) -> str:
        return say_moment(parse_iso(body[field]))

    rows = [
        ("Certificate", body["certificate"]),
        ("Inspection", f"{body['reference']} of the programme {body['programme']}"),
        ("Inspection's identifier", body["inspection"]),
        ("Rule", body["rule"]),
        ("Final report published", say_date(date.fromisoformat(body["published_on"]))),
        ("Kept until", say_deadline(parse_iso(body["due_at"]))),
        ("Disposal began", f"{at('began_at')}, by {_who(body['began_by'])}"),
        ("No longer readable since", f"{at('inaccessible_at')}: {body['key']}"),
        ("Stored parts deleted", f"{body['objects_deleted']:,} by {at('objects_deleted_at')}"),
        ("Names, reasons and digests blanked", at("columns_blanked_at")),
        ("Documents disposed of", f"{body['documents']:,}"),
        ("Certified", f"{at('certified_at')}, by {_who(body['certified_by'])}"),
    ]
    rows += [
        ("May remain elsewhere", f"{each['what'].capitalize()}, until {say_date(date.fromisoformat(each['until']))}")
        for each in body["remains_elsewhere"]
    ]
    return [*rows, ("Not certified", body["not_certified"].capitalize())]


def _who(label: str) -> str:
    """Say who did it, as the trail knows them: people stand there by their identifier alone."""
    said = {"worker": "the service itself", "operator": "the operator at the command line"}
    return said.get(label, label.replace("person:", "the person with the identifier "))
