"""CKAN's own actions for uploads. They ask the gateway, with a grant for the calling user."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, MutableMapping
from typing import Any, Callable

import ckan.plugins.toolkit as tk
from ckan import model

from . import gateway, settings, uploads
from .answers import (
    ERROR,
    WISH,
    GatewayRefusal,
    drop_open_urls,
    file_of_new,
    wants_url,
)
from .grants import Form

log = logging.getLogger(__name__)

_SECONDS = 10
#: The resource exists already, and its creation must not wait for another server.
_SECONDS_OF_CREATION = 2


def resource_upload(context: Mapping[str, Any], data_dict: Mapping[str, Any]) -> dict[str, Any]:
    """Returns a pre-signed URL for the file of a resource that the caller may update.

    Put the file to ``upload.url`` with the headers in ``upload.headers``. CKAN shows it soon
    afterwards. The answer is the answer of ``resource_upload`` at the gateway of ckan-uplink. The
    file goes in one piece unless ``multipart`` is true.

    :param id: the id of the resource
    :type id: string
    :param name: the name of the file; its extension sets the format (optional)
    :type name: string
    :param size: the size in bytes (optional)
    :type size: int
    :param mimetype: the media type (optional)
    :type mimetype: string
    :param format: the format as CKAN names it (optional)
    :type format: string
    :param hash: ``sha256:`` and the SHA-256 of the file in hexadecimal digits (optional)
    :type hash: string
    :param expires_in: the seconds until the URL expires (optional)
    :type expires_in: int
    :param multipart: whether to upload in parts, which requires ``size`` (optional)
    :type multipart: bool

    :returns: ``presigned_url``, and ``upload`` with ``id``, ``method``, ``url``, ``headers``,
        ``expires_at`` and ``status_key``
    :rtype: dictionary
    """
    wanted = tk.get_or_bust(dict(data_dict), "id")
    user = _caller(context)
    resource = tk.get_action("resource_show")({"user": user.name}, {"id": wanted})
    try:
        json.dumps(dict(data_dict), allow_nan=False)
    except (TypeError, ValueError):
        raise tk.ValidationError({"upload": [_NO_FILES]}) from None
    try:
        return _ask(user, resource, data_dict, _SECONDS)
    except uploads.WrongRequest as wrong:
        raise tk.ValidationError({"id": [str(wrong)]}) from None
    except GatewayRefusal as refusal:
        raise _as_ckan(refusal) from None


_NO_FILES = (
    "resource_upload takes no file: send the fields without the file, "
    "then put the file to presigned_url of the answer"
)


@tk.chained_action
def resource_create(
    action: Callable[..., Any], context: MutableMapping[str, Any], data_dict: Mapping[str, Any]
) -> Any:
    """Adds an upload URL to the answer for a caller who asks for it by `upload_url`.

    Without the wish it only gives the form of a new resource no id: CKAN would take it for the form
    of an update.
    """
    if WISH not in data_dict:
        return action(context, dict(data_dict) if uploads.FIELD in data_dict else data_dict)
    fields = {name: value for name, value in data_dict.items() if name != WISH}
    if not wants_url(data_dict) or settings.grant_secret() == "":
        return action(context, fields)
    # Loaders fetch a resource as soon as it has a format. It comes with the file.
    declared = file_of_new(fields)
    if not fields.get("url"):
        fields.pop("format", None)
    resource = action(context, fields)
    return {**resource, **_url_for(context, resource, declared)}


@tk.chained_action
def package_create(
    action: Callable[..., Any], context: MutableMapping[str, Any], data_dict: Mapping[str, Any]
) -> Any:
    """Stores no pre-signed URL in a resource of a new dataset."""
    return action(context, _without_open_urls(data_dict))


@tk.chained_action
def package_update(
    action: Callable[..., Any], context: MutableMapping[str, Any], data_dict: Mapping[str, Any]
) -> Any:
    """Stores no pre-signed URL in a resource. CKAN calls it for `package_patch` and others."""
    return action(context, _without_open_urls(data_dict))


def _without_open_urls(dataset: Mapping[str, Any]) -> Mapping[str, Any]:
    resources = dataset.get("resources")
    for resource in resources if isinstance(resources, list) else []:
        if isinstance(resource, dict):
            drop_open_urls(resource)
    return dataset


def _url_for(
    context: Mapping[str, Any], resource: Mapping[str, Any], declared: Mapping[str, Any]
) -> dict[str, Any]:
    """The upload URL of a resource that CKAN has stored, or why there is none."""
    try:
        if context.get("defer_commit"):
            raise uploads.WrongRequest("CKAN has yet to store the resource.")
        if resource.get("url_type") == "upload":
            raise uploads.WrongRequest("CKAN has stored the file of this request itself.")
        return _ask(_caller(context), resource, declared, _SECONDS_OF_CREATION)
    except (uploads.WrongRequest, GatewayRefusal, tk.NotAuthorized, tk.ObjectNotFound) as error:
        reason = str(error).rstrip(".") or "CKAN does not let this user update the resource"
    log.warning("Resource %s was created without an upload URL: %s.", resource["id"], reason)
    return {"presigned_url": None, ERROR: f"{reason}. Call resource_upload for a URL."}


def _ask(
    user: model.User, resource: Mapping[str, Any], fields: Mapping[str, Any], seconds: float
) -> dict[str, Any]:
    form = Form(user.name, user.id, resource["package_id"], resource["id"], False)
    grant = uploads.grant_for(form, resource)
    wanted = {"multipart": False, **fields, "id": form.resource}
    return gateway.ask("resource_upload", wanted, grant, seconds)


def _caller(context: Mapping[str, Any]) -> model.User:
    name = context.get("user")
    user = model.User.get(name) if name else None
    if user is None:
        raise tk.NotAuthorized("An upload needs a user.")
    return user


def _as_ckan(refusal: GatewayRefusal) -> Exception:
    if refusal.status == 403:
        return tk.NotAuthorized(str(refusal))
    if refusal.status == 404:
        return tk.ObjectNotFound(str(refusal))
    return tk.ValidationError(refusal.reasons)
