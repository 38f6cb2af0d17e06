"""The times that the gateway writes."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any


def read_time(text: Any) -> datetime | None:
    """Without a zone, as CKAN's own times, which are UTC."""
    try:
        moment = datetime.fromisoformat(str(text).replace("Z", "+00:00"))
    except ValueError:
        return None
    return moment.astimezone(timezone.utc).replace(tzinfo=None)
