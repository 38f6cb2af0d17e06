"""Keeps what an upload wrote when somebody saves a form that does not show it.

A form posts all of its fields. If it was opened before an upload was linked, it posts the URL of
that time, and CKAN would lose the file. So the form says what it showed, in a hidden field: a field
that was not changed since keeps the value that CKAN has now.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, MutableMapping
from typing import Any

from .links import linked_file

#: The hidden field of the form.
SHOWN = "uplink_shown"

#: The fields that the linker writes.
OWNED = ("url", "url_type", "format", "mimetype", "size", "hash", "last_modified")

_MAX_SHOWN = 20_000


def shown_fields(resource: Mapping[str, Any]) -> str:
    """What a form shows of a resource, for its hidden field."""
    return json.dumps({name: _text(resource.get(name)) for name in OWNED if resource.get(name)})


def keep_upload(current: Mapping[str, Any], posted: MutableMapping[str, Any]) -> None:
    """Takes the fields of a linked upload into what a form posted, unless a person changed the URL.

    `current` is the resource as CKAN has it now. Without the hidden field, which a theme may have
    left out of its form, only an empty URL counts as not changed.
    """
    shown = _read(posted.pop(SHOWN, None))
    url = _text(posted.get("url"))
    if linked_file(_text(current.get("id")), current.get("url")) is None or _has_file(posted):
        return
    if shown is None:
        shown = {"url": ""}
    if url not in (shown.get("url", ""), _text(current.get("url"))):
        return
    for name in OWNED:
        is_same = _text(posted.get(name)) == shown.get(name, "")
        if name in current and (name in ("url", "url_type") or is_same):
            posted[name] = current[name]


def _has_file(posted: Mapping[str, Any]) -> bool:
    """Whether a person chose a file for CKAN's own uploader, or removed one."""
    return bool(posted.get("upload")) or bool(posted.get("clear_upload"))


def _text(value: Any) -> str:
    """A value as a form posts it."""
    return "" if value is None else str(value).strip()


def _read(text: Any) -> dict[str, str] | None:
    if not isinstance(text, str) or len(text) > _MAX_SHOWN:
        return None
    try:
        shown = json.loads(text)
    except ValueError:
        return None
    if not isinstance(shown, dict):
        return None
    return {str(name): _text(value) for name, value in shown.items()}
