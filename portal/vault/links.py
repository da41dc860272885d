"""Invitation links. The token is computed from the invitation's id, so that it is kept nowhere but in the mail."""

import base64
import hashlib
import hmac
from uuid import UUID


def invitation_token(secret: bytes, invitation: UUID) -> str:
    """Return the 43-character token of an invitation: HMAC-SHA256 of its id under the portal's secret."""
    digest = hmac.new(secret, b"evidence-portal invitation v1 " + invitation.bytes, hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")


def token_hash(token: str) -> bytes:
    """Return what the database keeps of a token, of an invitation or a session: its SHA-256."""
    return hashlib.sha256(token.encode()).digest()
