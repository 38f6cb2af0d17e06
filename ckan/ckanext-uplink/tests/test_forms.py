from __future__ import annotations

from typing import Any

import pytest

from ckanext.uplink.forms import SHOWN, keep_upload, shown_fields

FILE = "https://uploads.example.org/resource/r1/download/0123456789abcdef/air.csv"
LINKED = {"id": "r1", "url": FILE, "url_type": "", "format": "CSV", "size": 12, "name": "Air"}


def saved(current: dict[str, Any], shown: dict[str, Any], **posted: Any) -> dict[str, Any]:
    """What a form saves that showed this, and posted these changes."""
    fields = {**shown, SHOWN: shown_fields(shown), **posted}
    keep_upload(current, fields)
    assert SHOWN not in fields
    return fields


def test_a_form_from_before_the_link_keeps_the_file_and_what_a_person_wrote() -> None:
    fields = saved(LINKED, {"id": "r1", "url": "", "format": ""}, name="Ozone")
    assert (fields["url"], fields["format"], fields["name"]) == (FILE, "CSV", "Ozone")


def test_a_url_that_a_person_changed_is_taken() -> None:
    fields = saved(LINKED, {"id": "r1", "url": ""}, url="https://example.org/theirs.csv")
    assert fields["url"] == "https://example.org/theirs.csv"


def test_a_url_that_a_person_emptied_is_empty() -> None:
    assert saved(LINKED, LINKED, url="")["url"] == ""


def test_a_format_that_a_person_chose_is_taken() -> None:
    fields = saved(LINKED, LINKED, format="GeoCSV")
    assert (fields["url"], fields["format"]) == (FILE, "GeoCSV")


@pytest.mark.parametrize("field", ["upload", "clear_upload"])
def test_a_choice_in_the_uploader_of_ckan_is_taken(field: str) -> None:
    assert saved(LINKED, LINKED, url="theirs.csv", **{field: "x"})["url"] == "theirs.csv"


@pytest.mark.parametrize("shown", ["", "no JSON", "[]", "x" * 20_001, 7])
def test_without_a_readable_hidden_field_an_empty_url_keeps_the_file(shown: object) -> None:
    posted: dict[str, Any] = {"id": "r1", "url": "", SHOWN: shown}
    keep_upload(LINKED, posted)
    assert posted["url"] == FILE


def test_a_resource_without_an_upload_is_left_alone() -> None:
    current = {"id": "r1", "url": "https://example.org/theirs.csv"}
    assert saved(current, {"id": "r1", "url": ""})["url"] == ""
