"""Sizes and periods that a deployment may set; the defaults are the service's own."""

from dataclasses import dataclass
from datetime import timedelta

from portal.domain.addresses import known_form

KIB = 1024
MIB = 1024 * KIB


@dataclass(frozen=True)
class Owner:
    """Who runs the service and answers for the data, as letters and public pages name them."""

    name: str = "The Example Inspectorate"
    support: str = "support@inspectorate.example"
    """Address for people in difficulty."""
    data_protection: str = "data.protection@inspectorate.example"
    """Address of the data protection officer."""
    lawful_basis: str = "Not stated here: this is a development copy of the service."
    """The privacy notice's sentence on why the data may be used."""
    charter_url: str = "https://inspectorate.example/personal-information-charter"
    """The personal information charter (§66)."""
    conduct_url: str = "https://inspectorate.example/code-of-conduct"
    """The code of conduct of inspections (§54)."""

    @property
    def faults(self) -> list[str]:
        """A sentence for every setting of these that cannot be used."""
        addresses = {"PORTAL_SUPPORT": self.support, "PORTAL_DATA_PROTECTION": self.data_protection}
        links = {"PORTAL_CHARTER_URL": self.charter_url, "PORTAL_CONDUCT_URL": self.conduct_url}
        return [
            *(f"{name} must be an email address." for name, value in addresses.items() if known_form(value) is None),
            *(f"{name} must begin with https://." for name, value in links.items() if not value.startswith("https://")),
        ]


@dataclass(frozen=True)
class Policy:
    """What services need to know of the settings. All sizes in bytes."""

    max_file_bytes: int = 500 * MIB
    max_inspection_bytes: int = 20 * 1024 * MIB
    """All documents of one inspection together, replaced and withdrawn ones too: nobody fills the store."""
    max_inspection_files: int = 1000
    part_bytes: int = 4 * MIB
    """Plaintext in one sealed part; every part but the last is of exactly this size."""
    upload_lease: timedelta = timedelta(minutes=2)
    """A pending document whose lease has run out was abandoned; a live upload renews it part by part."""
    sweep_grace: timedelta = timedelta(minutes=10)
    """How long after abandonment a stray part may still land, so that the sweep looks again."""
    invitation_life: timedelta = timedelta(days=3)
    session_idle: timedelta = timedelta(hours=2)
    session_life: timedelta = timedelta(hours=12)
    halfway_life: timedelta = timedelta(minutes=30)
    """How long somebody who gave a password has for the second factor, or to set one up."""
    step_up_life: timedelta = timedelta(minutes=10)
    """How long a confirmation that it is they lasts, for the one purpose that it was given for."""
    proposal_life: timedelta = timedelta(days=7)
    """After this a proposal that nobody decided on has lapsed."""
    reading_life: timedelta = timedelta(hours=1)
    """How long an approved break-glass reading lasts."""
    token_life: timedelta = timedelta(days=7)
    """The longest life of a script's token."""
    scanner_needed: bool = False
    """Whether a document that no scanner called clean is withheld until it is released: in production, always."""
    a1_definition: str = "illustrative-2023"
    """The version of the A1 form's definition that workbooks are read by."""
    staff_by_directory: bool = False
    """Whether staff come in by the directory alone."""
    key_backup_days: int = 30
    """Days until a removed key is gone from the last backup of the key folder; named on the certificate."""
    database_backup_days: int = 30
    """Days until what was deleted is gone from the last backup of the database; named on the certificate."""
    checkpoint_every: int = 64
    """Audit entries after which the next checkpoint of the trail is signed, if none was due sooner."""
    checkpoint_period: timedelta = timedelta(hours=1)
    """How long entries wait at most for the next checkpoint."""
    trail_life: timedelta = timedelta(days=7 * 365)
    """How long the trail's own entries are kept (`docs/data-protection.md`)."""
    owner: Owner = Owner()
