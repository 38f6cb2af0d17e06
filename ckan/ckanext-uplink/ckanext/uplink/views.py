"""The plugin's pages: `/uplink/open/…` for browsers, and `/uplink/grant` for programs."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import ckan.plugins.toolkit as tk
from flask import Blueprint, Response, jsonify, make_response, redirect
from redis.exceptions import RedisError

from . import (
    __version__,
    checks,
    file_checks,
    form_checks,
    saved_forms,
    server_reads,
    settings,
    uploads,
    version_pages,
    waiting_pages,
)
from .grants import LIFETIME_SECONDS, read_check, sign_read
from .links import FileLink, download_url, linked_file, parse_names
from .responses import error, private, require_csrf_token, require_secret, to_login, unframed
from .upload_page import find_place

#: No resource has this id.
_NO_RESOURCE = "00000000-0000-0000-0000-000000000000"

uplink = Blueprint("uplink", __name__, url_prefix="/uplink")


def open_file(resource_id: str, names: str = "") -> Response:
    """Checks the session, and sends the browser to the file with a grant.

    The gateway sends browsers here that may not read a file. A browser comes back with a grant or
    stays here, so there is no loop.
    """
    require_secret()
    try:
        link = _readable_file(resource_id, parse_names(names))
    except tk.NotAuthorized:
        if tk.current_user.is_authenticated:
            return tk.abort(403, tk._("You are not authorized to read this file."))
        preview = {"preview": "1"} if tk.request.args.get("preview") == "1" else {}
        return to_login("uplink.open_file", resource_id=resource_id, names=names, **preview)
    except tk.ObjectNotFound:
        link = None
    if link is None:
        return tk.abort(404, tk._("The resource has no such file."))
    query = {"grant": _sign(resource_id, link)}
    if tk.request.args.get("preview") == "1":
        query["preview"] = "1"
    url = download_url(settings.gateway_url(), resource_id, link)
    return private(redirect(f"{url}?{urlencode(query)}"))


def give_grant() -> Response:
    """Gives the grant for a file of a resource, by default for the file that CKAN shows."""
    require_secret()
    require_csrf_token()
    asked = tk.request.get_json(silent=True)
    given = asked if isinstance(asked, dict) else {}
    if "scope" in given:
        return _give_upload_grant(given)
    resource_id, names = given.get("resource", ""), given.get("file", "")
    if not isinstance(resource_id, str) or not isinstance(names, str) or resource_id == "":
        return error(400, 'Send JSON such as {"resource": "<its id>"}.')
    try:
        link = _readable_file(resource_id, parse_names(names))
    except tk.NotAuthorized:
        return error(403, tk._("You are not authorized to read this file."))
    except tk.ObjectNotFound:
        link = None
    if link is None:
        return error(404, tk._("The resource has no such file."))
    grant = _sign(resource_id, link)
    url = download_url(settings.gateway_url(), resource_id, link)
    return private(jsonify({"grant": grant, "url": url, "expires_in": LIFETIME_SECONDS}))


def answer_check() -> Response:
    """For the gateway alone, which signs its question: may the maker of a link still upload?

    No CSRF token protects it, since it looks at no session.
    """
    claims = _read_question()
    if claims is None:
        return _not_signed()
    try:
        return private(jsonify(checks.answer(claims)))
    except tk.ValidationError as fault:
        refused = {"allowed": False, "reason": "refused", "message": str(fault.error_summary)}
        return private(jsonify(refused))


def answer_file_check() -> Response:
    """For the gateway alone, as `answer_check`: may a user create a file for this owner?"""
    claims = _read_question()
    if claims is None:
        return _not_signed()
    return private(jsonify(file_checks.answer(claims)))


def show_upload_page(place: str) -> Response:
    """Takes files for a dataset or a resource, by CKAN's session. The gateway's page leads here.

    A planted link opens nothing more than CKAN allows this person, whom the page names together
    with the organization and the dataset. No other page may frame it.
    """
    require_secret()
    if not tk.current_user.is_authenticated:
        return to_login("uplink.show_upload_page", place=place)
    try:
        found = find_place(tk.current_user.name, place)
    except tk.NotAuthorized:
        return tk.abort(403, tk._("You are not authorized to upload files here."))
    except tk.ObjectNotFound:
        return tk.abort(404, tk._("CKAN has no such dataset or resource."))
    shown = {"dataset": found.dataset, "resource": found.resource}
    page = tk.render("uplink/upload_page.html", {**shown, "gateway": settings.gateway_url()})
    return unframed(make_response(page))


def show_status() -> Response:
    """For `ckan-uplink doctor`. The grant opens nothing; a refusal of it shows what differs."""
    said: dict[str, Any] = {
        "version": __version__,
        "gateway": settings.gateway_url(),
        "loads_private_files": server_reads.wraps_loader(),
        "has_upload_action": settings.grant_secret() != "",
    }
    if settings.grant_secret() != "":
        said["forms"] = form_checks.check_forms()
        said["grant"] = _sign(_NO_RESOURCE, FileLink(None, "0" * 16, "doctor"), "")
    return private(jsonify(said))


def _read_question() -> dict[str, Any] | None:
    require_secret()
    asked = tk.request.get_json(silent=True)
    signed = asked.get("request") if isinstance(asked, dict) else None
    secret, gateway = settings.grant_secret(), settings.gateway_url()
    return read_check(secret, gateway, signed) if isinstance(signed, str) else None


def _not_signed() -> Response:
    return error(403, "This gateway has not signed the request, or with another secret.")


def _give_upload_grant(given: dict[str, Any]) -> Response:
    try:
        return private(jsonify(uploads.give_grant(given)))
    except uploads.WrongRequest as wrong:
        return error(400, str(wrong))
    except tk.NotAuthorized:
        return error(403, tk._("You are not authorized to upload files here."))
    except tk.ObjectNotFound:
        return error(404, tk._("CKAN has no such dataset or resource, or has not saved this form."))
    except RedisError:
        return error(503, tk._("CKAN cannot tell whether it has saved this form. Try again later."))


def _readable_file(resource_id: str, wanted: FileLink | None) -> FileLink | None:
    """The file that this user may read: the wanted one, or the one that CKAN shows.

    As at the gateway, only who may update the resource may read a file that was replaced. Raises
    `NotAuthorized` and `ObjectNotFound`.
    """
    resource = tk.get_action("resource_show")(_context(), {"id": resource_id})
    # CKAN also finds by other names than the id. The grant holds only ids.
    shown = linked_file(resource_id, resource.get("url")) if resource["id"] == resource_id else None
    is_other = wanted is not None and wanted.version is not None and not _is_same(wanted, shown)
    return wanted if is_other and _may_update(resource_id) else shown


def _is_same(one: FileLink, other: FileLink | None) -> bool:
    return other is not None and (one.upload, one.version) == (other.upload, other.version)


def _may_update(resource_id: str) -> bool:
    try:
        tk.check_access("resource_update", _context(), {"id": resource_id})
    except tk.NotAuthorized:
        return False
    return True


def _sign(resource_id: str, link: FileLink, user: str | None = None) -> str:
    user = (tk.current_user.name or "") if user is None else user
    secret, gateway = settings.grant_secret(), settings.gateway_url()
    return sign_read(secret, gateway, user, resource_id, link.upload, link.version)


def _context() -> dict[str, Any]:
    return {"user": tk.current_user.name, "auth_user_obj": tk.current_user}


uplink.after_app_request(saved_forms.set_cookie)
uplink.add_url_rule("/open/<resource_id>", "open_file", open_file)
uplink.add_url_rule("/open/<resource_id>/<path:names>", "open_file", open_file)
uplink.add_url_rule("/grant", "give_grant", give_grant, methods=["POST"])
uplink.add_url_rule("/check", "answer_check", answer_check, methods=["POST"])
uplink.add_url_rule("/check-file", "answer_file_check", answer_file_check, methods=["POST"])
uplink.add_url_rule("/upload/<place>", "show_upload_page", show_upload_page)
uplink.add_url_rule("/status", "show_status", show_status)
uplink.add_url_rule("/waiting/<place>", "show_waiting", waiting_pages.show_waiting)
uplink.add_url_rule("/waiting/<place>/<upload>", "open_waiting", waiting_pages.open_waiting)
uplink.add_url_rule(
    "/waiting/<place>/<upload>", "decide_waiting", waiting_pages.decide_waiting, methods=["POST"]
)
uplink.add_url_rule("/versions/<resource>", "show_versions", version_pages.show_versions)
_version = "/versions/<resource>/<upload>"
uplink.add_url_rule(_version, "confirm_restore", version_pages.confirm_restore)
uplink.add_url_rule(_version, "restore_version", version_pages.restore_version, methods=["POST"])
uplink.add_url_rule(f"{_version}/file", "open_version", version_pages.open_version)
