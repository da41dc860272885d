"""Who is behind the trail's labels: people themselves, and whoever made a script's token."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from portal.db.credentials import ApiToken

_PERSON, _TOKEN = "person:", "token:"


def people_behind(session: Session, labels: Iterable[str]) -> Mapping[str, UUID]:
    """Return the person behind each of these labels; the worker, the operator and tokens that are gone have none."""
    told = set(labels)
    people = {each: UUID(each.removeprefix(_PERSON)) for each in told if each.startswith(_PERSON)}
    tokens = [UUID(each.removeprefix(_TOKEN)) for each in told if each.startswith(_TOKEN)]
    rows = session.execute(select(ApiToken.id, ApiToken.made_by).where(ApiToken.id.in_(tokens))) if tokens else ()
    return people | {f"{_TOKEN}{token}": person for token, person in rows}
