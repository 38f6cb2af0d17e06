"""Reads of private files by programs on CKAN's server, which have no session at the gateway.

Each read is for the resource that CKAN is asked about. The URL of a resource may name the file of
another one, because editors choose URLs. Such a read gets no grant.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Callable
from urllib.parse import urlencode

import ckan.plugins as p
import ckan.plugins.toolkit as tk
import requests

from . import settings
from .grants import sign_read
from .links import download_url, linked_file

_loading: ContextVar[str] = ContextVar("uplink_loading", default="")


def granted_url(resource_id: str, url: str, user: str) -> str | None:
    """The URL with a grant, if it is the address of this resource's file at this gateway."""
    secret, gateway = settings.grant_secret(), settings.gateway_url()
    link = linked_file(resource_id, url)
    if secret == "" or link is None or not url.startswith(f"{gateway}/resource/"):
        return None
    grant = sign_read(secret, gateway, user, resource_id, link.upload, link.version)
    return f"{download_url(gateway, resource_id, link)}?{urlencode({'grant': grant})}"


@tk.chained_action
@tk.side_effect_free
def resource_show(action: Callable[..., Any], context: Any, data_dict: dict[str, Any]) -> Any:
    """Adds a grant inside the endpoint of `resource_proxy` alone: others write the URL back."""
    resource = action(context, data_dict)
    if not tk.request or not (tk.request.endpoint or "").startswith("resource_proxy."):
        return resource
    url = granted_url(resource["id"], resource.get("url") or "", context.get("user") or "")
    return resource if url is None else {**resource, "url": url}


def wrap_loader() -> None:
    """Lets xloader load private files: it has no hook of its own for the request of a file."""
    from ckanext.xloader import jobs

    if not hasattr(jobs.get_response, "uplink"):
        jobs._download_resource_data = _noting_resource(jobs._download_resource_data)
        jobs.get_response = _with_grant(jobs.get_response)


def wraps_loader() -> bool:
    """Whether xloader is there and can load private files."""
    if not p.plugin_loaded("xloader"):
        return False
    from ckanext.xloader import jobs

    return hasattr(jobs.get_response, "uplink")


def _noting_resource(download: Callable[..., Any]) -> Callable[..., Any]:
    def download_resource_data(resource: Mapping[str, Any], *more: Any, **named: Any) -> Any:
        with _noted(str(resource.get("id") or "")):
            return download(resource, *more, **named)

    return download_resource_data


@contextmanager
def _noted(resource_id: str) -> Iterator[None]:
    token = _loading.set(resource_id)
    try:
        yield
    finally:
        _loading.reset(token)


def _with_grant(get: Callable[..., Any]) -> Callable[..., Any]:
    def get_response(url: str, headers: Mapping[str, str]) -> Any:
        granted = granted_url(_loading.get(), url, "")
        if granted is None:
            return get(url, headers)
        try:
            return get(granted, headers)
        except requests.exceptions.HTTPError as error:
            # The message shows the URL to editors.
            hidden = requests.exceptions.HTTPError(str(error).replace(granted, url))
            hidden.response = error.response
            raise hidden from None

    get_response.uplink = True  # type: ignore[attr-defined]
    return get_response
