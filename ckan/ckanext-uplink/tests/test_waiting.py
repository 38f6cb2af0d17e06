from __future__ import annotations

from datetime import datetime
from typing import Any

import jwt
import pytest

from ckanext.uplink.grants import TYPE, Person, sign_decision
from ckanext.uplink.waiting_files import read_file

SECRET = "5d9f0c1e7a3b48d2965ec07f1b2a8d4493e6c57a0f1d82b3c4e5968770a1b2c3"
GATEWAY = "https://uploads.example.org"
UPLOAD: dict[str, Any] = {
    "id": "019c4a7e-3b52-7c61-9f0d-2a8e6b1c5d40",
    "entity": {"type": "resource", "id": "6f4b1c9e-2a51-4d0c-9c1b-3f0f6f6d8a11"},
    "declared": {"name": "budget.csv", "size": 1234},
    "requested_at": "2026-02-03T09:00:00.000Z",
}


def test_a_decision_names_the_person_and_lasts_for_a_minute() -> None:
    claims = {"scope": "decide", "dataset": "d", "upload": "u"}
    signed = sign_decision(SECRET, GATEWAY, Person("emma", "emma-id"), claims)
    assert jwt.get_unverified_header(signed)["typ"] == TYPE
    said = jwt.decode(signed, SECRET, algorithms=["HS256"], audience=GATEWAY)
    assert said["exp"] - said["iat"] == 60
    for name in ("iat", "exp"):
        del said[name]
    assert said == {"aud": GATEWAY, "sub": "emma", "uid": "emma-id", **claims}


def test_a_page_shows_what_the_gateway_says_about_a_file() -> None:
    link = {"created_by": "emma", "note": "The budget, please."}
    file = read_file({"upload": UPLOAD, "link": link, "url": "https://store.example.org/x"})
    assert (file.name, file.size, file.by, file.note) == (
        "budget.csv",
        1234,
        "emma",
        "The budget, please.",
    )
    assert file.at == datetime(2026, 2, 3, 9)
    assert file.is_new


@pytest.mark.parametrize("previous", ["", "https://example.org/before.csv"])
def test_a_file_that_replaces_another_one_is_for_no_new_resource(previous: str) -> None:
    assert not read_file({"upload": {**UPLOAD, "previous_url": previous}}).is_new


def test_a_file_without_a_name_or_a_link_is_shown_by_its_id() -> None:
    file = read_file({"upload": {**UPLOAD, "declared": {}, "requested_at": "then"}})
    assert (file.name, file.size, file.at, file.by, file.url) == (
        UPLOAD["id"],
        None,
        None,
        None,
        None,
    )
