"""What the gateway asks about the user who made an upload link.

The user is absent: a person without an account uses the link. So CKAN is asked each time whether
the user is active and may still change the place.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model
from sqlalchemy.exc import IntegrityError

from .upload_page import UUID, Place, find_place, find_resource
from .uploads import WITHOUT_FILE, has_resource, shown_claims

_MAX_NAME = 255


def answer(asked: Mapping[str, Any]) -> dict[str, Any]:
    """Whether this user may upload to this place now, and what CKAN shows of the place.

    `create` makes the resource as this user. A second request finds it. Raises `ValidationError`
    when CKAN refuses the resource.
    """
    user = find_user(asked["sub"])
    if user is None:
        return refused("user")
    try:
        place = _find(user.name, asked)
        if "create" in asked:
            place = create_resource(user.name, place, asked["create"])
    except tk.NotAuthorized:
        return refused("user")
    except tk.ObjectNotFound:
        return refused("place")
    if (place.resource or {}).get("url_type") in WITHOUT_FILE:
        return refused("no_file")
    return _shown(user, place)


def find_user(user_id: str) -> Any | None:
    """The active user with this id. CKAN also finds users by name."""
    user = model.User.get(user_id)
    is_found = user is not None and user.id == user_id and user.state == model.State.ACTIVE
    return user if is_found else None


def _find(user: str, asked: Mapping[str, Any]) -> Place:
    resource, dataset = asked.get("resource"), asked.get("dataset")
    place = find_resource(user, str(resource)) if resource else find_place(user, str(dataset))
    found = place.dataset if place.resource is None else place.resource
    if (place.resource is None) != (resource is None) or found["id"] != (resource or dataset):
        raise tk.ObjectNotFound()
    return place


def create_resource(user: str, place: Place, new: Any) -> Place:
    """Makes a resource of the dataset, unless CKAN has it. Raises as CKAN does."""
    resource, name = (new.get("id"), new.get("name")) if isinstance(new, dict) else (None, None)
    if place.resource is not None or not isinstance(name, str) or len(name) > _MAX_NAME:
        raise tk.ObjectNotFound()
    if not isinstance(resource, str) or not UUID.fullmatch(resource):
        raise tk.ObjectNotFound()
    # Deleted resources too: CKAN would bring one back.
    if not has_resource(resource):
        made = {"package_id": place.dataset["id"], "id": resource, "name": name, "url": ""}
        try:
            tk.get_action("resource_create")({"user": user}, made)
        except (tk.ValidationError, IntegrityError):
            # A second click, or a retry: another request may have made it at the same moment.
            model.Session.rollback()
            if not has_resource(resource):
                raise
    made_at = find_resource(user, resource)
    if made_at.dataset["id"] != place.dataset["id"]:
        raise tk.ObjectNotFound()
    return made_at


def _shown(user: Any, place: Place) -> dict[str, Any]:
    dataset, resource = place.dataset, place.resource or {}
    return {
        "allowed": True,
        "user": user.name,
        "dataset": dataset["id"],
        "title": dataset.get("title") or dataset["name"],
        "resource": resource.get("id"),
        "resource_name": resource.get("name"),
        "size": resource.get("size"),
        **shown_claims(resource, dataset),
    }


def refused(reason: str) -> dict[str, Any]:
    return {"allowed": False, "reason": reason}
