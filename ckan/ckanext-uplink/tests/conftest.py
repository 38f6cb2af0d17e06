"""Lets the tests import modules that use CKAN, which is not here. The live suite has real CKANs."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any
from unittest.mock import MagicMock


class ObjectNotFound(Exception):
    pass


class NotAuthorized(Exception):
    pass


class ValidationError(Exception):
    pass


class _RequestException(Exception):
    pass


class _ReadTimeout(_RequestException):
    pass


def _module(name: str, **has: Any) -> None:
    module: Any = ModuleType(name)
    module.__getattr__ = lambda _: MagicMock()
    vars(module).update(has)
    sys.modules[name] = module


_toolkit = MagicMock(
    ObjectNotFound=ObjectNotFound,
    NotAuthorized=NotAuthorized,
    ValidationError=ValidationError,
    _=lambda text: text,
    config={
        "ckanext.uplink.gateway_url": "https://uploads.example.org",
        "ckanext.uplink.grant_secret": "5d9f0c1e7a3b48d2965ec07f1b2a8d44",
    },
)
_module("ckan", plugins=MagicMock(toolkit=_toolkit), model=MagicMock())
_module("ckan.plugins", toolkit=_toolkit)
sys.modules["ckan.plugins.toolkit"] = _toolkit
for _name in ("ckan.exceptions", "ckan.lib", "ckan.lib.redis"):
    _module(_name)
_module("flask")
_module("flask_wtf")
_module("flask_wtf.csrf")
_module("wtforms", ValidationError=type("CsrfError", (Exception,), {}))
_module("redis")
_module("redis.exceptions", RedisError=type("RedisError", (Exception,), {}))
_module("requests", RequestException=_RequestException, ReadTimeout=_ReadTimeout)
_module("urllib3")
_module("urllib3.util")
_module("sqlalchemy")
_module("sqlalchemy.exc", IntegrityError=type("IntegrityError", (Exception,), {}))
