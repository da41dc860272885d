"""The environment variables that are settings: the single source of which there are.

The table in `docs/settings.md` is made from `DEFINITIONS`, and a test compares the two.
"""

from dataclasses import dataclass
from typing import Final

from portal.domain.policy import Owner

DEVELOPMENT_SECRET: Final = "for development only: not a secret at all"  # noqa: S105 -- refused in production


@dataclass(frozen=True)
class Definition:
    """One setting: its environment variable, what it holds, and the development default (None: none)."""

    name: str
    meaning: str
    default: str | None
    needed_in_production: bool = False

    @property
    def variable(self) -> str:
        """The environment variable's name."""
        return f"PORTAL_{self.name.upper()}"


DEFINITIONS: Final = (
    Definition("profile", "`development` or `production`", "development"),
    Definition("data", "Folder for the embedded database and the folder store", "var/data", needed_in_production=True),
    Definition("database_url", "SQLAlchemy address of SQLite or PostgreSQL; unset: SQLite in the data folder", ""),
    Definition("store", "`folder` (in the data folder) or `s3://BUCKET`", "folder", needed_in_production=True),
    Definition("s3_endpoint", "Address of an S3 service other than AWS's own; credentials come from boto3's chain", ""),
    Definition("s3_region", "Region of the bucket", "eu-west-2"),
    Definition("keys", "Folder of the inspections' wrapping keys, outside the data folder", "var/keys", True),
    Definition("signing_keys", "Folder of the Ed25519 signing keys", "var/signing", needed_in_production=True),
    Definition("anchors", "Folder outside the database where signed checkpoints are kept", "var/anchors", True),
    Definition("anchor_bucket", "`s3://BUCKET` with Object Lock that keeps them too; unset: the folder alone", ""),
    Definition("anchor_days", "Days for which that bucket lets nobody delete a checkpoint", "2557"),
    Definition("mailer", "How mail goes: `folder`, `smtp` or `notify` (GOV.UK Notify)", "folder"),
    Definition("mail", "Folder that receives mail as .eml files; only with `folder`", "var/mail", True),
    Definition("mail_from", "Address that mail comes from; needed with `smtp`", ""),
    Definition("mail_timeout", "Seconds to wait for each answer of the mail server; 40 at most", "30"),
    Definition("smtp_host", "Host of the SMTP server", ""),
    Definition("smtp_port", "Port of the SMTP server: usually 587, or 465 with `tls`", "587"),
    Definition("smtp_tls", "`starttls`, `tls`, or `none`: to this machine alone", "starttls"),
    Definition("smtp_user", "Name to log in with at the SMTP server; unset: no login", ""),
    Definition("smtp_password", "Password for it", ""),
    Definition("smtp_password_file", "File that holds the password, instead", ""),
    Definition("notify_key", "API key of GOV.UK Notify", ""),
    Definition("notify_key_file", "File that holds the API key, instead", ""),
    Definition("notify_template", "Id of the template whose gaps are ((subject)) and ((body))", ""),
    Definition("notify_url", "Address of GOV.UK Notify", "https://api.notifications.service.gov.uk"),
    Definition("secret_key", "At least 32 characters; keys cookies and invitation links", DEVELOPMENT_SECRET, True),
    Definition("public_url", "The address people use; https in production", "http://localhost:8000", True),
    Definition("brand", "`plain`, or `govuk`: only for a service on a gov.uk domain", "plain"),
    Definition("catalogue", "Compiled (.mo) catalogue of other words or another language; unset: our English", ""),
    Definition("breached_passwords", "File of stolen passwords' SHA-1 in order, as Have I Been Pwned gives it", ""),
    Definition("owner", "Who runs the service and answers for the data, by name", Owner.name, True),
    Definition("support", "Email address for people in difficulty", Owner.support, True),
    Definition("data_protection", "Email address of the data protection officer", Owner.data_protection, True),
    Definition("lawful_basis", "Why the data may be used, a sentence of the privacy notice", Owner.lawful_basis, True),
    Definition("charter_url", "Address of the owner's personal information charter (§66)", Owner.charter_url, True),
    Definition("conduct_url", "Address of the code of conduct of inspections (§54)", Owner.conduct_url, True),
    Definition("clamd", "Where the malware scanner listens: `unix:///PATH` or `tcp://HOST:PORT`", "", True),
    Definition("clamd_max_mb", "Its StreamMaxLength and MaxFileSize in MB: a larger file is not scanned", "100"),
    Definition(
        "a1_definition",
        "Version of the A1 form's definition that forms are read by, or the absolute path of your own",
        "illustrative-2023",
        True,
    ),
    Definition("check_effects", "TOML file that changes what findings in files lead to; unset: ours", ""),
    Definition("oidc_issuer", "Issuer of the staff directory (OpenID Connect); unset: no single sign-on", ""),
    Definition("oidc_client_id", "The portal's client id at the directory", ""),
    Definition("oidc_client_secret", "Its client secret", ""),
    Definition("oidc_client_secret_file", "File that holds the client secret, instead", ""),
    Definition("oidc_scopes", "Scopes to ask for, parted by spaces", "openid offline_access"),
    Definition("oidc_roles_claim", "Claim that says who is staff, such as `roles` or `organisation.id`", "roles"),
    Definition("oidc_roles", "What its values mean: `inspector=VALUE,administrator=VALUE`", ""),
    Definition("oidc_acr", "Values of `acr` that mean a second factor, parted by spaces: one is needed", ""),
    Definition("oidc_amr", "Values of `amr` that mean a second factor, parted by spaces: all are needed", ""),
    Definition("staff_sign_in", "How staff come in: `both` (password or directory) or `directory`", "both"),
    Definition("listen", "Host and port the server listens on", "127.0.0.1:8000"),
    Definition("trusted_proxies", "Addresses or networks of proxies that say who sent a request", "127.0.0.1 ::1"),
    Definition("trusted_hosts", "Hosts that requests may name besides that of the public address", ""),
    Definition("debug", "`1` shows tracebacks; refused in production", "0"),
    Definition("threads", "Threads that answer requests", "96"),
    Definition("uploads_at_once", "Uploads taken at the same time; fewer than the threads", "48"),
    Definition("minimum_rate", "Bytes a second below which a request body is cut", "2048"),
    Definition("stall_seconds", "Seconds without a byte after which a connection is cut", "30"),
    Definition("max_file_mb", "Largest file, in MB", "500"),
    Definition("key_backup_days", "Days until a removed key is gone from the last backup of the key folder", "30"),
    Definition(
        "database_backup_days", "Days until what was deleted is gone from the last backup of the database", "30"
    ),
    Definition("worker_pause_ms", "Milliseconds between two rounds of the worker", "5000"),
)
