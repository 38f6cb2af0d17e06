"""Remembers which uploads belong to a form that CKAN has saved.

CKAN alone knows that. The page after a form cannot tell a saved form from a refused one, and a
person may update a resource without having saved its form. While Redis is down, a signed cookie of
the answer remembers it.
"""

from __future__ import annotations

import ckan.plugins.toolkit as tk
from ckan.lib.redis import connect_to_redis
from flask import Response
from redis.exceptions import RedisError

from . import settings
from .grants import FORM_SECONDS, Form, is_signed_as_saved, sign_saved

_COOKIE = "uplink_saved"


def note_saved(form: Form, upload: str) -> None:
    """Raises `RedisError`. Then the answer to this request has the cookie."""
    try:
        connect_to_redis().set(_key(upload), _who(form), ex=FORM_SECONDS)
    except RedisError:
        tk.g.uplink_saved = sign_saved(settings.grant_secret(), form, upload)
        raise


def is_saved(form: Form, upload: str) -> bool:
    """Whether CKAN has saved the form of this user and resource with this upload.

    Raises `RedisError`.
    """
    cookie = tk.request.cookies.get(_COOKIE, "")
    if cookie and is_signed_as_saved(settings.grant_secret(), cookie, form, upload):
        return True
    return connect_to_redis().get(_key(upload)) == _who(form).encode()


def set_cookie(response: Response) -> Response:
    signed = getattr(tk.g, "uplink_saved", None)
    if signed is not None:
        response.set_cookie(
            _COOKIE,
            signed,
            max_age=FORM_SECONDS,
            path=tk.url_for("uplink.give_grant"),
            secure=tk.request.is_secure,
            httponly=True,
            samesite="Strict",
        )
    return response


def _key(upload: str) -> str:
    return f"ckanext-uplink:{tk.config['ckan.site_id']}:saved:{upload}"


def _who(form: Form) -> str:
    return f"{form.user_id} {form.resource}"
