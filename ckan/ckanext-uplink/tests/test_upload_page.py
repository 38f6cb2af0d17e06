"""Which dataset or resource an address of the plugin's pages leads to."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, Callable

import ckan.plugins.toolkit as tk
import pytest
from ckan import model

from ckanext.uplink import upload_page
from ckanext.uplink.upload_page import find_place, find_resource

RESOURCE = "6f4b1c9e-2a51-4d0c-9c1b-3f0f6f6d8a11"
DATASET = "019c4a7e-3b52-7c61-9f0d-2a8e6b1c5d40"
OTHER = "019c4a7e-3b52-7c61-9f0d-2a8e6b1c5d41"


class _Site:
    """Datasets and resources of a CKAN."""

    def __init__(self) -> None:
        self.datasets = {DATASET: {"id": DATASET, "name": "city-budget", "state": "active"}}
        self.resources = {RESOURCE: {"id": RESOURCE, "package_id": DATASET}}
        self.asked: list[tuple[str, str]] = []
        self.hidden: str | None = None

    def add_dataset(self, dataset: str, name: str) -> None:
        self.datasets[dataset] = {"id": dataset, "name": name, "state": "active"}

    def get_package(self, wanted: str) -> Any:
        named = (one for one in self.datasets.values() if one["name"] == wanted)
        found = self.datasets.get(wanted) or next(named, None)
        return SimpleNamespace(id=found["id"]) if found else None

    def act(self, name: str) -> Callable[..., Any]:
        def show(_context: Any, fields: Any) -> Any:
            self.asked.append((name, fields["id"]))
            if self.hidden == fields["id"]:
                raise tk.NotAuthorized()
            shown = self.datasets if name == "package_show" else self.resources
            if fields["id"] not in shown:
                raise tk.ObjectNotFound()
            return shown[fields["id"]]

        return show


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> _Site:
    site = _Site()
    monkeypatch.setattr(model.Package, "get", site.get_package)
    monkeypatch.setattr(upload_page, "has_resource", lambda wanted: wanted in site.resources)
    monkeypatch.setattr(tk, "get_action", site.act)
    monkeypatch.setattr(tk, "check_access", lambda *_: None)
    return site


@pytest.mark.parametrize("wanted", [DATASET, "city-budget"])
def test_a_dataset_is_found_by_its_id_and_by_its_name(site: _Site, wanted: str) -> None:
    place = find_place("emma", wanted)
    assert (place.dataset["id"], place.resource) == (DATASET, None)
    assert site.asked == [("package_show", DATASET)]


@pytest.mark.parametrize("find", [find_place, find_resource])
@pytest.mark.parametrize("hidden", [None, OTHER])
def test_no_dataset_hides_a_resource_by_having_its_id_for_a_name(
    site: _Site, find: Callable[..., Any], hidden: str | None
) -> None:
    site.add_dataset(OTHER, RESOURCE)
    site.hidden = hidden
    place = find("emma", RESOURCE)
    assert (place.dataset["id"], place.resource["id"]) == (DATASET, RESOURCE)
    assert site.asked == [("resource_show", RESOURCE), ("package_show", DATASET)]


@pytest.mark.parametrize("taken", [DATASET, "city-budget"])
def test_no_resource_hides_a_dataset_by_having_its_id_or_name_for_an_id(
    site: _Site, taken: str
) -> None:
    site.resources[taken] = {"id": taken, "package_id": OTHER}
    assert find_place("emma", taken).dataset["id"] == DATASET


@pytest.mark.parametrize("wanted", [DATASET, "city-budget", "nothing"])
def test_a_dataset_is_no_resource(site: _Site, wanted: str) -> None:
    with pytest.raises(tk.ObjectNotFound):
        find_resource("emma", wanted)


@pytest.mark.parametrize("wanted", [DATASET, RESOURCE])
def test_a_deleted_dataset_is_not_found_and_its_resources_are_not(site: _Site, wanted: str) -> None:
    site.datasets[DATASET]["state"] = "deleted"
    with pytest.raises(tk.ObjectNotFound):
        find_place("emma", wanted)
