"""Asks the gateway, server to server."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from typing import Any

import ckan.plugins.toolkit as tk
import requests
from urllib3.util import Timeout

from . import settings
from .answers import GatewayRefusal, result_in

log = logging.getLogger(__name__)

#: After a failure the action is not asked for this long. A script that creates many resources must
#: not hold CKAN's workers while the gateway is down. A slow action does not stop the others.
_SECONDS_OF_REST = 5
_rests_until: dict[str, float] = {}


def ask(action: str, fields: Mapping[str, Any], grant: str, seconds: float) -> dict[str, Any]:
    """The result of an action of the gateway, which takes the grant. Raises `GatewayRefusal`."""
    if time.monotonic() < _rests_until.get(action, 0):
        raise _no_answer()
    try:
        answer = requests.post(
            f"{settings.gateway_url()}/api/3/action/{action}",
            json=dict(fields),
            headers={"Authorization": grant},
            timeout=Timeout(total=seconds),
            allow_redirects=False,
        )
    except requests.RequestException as error:
        # Its own words hold the address and the library's objects.
        log.warning("The gateway cannot be asked: %s", error)
        _rests_until[action] = time.monotonic() + _SECONDS_OF_REST
        is_sent = isinstance(error, requests.ReadTimeout)
        raise _no_answer(504 if is_sent else None) from None
    try:
        said = answer.json()
    except ValueError:
        said = None
    return result_in(answer.status_code, said)


def _no_answer(status: int | None = None) -> GatewayRefusal:
    """504, as a platform answers, if the gateway got the request and may go on."""
    return GatewayRefusal(status, {"gateway": [tk._("The gateway does not answer.")]})
