"""Every word that a page shows comes through the catalogue, or is data."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask

from tests.pseudo import outside, pseudo
from tests.web.pages import PAGES, make_app, render

MARKS = ("KB", "MB", "GB", "GOV.UK", "Crown", "SHA-256", "JSON", "CSV", "PDF", "ZIP", "Ed25519")
"""Names that are the same in any language."""


@pytest.fixture(scope="module")
def app() -> Flask:
    """Return an app with our templates and the catalogue that brackets."""
    return make_app(pseudo())


@pytest.mark.parametrize("name", sorted(PAGES))
def test_templates(app: Flask, name: str) -> None:
    """Whatever a template adds to the data it is given comes through the catalogue."""
    template, context = PAGES[name]
    data = {*strings(context), *MARKS, "leader@north.example"}
    assert [] == outside(render(app, template, **context), data)


def strings(value: Any) -> Iterator[str]:  # noqa: ANN401
    """Yield every string of one letter or more in nested data."""
    if isinstance(value, str):
        if value.strip():
            yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from strings(each)
    elif isinstance(value, (list, tuple, set)):
        for each in value:
            yield from strings(each)
