"""The audit trail's pages in the states that people meet."""

from collections.abc import Mapping

from tests.e2e.looking import View, press

TRAIL: Mapping[str, View] = {
    "trail, leader": View("half", lambda made: f"/inspections/{made.inspections['half']}/trail"),
    "trail, second page": View("half", lambda made: f"/inspections/{made.inspections['half']}/trail?page=2"),
    "trail, files": View("data protection officer", lambda _: "/stewards/trail-files"),
    "signing key": View("administrator", lambda _: "/stewards/signing-key"),
    "signing key, nothing ticked": View("administrator", lambda _: "/stewards/signing-key", press("Renew the key")),
}
