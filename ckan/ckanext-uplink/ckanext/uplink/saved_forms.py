"""Remembers which uploads belong to a form that CKAN has saved.

CKAN alone knows that. The page after a form cannot tell a saved form from a refused one, and a
person may update a resource without having saved its form.
"""

from __future__ import annotations

import ckan.plugins.toolkit as tk
from ckan.lib.redis import connect_to_redis

from .grants import FORM_SECONDS, Form


def note_saved(form: Form, upload: str) -> None:
    """Raises `RedisError`."""
    connect_to_redis().set(_key(upload), _who(form), ex=FORM_SECONDS)


def is_saved(form: Form, upload: str) -> bool:
    """Whether CKAN has saved the form of this user and resource with this upload.

    Raises `RedisError`.
    """
    return connect_to_redis().get(_key(upload)) == _who(form).encode()


def _key(upload: str) -> str:
    return f"ckanext-uplink:{tk.config['ckan.site_id']}:saved:{upload}"


def _who(form: Form) -> str:
    return f"{form.user_id} {form.resource}"
