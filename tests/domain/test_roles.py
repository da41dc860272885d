import pytest

from portal.domain.roles import MATRIX, PROVIDER, STEWARDS, TEAM, Permission, Role, may, say_role

OPENS_DOCUMENTS = {
    Permission.view_inspection,
    Permission.read_thread,
    Permission.download_document,
    Permission.download_bundle,
}
HEADS = {Role.lead_inspector, Role.quality_assurance_officer}
SCRIPT = {Role.api_token}

WHO = {
    Permission.view_task_list: {Role.leader, Role.contributor} | SCRIPT,
    Permission.upload: {Role.leader, Role.contributor} | SCRIPT,
    Permission.withdraw: {Role.leader, Role.contributor},
    Permission.recall: {Role.leader, Role.contributor},
    Permission.read_thread: PROVIDER | TEAM,
    Permission.write_message: PROVIDER | TEAM,
    Permission.explain_gap: {Role.leader, Role.contributor} | SCRIPT,
    Permission.declare: {Role.leader},
    Permission.invite_contributor: {Role.leader},
    Permission.view_receipt: PROVIDER | TEAM | SCRIPT,
    Permission.list_inspections: TEAM | STEWARDS,
    Permission.view_inspection: TEAM | SCRIPT,
    Permission.download_document: PROVIDER | TEAM,
    Permission.download_bundle: TEAM | SCRIPT,
    Permission.move_deadline: {Role.lead_inspector, Role.quality_assurance_officer},
    Permission.defer: {Role.lead_inspector, Role.quality_assurance_officer},
    Permission.accept_late: {Role.lead_inspector, Role.quality_assurance_officer},
    Permission.release_document: {Role.lead_inspector, Role.quality_assurance_officer},
    Permission.release_unscanned: {Role.lead_inspector},
    Permission.ask_more: {Role.lead_inspector, Role.quality_assurance_officer},
    Permission.replace_leader: {Role.lead_inspector, Role.quality_assurance_officer, Role.administrator},
    Permission.close: {Role.lead_inspector, Role.quality_assurance_officer, Role.administrator},
    Permission.cancel: {Role.lead_inspector, Role.quality_assurance_officer, Role.administrator},
    Permission.announce: {Role.lead_inspector, Role.quality_assurance_officer, Role.administrator},
    Permission.manage_programmes: {Role.administrator},
    Permission.manage_registers: {Role.administrator},
    Permission.manage_accounts: {Role.administrator},
    Permission.manage_retention: {Role.data_protection_officer},
    Permission.view_certificates: {Role.administrator, Role.data_protection_officer},
    Permission.verify_audit_trail: {Role.administrator, Role.data_protection_officer},
    Permission.dispose: {Role.data_protection_officer, Role.worker},
    Permission.restore_access: {Role.quality_assurance_officer},
    Permission.manage_tokens: {Role.leader, *HEADS, Role.data_protection_officer},
    Permission.propose: {Role.data_protection_officer},
    Permission.approve: set(STEWARDS),
    Permission.ask_to_read: set(STEWARDS),
    Permission.let_read: set(HEADS),
    Permission.export_audit: {Role.data_protection_officer} | SCRIPT,
    Permission.read_trail: {Role.leader, *TEAM},
    Permission.rotate_keys: set(STEWARDS),
    Permission.find_person: {Role.data_protection_officer},
}


@pytest.mark.parametrize("permission", Permission)
@pytest.mark.parametrize("role", Role)
def test_who_may_do_what(role: Role, permission: Permission) -> None:
    """Every pair of role and permission is decided, read here from the permission's side."""
    assert (role in WHO[permission]) == may(role, permission)


def test_everybody_is_in_one_group() -> None:
    """Every role but the worker's and a script's is in exactly one of provider, team and stewards."""
    assert sorted(set(Role) - {Role.worker, Role.api_token}) == sorted([*PROVIDER, *TEAM, *STEWARDS])


@pytest.mark.parametrize("role", [*sorted(STEWARDS), Role.worker])
def test_stewards_read_no_document(role: Role) -> None:
    """Neither a steward nor the worker opens anything that was sent."""
    assert not OPENS_DOCUMENTS & MATRIX[role]


def test_the_matrix_cannot_be_changed() -> None:
    """No code grants itself a permission at run time."""
    with pytest.raises(TypeError):
        MATRIX[Role.worker] = frozenset(Permission)  # type: ignore[index]


def test_say_role() -> None:
    """A role is said in words."""
    assert [
        "leader",
        "contributor",
        "lead inspector",
        "inspector",
        "quality assurance officer",
        "administrator",
        "data protection officer",
        "worker",
        "api token",
    ] == [say_role(role) for role in Role]
