"""The plugin's options."""

from __future__ import annotations

from urllib.parse import urlsplit

import ckan.plugins.toolkit as tk
from ckan.exceptions import CkanConfigurationException

from .grants import is_secret


def gateway_url() -> str:
    """The public address of the gateway, without a slash at the end."""
    return str(tk.config.get("ckanext.uplink.gateway_url") or "").strip().rstrip("/")


def grant_secret() -> str:
    """The secret that signs grants. Empty if private files are not opened."""
    return str(tk.config.get("ckanext.uplink.grant_secret") or "").strip()


def check() -> None:
    """Raises `CkanConfigurationException` for options that cannot work. Never shows the secret."""
    url, secret = gateway_url(), grant_secret()
    if secret == "":
        return
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment:
        raise CkanConfigurationException(
            f"ckanext.uplink.gateway_url is {url!r}: "
            "give the gateway's address, such as https://uploads.example.org."
        )
    if not is_secret(secret):
        raise CkanConfigurationException(
            "ckanext.uplink.grant_secret has less than 256 random bits: "
            'give a secret as "openssl rand -hex 32" prints it.'
        )
