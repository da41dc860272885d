"""Representative data for the templates about tokens of scripts."""

from typing import Any

TOKENS: dict[str, Any] = {
    "reference": "RAA-2023-04",
    "agency": "Adopt Northmoor",
    "purposes": [{"value": "send", "text": "Send documents and answers"}],
    "open": True,
    "most_days": 7,
    "action": "/tokens",
    "tokens": [
        {
            "name": "3f2a9c1e",
            "purpose_words": "Send documents and answers",
            "made_words": "Made by Lena Leader on 9 October 2023 at 2:31pm",
            "used_words": "Last used 9 October 2023 at 2:40pm",
            "state_words": "Works until 2:31pm on Monday 16 October 2023",
            "revoke_href": "/tokens/1/revoke",
        },
        {
            "name": "77aa0b1c",
            "purpose_words": "Send documents and answers",
            "made_words": "Made by Lena Leader on 9 October 2023 at 2:30pm",
            "used_words": "Never used",
            "state_words": "Revoked 9 October 2023 at 2:31pm",
            "revoke_href": None,
        },
    ],
}
TOKEN_PAGES: dict[str, tuple[str, dict[str, Any]]] = {
    "tokens": ("tokens/tokens.html", TOKENS),
    "tokens-wrong": (
        "tokens/tokens.html",
        {**TOKENS, "tokens": [], "values": {"days": "99"}, "errors": {"days": "The number of days must be smaller"}},
    ),
    "tokens-over": ("tokens/tokens.html", {**TOKENS, "tokens": [], "open": False}),
    "tokens-made": (
        "tokens/made.html",
        {
            "reference": "RAA-2023-04",
            "token": "evp_" + "a1B2c3D4e5F6" * 3 + "-_x9Y8z",
            "header": "Authorization: Bearer TOKEN",
            "name": "3f2a9c1e",
            "works_words": "It works until 2:31pm on Monday 16 October 2023",
            "address": "https://evidence.example/api/v1/openapi.json",
            "next_href": "/tokens",
        },
    ),
}
