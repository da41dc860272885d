"""Whether an answer about a file is one to what was asked: it comes from a process that has just read a hostile file.

Some of it is kept outside the seal, as codes in the trail, and some leaves the team as counts, so that none may say
more than our own words can.
"""

from typing import Final

from portal.domain.a1.glance import STEPS, status_words
from portal.domain.a1.rules import RULES
from schemas.a1 import COVER, Definition, load_a1
from schemas.a1_glance import AUTHORITY, NOT_STATED, Glance
from schemas.a1_result import A1Result, Problem
from schemas.checking import Answer, Ask
from schemas.checks import MALWARE

_STEPS: Final = {each.code: each for each in STEPS}


def answers(ask: Ask, answer: Answer) -> bool:
    """Say whether an answer is about the form that was asked about, if any, by rules, definition and steps we know.

    What malware is, the scanner alone says.
    """
    if any(each.code == MALWARE for each in answer.findings):
        return False
    if ask.a1 is None or answer.a1 is None:
        return ask.a1 is None and answer.a1 is None and answer.glance is None
    definition = load_a1(ask.a1.definition)
    counted = answer.glance is None or _counts(definition, answer.a1, answer.glance)
    return counted and _fits(definition, answer.a1)


def _fits(definition: Definition, result: A1Result) -> bool:
    """Say whether a result is of this definition, and of nothing but rules, sheets and columns that there are."""
    sheets = {sheet.code: sheet for sheet in definition.sheets}
    return (
        result.definition == definition.version
        and {*result.not_run, *result.faults} <= RULES.keys()
        and result.rows.keys() <= sheets.keys()
        and all(_is_told(definition, each) for each in result.problems)
    )


def _is_told(definition: Definition, problem: Problem) -> bool:
    rule = RULES.get(problem.code)
    sheets = "", COVER, *(sheet.code for sheet in definition.sheets)
    return (
        rule is not None
        and problem.severity == rule.severity
        and problem.values.keys() <= rule.gaps
        and problem.sheet in sheets
        and (not problem.column or definition.find(problem.sheet, problem.column) is not None)
    )


def _counts(definition: Definition, result: A1Result, glance: Glance) -> bool:
    """Say whether a glance counts the rows that were read, by authorities, statuses and steps that there are."""
    rows, statuses = result.rows, {NOT_STATED, *status_words(definition)}
    steps = [each.step for each in glance.medians]
    return (
        glance.definition == definition.version
        and all(sum(counts.values()) <= rows.get(sheet, -1) for sheet, counts in glance.rows.items())
        and all(code == NOT_STATED or AUTHORITY.fullmatch(code) for counts in glance.rows.values() for code in counts)
        and glance.statuses.keys() <= statuses
        and sum(glance.statuses.values()) <= rows.get("Children", 0)
        and len(set(steps)) == len(steps)
        and all(each.step in _STEPS and each.count <= rows.get(_STEPS[each.step].sheet, 0) for each in glance.medians)
    )
