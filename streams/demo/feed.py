"""What X's filtered stream sends about one person: posts that mention the company (API v2)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sinks.stamps import time_text
from streams.demo.words import BRAND

if TYPE_CHECKING:
    from streams.demo.event import Record
    from streams.demo.people import Person

EPOCH_MS = 1_288_834_974_657
"""Where post ids begin to count milliseconds, 22 bits to the left."""
BRAND_ID = "6253282"


def post(person: Person, at: int, said: str) -> Record:
    """A post that begins with the company's handle."""
    number = str((at - EPOCH_MS) << 22 | person.number & 0x3FFFFF)
    author = str(2_244_000_000 + person.number)
    return {
        "data": {
            "id": number,
            "text": f"@{BRAND} {said}",
            "author_id": author,
            "created_at": time_text(at),
            "conversation_id": number,
            "in_reply_to_user_id": BRAND_ID,
            "lang": "en",
            "edit_history_tweet_ids": [number],
            "entities": {"mentions": [{"start": 0, "end": len(BRAND) + 1, "username": BRAND, "id": BRAND_ID}]},
            "public_metrics": {"retweet_count": 0, "reply_count": 0, "like_count": person.number % 7, "quote_count": 0},
        },
        "includes": {
            "users": [
                {"id": author, "name": person.name, "username": person.handle},
                {"id": BRAND_ID, "name": "Harbour Goods", "username": BRAND},
            ]
        },
        "matching_rules": [{"id": "1728", "tag": "mentions of the company"}],
    }
