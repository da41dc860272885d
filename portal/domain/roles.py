"""Who may do what, as data. Whose inspection it is, is asked elsewhere: a role alone opens no inspection."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from schemas.texts import say


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
    api_token = "api_token"  # noqa: S105 -- a role's name
    """A script's token: to one inspection, and for one purpose (`domain/tokens.py`)."""


class Permission(StrEnum):
    """One act that a route, a command or a job performs."""

    view_task_list = "view_task_list"
    upload = "upload"
    withdraw = "withdraw"
    explain_gap = "explain_gap"
    declare = "declare"
    recall = "recall"
    """A document that was sent in error."""
    invite_contributor = "invite_contributor"
    """Invite and remove the agency's contributors."""
    read_thread = "read_thread"
    write_message = "write_message"
    view_receipt = "view_receipt"
    list_inspections = "list_inspections"
    """Reference, agency, dates and state: nothing that was sent."""
    view_inspection = "view_inspection"
    """What was sent, with the names of files and the reasons for gaps."""
    download_document = "download_document"
    download_bundle = "download_bundle"
    move_deadline = "move_deadline"
    defer = "defer"
    accept_late = "accept_late"
    release_document = "release_document"
    """One that the check flagged or withheld, never malware."""
    release_unscanned = "release_unscanned"
    """One that is not scanned for malware either, where nothing unscanned is handed out."""
    ask_more = "ask_more"
    """Something beyond the checklist, with its own due time (§25)."""
    replace_leader = "replace_leader"
    close = "close"
    cancel = "cancel"
    """Call an inspection off, which cannot be undone."""
    announce = "announce"
    manage_programmes = "manage_programmes"
    manage_registers = "manage_registers"
    """Agencies with their member authorities, and proclaimed bank holidays."""
    manage_accounts = "manage_accounts"
    manage_retention = "manage_retention"
    """The publication date and the hold."""
    view_certificates = "view_certificates"
    verify_audit_trail = "verify_audit_trail"
    restore_access = "restore_access"
    """Let somebody who lost their second factor begin anew, on two channels; never see or set a secret."""
    manage_tokens = "manage_tokens"
    """Tokens for scripts, of the purposes that the role's own permissions cover."""
    propose = "propose"
    """What takes two people about retention; another steward approves it."""
    approve = "approve"
    ask_to_read = "ask_to_read"
    """A steward's break-glass reading of one inspection, which a head of its team approves."""
    let_read = "let_read"
    export_audit = "export_audit"
    """The audit entries of one inspection."""
    find_person = "find_person"
    """All that is held on the owner of an account, for a subject access request; never what is in documents."""
    read_trail = "read_trail"
    """The audit entries of one's own inspection, in words."""
    rotate_keys = "rotate_keys"
    """The keys that sign; old public keys stay."""
    dispose = "dispose"


PROVIDER = frozenset({Role.leader, Role.contributor})
TEAM = frozenset({Role.lead_inspector, Role.inspector, Role.quality_assurance_officer})
STEWARDS = frozenset({Role.administrator, Role.data_protection_officer})

_CONTRIBUTOR = frozenset(
    {
        Permission.view_task_list,
        Permission.upload,
        Permission.withdraw,
        Permission.recall,
        Permission.explain_gap,
        Permission.read_thread,
        Permission.write_message,
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
        Permission.read_thread,
        Permission.write_message,
        Permission.read_trail,
    }
)
_HEAD_OF_TEAM = _INSPECTOR | {
    Permission.announce,
    Permission.move_deadline,
    Permission.defer,
    Permission.accept_late,
    Permission.release_document,
    Permission.ask_more,
    Permission.replace_leader,
    Permission.close,
    Permission.cancel,
    Permission.manage_tokens,
    Permission.let_read,
}
_STEWARD = frozenset(
    {
        Permission.list_inspections,
        Permission.view_certificates,
        Permission.verify_audit_trail,
        Permission.approve,
        Permission.ask_to_read,
        Permission.rotate_keys,
    }
)

MATRIX: Mapping[Role, frozenset[Permission]] = MappingProxyType(
    {
        Role.leader: _CONTRIBUTOR
        | {Permission.declare, Permission.invite_contributor, Permission.manage_tokens, Permission.read_trail},
        Role.contributor: _CONTRIBUTOR,
        Role.lead_inspector: _HEAD_OF_TEAM | {Permission.release_unscanned},
        Role.inspector: _INSPECTOR,
        Role.quality_assurance_officer: _HEAD_OF_TEAM | {Permission.restore_access},
        Role.administrator: _STEWARD
        | frozenset(
            {
                Permission.announce,
                Permission.close,
                Permission.cancel,
                Permission.replace_leader,
                Permission.manage_programmes,
                Permission.manage_registers,
                Permission.manage_accounts,
            }
        ),
        Role.data_protection_officer: _STEWARD
        | frozenset(
            {
                Permission.manage_retention,
                Permission.dispose,
                Permission.propose,
                Permission.manage_tokens,
                Permission.export_audit,
                Permission.find_person,
            }
        ),
        Role.worker: frozenset({Permission.dispose}),
        # What a token may do is its purpose's, and never more than its maker's role in the inspection.
        Role.api_token: frozenset(
            {
                Permission.view_task_list,
                Permission.upload,
                Permission.explain_gap,
                Permission.view_receipt,
                Permission.view_inspection,
                Permission.download_bundle,
                Permission.export_audit,
            }
        ),
    }
)


_WORDS: Mapping[Role, str] = {
    Role.leader: say("leader"),
    Role.contributor: say("contributor"),
    Role.lead_inspector: say("lead inspector"),
    Role.inspector: say("inspector"),
    Role.quality_assurance_officer: say("quality assurance officer"),
    Role.administrator: say("administrator"),
    Role.data_protection_officer: say("data protection officer"),
    Role.worker: say("worker"),
    Role.api_token: say("api token"),
}
ROLE_TITLES: Mapping[Role, str] = {
    Role.leader: say("Leader"),
    Role.contributor: say("Contributor"),
    Role.lead_inspector: say("Lead inspector"),
    Role.inspector: say("Inspector"),
    Role.quality_assurance_officer: say("Quality assurance officer"),
    Role.administrator: say("Administrator"),
    Role.data_protection_officer: say("Data protection officer"),
}
"""A person's role where it stands alone, as a label."""


BY_READING = frozenset({Permission.view_inspection, Permission.download_document})
"""What a steward may in one inspection that a head of its team let them read, beyond the matrix."""


def may(role: Role, permission: Permission) -> bool:
    """Say whether the role has the permission."""
    return permission in MATRIX[role]


def say_role(role: Role) -> str:
    """Say a role in plain words, as within a sentence: "lead inspector"."""
    return _WORDS[role]
