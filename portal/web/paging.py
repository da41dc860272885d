"""Lists a page at a time, and dates as three fields: what several pages of the stewards share."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from flask import request, url_for

from portal.db.register_queries import Paged
from portal.domain.registers import read_day
from schemas.texts import say


def page_asked() -> int:
    """Return the page that the address asks for, from 1; the first unless it is a number."""
    raw = request.args.get("page", "")
    return int(raw) if raw.isascii() and raw.isdigit() and len(raw) <= 6 else 1


def paging(found: Paged[Any]) -> dict[str, Any] | None:
    """Return what the pagination component shows of a list on this route; None where all is on one page."""
    if found.pages == 1:
        return None

    def link(page: int) -> dict[str, str]:
        href = url_for(str(request.endpoint), **(request.view_args or {}), page=page)
        return {"href": href, "labelText": say("{page} of {pages}", page=page, pages=found.pages)}

    shown: dict[str, Any] = {}
    if found.page > 1:
        shown["previous"] = link(found.page - 1)
    if found.page < found.pages:
        shown["next"] = link(found.page + 1)
    return shown


def day_typed(form: Mapping[str, str], field: str, what: str) -> date | None:
    """Return the date typed in the fields FIELD_day, FIELD_month and FIELD_year, None if all are blank.

    Raises Refused, pointing at FIELD_day.
    """
    day, month, year = (form.get(f"{field}_{part}", "") for part in ("day", "month", "year"))
    return read_day(day, month, year, what, f"{field}_day")


def day_fields(day: date | None, field: str) -> dict[str, str]:
    """Return a date as the three fields of a form are filled with it."""
    return {f"{field}_{part}": str(getattr(day, part)) if day else "" for part in ("day", "month", "year")}
