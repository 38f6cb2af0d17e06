from __future__ import annotations

from typing import Any
from unittest.mock import MagicMock

import ckan.plugins.toolkit as tk
import pytest
import requests

from ckanext.uplink import gateway, waiting
from ckanext.uplink.answers import GatewayRefusal
from ckanext.uplink.grants import Person
from ckanext.uplink.upload_page import Place
from ckanext.uplink.uploads import WrongRequest

EMMA = Person("emma", "emma-id")
UPLOAD = "019c4a7e-3b52-7c61-9f0d-2a8e6b1c5d40"
NEW = "6f4b1c9e-2a51-4d0c-9c1b-3f0f6f6d8a11"
CITY = Place({"id": "city", "name": "city"}, None)


def proposal(**upload: Any) -> dict[str, Any]:
    declared = {"name": "budget.csv", "size": 1234}
    return {"upload": {"id": UPLOAD, "entity": {"id": NEW}, "declared": declared, **upload}}


class Site:
    """A gateway where files wait, and CKAN."""

    def __init__(self) -> None:
        self.pages: list[dict[str, Any]] = [{"proposals": [proposal()], "next": None}]
        self.asked: list[tuple[str, Any]] = []
        self.refusal: GatewayRefusal | None = None
        self.url = ""
        self.resources: set[str] = set()
        self.revised: list[dict[str, Any]] = []
        self.revision_fault: type[Exception] | None = None

    def ask(self, action: str, fields: Any, _grant: str, _seconds: float) -> dict[str, Any]:
        self.asked.append((action, fields))
        if action == "upload_proposals":
            return self.pages.pop(0) if len(self.pages) > 1 else self.pages[0]
        if self.refusal is not None:
            raise self.refusal
        return {}

    def create(self, _user: str, place: Place, new: Any) -> Place:
        self.resources.add(new["id"])
        return Place(place.dataset, {"id": new["id"], "url": ""})

    def find(self, _user: str, wanted: str) -> Place:
        return CITY if wanted == "city" else Place(CITY.dataset, {"id": wanted, "url": self.url})

    def revise(self, _context: Any, fields: dict[str, Any]) -> None:
        self.revised.append(fields)
        if self.revision_fault is not None:
            raise self.revision_fault()


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Site:
    site = Site()
    monkeypatch.setattr(gateway, "ask", site.ask)
    monkeypatch.setattr(waiting, "create_resource", site.create)
    monkeypatch.setattr(waiting, "find_place", site.find)
    monkeypatch.setattr(waiting, "find_resource", site.find)
    monkeypatch.setattr(waiting, "has_resource", lambda one: one in site.resources)
    monkeypatch.setattr(tk, "get_action", lambda _: site.revise)
    return site


QUOTA = GatewayRefusal(409, {"quota": ["The organization is full"]})
SILENCE = GatewayRefusal(None, {"gateway": ["The gateway does not answer."]})


@pytest.mark.parametrize("refusal", [QUOTA, SILENCE])
def test_a_refused_accept_removes_nothing_and_names_the_resource_that_was_made(
    site: Site, refusal: GatewayRefusal
) -> None:
    site.refusal = refusal
    with pytest.raises(GatewayRefusal) as caught:
        waiting.accept(EMMA, CITY, UPLOAD)
    assert str(caught.value).startswith(str(refusal))
    assert "CKAN has made the resource" in str(caught.value)
    assert site.revised == []


def test_a_file_that_somebody_else_has_just_accepted_needs_no_advice(site: Site) -> None:
    site.refusal = GatewayRefusal(409, {"id": ["This upload does not wait for a decision"]})
    with pytest.raises(GatewayRefusal) as caught:
        waiting.accept(EMMA, CITY, UPLOAD)
    assert str(caught.value) == "This upload does not wait for a decision"


def test_a_second_click_removes_nothing_either(site: Site) -> None:
    site.resources.add(NEW)
    site.refusal = QUOTA
    with pytest.raises(GatewayRefusal) as caught:
        waiting.accept(EMMA, CITY, UPLOAD)
    assert caught.value is QUOTA
    assert site.revised == []


@pytest.mark.parametrize("fault", [None, tk.ValidationError, tk.NotAuthorized])
def test_a_refused_file_takes_its_empty_resource_along_if_ckan_lets_it(
    site: Site, fault: type[Exception] | None
) -> None:
    site.resources.add(NEW)
    site.revision_fault = fault
    assert waiting.refuse(EMMA, CITY, UPLOAD, "No.").name == "budget.csv"
    assert [one["filter"] for one in site.revised] == [[f"-resources__{NEW}"]]
    assert site.revised[0][f"match__resources__{NEW}__url"] == ""


def test_a_refused_file_for_a_resource_of_before_removes_nothing(site: Site) -> None:
    site.resources.add(NEW)
    site.pages = [{"proposals": [proposal(previous_url="")], "next": None}]
    waiting.refuse(EMMA, CITY, UPLOAD, "No.")
    assert site.revised == []


def test_a_page_of_a_resource_decides_about_the_files_of_this_resource_alone(site: Site) -> None:
    other = Place(CITY.dataset, {"id": "other"})
    with pytest.raises(tk.ObjectNotFound):
        waiting.find_file(EMMA, other, UPLOAD)
    with pytest.raises(tk.ObjectNotFound):
        waiting.accept(EMMA, other, UPLOAD)
    with pytest.raises(tk.ObjectNotFound):
        waiting.refuse(EMMA, other, UPLOAD, "No.")
    assert {action for action, _ in site.asked} == {"upload_proposals"}
    assert waiting.find_file(EMMA, Place(CITY.dataset, {"id": NEW}), UPLOAD).id == UPLOAD


def test_a_list_goes_on_while_its_pages_are_empty(site: Site) -> None:
    empty: dict[str, Any] = {"proposals": [], "next": "a"}
    site.pages = [empty, {"proposals": [], "next": "b"}, {"proposals": [proposal()], "next": None}]
    assert [file.id for file in waiting.list_files(EMMA, CITY, None).files] == [UPLOAD]
    assert [fields["after"] for _, fields in site.asked] == [None, "a", "b"]
    site.asked, site.pages = [], [empty]
    assert waiting.list_files(EMMA, CITY, None).next == "a"
    assert len(site.asked) == 5


def test_a_url_that_is_too_long_for_a_grant_is_named(site: Site) -> None:
    site.pages = [{"proposals": [proposal(previous_url="x")], "next": None}]
    site.url = "https://example.org/" + "x" * 4000
    with pytest.raises(WrongRequest, match="too long for a grant"):
        waiting.accept(EMMA, CITY, UPLOAD)


def test_a_slow_list_does_not_stop_the_upload_urls(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def post(url: str, **_: Any) -> Any:
        asked.append(url.rpartition("/")[2])
        raise requests.RequestException("slow")

    monkeypatch.setattr(requests, "post", post)
    monkeypatch.setattr(gateway, "_rests_until", {})
    for action in ("upload_proposals", "upload_proposals", "resource_upload"):
        with pytest.raises(GatewayRefusal, match="does not answer"):
            gateway.ask(action, {}, "grant", 10)
    assert asked == ["upload_proposals", "resource_upload"]


def test_only_a_request_that_was_sent_may_still_be_at_work(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    faults = [requests.ReadTimeout("slow"), requests.RequestException("refused")]
    monkeypatch.setattr(requests, "post", MagicMock(side_effect=faults))
    monkeypatch.setattr(gateway, "_rests_until", {})
    for action, status in (("slow", 504), ("slow", None), ("refused", None)):
        with pytest.raises(GatewayRefusal, match="does not answer") as caught:
            gateway.ask(action, {}, "grant", 10)
        assert caught.value.status == status
