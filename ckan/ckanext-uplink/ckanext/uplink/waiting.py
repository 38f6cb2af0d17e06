"""Files that came by upload links and wait for a decision.

CKAN's session says who the person is, and CKAN is asked for the right at each use. Then the plugin
asks the gateway, server to server. No browser gets a statement that decides anything.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import ckan.plugins.toolkit as tk

from . import gateway, settings
from .answers import GatewayRefusal
from .checks import create_resource, has_resource
from .grants import Person, sign_decision
from .upload_page import Place, find_place
from .uploads import WITHOUT_FILE, shown_claims
from .waiting_files import WaitingFile, WaitingFiles, read_file

_SECONDS = 10
_UPLOAD = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def list_files(person: Person, place: Place, after: str | None) -> WaitingFiles:
    """A page of the files that wait for a place. Raises `GatewayRefusal`."""
    wanted = _wanted(place)
    statement = _sign(person, {"scope": "decide", "dataset": place.dataset["id"], **wanted})
    asked = {**(wanted or {"dataset": place.dataset["id"]}), "after": after}
    page = gateway.ask("upload_proposals", asked, statement, _SECONDS)
    return WaitingFiles([read_file(one) for one in page["proposals"]], page["next"])


def find_file(person: Person, dataset: str, upload: str) -> WaitingFile:
    """Raises `ObjectNotFound` unless the file waits for the dataset or for a resource of it."""
    if not _UPLOAD.fullmatch(upload):
        raise tk.ObjectNotFound()
    statement = _sign(person, {"scope": "decide", "dataset": dataset, "upload": upload})
    page = gateway.ask("upload_proposals", {"dataset": dataset}, statement, _SECONDS)
    for one in page["proposals"]:
        return read_file(one)
    raise tk.ObjectNotFound()


def accept(person: Person, dataset: str, upload: str) -> WaitingFile:
    """Makes the resource of a new file as this person, and has the file linked.

    A second call finds the resource. Raises as CKAN and the gateway do.
    """
    file = find_file(person, dataset, upload)
    is_missing = file.is_new and not has_resource(file.resource)
    place = _place_of(person, dataset, file)
    shown = shown_claims(place.resource or {}, place.dataset)
    about = {"dataset": dataset, "resource": file.resource, "upload": upload, **shown}
    statement = _sign(person, {"scope": "accept", **about})
    try:
        gateway.ask("upload_accept", {"id": upload}, statement, _SECONDS)
    except GatewayRefusal as refusal:
        if is_missing and "quota" in refusal.reasons:
            _remove_empty(person, dataset, file.resource)
        raise
    return file


def refuse(person: Person, dataset: str, upload: str, reason: str) -> WaitingFile:
    """Final: the gateway never links the file. Raises `ObjectNotFound` and `GatewayRefusal`."""
    file = find_file(person, dataset, upload)
    statement = _sign(person, {"scope": "decide", "dataset": dataset, "upload": upload})
    gateway.ask("upload_refuse", {"id": upload, "reason": reason}, statement, _SECONDS)
    return file


def _wanted(place: Place) -> dict[str, str]:
    return {} if place.resource is None else {"resource": place.resource["id"]}


def _place_of(person: Person, dataset: str, file: WaitingFile) -> Place:
    if file.is_new:
        new = {"id": file.resource, "name": file.name}
        place = create_resource(person.name, find_place(person.name, dataset), new)
    else:
        place = find_place(person.name, file.resource)
    resource = place.resource or {}
    if place.dataset["id"] != dataset or resource.get("id") != file.resource:
        raise tk.ObjectNotFound()
    if resource.get("url_type") in WITHOUT_FILE:
        message = "The data of this resource are in the DataStore, so it takes no file."
        raise tk.ValidationError({"resource": [message]})
    return place


def _remove_empty(person: Person, dataset: str, resource: str) -> None:
    """Unless it has a URL by now."""
    fields = {
        "match": {"id": dataset},
        f"match__resources__{resource}__url": "",
        "filter": [f"-resources__{resource}"],
        "include": "-*",
    }
    tk.get_action("package_revise")({"user": person.name}, fields)


def _sign(person: Person, claims: Mapping[str, Any]) -> str:
    return sign_decision(settings.grant_secret(), settings.gateway_url(), person, claims)
