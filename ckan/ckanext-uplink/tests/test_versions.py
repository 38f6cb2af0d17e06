from __future__ import annotations

from datetime import datetime
from typing import Any

import ckan.plugins.toolkit as tk
import jwt
import pytest

from ckanext.uplink import gateway, settings, version_pages, versions
from ckanext.uplink.answers import GatewayRefusal
from ckanext.uplink.grants import Person
from ckanext.uplink.upload_page import Place
from ckanext.uplink.uploads import WrongRequest

EMMA = Person("emma", "emma-id")
SHOWN = "https://uploads.example.org/resource/r/download/u/0123456789abcdef/now.csv"
AT = "2026-02-01T09:00:00"
SEEN = versions.Shown(SHOWN, AT)
RESOURCE: dict[str, Any] = {
    "id": "r",
    "url": SHOWN,
    "last_modified": AT,
    "format": "CSV",
}
PLACE = Place({"id": "d", "name": "city", "owner_org": "o"}, RESOURCE)
BEFORE: dict[str, Any] = {
    "upload": "before",
    "state": "replaced",
    "name": "before.csv",
    "size": 12,
    "at": "2026-02-01T08:00:00.000Z",
    "by": "jane",
}


class Site:
    """A gateway with versions of a resource."""

    def __init__(self) -> None:
        self.pages: list[dict[str, Any]] = [{"versions": [BEFORE], "next": None}]
        self.asked: list[tuple[str, Any, str]] = []
        self.refusal: GatewayRefusal | None = None

    def ask(self, action: str, fields: Any, statement: str, _seconds: float) -> dict[str, Any]:
        self.asked.append((action, fields, statement))
        if self.refusal is not None:
            raise self.refusal
        if action == "resource_restore":
            return {"upload": {"id": "new", "declared": {"name": "before.csv"}}}
        return self.pages.pop(0) if len(self.pages) > 1 else self.pages[0]

    def stated(self) -> dict[str, Any]:
        """What the last statement says."""
        secret, audience = settings.grant_secret(), settings.gateway_url()
        return jwt.decode(self.asked[-1][2], secret, algorithms=["HS256"], audience=audience)


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Site:
    site = Site()
    monkeypatch.setattr(gateway, "ask", site.ask)
    monkeypatch.setattr(tk, "_", lambda text: text)
    return site


def test_a_list_says_who_asks_and_what_ckan_shows_for_a_minute(site: Site) -> None:
    page = versions.list_versions(EMMA, PLACE, None)
    assert page.next is None
    [file] = page.files
    assert (file.upload, file.name, file.size, file.by) == ("before", "before.csv", 12, "jane")
    assert file.at == datetime(2026, 2, 1, 8)
    assert (file.is_copy, file.withdrawal, file.url) == (False, None, None)
    action, fields, _ = site.asked[-1]
    assert (action, fields) == ("resource_versions", {"id": "r", "after": None})
    stated = site.stated()
    assert stated.pop("exp") - stated.pop("iat") == 60
    assert stated == {
        "aud": settings.gateway_url(),
        "sub": "emma",
        "uid": "emma-id",
        "scope": "versions",
        "dataset": "d",
        "resource": "r",
        "owner_org": "o",
        **{name: RESOURCE[name] for name in ("url", "last_modified", "format")},
    }


def test_a_list_goes_on_while_its_pages_are_empty(site: Site) -> None:
    empty: dict[str, Any] = {"versions": [], "next": "a"}
    site.pages = [empty, {"versions": [BEFORE], "next": "b"}]
    page = versions.list_versions(EMMA, PLACE, "start")
    assert ([file.upload for file in page.files], page.next) == (["before"], "b")
    assert [fields["after"] for _, fields, _ in site.asked] == ["start", "a"]
    site.asked, site.pages = [], [empty]
    assert versions.list_versions(EMMA, PLACE, None).next == "a"
    assert len(site.asked) == 5


def test_a_withdrawn_version_says_who_withdrew_it_and_why(site: Site) -> None:
    said = {"at": "2026-02-02T09:00:00.000Z", "by": "ada", "reason": "Names of persons."}
    gone = {**BEFORE, "state": "withdrawn", "withdrawn": said, "restored_from": "x"}
    site.pages = [{"versions": [gone], "next": None}]
    file = versions.find_version(EMMA, PLACE, "before")
    assert site.asked[-1][1] == {"id": "r", "upload": "before"}
    assert file.withdrawal == versions.Withdrawal(
        datetime(2026, 2, 2, 9), "ada", "Names of persons."
    )
    assert file.is_copy


def test_a_restoration_is_for_one_upload_over_what_the_person_saw(site: Site) -> None:
    assert versions.restore(EMMA, PLACE, "before", SEEN) == "before.csv"
    action, fields, _ = site.asked[-1]
    assert (action, fields) == ("resource_restore", {"id": "r", "upload": "before"})
    stated = site.stated()
    wanted = {"scope": "restore", "upload": "before", "resource": "r", "dataset": "d", "url": SHOWN}
    assert wanted.items() <= stated.items()


@pytest.mark.parametrize(
    ("resource", "replaces"),
    [
        (RESOURCE, versions.Shown("https://example.org/other", AT)),
        (RESOURCE, versions.Shown(SHOWN, "2026-01-31T09:00:00")),
        (RESOURCE, versions.Shown(SHOWN, "")),
        ({**RESOURCE, "last_modified": None}, SEEN),
        ({**RESOURCE, "url_type": "datastore"}, SEEN),
    ],
)
def test_a_resource_that_is_another_one_by_now_is_not_restored(
    site: Site, resource: dict[str, Any], replaces: versions.Shown
) -> None:
    with pytest.raises(WrongRequest):
        versions.restore(EMMA, Place(PLACE.dataset, resource), "before", replaces)
    assert site.asked == []


@pytest.mark.parametrize("language", ["/de", "/pt_BR", "/sr@latin", ""])
def test_the_language_in_a_url_of_ckan_does_not_make_it_another_file(
    site: Site, language: str
) -> None:
    file = "/dataset/d/resource/r/download/now.csv"
    place = Place(PLACE.dataset, {"id": "r", "url": f"https://ckan.example.org{language}{file}"})
    for seen in ("", "/fr"):
        replaces = versions.Shown(f"https://ckan.example.org{seen}{file}", "")
        assert versions.restore(EMMA, place, "before", replaces) == "before.csv"


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (GatewayRefusal(None, {"gateway": ["…"]}), "The gateway does not answer. Try again"),
        (GatewayRefusal(502, {"gateway": ["…"]}), "It may still copy a large file"),
        (GatewayRefusal(503, {"gateway": ["…"]}), "It may still copy a large file"),
        (GatewayRefusal(504, {"gateway": ["…"]}), "It may still copy a large file"),
        (GatewayRefusal(500, {"gateway": ["The gateway has answered 500"]}), "answered 500"),
        (GatewayRefusal(404, {"gateway": ["…"]}), "no longer there"),
        (GatewayRefusal(410, {"gateway": ["…"]}), "was withdrawn"),
        (GatewayRefusal(409, {"quota": ["The organization is full"]}), "quota: The organization"),
        (GatewayRefusal(403, {"gateway": ["It is for another gateway."]}), "another gateway"),
        (WrongRequest("CKAN now shows another file."), "another file"),
    ],
)
def test_each_refusal_is_shown_in_words(
    site: Site, monkeypatch: pytest.MonkeyPatch, fault: Exception, words: str
) -> None:
    said: list[str] = []
    monkeypatch.setattr(version_pages, "require_csrf_token", lambda: None)
    monkeypatch.setattr(version_pages, "find_resource", lambda _user, _wanted: PLACE)
    monkeypatch.setattr(tk.h, "flash_error", said.append)

    def refuse(*_: Any) -> str:
        raise fault

    monkeypatch.setattr(versions, "restore", refuse)
    version_pages.restore_version("r", "before")
    assert len(said) == 1
    assert words in said[0]


@pytest.mark.parametrize(
    ("after", "status", "words"),
    [
        ("before", 404, "Look at the newest versions"),
        (None, 404, "The gateway says why"),
        ("before", 504, "does not answer"),
        (None, None, "does not answer"),
    ],
)
def test_a_list_that_cannot_be_shown_says_why(
    site: Site, monkeypatch: pytest.MonkeyPatch, after: str | None, status: int | None, words: str
) -> None:
    shown: dict[str, Any] = {}
    monkeypatch.setattr(version_pages, "find_resource", lambda _user, _wanted: PLACE)
    monkeypatch.setattr(version_pages, "signed_in", lambda: EMMA)
    monkeypatch.setattr(tk.request, "args", {"after": after})
    monkeypatch.setattr(tk, "render", lambda _name, given: shown.update(given))
    site.refusal = GatewayRefusal(status, {"gateway": ["The gateway says why"]})
    version_pages.show_versions("r")
    assert shown["after"] == after
    assert words in shown["fault"]
