"""Grants: short statements by CKAN that the gateway accepts in place of a token."""

from __future__ import annotations

import hashlib
import re
import time

import jwt

TYPE = "uplink+jwt"
LIFETIME_SECONDS = 300

_SECRET = re.compile(r"[\w+/=-]{43,128}", re.ASCII)
_SHORT_HEX = re.compile(r"[0-9a-fA-F]{1,63}")


def is_secret(text: str) -> bool:
    """Whether a text can hold 256 random bits. The gateway has the same rule."""
    return bool(_SECRET.fullmatch(text)) and not _SHORT_HEX.fullmatch(text)


def key_id(secret: str) -> str:
    """The name of a secret. It follows from the secret, so a rotation needs no other option."""
    return hashlib.sha256(f"uplink grant key {secret}".encode()).hexdigest()[:16]


def sign_read(
    secret: str,
    gateway: str,
    user: str,
    resource: str,
    upload: str | None,
    version: str | None,
) -> str:
    """Signs that this user may read this version of this upload of this resource for five minutes.

    The user's name is empty for an anonymous reader.
    """
    now = int(time.time())
    claims = {
        "aud": gateway,
        "iat": now,
        "exp": now + LIFETIME_SECONDS,
        "sub": user,
        "scope": "read",
        "resource": resource,
        "version": version,
    }
    if upload is not None:
        claims["upload"] = upload
    return jwt.encode(
        claims, secret, algorithm="HS256", headers={"typ": TYPE, "kid": key_id(secret)}
    )
