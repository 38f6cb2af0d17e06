"""Grants: short statements by CKAN that the gateway accepts in place of a token."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

import jwt

TYPE = "uplink+jwt"
LIFETIME_SECONDS = 300
#: The gateway accepts no longer grant.
MAX_LENGTH = 4096

DECISION_SECONDS = 60

FORM_TYPE = "uplink-form+jwt"
FORM_SECONDS = 7 * 86400

#: What CKAN showed after it saved a form, while its Redis did not answer.
SAVED_TYPE = "uplink-saved+jwt"

CHECK_TYPE = "uplink-check+jwt"
#: The gateway's clock may differ by so much.
_SKEW_SECONDS = 30

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
    claims = {"sub": user, "scope": "read", "resource": resource, "version": version}
    if upload is not None:
        claims["upload"] = upload
    return _sign(secret, TYPE, LIFETIME_SECONDS, {"aud": gateway, **claims})


def sign_upload(
    secret: str, gateway: str, form: Form, shown: Mapping[str, Any], upload: str | None = None
) -> str:
    """Signs that this user may send files to this resource, which CKAN shows so.

    With an upload: CKAN has saved the form that belongs to it, so it may be completed.
    """
    claims: dict[str, Any] = {"sub": form.user, "uid": form.user_id, "scope": "upload"}
    if upload is not None:
        claims.update({"scope": "complete", "upload": upload})
    elif form.is_new:
        claims["is_new"] = True
    place = {"dataset": form.dataset, "resource": form.resource}
    return _sign(secret, TYPE, LIFETIME_SECONDS, {"aud": gateway, **claims, **place, **shown})


def sign_decision(secret: str, gateway: str, person: Person, claims: Mapping[str, Any]) -> str:
    """Signs what a person may do with files that wait, or with versions. No browser gets it.

    `claims` have the scope, the dataset, and what the decision is about.
    """
    caller = {"aud": gateway, "sub": person.name, "uid": person.id}
    return _sign(secret, TYPE, DECISION_SECONDS, {**caller, **claims})


@dataclass(frozen=True)
class Person:
    """A user who is signed in."""

    name: str
    id: str


@dataclass(frozen=True)
class Form:
    """The form of one resource, by one user. The id of a new resource is chosen with the form."""

    user: str
    user_id: str
    dataset: str
    resource: str
    is_new: bool


def sign_form(secret: str, form: Form) -> str:
    """Signs which resource a form is about, until the parts of an upload are dropped."""
    return _sign(secret, FORM_TYPE, FORM_SECONDS, asdict(form))


def read_form(secret: str, text: str) -> Form | None:
    """Reads what `sign_form` signed. `None` for any other text, and when it has expired."""
    claims = _open(secret, text, FORM_TYPE) or {}
    names = [field.name for field in fields(Form)]
    return Form(**{name: claims[name] for name in names}) if claims.keys() >= set(names) else None


def sign_saved(secret: str, note: Mapping[str, Any]) -> str:
    """Signs the note about a saved form: its upload, and what CKAN showed."""
    return _sign(secret, SAVED_TYPE, FORM_SECONDS, note)


def read_saved(secret: str, text: str) -> dict[str, Any] | None:
    """Reads what `sign_saved` signed. `None` for any other text, and when it has expired."""
    return _open(secret, text, SAVED_TYPE)


def read_check(secret: str, gateway: str, text: str) -> dict[str, Any] | None:
    """What the gateway asks CKAN, server to server. `None` unless it has just signed this."""
    try:
        header = jwt.get_unverified_header(text)
        claims = jwt.decode(
            text,
            secret,
            algorithms=["HS256"],
            issuer=gateway,
            leeway=_SKEW_SECONDS,
            options={"require": ["iss", "iat", "exp", "sub"]},
        )
    except jwt.InvalidTokenError:
        return None
    is_short = 0 < claims["exp"] - claims["iat"] <= LIFETIME_SECONDS
    return dict(claims) if header.get("typ") == CHECK_TYPE and is_short else None


def _open(secret: str, text: str, kind: str) -> dict[str, Any] | None:
    try:
        header = jwt.get_unverified_header(text)
        claims = jwt.decode(text, secret, algorithms=["HS256"], options={"require": ["exp"]})
    except jwt.InvalidTokenError:
        return None
    return dict(claims) if header.get("typ") == kind else None


def _sign(secret: str, kind: str, seconds: int, claims: Mapping[str, Any]) -> str:
    now = int(time.time())
    return jwt.encode(
        {"iat": now, "exp": now + seconds, **claims},
        secret,
        algorithm="HS256",
        headers={"typ": kind, "kid": key_id(secret)},
    )
