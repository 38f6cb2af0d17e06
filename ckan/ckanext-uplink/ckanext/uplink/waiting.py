"""Files that came by upload links and wait for a decision.

CKAN's session says who the person is, and CKAN is asked for the right at each use. Then the plugin
asks the gateway, server to server. No browser gets a statement that decides anything.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from typing import Any

import ckan.plugins.toolkit as tk

from . import gateway, settings
from .answers import GatewayRefusal
from .checks import create_resource
from .grants import Person, sign_decision
from .upload_page import Place, find_place, find_resource
from .uploads import WITHOUT_FILE, has_resource, limited, shown_claims
from .waiting_files import WaitingFile, WaitingFiles, read_file

log = logging.getLogger(__name__)

_SECONDS = 10
#: Pages of the gateway for one page of CKAN: a page without a file of the place is empty.
_MAX_PAGES = 5
_UPLOAD = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def list_files(person: Person, place: Place, after: str | None) -> WaitingFiles:
    """A page of the files that wait for a place. Raises `GatewayRefusal`."""
    wanted = _wanted(place)
    statement = _sign(person, {"scope": "decide", "dataset": place.dataset["id"], **wanted})
    asked = wanted or {"dataset": place.dataset["id"]}
    page: dict[str, Any] = {"proposals": [], "next": after}
    for _ in range(_MAX_PAGES):
        fields = {**asked, "after": page["next"]}
        page = gateway.ask("upload_proposals", fields, statement, _SECONDS)
        if page["proposals"] or page["next"] is None:
            break
    return WaitingFiles([read_file(one) for one in page["proposals"]], page["next"])


def find_file(person: Person, place: Place, upload: str) -> WaitingFile:
    """Raises `ObjectNotFound` unless the file waits for the dataset, or for the resource."""
    if not _UPLOAD.fullmatch(upload):
        raise tk.ObjectNotFound()
    dataset = place.dataset["id"]
    statement = _sign(person, {"scope": "decide", "dataset": dataset, "upload": upload})
    page = gateway.ask("upload_proposals", {"dataset": dataset}, statement, _SECONDS)
    files = [read_file(one) for one in page["proposals"]]
    if not files or files[0].resource != _wanted(place).get("resource", files[0].resource):
        raise tk.ObjectNotFound()
    return files[0]


def accept(person: Person, place: Place, upload: str) -> WaitingFile:
    """Makes the resource of a new file as this person, and has the file linked.

    A second call finds the resource. It stays after a refusal: at the same moment another request
    may have accepted the file, and CKAN does not make a removed resource again. Raises as CKAN and
    the gateway do.
    """
    file = find_file(person, place, upload)
    dataset = place.dataset["id"]
    is_missing = file.is_new and not has_resource(file.resource)
    target = _place_of(person, dataset, file)
    shown = shown_claims(target.resource or {}, target.dataset)
    about = {"dataset": dataset, "resource": file.resource, "upload": upload, **shown}
    statement = _sign(person, {"scope": "accept", **about})
    try:
        gateway.ask("upload_accept", {"id": upload}, statement, _SECONDS)
    except GatewayRefusal as refusal:
        # "id": the file does not wait any more. Somebody else has decided at the same moment.
        if not is_missing or "id" in refusal.reasons:
            raise
        raise GatewayRefusal(
            refusal.status, {**refusal.reasons, "resource": [_is_left()]}
        ) from None
    return file


def _is_left() -> str:
    return str(
        tk._(
            "CKAN has made the resource of this file. "
            "Accept the file again later, or refuse it, which removes an empty resource"
        )
    )


def refuse(person: Person, place: Place, upload: str, reason: str) -> WaitingFile:
    """Final: the gateway never links the file. Raises `ObjectNotFound` and `GatewayRefusal`."""
    file = find_file(person, place, upload)
    dataset = place.dataset["id"]
    statement = _sign(person, {"scope": "decide", "dataset": dataset, "upload": upload})
    gateway.ask("upload_refuse", {"id": upload, "reason": reason}, statement, _SECONDS)
    if file.is_new and has_resource(file.resource):
        _remove_empty(person, dataset, file)
    return file


def _wanted(place: Place) -> dict[str, str]:
    return {} if place.resource is None else {"resource": place.resource["id"]}


def _place_of(person: Person, dataset: str, file: WaitingFile) -> Place:
    if file.is_new:
        new = {"id": file.resource, "name": file.name}
        place = create_resource(person.name, find_place(person.name, dataset), new)
    else:
        place = find_resource(person.name, file.resource)
    resource = place.resource or {}
    if place.dataset["id"] != dataset or resource.get("id") != file.resource:
        raise tk.ObjectNotFound()
    if resource.get("url_type") in WITHOUT_FILE:
        message = tk._("The data of this resource are in the DataStore, so it takes no file.")
        raise tk.ValidationError({"resource": [message]})
    return place


def _remove_empty(person: Person, dataset: str, file: WaitingFile) -> None:
    """Takes away what an earlier attempt to accept the file has made, unless it has changed."""
    fields = {
        "match": {"id": dataset},
        f"match__resources__{file.resource}__url": "",
        f"match__resources__{file.resource}__name": file.name,
        "filter": [f"-resources__{file.resource}"],
        "include": "-*",
    }
    try:
        tk.get_action("package_revise")({"user": person.name}, fields)
    except (tk.ValidationError, tk.NotAuthorized, tk.ObjectNotFound) as error:
        log.info("Resource %s of a refused file stays: %s", file.resource, error)


def _sign(person: Person, claims: Mapping[str, Any]) -> str:
    return limited(sign_decision(settings.grant_secret(), settings.gateway_url(), person, claims))
