"""Whether an answer about a file is one to what was asked: it comes from a process that has just read a hostile file.

Some of it is kept outside the seal, as codes in the trail, so that none may say more than our own words can.
"""

from typing import Final

from portal.domain.a1.glance import STEPS
from portal.domain.a1.rules import RULES
from schemas.a1 import load_a1
from schemas.a1_glance import Glance
from schemas.a1_result import A1Result
from schemas.checking import Answer, Ask
from schemas.checks import MALWARE

_STEPS: Final = frozenset(each.code for each in STEPS)


def answers(ask: Ask, answer: Answer) -> bool:
    """Say whether an answer is about the form that was asked about, if any, by rules, definition and steps we know.

    What malware is, the scanner alone says.
    """
    if any(each.code == MALWARE for each in answer.findings):
        return False
    if ask.a1 is None:
        return answer.a1 is None and answer.glance is None
    version = load_a1(ask.a1.definition).version
    counted = answer.glance is None or _counts(version, answer.glance)
    return counted and answer.a1 is not None and _fits(version, answer.a1)


def _fits(version: str, result: A1Result) -> bool:
    codes = {*(each.code for each in result.problems), *result.not_run, *result.faults}
    return result.definition == version and codes <= RULES.keys()


def _counts(version: str, glance: Glance) -> bool:
    return glance.definition == version and {each.step for each in glance.medians} <= _STEPS
