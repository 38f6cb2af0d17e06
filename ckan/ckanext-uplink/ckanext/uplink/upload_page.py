"""The place of CKAN's page for uploads: a dataset, or a resource."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import ckan.plugins.toolkit as tk

from .grants import Person


@dataclass(frozen=True)
class Place:
    """Where the page sends files to, as CKAN shows it to this person, who may change it."""

    dataset: dict[str, Any]
    #: The resource whose file is replaced. Without it each file becomes a new resource.
    resource: dict[str, Any] | None


def signed_in() -> Person:
    return Person(tk.current_user.name, tk.current_user.id)


def find_place(user: str, wanted: str) -> Place:
    """A dataset by name or id, or a resource by id. Raises `NotAuthorized` and `ObjectNotFound`."""
    try:
        dataset, resource = _show("package", user, wanted), None
    except tk.ObjectNotFound:
        resource = _show("resource", user, wanted)
        dataset = _show("package", user, resource["package_id"])
    if dataset.get("state") == "deleted":
        raise tk.ObjectNotFound()
    if resource is None:
        tk.check_access("resource_create", {"user": user}, {"package_id": dataset["id"]})
    else:
        tk.check_access("resource_update", {"user": user}, {"id": resource["id"]})
    return Place(dataset, resource)


def _show(kind: str, user: str, wanted: str) -> dict[str, Any]:
    shown: dict[str, Any] = tk.get_action(f"{kind}_show")({"user": user}, {"id": wanted})
    return shown
