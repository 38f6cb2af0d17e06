"""The present and earlier files of a resource.

As with the files that wait, CKAN's session says who the person is, CKAN is asked for the right at
each use, and the plugin then asks the gateway, server to server.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import ckan.plugins.toolkit as tk

from . import gateway, settings
from .grants import Person, sign_decision
from .times import read_time
from .upload_page import Place
from .uploads import WITHOUT_FILE, WrongRequest, limited, shown_claims

_SECONDS = 10
#: The gateway answers when the store has copied the file.
_COPY_SECONDS = 40
#: Pages of the gateway for one page of CKAN: uploads that were never linked can make a page empty.
_MAX_PAGES = 5
#: The end of the URL of a file in CKAN's own storage, after a language such as `de` or `pt_BR`.
_FILE_IN_LANGUAGE = re.compile(
    r"(?<=[^/])/[a-z]{2,3}(?:[_@-]\w+)?(/dataset/[^/]+/resource/[^/]+/download/[^/]+)\Z"
)


@dataclass(frozen=True)
class Withdrawal:
    at: datetime | None
    by: str | None
    reason: str | None


@dataclass(frozen=True)
class FileVersion:
    """A file of the resource as a page shows it."""

    upload: str
    #: `current`, `replaced` or `withdrawn`.
    state: str
    name: str
    size: int | None
    #: When CKAN first showed it.
    at: datetime | None
    by: str | None
    is_copy: bool
    withdrawal: Withdrawal | None
    #: Opens the file for five minutes. Only of a single version, whose file is still there.
    url: str | None


@dataclass(frozen=True)
class Versions:
    files: list[FileVersion]
    #: Where the next page begins.
    next: str | None


@dataclass(frozen=True)
class Shown:
    """The file that CKAN shows. New bytes may come under the same URL, at another time."""

    url: str
    last_modified: str


def file_shown(resource: Mapping[str, Any]) -> Shown:
    return Shown(resource.get("url") or "", resource.get("last_modified") or "")


def list_versions(person: Person, place: Place, after: str | None) -> Versions:
    """A page of the versions, the newest first. Raises `GatewayRefusal` and `WrongRequest`."""
    page: dict[str, Any] = {"versions": [], "next": after}
    for _ in range(_MAX_PAGES):
        page = _look(person, place, {"after": page["next"]})
        if page["versions"] or page["next"] is None:
            break
    return Versions([_read(one) for one in page["versions"]], page["next"])


def find_version(person: Person, place: Place, upload: str) -> FileVersion:
    """One version, with the URL of its file. Raises `GatewayRefusal` and `WrongRequest`."""
    return _read(_look(person, place, {"upload": upload})["versions"][0])


def restore(person: Person, place: Place, upload: str, replaces: Shown) -> str:
    """Has the file of a version linked again. Returns its name.

    `replaces` is what CKAN showed when the person decided. Raises `GatewayRefusal` and
    `WrongRequest`.
    """
    resource = place.resource or {}
    if resource.get("url_type") in WITHOUT_FILE:
        raise WrongRequest(
            tk._("The data of this resource are in the DataStore, so it takes no file.")
        )
    if _without_language(file_shown(resource)) != _without_language(replaces):
        raise WrongRequest(tk._("CKAN now shows another file. Look at the list again."))
    fields = {"id": resource["id"], "upload": upload}
    statement = _sign(person, place, {"scope": "restore", "upload": upload})
    made = gateway.ask("resource_restore", fields, statement, _COPY_SECONDS)["upload"]
    return str(made["declared"].get("name") or upload)


def _without_language(shown: Shown) -> Shown:
    """CKAN puts the language of the request that indexed a dataset last into its own URLs."""
    return Shown(_FILE_IN_LANGUAGE.sub(r"\1", shown.url), shown.last_modified)


def _look(person: Person, place: Place, wanted: Mapping[str, Any]) -> dict[str, Any]:
    fields = {"id": (place.resource or {})["id"], **wanted}
    statement = _sign(person, place, {"scope": "versions"})
    return gateway.ask("resource_versions", fields, statement, _SECONDS)


def _sign(person: Person, place: Place, claims: Mapping[str, Any]) -> str:
    """The statement says what CKAN shows: CKAN's worker waits for the answer to it."""
    resource, dataset = place.resource or {}, place.dataset
    about = {"dataset": dataset["id"], "resource": resource["id"]}
    stated = {**claims, **about, **shown_claims(resource, dataset)}
    return limited(sign_decision(settings.grant_secret(), settings.gateway_url(), person, stated))


def _read(version: Mapping[str, Any]) -> FileVersion:
    withdrawn = version.get("withdrawn")
    return FileVersion(
        upload=version["upload"],
        state=version["state"],
        name=version["name"],
        size=version.get("size"),
        at=read_time(version.get("at")),
        by=version.get("by"),
        is_copy="restored_from" in version,
        withdrawal=withdrawn
        and Withdrawal(read_time(withdrawn["at"]), withdrawn.get("by"), withdrawn.get("reason")),
        url=version.get("open_url"),
    )
