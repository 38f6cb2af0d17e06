"""Remembers what CKAN showed right after it saved the form of an upload.

The file may arrive days later, and replaces that state alone: a change that a person makes
meanwhile stays. CKAN alone knows the state. The page after a form cannot tell a saved form from a
refused one, and a person may update a resource without having saved its form. While Redis is down,
a signed cookie of the answer remembers it.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.lib.redis import connect_to_redis
from flask import Response
from redis.exceptions import RedisError

from . import settings
from .grants import FORM_SECONDS, Form, read_saved, sign_saved

#: Each upload has a cookie of its own.
_COOKIE = "uplink_saved_"
#: Each has less than 1 kB, with a URL of common length.
_MAX_COOKIES = 4


def note_saved(form: Form, upload: str, shown: Mapping[str, Any]) -> None:
    """Raises `RedisError`. Then the answer to this request has the cookie."""
    note = {**_about(form, upload), "shown": shown, "at": time.time()}
    try:
        _write(note)
    except RedisError:
        tk.g.uplink_saved = (upload, sign_saved(settings.grant_secret(), note))
        raise


def find_saved(form: Form, upload: str) -> dict[str, Any] | None:
    """What CKAN showed after it last saved the form of this user and resource with this upload.

    `None`: it has not saved this form. Raises `RedisError`. When Redis is back, the note of a
    cookie moves there.
    """
    cookie = _read_cookie(upload)
    is_about = _about(form, upload).items()
    if cookie is not None and not is_about <= cookie.items():
        cookie = None
    try:
        note = json.loads(connect_to_redis().get(_key(upload)) or "{}")
        if cookie is not None and cookie["at"] > note.get("at", 0):
            _write(cookie)
            note = cookie
        if cookie is not None:
            tk.g.uplink_moved = upload
    except RedisError:
        if cookie is None:
            raise
        note = cookie
    return note["shown"] if is_about <= note.items() else None


def set_cookie(response: Response) -> Response:
    """Sets the cookie of a form that was just saved, and deletes those that no longer count.

    The browser sends the cookies with requests for grants alone. Servers refuse requests whose
    headers have more than 8 kB, so the oldest go. The ids of uploads begin with the time.
    """
    upload, signed = getattr(tk.g, "uplink_saved", None) or (None, None)
    sent = sorted(name for name in tk.request.cookies if name.startswith(_COOKIE))
    moved = _COOKIE + (getattr(tk.g, "uplink_moved", None) or "")
    gone = [name for name in sent if name == moved or name in sent[:-_MAX_COOKIES]]
    if upload is None and not gone:
        return response
    place = {"path": tk.url_for("uplink.give_grant")}
    flags = {"secure": tk.request.is_secure, "httponly": True, "samesite": "Strict"}
    if upload is not None:
        response.set_cookie(_COOKIE + upload, signed, max_age=FORM_SECONDS, **place, **flags)
    for name in gone:
        response.delete_cookie(name, **place, **flags)
    return response


def _about(form: Form, upload: str) -> dict[str, str]:
    return {"uid": form.user_id, "resource": form.resource, "upload": upload}


def _write(note: Mapping[str, Any]) -> None:
    connect_to_redis().set(_key(note["upload"]), json.dumps(note), ex=FORM_SECONDS)


def _read_cookie(upload: str) -> dict[str, Any] | None:
    # A job has no request.
    cookie = tk.request.cookies.get(_COOKIE + upload) if tk.request else None
    return read_saved(settings.grant_secret(), cookie) if cookie else None


def _key(upload: str) -> str:
    return f"ckanext-uplink:{tk.config['ckan.site_id']}:shown:{upload}"
