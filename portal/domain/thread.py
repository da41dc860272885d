"""What the agency and the team write to each other in an inspection: a question stands open until it is answered."""

from enum import StrEnum

from portal.domain.errors import Conflict, Refused
from portal.domain.roles import PROVIDER, Role
from schemas.texts import say

LONGEST_MESSAGE = 5_000
"""Characters."""


class MessageKind(StrEnum):
    """What a message is; all but the first two are written by the portal when something is done."""

    question = "question"
    reply = "reply"
    deadline = "deadline"
    deferral = "deferral"
    announcement = "announcement"
    recall = "recall"
    acceptance = "acceptance"


class Side(StrEnum):
    """On which side of an inspection somebody is."""

    agency = "agency"
    team = "team"


KIND_WORDS = {
    MessageKind.question: say("Question"),
    MessageKind.reply: say("Message"),
    MessageKind.deadline: say("The deadline was moved"),
    MessageKind.deferral: say("The inspection was deferred"),
    MessageKind.announcement: say("The inspection was announced again"),
    MessageKind.recall: say("A document was recalled"),
    MessageKind.acceptance: say("Late documents were accepted"),
}
SIDE_WORDS = {Side.agency: say("the agency"), Side.team: say("the inspection team")}


def side_of(roles: frozenset[Role]) -> Side:
    """Return the side of somebody with these roles in an inspection."""
    return Side.agency if roles & PROVIDER else Side.team


def check_message(words: str) -> str:
    """Return what was written, without surrounding space. Raises Refused (empty, over 5,000 characters)."""
    words = words.strip()
    if not words:
        raise Refused(say("Enter your message."), "words")
    if len(words) > LONGEST_MESSAGE:
        raise Refused(say("The message must be {most} characters or fewer.", most=f"{LONGEST_MESSAGE:,}"), "words")
    return words


def check_settles(*, kind: MessageKind, settled: bool, asked_by: Side, by: Side, answers: bool) -> None:
    """Allow a question to be settled: by the other side's answer, or by the side that asked. Raises Conflict."""
    if kind is not MessageKind.question:
        raise Conflict(say("This message is not a question, so nothing is open. Reload the page."))
    if settled:
        raise Conflict(say("This question was answered or closed already. Reload the page to see how."))
    if answers and asked_by is by:
        raise Conflict(say("Your own side asked this question. Write a message, or close the question."))
    if not answers and asked_by is not by:
        raise Conflict(say("Only the side that asked can close this question. Answer it instead."))
