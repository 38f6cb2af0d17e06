"""What the gateway says about files that wait."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .times import read_time


@dataclass(frozen=True)
class WaitingFile:
    """A file as a page shows it."""

    id: str
    name: str
    size: int | None
    at: datetime | None
    #: The user who made the upload link.
    by: str | None
    note: str | None
    #: The resource that gets the file. CKAN may have to make it.
    resource: str
    is_new: bool
    #: Opens the unchecked file for five minutes. A scanner keeps it closed.
    url: str | None


@dataclass(frozen=True)
class WaitingFiles:
    files: list[WaitingFile]
    #: Where the next page begins.
    next: str | None


def read_file(proposal: Mapping[str, Any]) -> WaitingFile:
    """Reads an entry of the answer of `upload_proposals`."""
    upload, link = proposal["upload"], proposal.get("link") or {}
    declared = upload["declared"]
    return WaitingFile(
        id=upload["id"],
        name=declared.get("name") or upload["id"],
        size=declared.get("size"),
        at=read_time(upload.get("requested_at")),
        by=link.get("created_by"),
        note=link.get("note"),
        resource=upload["entity"]["id"],
        is_new="previous_url" not in upload,
        url=proposal.get("url"),
    )
