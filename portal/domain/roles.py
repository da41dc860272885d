"""Who may do what, as data. Whose inspection it is, is asked elsewhere: a role alone opens no inspection."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Role(StrEnum):
    """What a person is to an inspection or to the service; *worker* is the service itself."""

    leader = "leader"
    contributor = "contributor"
    lead_inspector = "lead_inspector"
    inspector = "inspector"
    quality_assurance_officer = "quality_assurance_officer"
    administrator = "administrator"
    data_protection_officer = "data_protection_officer"
    worker = "worker"


class Permission(StrEnum):
    """One act that a route, a command or a job performs."""

    view_task_list = "view_task_list"
    upload = "upload"
    withdraw = "withdraw"
    explain_gap = "explain_gap"
    declare = "declare"
    invite_contributor = "invite_contributor"
    view_receipt = "view_receipt"
    list_inspections = "list_inspections"
    """Reference, agency, dates and state: nothing that was sent."""
    view_inspection = "view_inspection"
    """What was sent, with the names of files and the reasons for gaps."""
    download_document = "download_document"
    download_bundle = "download_bundle"
    move_deadline = "move_deadline"
    close = "close"
    announce = "announce"
    manage_programmes = "manage_programmes"
    manage_accounts = "manage_accounts"
    manage_retention = "manage_retention"
    """The publication date and the hold."""
    view_certificates = "view_certificates"
    verify_audit_trail = "verify_audit_trail"
    dispose = "dispose"


PROVIDER = frozenset({Role.leader, Role.contributor})
TEAM = frozenset({Role.lead_inspector, Role.inspector, Role.quality_assurance_officer})
STEWARDS = frozenset({Role.administrator, Role.data_protection_officer})

_CONTRIBUTOR = frozenset(
    {
        Permission.view_task_list,
        Permission.upload,
        Permission.withdraw,
        Permission.explain_gap,
        Permission.view_receipt,
        Permission.download_document,
    }
)
_INSPECTOR = frozenset(
    {
        Permission.list_inspections,
        Permission.view_inspection,
        Permission.view_receipt,
        Permission.download_document,
        Permission.download_bundle,
    }
)
_HEAD_OF_TEAM = _INSPECTOR | {Permission.announce, Permission.move_deadline, Permission.close}

MATRIX: Mapping[Role, frozenset[Permission]] = MappingProxyType(
    {
        Role.leader: _CONTRIBUTOR | {Permission.declare, Permission.invite_contributor},
        Role.contributor: _CONTRIBUTOR,
        Role.lead_inspector: _HEAD_OF_TEAM,
        Role.inspector: _INSPECTOR,
        Role.quality_assurance_officer: _HEAD_OF_TEAM,
        Role.administrator: frozenset(
            {
                Permission.list_inspections,
                Permission.announce,
                Permission.close,
                Permission.manage_programmes,
                Permission.manage_accounts,
                Permission.view_certificates,
                Permission.verify_audit_trail,
            }
        ),
        Role.data_protection_officer: frozenset(
            {
                Permission.list_inspections,
                Permission.manage_retention,
                Permission.view_certificates,
                Permission.verify_audit_trail,
                Permission.dispose,
            }
        ),
        Role.worker: frozenset({Permission.dispose}),
    }
)


def may(role: Role, permission: Permission) -> bool:
    """Say whether the role has the permission."""
    return permission in MATRIX[role]


def say_role(role: Role) -> str:
    """Say a role in plain words, as within a sentence: "lead inspector"."""
    return role.replace("_", " ")
