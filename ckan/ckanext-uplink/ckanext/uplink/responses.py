"""What the plugin's pages have in common."""

from __future__ import annotations

import ckan.plugins.toolkit as tk
from flask import Response, jsonify
from flask_wtf.csrf import validate_csrf
from wtforms import ValidationError as CsrfError

from . import settings


def require_secret() -> None:
    if settings.grant_secret() == "":
        tk.abort(404, tk._("The option ckanext.uplink.grant_secret is missing on this site."))


def require_csrf_token() -> None:
    """CKAN 2.10 and 2.11 leave the pages of extensions unprotected. A form has the token, too."""
    if tk.g.get("login_via_auth_header") or not tk.current_user.is_authenticated:
        return
    field = str(tk.config.get("WTF_CSRF_FIELD_NAME"))
    try:
        validate_csrf(tk.request.headers.get("X-CSRFToken") or tk.request.form.get(field))
    except CsrfError:
        tk.abort(400, tk._("The CSRF token is missing or wrong: send it in X-CSRFToken."))


def to_login(page: str, **params: str) -> Response:
    return private(tk.redirect_to("user.login", came_from=tk.url_for(page, **params)))


def private(response: Response) -> Response:
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    # CKAN adds "public" to answers without it.
    tk.request.environ["__no_cache__"] = True
    return response


def unframed(response: Response) -> Response:
    """No other page may frame this one and have a person click in it."""
    response.headers["Content-Security-Policy"] = "frame-ancestors 'none'"
    response.headers["X-Frame-Options"] = "DENY"
    return private(response)


def error(status: int, message: str) -> Response:
    response = jsonify({"error": message})
    response.status_code = status
    return private(response)
