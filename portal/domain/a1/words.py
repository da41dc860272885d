"""What a problem of an A1 form is in words: made of its code and its values, by whoever shows it."""

from portal.domain.a1.registry import gaps_of
from portal.domain.a1.rules import RULES
from schemas.a1_result import Problem
from schemas.texts import Text, say


def sentence(problem: Problem) -> Text:
    """Return what is wrong."""
    rule = RULES.get(problem.code)
    if rule is None:
        return say("A rule that is not known here, {code}, found something.", code=problem.code)
    return _filled(rule.message, problem)


def fix(problem: Problem) -> Text:
    """Return what the sender does about it."""
    rule = RULES.get(problem.code)
    return _filled(rule.fix, problem) if rule is not None else say("Look at the cells that are named.")


def _filled(text: Text, problem: Problem) -> Text:
    # What is shown comes from a process that read a hostile file: a gap that it left must not cost the page.
    return Text(text.message, {name: problem.values.get(name, "–") for name in gaps_of(text)})
