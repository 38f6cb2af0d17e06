from __future__ import annotations

from typing import Any

import pytest

from ckanext.uplink.answers import (
    GatewayRefusal,
    drop_open_urls,
    drop_ours,
    file_of_new,
    result_in,
    wants_url,
)

ENVELOPE = {"success": True, "result": {"presigned_url": "https://store.example.org/x"}}


@pytest.mark.parametrize(
    ("wish", "expected"),
    [
        (True, True),
        ("true", True),
        (" True ", True),
        (False, False),
        ("false", False),
        ("", False),
        (None, False),
        (1, False),
        ("https://example.org/upload", False),
        ([True], False),
    ],
)
def test_only_a_caller_who_says_true_gets_a_url(wish: Any, expected: bool) -> None:
    assert wants_url({"upload_url": wish}) is expected


def test_a_caller_who_says_nothing_gets_no_url() -> None:
    assert not wants_url({"url": "https://example.org/true"})


def test_a_resource_that_is_sent_back_loses_the_url_and_keeps_the_rest() -> None:
    resource: dict[str, Any] = {
        "name": "Air",
        "upload_url": True,
        "upload_error": "why",
        "presigned_url": "https://store.example.org/air.csv?X-Amz-Signature=0f",
        "upload": {"url": "https://store.example.org/secret"},
    }
    drop_ours(resource)
    assert resource == {"name": "Air"}


@pytest.mark.parametrize(
    ("url", "stays"),
    [
        ("https://store.example.org/air.csv?a=1&X-Amz-Signature=0f", False),
        ("https://store.example.org/air.csv?sig=0f", False),
        (None, False),
        ("https://example.org/about-signatures", True),
        ("", True),
        (7, True),
    ],
)
def test_a_portals_own_field_of_this_name_stays(url: Any, stays: bool) -> None:
    resource = {"presigned_url": url}
    drop_open_urls(resource)
    assert resource == ({"presigned_url": url} if stays else {})


def test_a_file_for_ckan_stays() -> None:
    file = object()
    resource: dict[str, Any] = {"upload": file}
    drop_ours(resource)
    assert resource == {"upload": file}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"name": "air.csv", "format": "CSV"}, {"name": "air.csv", "format": "CSV"}),
        ({"name": "日本語.tar.gz"}, {"name": "日本語.tar.gz"}),
        ({"name": "Air quality", "format": "CSV"}, {"format": "CSV"}),
        ({"name": "Ozone 2025/26.csv"}, {}),
        ({"name": "air\u202ecsv.exe"}, {}),
        ({"name": "air.csv\n"}, {}),
        ({"name": "a" * 252 + ".csv"}, {}),
        ({"name": 7, "format": ""}, {}),
        ({}, {}),
    ],
)
def test_a_name_is_a_title_unless_it_looks_like_a_file_name(
    given: dict[str, Any], expected: dict[str, Any]
) -> None:
    assert file_of_new(given) == expected


def test_the_result_of_the_gateway_is_handed_on() -> None:
    assert result_in(200, ENVELOPE) == ENVELOPE["result"]


@pytest.mark.parametrize(
    ("status", "error", "reasons", "words"),
    [
        (
            409,
            {"__type": "Validation Error", "size": ["Must be at most 5 bytes"], "name": "Too long"},
            {"size": ["Must be at most 5 bytes"], "name": ["Too long"]},
            "size: Must be at most 5 bytes; name: Too long",
        ),
        (
            403,
            {"__type": "Authorization Error", "message": "Access denied: This grant is not valid."},
            {"gateway": ["This grant is not valid."]},
            "This grant is not valid.",
        ),
        (
            429,
            {"__type": "Too Many Requests", "message": "User emma has sent too many."},
            {"gateway": ["The gateway has answered 429: User emma has sent too many."]},
            "The gateway has answered 429: User emma has sent too many.",
        ),
    ],
)
def test_the_reasons_of_the_gateway_are_handed_on(
    status: int, error: dict[str, Any], reasons: dict[str, list[str]], words: str
) -> None:
    with pytest.raises(GatewayRefusal) as caught:
        result_in(status, {"success": False, "error": error})
    assert (caught.value.status, caught.value.reasons, str(caught.value)) == (
        status,
        reasons,
        words,
    )


@pytest.mark.parametrize(
    ("status", "said"),
    [(502, None), (200, "<html>"), (200, {"result": "text"}), (302, ENVELOPE), (500, {"error": 7})],
)
def test_another_program_in_place_of_the_gateway_is_told(status: int, said: Any) -> None:
    with pytest.raises(GatewayRefusal, match=f"has answered {status}: this is no answer"):
        result_in(status, said)
