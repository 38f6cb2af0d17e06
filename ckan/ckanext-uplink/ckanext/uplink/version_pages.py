"""CKAN's page of the versions of a resource. It needs no JavaScript."""

from __future__ import annotations

from typing import Any, Callable, TypeVar

import ckan.plugins.toolkit as tk
from flask import Response, make_response, redirect

from . import versions
from .answers import GatewayRefusal
from .links import linked_file
from .responses import private, require_csrf_token, require_secret, to_login, unframed
from .upload_page import Place, find_resource, signed_in
from .uploads import WrongRequest

#: Platforms answer so when they wait no longer, as AWS does after 29 seconds. The gateway behind
#: them may go on.
_SILENT = (502, 503, 504)

_Found = TypeVar("_Found")


def show_versions(resource: str) -> Response:
    """The present and earlier files of a resource, for people who may update it."""
    require_secret()
    if not tk.current_user.is_authenticated:
        return _to_login(resource)
    place = _find(resource)
    after = tk.request.args.get("after") or None
    shown: dict[str, Any] = {"pkg_dict": place.dataset, "resource": place.resource, "after": after}
    try:
        page = versions.list_versions(signed_in(), place, after)
        shown.update({"versions": page.files, "next": page.next})
    except (GatewayRefusal, WrongRequest) as fault:
        shown.update({"versions": [], "fault": _reason_against_list(fault, after)})
    return unframed(make_response(tk.render("uplink/versions.html", shown)))


def open_version(resource: str, upload: str) -> Response:
    """Leads to the file of a version."""
    require_secret()
    if not tk.current_user.is_authenticated:
        return _to_login(resource)
    place = _find(resource)
    version = _or_abort(lambda: versions.find_version(signed_in(), place, upload))
    if version.state == "withdrawn":
        return tk.abort(410, _withdrawn())
    if version.url is None:
        return tk.abort(404, _gone())
    return private(redirect(version.url))


def confirm_restore(resource: str, upload: str) -> Response:
    """Says in words which file a restoration would replace, and asks."""
    require_secret()
    if not tk.current_user.is_authenticated:
        return _to_login(resource)
    place = _find(resource)
    version = _or_abort(lambda: versions.find_version(signed_in(), place, upload))
    if version.state != "replaced" or version.url is None:
        tk.h.flash_error(_reason_against(version))
        return _to_list(resource)
    resource_dict = place.resource or {}
    replaces = versions.file_shown(resource_dict)
    shown = {"pkg_dict": place.dataset, "resource": resource_dict, "version": version}
    present = linked_file(resource_dict["id"], replaces.url)
    shown.update({"replaces": replaces, "present": present})
    return unframed(make_response(tk.render("uplink/restore.html", shown)))


def restore_version(resource: str, upload: str) -> Response:
    """Restores a version, by the session and the CSRF token of the form."""
    require_secret()
    if not tk.current_user.is_authenticated:
        return _to_login(resource)
    require_csrf_token()
    place = _find(resource)
    form = tk.request.form
    replaces = versions.Shown(form.get("replaces", ""), form.get("last_modified", ""))
    try:
        name = versions.restore(signed_in(), place, upload, replaces)
        done = tk._(
            "CKAN will show {name} again in a few seconds. This list then marks it as current."
        )
        tk.h.flash_success(str(done).format(name=name))
    except (GatewayRefusal, WrongRequest) as fault:
        is_silent = isinstance(fault, GatewayRefusal) and fault.status in _SILENT
        tk.h.flash_error(_in_doubt() if is_silent else _words_of(fault))
    return _to_list(resource)


def _find(resource: str) -> Place:
    try:
        return find_resource(tk.current_user.name, resource)
    except tk.NotAuthorized:
        return tk.abort(403, tk._("You may not change this resource."))
    except tk.ObjectNotFound:
        return tk.abort(404, tk._("CKAN has no such resource."))


def _or_abort(ask: Callable[[], _Found]) -> _Found:
    try:
        return ask()
    except (GatewayRefusal, WrongRequest) as fault:
        status = fault.status if isinstance(fault, GatewayRefusal) else 409
        found: _Found = tk.abort(status if status in (404, 409, 410) else 502, _words_of(fault))
        return found


def _reason_against(version: versions.FileVersion) -> str:
    if version.state == "current":
        return str(tk._("CKAN shows this file already."))
    return _withdrawn() if version.state == "withdrawn" else _gone()


def _reason_against_list(fault: GatewayRefusal | WrongRequest, after: str | None) -> str:
    if not isinstance(fault, GatewayRefusal) or fault.status != 404:
        return _words_of(fault)
    if after is None:
        return str(fault)
    return str(tk._("This page of the list is no longer there. Look at the newest versions."))


def _words_of(fault: GatewayRefusal | WrongRequest) -> str:
    """In the language of the person, where the gateway's answer is expected."""
    status = fault.status if isinstance(fault, GatewayRefusal) else 0
    if status in (None, 504):
        return str(tk._("The gateway does not answer. Try again later."))
    if status == 404:
        return _gone()
    return _withdrawn() if status == 410 else str(fault)


def _in_doubt() -> str:
    return str(
        tk._("The gateway has not answered in time. It may still copy a large file: look again.")
    )


def _withdrawn() -> str:
    return str(tk._("This file was withdrawn, so it can be neither opened nor restored."))


def _gone() -> str:
    return str(tk._("The file of this version is no longer there."))


def _to_login(resource: str) -> Response:
    return to_login("uplink.show_versions", resource=resource)


def _to_list(resource: str) -> Response:
    return private(tk.redirect_to("uplink.show_versions", resource=resource))
