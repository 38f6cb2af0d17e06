"""What the gateway asks before a file goes straight to the bucket that no resource links to.

CKAN's own rule for `file_create` decides, as the settings of CKAN state it. For another owner than
the user, CKAN's rule for transfers decides too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import ckan.plugins as p
import ckan.plugins.toolkit as tk
from ckan import model

from .checks import find_user, refused

_ACTIVE = model.State.ACTIVE


@dataclass(frozen=True)
class _Api:
    """The names of the same things in ckanext-files and in CKAN 2.12."""

    create: str
    manage: str
    transfer_as_update: str


_EXTENSION = _Api(
    create="files_file_create",
    manage="files_permission_manage_files",
    transfer_as_update="ckanext.files.owner.transfer_as_update",
)
_CORE = _Api(
    create="file_create",
    manage="permission_manage_files",
    transfer_as_update="ckan.files.owner.transfer_as_update",
)


@dataclass(frozen=True)
class _Owner:
    type: str
    id: str
    #: The organization whose quota counts the file.
    organization: str | None


def answer(asked: Mapping[str, Any]) -> dict[str, Any]:
    """Whether this user may create a file in this storage for this owner now."""
    user = find_user(asked["sub"])
    if user is None:
        return refused("user")
    api = _find_api()
    if api is None:
        return refused("files")
    try:
        tk.check_access(api.create, {"user": user.name}, {"storage": asked.get("storage")})
        owner = _find_owner(asked.get("owner_type") or "user", asked.get("owner_id") or user.id)
        is_self = (owner.type, owner.id) == ("user", user.id)
        if not is_self and not _may_give(api, user.name, owner):
            return refused("owner")
    except tk.NotAuthorized:
        return refused("user")
    except tk.ObjectNotFound:
        return refused("place")
    shown = {"owner_type": owner.type, "owner_id": owner.id, "owner_org": owner.organization}
    return {"allowed": True, **shown}


def _find_api() -> _Api | None:
    if p.plugin_loaded("files"):
        return _EXTENSION
    return _CORE if tk.check_ckan_version(min_version="2.12") else None


def _find_owner(kind: str, wanted: str) -> _Owner:
    """By id or name, as in CKAN's actions. Raises `ObjectNotFound`, also for deleted owners."""
    finders = {
        "user": _find_person,
        "package": _find_dataset,
        "resource": _find_resource,
        "organization": _find_group,
        "group": _find_group,
    }
    owner = finders[kind](kind, wanted) if kind in finders else None
    if owner is None:
        raise tk.ObjectNotFound()
    return owner


def _find_person(kind: str, wanted: str) -> _Owner | None:
    user = model.User.get(wanted)
    return _Owner(kind, user.id, None) if _is_active(user) else None


def _find_dataset(kind: str, wanted: str) -> _Owner | None:
    dataset = model.Package.get(wanted)
    return _Owner(kind, dataset.id, dataset.owner_org) if _is_active(dataset) else None


def _find_resource(kind: str, wanted: str) -> _Owner | None:
    resource = model.Resource.get(wanted)
    dataset = model.Package.get(resource.package_id) if _is_active(resource) else None
    return _Owner(kind, resource.id, dataset.owner_org) if dataset and _is_active(dataset) else None


def _find_group(kind: str, wanted: str) -> _Owner | None:
    group = model.Group.get(wanted)
    if not _is_active(group) or group.is_organization != (kind == "organization"):
        return None
    return _Owner(kind, group.id, group.id if group.is_organization else None)


def _is_active(row: Any) -> bool:
    return row is not None and row.state == _ACTIVE


def _may_give(api: _Api, user: str, owner: _Owner) -> bool:
    """CKAN's rule for a transfer. CKAN has no action that answers it before there is a file."""
    if _allows(api.manage, user, {}):
        return True
    for plugin in _file_plugins():
        said = plugin.files_owner_allows({"user": user}, owner.type, owner.id, "file_transfer")
        if said is not None:
            return bool(said)
    operation = "update" if tk.asbool(tk.config[api.transfer_as_update]) else "file_transfer"
    return _allows(f"{owner.type}_{operation}", user, {"id": owner.id})


def _file_plugins() -> Iterator[Any]:
    if p.plugin_loaded("files"):
        from ckanext.files.interfaces import IFiles

        yield from p.PluginImplementations(IFiles)
    else:
        yield from p.PluginImplementations(p.IFiles)


def _allows(auth: str, user: str, about: dict[str, Any]) -> bool:
    try:
        tk.check_access(auth, {"user": user}, about)
    # CKAN knows no such rule, or lacks what the rule is about.
    except (tk.NotAuthorized, tk.ObjectNotFound, ValueError):
        return False
    return True
