"""Forms as schemas read them: the values, and the sentence for each field that is not as it should be."""

from collections.abc import Mapping
from typing import Any

from flask import request
from marshmallow import ValidationError

from portal.web.errors import Unacceptable
from schemas.requests import Form
from schemas.texts import say

UNEXPECTED = say(
    "This form holds something that the service did not ask for. Go back, load the page again and send it."
)


def read_form(schema: type[Form]) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the values and the errors of the form in hand; with errors, the values are those that were typed.

    Raises Unacceptable (400) for a field that no page of ours has.
    """
    typed = {name: value for name, value in request.form.items() if name != "csrf_token"}
    try:
        values: dict[str, Any] = schema().load(typed)
    except ValidationError as error:
        return typed, errors_of(schema, error)
    return values, {}


def read_fields(schema: type[Form], given: Mapping[str, str]) -> dict[str, Any]:
    """Return the fields that came before a file. Raises Unacceptable, ValidationError."""
    typed = {name: value for name, value in given.items() if name != "csrf_token"}
    try:
        values: dict[str, Any] = schema().load(typed)
    except ValidationError as error:
        first = next(iter(errors_of(schema, error).values()))
        raise Unacceptable(400, first) from None
    return values


def errors_of(schema: type[Form], error: ValidationError) -> dict[str, str]:
    """Return the first sentence for each field. Raises Unacceptable for a field that the schema does not have."""
    messages: dict[str, Any] = error.normalized_messages()  # type: ignore[no-untyped-call]
    if set(messages) - set(schema().fields):
        raise Unacceptable(400, UNEXPECTED)
    return {name: _first(said) for name, said in messages.items()}


def _first(said: Any) -> str:  # noqa: ANN401 -- lists, or dicts of lists for nested fields
    while not isinstance(said, str):
        said = next(iter(said.values() if isinstance(said, dict) else said))
    return str(said)
