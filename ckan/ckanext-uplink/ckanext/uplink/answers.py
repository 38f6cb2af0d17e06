"""The words between CKAN's API and the gateway: what a caller asks for, and what comes back."""

from __future__ import annotations

import re
from collections.abc import Mapping, MutableMapping
from typing import Any

#: The field by which a caller of `resource_create` asks for an upload URL.
WISH = "upload_url"

#: Why an answer has no URL.
ERROR = "upload_error"

_EXTENSION = re.compile(r"\.[\w-]{1,16}\Z")
#: As at the gateway: slashes, control characters, line separators and marks of writing direction.
_NO_FILE_NAME = re.compile(
    "[/\\\\\x00-\x1f\x7f-\x9f\u2028\u2029\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
_MAX_NAME = 255
#: The signature in URLs of S3, R2 and Azure.
_SIGNED = re.compile(r"[?&](?:X-Amz-Signature|sig)=")
#: CKAN writes these words itself.
_PREFIX = re.compile(r"\A(?:Access denied|Not found): ")


class GatewayRefusal(Exception):
    """The gateway has not given what it was asked for."""

    def __init__(self, status: int | None, reasons: Mapping[str, list[str]]) -> None:
        super().__init__("; ".join(_words_of(name, said) for name, said in reasons.items()))
        self.status = status
        #: By field, as in CKAN's validation errors.
        self.reasons = dict(reasons)


def wants_url(fields: Mapping[str, Any]) -> bool:
    """Whether a caller asks for an upload URL: `true`, or the word in a form."""
    return str(fields.get(WISH)).strip().lower() == "true"


def drop_ours(resource: MutableMapping[str, Any]) -> None:
    """Takes out what is not the resource's own.

    Callers send the answer of `resource_create` back with their changes.
    """
    for name in (WISH, ERROR):
        resource.pop(name, None)
    drop_open_urls(resource)


def drop_open_urls(resource: MutableMapping[str, Any]) -> None:
    """Takes out a pre-signed URL: until it expires, every reader of the resource could use it.

    A field of the portal with the same name keeps every other value.
    """
    url = resource.get("presigned_url", "")
    if url is None or _SIGNED.search(str(url)):
        del resource["presigned_url"]
    # In a form, it is a file for CKAN.
    if isinstance(resource.get("upload"), Mapping):
        del resource["upload"]


def file_of_new(given: Mapping[str, Any]) -> dict[str, Any]:
    """What a call of `resource_create` says about the file. The gateway has the same rule.

    `name` is a title unless it looks like the name of a file.
    """
    name, declared = given.get("name"), given.get("format")
    file = {"name": name if _is_file_name(name) else None, "format": declared}
    return {field: value for field, value in file.items() if value}


def result_in(status: int, said: Any) -> dict[str, Any]:
    """The result in an answer of the gateway. Raises `GatewayRefusal` with its reasons."""
    envelope = said if isinstance(said, dict) else {}
    result, error = envelope.get("result"), envelope.get("error")
    if status == 200 and isinstance(result, dict):
        return result
    reasons = dict(error) if isinstance(error, dict) else {}
    reasons.pop("__type", None)
    message = reasons.pop("message", None)
    if reasons:
        raise GatewayRefusal(status, {str(name): _texts(words) for name, words in reasons.items()})
    text = _PREFIX.sub("", str(message or "this is no answer of a gateway"))
    known = (403, 404)
    raise GatewayRefusal(
        status,
        {"gateway": [text if status in known else f"The gateway has answered {status}: {text}"]},
    )


def _is_file_name(name: Any) -> bool:
    if not isinstance(name, str) or len(name) > _MAX_NAME:
        return False
    return bool(_EXTENSION.search(name)) and not _NO_FILE_NAME.search(name)


def _texts(words: Any) -> list[str]:
    return [str(word) for word in words] if isinstance(words, list) else [str(words)]


def _words_of(name: str, said: list[str]) -> str:
    text = ", ".join(said)
    # People on a page of CKAN have sent no "id".
    return text if name in ("gateway", "id") else f"{name}: {text}"
