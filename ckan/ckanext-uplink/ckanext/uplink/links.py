"""URLs of files at the gateway: `<gateway>/resource/<id>/download/<upload>/<version>/<name>`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote, unquote

_UPLOAD = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_VERSION = re.compile(r"[0-9a-f]{16}")


@dataclass(frozen=True)
class FileLink:
    """The file that a URL names. A plain key has no upload, and an old URL may have no version."""

    upload: str | None
    version: str | None
    name: str


def parse_names(names: str) -> FileLink | None:
    """Reads the decoded part of a path after `/download/`."""
    segments = names.split("/")
    upload = version = None
    if len(segments) > 1 and _UPLOAD.fullmatch(segments[0]):
        upload = segments.pop(0)
    if len(segments) > 1 and _VERSION.fullmatch(segments[0]):
        version = segments.pop(0)
    if len(segments) != 1 or segments[0] in ("", ".", ".."):
        return None
    return FileLink(upload, version, segments[0])


def linked_file(resource_id: str, url: str | None) -> FileLink | None:
    """The file in a resource's URL, if the linker wrote the URL.

    It may have a former address of the gateway, so only the path counts.
    """
    path, _, query = (url or "").partition("?")
    mark = f"/resource/{quote(resource_id, safe='')}/download/"
    _, found, names = path.rpartition(mark)
    if not found or "#" in path:
        return None
    segments = [unquote(segment) for segment in names.split("/")]
    link = None if any("/" in segment for segment in segments) else parse_names("/".join(segments))
    if link is None or (link.version is None) == (query == ""):
        return None
    # Older linkers wrote the version into the query.
    queried = query[len("v=") :] if query.startswith("v=") else ""
    if link.version is None and _VERSION.fullmatch(queried):
        return FileLink(link.upload, queried, link.name)
    return link if query == "" else None


def download_url(gateway: str, resource_id: str, link: FileLink) -> str:
    """The URL of a file at this gateway. The URL in the resource may have a former address."""
    names = [link.upload, link.version, link.name]
    path = "/".join(quote(name, safe="") for name in names if name is not None)
    return f"{gateway}/resource/{quote(resource_id, safe='')}/download/{path}"
