"""The look of GOV.UK: crown, GDS Transport and icons, which only a service on a gov.uk domain may show.

Where it is not chosen none of this is installed, so none of its files has an address.
"""

from pathlib import Path

from flask import Blueprint, Flask, Response, send_from_directory, url_for

from portal.web.access import PUBLIC, access
from portal.web.templating import content_digest

FILES = Path(__file__).parent / "brand"
branding = Blueprint("branding", __name__)


def install(app: Flask) -> None:
    """Let the pages of the app extend `brands/govuk.html`, and serve what they show."""
    app.register_blueprint(branding)
    app.jinja_env.globals.update(brand="govuk", brand_url=brand_url)


# The design system's own style sheet asks for `/assets/`.
@branding.get("/assets/<path:name>")
@access(PUBLIC)
def asset(name: str) -> Response:
    """Give a file of the design system as it came."""
    return send_from_directory(FILES, name)


def brand_url(name: str) -> str:
    """Return the address of a file of the brand, which changes with its content so that browsers may keep it."""
    return url_for("branding.asset", name=name, v=content_digest(FILES / name))
