"""The forms of the registers: programmes, agencies with their members, bank holidays."""

from marshmallow import fields, validate

from schemas.requests import Form, line

PART = 10
"""Characters that a day, a month or a year can hold; whether they are a date the domain judges."""


class EditProgramme(Form):
    """A programme's title, policy and window."""

    title = line("Enter a title")
    policy = fields.String(
        required=True,
        validate=validate.OneOf(
            ["next_day", "next_working_day"], error="Select how “the day after” the announcement is read"
        ),
        error_messages={"required": "Select how “the day after” the announcement is read"},
    )
    from_day = line(longest=PART)
    from_month = line(longest=PART)
    from_year = line(longest=PART)
    until_day = line(longest=PART)
    until_month = line(longest=PART)
    until_year = line(longest=PART)


class AddProgramme(EditProgramme):
    """A new programme."""

    code = line("Enter a code")


class RenameAgency(Form):
    """An agency's name."""

    name = line("Enter the agency's name")


class AddAgency(RenameAgency):
    """A new agency."""

    code = line("Enter a code")


class MarkAgency(Form):
    """Whether an agency is registered as a voluntary adoption agency."""

    voluntary = fields.String(
        required=True,
        validate=validate.OneOf(["yes", "no"], error="Select yes or no"),
        error_messages={"required": "Select yes or no"},
    )


class Member(Form):
    """A local authority's membership of an agency."""

    authority = line("Enter the local authority's name")
    from_day = line(longest=PART)
    from_month = line(longest=PART)
    from_year = line(longest=PART)
    until_day = line(longest=PART)
    until_month = line(longest=PART)
    until_year = line(longest=PART)


class AddHoliday(Form):
    """A proclaimed bank holiday."""

    title = line("Enter what the bank holiday is for")
    day_day = line(longest=PART)
    day_month = line(longest=PART)
    day_year = line(longest=PART)
