"""What each act of the audit trail is in plain words, for the people of an inspection; a test knows every act."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from portal.domain.checks import CheckState, Scan
from portal.domain.roles import Role, say_role
from schemas.texts import say, together

OTHER = say("Something was done that this page has no words for")
ACTS: Mapping[str, str] = MappingProxyType(
    {
        "access.restored": say("Somebody who lost their way in was let in anew"),
        "account.corrected": say("The details of an account were corrected"),
        "a1.findings-downloaded": say("What was found in the A1 form was downloaded"),
        "a1.findings-opened": say("What was found in the A1 form was looked at"),
        "a1.glance-downloaded": say("The A1 form, as counted, was downloaded without small numbers"),
        "a1.glance-opened": say("The A1 form was looked at, as counted"),
        "account.disabled": say("An account was disabled"),
        "account.enabled": say("An account was enabled again"),
        "account.removed": say("An account that had nothing else here was removed"),
        "account.searched": say("What is held on an account was looked for"),
        "account.shown": say("What is held on an account was shown"),
        "agency.added": say("An agency was added"),
        "agency.marked": say("An agency was marked as voluntary, or not"),
        "agency.renamed": say("An agency was renamed"),
        "agency.words-set": say("The words that begin an agency's case numbers were set"),
        "alarm.cleared": say("An alarm was cleared"),
        "alarm.raised": say("An alarm was raised"),
        "answer.taken-back": say("An explanation was taken back"),
        "bundle.completed": say("A download of a bundle was completed"),
        "bundle.opened": say("A download of a bundle began"),
        "certificate.put-back": say("A certificate of disposal was put back after a restore"),
        "clock.alarm": say("The clock was found not to be trusted"),
        "clock.confirmed": say("The clock was checked and confirmed"),
        "copies.asked": say("Somebody was asked to delete their copies"),
        "copies.confirmed": say("Somebody confirmed that their copies are deleted"),
        "deadline.moved": say("The deadline was moved"),
        "declaration.sent": say("The declaration was sent"),
        "device.added": say("Somebody signed in on a new device"),
        "disposal.accounts-removed": say("Accounts that had nothing else here were removed"),
        "disposal.reapplying": say("After a restore the disposal began again"),
        "disposal.began": say("The disposal began: nobody can open anything from here on"),
        "disposal.certified": say("The disposal was certified"),
        "disposal.columns-blanked": say("Names, reasons and digests were blanked"),
        "disposal.compacted": say("The database let go of what was blanked"),
        "disposal.confirmed": say("That everything is gone was confirmed by looking again"),
        "disposal.digested": say("A digest of what was stored was taken"),
        "disposal.key-removed": say("The key was removed: what it sealed cannot be read again"),
        "disposal.late": say("The disposal was found to be late"),
        "disposal.late-over": say("The disposal is no longer late"),
        "disposal.objects-removed": say("Everything that was stored was deleted"),
        "disposal.objects-removed-again": say("What had come back to the store was deleted again"),
        "disposal.reapplied": say("The disposal was done again after a restore"),
        "document.abandoned": say("An upload that did not finish was given up"),
        "document.accepted-late": say("A late document was accepted"),
        "document.began": say("The sending of a document began"),
        "document.checked": say("A document was checked, or could not be checked"),
        "document.errors-explained": say("Why errors in the A1 form stay as they are was said"),
        "document.opened": say("A document was opened"),
        "document.parts-deleted": say("What was stored of a document was deleted"),
        "document.recalled": say("A document that was sent in error was recalled"),
        "document.received": say("A document was received"),
        "document.released": say("A document that the check had flagged or withheld was released"),
        "document.repeated": say("A document that is here already was sent again"),
        "document.withdrawn": say("A document was withdrawn"),
        "extra.asked": say("Something more was asked for"),
        "extra.ended": say("What was asked for beyond the checklist is no longer asked for"),
        "factor.added": say("A second step to sign in was added"),
        "factor.refused": say("A second step to sign in was refused"),
        "factor.removed": say("A second step to sign in was removed"),
        "feed.ended": say("The address of a calendar was ended"),
        "feed.made": say("An address for a calendar was made"),
        "feed.refused": say("A calendar was asked for at an address that is none"),
        "gap.explained": say("It was explained why something is not sent as asked"),
        "hold.lifted": say("A hold was lifted"),
        "hold.placed": say("A hold was placed: nothing is disposed of while it stands"),
        "hold.reviewed": say("A hold was reviewed"),
        "holiday.added": say("A bank holiday was added"),
        "holiday.removed": say("A bank holiday was removed"),
        "inspection.announced": say("The inspection was announced"),
        "inspection.announced-anew": say("The inspection was announced anew"),
        "inspection.cancelled": say("The inspection was cancelled"),
        "inspection.closed": say("The inspection was closed"),
        "inspection.deferred": say("The inspection was deferred"),
        "invitation.accepted": say("An invitation was accepted"),
        "invitation.code_shown": say("The code of an invitation was looked at, to be read out"),
        "invitation.code_refused": say("A wrong code of an invitation was given"),
        "invitation.ended": say("An invitation ended, because of wrong codes"),
        "invitation.refused": say("An attempt to accept an invitation was refused"),
        "invitation.revoked": say("An invitation was taken back"),
        "invitation.sent": say("An invitation was sent"),
        "key.removed-again": say("A key that had come back was removed again"),
        "leader.replaced": say("The leader was replaced"),
        "long-stop.set": say("The day by which a decision is due was set"),
        "mail.given-up": say("A mail was given up"),
        "mail.retried": say("A mail was sent again"),
        "mail.undecided": say("A mail was refused, or nobody can tell whether it was sent"),
        "member.added": say("An authority was added to an agency"),
        "member.corrected": say("An authority's membership was corrected"),
        "message.written": say("A message was written"),
        "password.changed": say("A password was changed"),
        "password.refused": say("A change of password was refused"),
        "plan.approved": say("The plan of the disposal was approved"),
        "plan.dropped": say("The plan of the disposal was dropped"),
        "plan.made": say("The disposal was planned"),
        "programme.added": say("The programme was added"),
        "programme.approval-policy": say("Who approves disposals of the programme was decided"),
        "programme.changed": say("The programme was changed"),
        "proposal.approved": say("A proposal was approved"),
        "proposal.denied": say("An attempt to decide on a proposal was refused"),
        "proposal.lapsed": say("A proposal lapsed"),
        "proposal.made": say("A proposal that takes two people was made"),
        "proposal.refused": say("A proposal was refused"),
        "proposal.withdrawn": say("A proposal was withdrawn"),
        "publication.entered": say("The publication date of the report was entered or changed"),
        "question.closed": say("A question was closed"),
        "reading.refused": say("A steward's reading was refused"),
        "reading.used": say("A steward read what was sent, as a head of the team had allowed"),
        "reason.blanked": say("The reason of a hold or a proposal was blanked, for its whole programme is gone"),
        "recovery.renewed": say("Recovery codes were made anew"),
        "role.ended": say("Somebody's role ended"),
        "role.given": say("Somebody was given a role"),
        "session.began": say("Somebody signed in"),
        "session.confirmed": say("Somebody who signed in gave their second step"),
        "session.ended": say("Somebody signed out, or was signed out"),
        "session.others-ended": say("Somebody signed out everywhere else"),
        "session.refused": say("An attempt to sign in was refused"),
        "signing.rotated": say("A new key signs from now on"),
        "signing.rotation-began": say("The renewal of the key that signs began"),
        "step-up.granted": say("Somebody confirmed that it is they"),
        "step-up.refused": say("An attempt to confirm who it is was refused"),
        "token.made": say("A token for a script was made"),
        "token.refused": say("A script was refused"),
        "token.revoked": say("A token for a script was revoked"),
        "token.used": say("A script was let in"),
        "trail.exported": say("Entries of the audit trail were exported"),
        "trail.pruned": say("Old entries of the audit trail were removed, by its own retention"),
        "trail.restored": say("The database was restored from a backup, and newer entries were lost"),
        "trail.searched": say("The audit trail was searched"),
    }
)


CHECKED = "document.checked"
_FOUND: Mapping[object, str] = MappingProxyType(
    {
        CheckState.clear: say("A document was checked: it is not flagged"),
        CheckState.flagged: say("A document was checked and flagged"),
        CheckState.quarantined: say("A document was checked and withheld, because of what was found in it"),
        CheckState.unchecked: say("A document could not be checked, however often that was tried"),
    }
)
_INFECTED = say("A document was checked and withheld: it contains malware")
_NOT_SCANNED: Mapping[object, str] = MappingProxyType(
    {
        Scan.unscanned: say("it is not scanned for malware"),
        Scan.locked: say("it needs a password, so it cannot be scanned for malware"),
    }
)


def say_act(action: str, details: Mapping[str, Any] = MappingProxyType({})) -> str:
    """Say an act of the trail in plain words; of a check its `details` tell what came of it."""
    if action != CHECKED or details.get("state") not in _FOUND:
        return ACTS.get(action, OTHER)
    if details.get("scan") == Scan.infected:
        return _INFECTED
    found, scan = _FOUND[details["state"]], _NOT_SCANNED.get(details.get("scan"))
    return together((found, scan), "; ") if scan else found


def say_actor(label: str, own: str, roles: Mapping[str, Role]) -> str:
    """Say who acted by their role, and never who they are; `own` is the reader's label, `roles` by label.

    Whoever has no role in the inspection, or had none, is a steward or somebody who came to it otherwise.
    """
    if label == own:
        return say("You")
    if label == "worker":
        return say("The service itself")
    if label.startswith("operator"):
        return say("The people who run the server")
    if label.startswith("token:"):
        return say("A script")
    role = roles.get(label)
    return say("The {role}", role=say_role(role)) if role is not None else say("Somebody else")
