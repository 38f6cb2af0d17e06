"""CKAN's page of the files that wait, with the decisions. It needs no JavaScript."""

from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
from flask import Response, make_response, redirect

from . import waiting
from .answers import GatewayRefusal
from .responses import private, require_csrf_token, require_secret, to_login, unframed
from .upload_page import Place, find_place, signed_in
from .uploads import WrongRequest

_MAX_REASON = 1000


def show_waiting(place: str) -> Response:
    """The files that came by upload links for a dataset or a resource, for who may change it."""
    require_secret()
    if not tk.current_user.is_authenticated:
        return to_login("uplink.show_waiting", place=place)
    found = _find(place)
    after = tk.request.args.get("after") or None
    shown: dict[str, Any] = {"place": place, "pkg_dict": found.dataset, "resource": found.resource}
    try:
        page = waiting.list_files(signed_in(), found, after)
        shown.update({"files": page.files, "next": page.next})
    except GatewayRefusal as refusal:
        shown.update({"files": [], "fault": str(refusal)})
    return unframed(make_response(tk.render("uplink/waiting.html", shown)))


def open_waiting(place: str, upload: str) -> Response:
    """Leads to the unchecked file, which the browser stores and does not show."""
    require_secret()
    if not tk.current_user.is_authenticated:
        return to_login("uplink.show_waiting", place=place)
    found = _find(place)
    try:
        file = waiting.find_file(signed_in(), found, upload)
    except tk.ObjectNotFound:
        return tk.abort(404, tk._("This file is no longer waiting."))
    except GatewayRefusal as refusal:
        return tk.abort(502, str(refusal))
    if file.url is None:
        return tk.abort(409, tk._("A virus scanner looks at this file once it is accepted."))
    return private(redirect(file.url))


def decide_waiting(place: str, upload: str) -> Response:
    """Accepts or refuses a file, by the session and the CSRF token of the page's form."""
    require_secret()
    if not tk.current_user.is_authenticated:
        return to_login("uplink.show_waiting", place=place)
    require_csrf_token()
    found = _find(place)
    try:
        tk.h.flash_success(_decide(found, upload))
    except GatewayRefusal as refusal:
        tk.h.flash_error(str(refusal))
    except WrongRequest as wrong:
        tk.h.flash_error(str(wrong))
    except tk.ValidationError as fault:
        tk.h.flash_error(_text(fault))
    except tk.NotAuthorized:
        return tk.abort(403, tk._("You may not change this dataset."))
    except tk.ObjectNotFound:
        tk.h.flash_error(tk._("This file is no longer waiting, or its resource is gone."))
    return private(tk.redirect_to("uplink.show_waiting", place=place))


def _decide(place: Place, upload: str) -> str:
    decision, reason = (tk.request.form.get(name, "") for name in ("decision", "reason"))
    if decision == "accept":
        file = waiting.accept(signed_in(), place, upload)
        return str(tk._("{name} is accepted. CKAN shows it in a moment.")).format(name=file.name)
    if decision != "refuse" or not 0 < len(reason.strip()) <= _MAX_REASON:
        raise WrongRequest(tk._("Give a reason of at most 1,000 characters."))
    file = waiting.refuse(signed_in(), place, upload, reason.strip())
    return str(tk._("{name} is refused.")).format(name=file.name)


def _find(place: str) -> Place:
    try:
        return find_place(tk.current_user.name, place)
    except tk.NotAuthorized:
        return tk.abort(403, tk._("You may not change this dataset."))
    except tk.ObjectNotFound:
        return tk.abort(404, tk._("CKAN has no such dataset or resource."))


def _text(fault: tk.ValidationError) -> str:
    summary = fault.error_summary or {}
    return "; ".join(f"{name}: {words}" for name, words in summary.items())
