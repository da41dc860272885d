"""Every word that a page shows comes through the catalogue, or is data."""

from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass, replace
from typing import Any

import pytest
from flask import Flask

from schemas.texts import Text
from tests.pseudo import outside, pseudo
from tests.web.pages import PAGES, make_app, render

MARKS = ("KB", "MB", "GB", "GOV.UK", "SHA-256", "JSON", "CSV", "PDF", "ZIP", "Ed25519")
"""Names that are the same in any language."""
FRAME: dict[str, Any] = {
    "navigation": [{"href": "/", "text": "Inspections", "current": True}, {"href": "/people", "text": "People"}],
    "banner": {"text": "Your declaration was sent.", "success": False},
    "back": {"href": "/", "text": "Back"},
}
"""What stands around a page in the service, and what only few of the pages here have."""


@pytest.fixture(scope="module")
def app() -> Flask:
    """Return an app with our templates and the catalogue that brackets."""
    return make_app(pseudo())


@pytest.mark.parametrize("name", sorted(PAGES))
def test_templates(app: Flask, name: str) -> None:
    """Whatever a template adds to the data it is given comes through the catalogue."""
    template, context = PAGES[name]
    assert [] == outside(render(app, template, **context), {*strings(context), *MARKS, "leader@north.example"})


@pytest.mark.parametrize("name", sorted(PAGES))
def test_texts_stay_texts(app: Flask, name: str) -> None:
    """Whatever a template is given as a text it hands to the catalogue whole, through components and joins too."""
    template, context = PAGES[name]
    assert [] == outside(render(app, template, **changed(context, Text)), {*MARKS, "leader@north.example"})


@pytest.mark.parametrize("brand", ["plain", "govuk"])
def test_the_frame(app: Flask, brand: str) -> None:
    """What stands around every page comes through the catalogue in either brand."""
    frame = {**changed(FRAME, Text), "brand": brand, "brand_url": "/brand/{}".format}
    page = render(app, "error.html", **changed(PAGES["error"][1], Text), **frame)
    assert [] == outside(page, {*MARKS, "leader@north.example"})


def strings(value: Any) -> Iterator[str]:
    """Yield every string of one letter or more in nested data."""
    if isinstance(value, str):
        if value.strip():
            yield value
    elif isinstance(value, (list, tuple, set, frozenset)):
        for each in value:
            yield from strings(each)
    elif isinstance(value, dict):
        yield from strings(list(value.values()))
    elif is_dataclass(value):
        yield from strings([getattr(value, field.name) for field in fields(value)])


def changed(value: Any, change: Callable[[str], str]) -> Any:
    """Return nested data with each of its strings changed."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, (list, tuple)):
        return type(value)(changed(each, change) for each in value)
    if isinstance(value, dict):
        return {key: changed(each, change) for key, each in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{field.name: changed(getattr(value, field.name), change) for field in fields(value)})
    return value
