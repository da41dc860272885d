"""What the pages of one's own account may send."""

from typing import Any

from marshmallow import ValidationError, validates_schema

from schemas.requests import LONGEST_PASSWORD, Form, line
from schemas.texts import say


class ChangePassword(Form):
    """Another password; the current one shows that it is not just an open browser that asks."""

    current_password = line(say("Enter your current password"), LONGEST_PASSWORD)
    password = line(say("Enter a new password"), LONGEST_PASSWORD)
    again_password = line(say("Enter the new password again"), LONGEST_PASSWORD)

    @validates_schema
    def same(self, data: dict[str, Any], **_options: object) -> None:
        """Both must be the same."""
        if data["password"] != data["again_password"]:
            raise ValidationError(say("The two passwords are not the same"), "again_password")
