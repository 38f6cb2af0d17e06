"""Remembers what CKAN showed right after it saved the form of an upload.

The file may arrive days later, and replaces that state alone: a change that a person makes
meanwhile stays. CKAN alone knows the state. The page after a form cannot tell a saved form from a
refused one, and a person may update a resource without having saved its form. While Redis is down,
a signed cookie of the answer remembers it.
"""

from __future__ import annotations

import json
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


def note_saved(form: Form, upload: str, shown: Mapping[str, Any]) -> None:
    """Raises `RedisError`. Then the answer to this request has the cookie."""
    note = {"uid": form.user_id, "resource": form.resource, "upload": upload, "shown": shown}
    try:
        connect_to_redis().set(_key(upload), json.dumps(note), ex=FORM_SECONDS)
    except RedisError:
        tk.g.uplink_saved = (upload, sign_saved(settings.grant_secret(), note))
        raise


def find_saved(form: Form, upload: str) -> dict[str, Any] | None:
    """What CKAN showed after it saved the form of this user and resource with this upload.

    `None`: it has not saved this form. Raises `RedisError`.
    """
    note = _read_cookie(upload) or json.loads(connect_to_redis().get(_key(upload)) or "{}")
    is_about = {"uid": form.user_id, "resource": form.resource, "upload": upload}.items()
    return note["shown"] if is_about <= note.items() else None


def set_cookie(response: Response) -> Response:
    upload, signed = getattr(tk.g, "uplink_saved", None) or (None, None)
    if upload is not None:
        response.set_cookie(
            _COOKIE + upload,
            signed,
            max_age=FORM_SECONDS,
            path=tk.url_for("uplink.give_grant"),
            secure=tk.request.is_secure,
            httponly=True,
            samesite="Strict",
        )
    return response


def _read_cookie(upload: str) -> dict[str, Any] | None:
    # A job has no request.
    cookie = tk.request.cookies.get(_COOKIE + upload) if tk.request else None
    return read_saved(settings.grant_secret(), cookie) if cookie else None


def _key(upload: str) -> str:
    return f"ckanext-uplink:{tk.config['ckan.site_id']}:shown:{upload}"
