"""The forms of the registers: programmes, agencies with their members, bank holidays."""

from schemas.requests import Form, choice, line
from schemas.texts import say

PART = 10
"""Characters that a day, a month or a year can hold; whether they are a date the domain judges."""


class EditProgramme(Form):
    """A programme's title, policy and window."""

    title = line(say("Enter a title"))
    policy = choice(["next_day", "next_working_day"], say("Select how “the day after” the announcement is read"))
    from_day = line(longest=PART)
    from_month = line(longest=PART)
    from_year = line(longest=PART)
    until_day = line(longest=PART)
    until_month = line(longest=PART)
    until_year = line(longest=PART)
    data_from_day = line(longest=PART)
    data_from_month = line(longest=PART)
    data_from_year = line(longest=PART)
    data_until_day = line(longest=PART)
    data_until_month = line(longest=PART)
    data_until_year = line(longest=PART)


class AddProgramme(EditProgramme):
    """A new programme."""

    code = line(say("Enter a code"))


class RenameAgency(Form):
    """An agency's name."""

    name = line(say("Enter the agency's name"))


class AddAgency(RenameAgency):
    """A new agency."""

    code = line(say("Enter a code"))


class MarkAgency(Form):
    """Whether an agency is registered as a voluntary adoption agency."""

    voluntary = choice(["yes", "no"], say("Select yes or no"))


class IdWords(Form):
    """Words that begin an agency's case numbers."""

    words = line(longest=1_000)


class Member(Form):
    """A local authority's membership of an agency."""

    authority = line(say("Enter the local authority's name"))
    number = line(longest=PART)
    from_day = line(longest=PART)
    from_month = line(longest=PART)
    from_year = line(longest=PART)
    until_day = line(longest=PART)
    until_month = line(longest=PART)
    until_year = line(longest=PART)


class AddHoliday(Form):
    """A proclaimed bank holiday."""

    title = line(say("Enter what the bank holiday is for"))
    day_day = line(longest=PART)
    day_month = line(longest=PART)
    day_year = line(longest=PART)
