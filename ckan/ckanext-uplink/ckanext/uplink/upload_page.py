"""The place of CKAN's page for uploads: a dataset, or a resource."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model

from .grants import Person
from .uploads import has_resource

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


@dataclass(frozen=True)
class Place:
    """Where the page sends files to, as CKAN shows it to this person, who may change it."""

    dataset: dict[str, Any]
    #: The resource whose file is replaced. Without it each file becomes a new resource.
    resource: dict[str, Any] | None


def signed_in() -> Person:
    return Person(tk.current_user.name, tk.current_user.id)


def find_place(user: str, wanted: str) -> Place:
    """A dataset by id or name, or a resource by id. Raises `NotAuthorized` and `ObjectNotFound`."""
    package = model.Package.get(wanted)
    if package is None or (package.id != wanted and _may_imitate(wanted)):
        return find_resource(user, wanted)
    dataset = _show_dataset(user, package.id)
    tk.check_access("resource_create", {"user": user}, {"package_id": dataset["id"]})
    return Place(dataset, None)


def find_resource(user: str, wanted: str) -> Place:
    """A resource by id, which the user may update. Raises `NotAuthorized` and `ObjectNotFound`."""
    resource = _show("resource", user, wanted)
    dataset = _show_dataset(user, resource["package_id"])
    tk.check_access("resource_update", {"user": user}, {"id": resource["id"]})
    return Place(dataset, resource)


def _may_imitate(name: str) -> bool:
    """Whether a dataset hides a resource by this name. CKAN allows an id as the name of a dataset.

    Callers of CKAN's API choose ids of new resources, so a resource hides no dataset with a common
    name.
    """
    return UUID.fullmatch(name) is not None and has_resource(name)


def _show_dataset(user: str, dataset_id: str) -> dict[str, Any]:
    dataset = _show("package", user, dataset_id)
    if dataset.get("state") == "deleted":
        raise tk.ObjectNotFound()
    return dataset


def _show(kind: str, user: str, wanted: str) -> dict[str, Any]:
    shown: dict[str, Any] = tk.get_action(f"{kind}_show")({"user": user}, {"id": wanted})
    return shown
