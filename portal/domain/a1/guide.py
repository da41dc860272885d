"""What each column of the A1 form asks for, in words: for the guidance page and the template, from the definition."""

from typing import Any

from portal.domain.times import say_date
from schemas.a1 import Column, Definition, Sheet, Value
from schemas.texts import Text, say

_NEEDS = {"R": say("Always"), "O": say("Optional")}
_FORMATS = {
    "id": say("Initials or a case record number: 1 to 20 letters, digits, dots, hyphens, slashes or underscores"),
    "code": say("One of the allowed values"),
    "codes": say("One or more of the allowed values, with semicolons between them"),
    "la": say("Three digits, such as 301"),
    "date": say("A date, such as 27/03/2023 or 2023-03-27"),
    "month": say("Year and month, such as 2021-04"),
    "yn": say("Y or N"),
    "ynu": say("Y, N or U"),
}


def need_words(column: Column) -> Text:
    """Say when the column has to be filled in."""
    if column.when is not None and column.need == "C":
        return say("If {condition}", condition=column.when)
    return _NEEDS.get(column.need, _NEEDS["O"])


def format_words(column: Column) -> Text:
    """Say how a value is written."""
    if column.type == "int":
        if column.least is None or column.most is None:
            return say("A whole number")
        return say("A whole number from {least} to {most}", least=column.least, most=column.most)
    if column.type == "text":
        return say("Text of at most {most} characters", most=column.most) if column.most else say("Text")
    return _FORMATS[column.type]


def meaning_words(column: Column) -> tuple[Text, ...]:
    """Say what the column is: its title, and what is to be known about it."""
    return (column.title, column.note) if column.note else (column.title,)


def value_words(value: Value) -> Text:
    """Say one allowed value with its meaning."""
    return say("{code}: {meaning}", code=value.code, meaning=value.meaning)


def guide(definition: Definition) -> dict[str, Any]:
    """Return what the guidance page shows of the form: title, period, limits, cover and sheets, in words."""
    limits = definition.limits
    return {
        "title": definition.title,
        "illustrative": definition.illustrative,
        "period": say("{first} to {last}", first=say_date(definition.first_day), last=say_date(definition.last_day)),
        "rows": f"{limits.rows:,}",
        "characters": limits.characters,
        "megabytes": limits.zipped_mb,
        "cover": [{"cell": each.cell, "label": each.label} for each in definition.cover],
        "sheets": [_sheet(sheet) for sheet in definition.sheets],
    }


def _sheet(sheet: Sheet) -> dict[str, Any]:
    columns = [
        {
            "name": column.name,
            "id": f"{sheet.slot}-{column.name}",
            "meaning": meaning_words(column),
            "need": need_words(column),
            "format": format_words(column),
            "values": [{"code": value.code, "meaning": value.meaning} for value in column.values],
        }
        for column in sheet.columns
    ]
    return {"code": sheet.code, "id": sheet.slot, "title": sheet.title, "about": sheet.about, "columns": columns}
