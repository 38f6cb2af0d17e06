import time
from dataclasses import asdict

import jwt
import pytest

from ckanext.uplink.grants import (
    CHECK_TYPE,
    TYPE,
    Form,
    is_secret,
    key_id,
    read_check,
    read_form,
    sign_form,
    sign_read,
    sign_upload,
)

SECRET = "5d9f0c1e7a3b48d2965ec07f1b2a8d4493e6c57a0f1d82b3c4e5968770a1b2c3"
GATEWAY = "https://uploads.example.org"
UPLOAD = "019ab2c4-7d10-7c3e-8a55-0d9e4b6f1c22"


def opened(grant: str) -> dict[str, object]:
    return dict(jwt.decode(grant, SECRET, algorithms=["HS256"], audience=GATEWAY))


def test_a_grant_to_read_names_one_version_for_five_minutes() -> None:
    grant = sign_read(SECRET, GATEWAY, "emma", "resource-1", UPLOAD, "0123456789abcdef")
    claims = opened(grant)
    assert claims.pop("exp") == int(str(claims.pop("iat"))) + 300
    assert claims == {
        "aud": GATEWAY,
        "sub": "emma",
        "scope": "read",
        "resource": "resource-1",
        "upload": UPLOAD,
        "version": "0123456789abcdef",
    }


def test_a_grant_differs_from_a_token_of_ckan_by_its_type() -> None:
    header = jwt.get_unverified_header(sign_read(SECRET, GATEWAY, "", "r", None, "v"))
    assert header == {"alg": "HS256", "typ": TYPE, "kid": "8b1df6ec539f9b89"}


def test_a_plain_key_has_no_upload() -> None:
    assert "upload" not in opened(sign_read(SECRET, GATEWAY, "", "r", None, "v"))


def test_the_name_of_a_key_follows_from_the_secret() -> None:
    assert key_id(SECRET) == "8b1df6ec539f9b89"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (SECRET, True),
        ("Xf3+" * 11, True),
        ("", False),
        ("short", False),
        ("a" * 43, False),
        (SECRET[:63], False),
        (SECRET + " ", False),
        (SECRET + "é", False),
    ],
)
def test_a_secret_holds_at_least_256_bits(text: str, expected: bool) -> None:
    assert is_secret(text) is expected


FORM = Form("emma", "emma-id", "dataset-1", "resource-1", True)
SHOWN = {"url": "", "last_modified": None, "format": ""}


def test_a_grant_for_an_upload_states_the_user_the_place_and_what_ckan_shows() -> None:
    claims = opened(sign_upload(SECRET, GATEWAY, FORM, SHOWN))
    assert claims.pop("exp") == int(str(claims.pop("iat"))) + 300
    assert claims == {
        "aud": GATEWAY,
        "sub": "emma",
        "uid": "emma-id",
        "scope": "upload",
        "is_new": True,
        "dataset": "dataset-1",
        "resource": "resource-1",
        **SHOWN,
    }


def test_a_grant_after_the_form_is_for_one_upload_of_a_resource_that_exists() -> None:
    claims = opened(sign_upload(SECRET, GATEWAY, FORM, SHOWN, UPLOAD))
    assert (claims["scope"], claims["upload"]) == ("complete", UPLOAD)
    assert "is_new" not in claims


def test_a_form_says_for_a_week_what_it_is_about() -> None:
    signed = sign_form(SECRET, FORM)
    assert read_form(SECRET, signed) == FORM
    claims = jwt.decode(signed, SECRET, algorithms=["HS256"])
    assert claims["exp"] - claims["iat"] == 7 * 86400


def test_only_a_signed_form_is_read() -> None:
    signed = sign_form(SECRET, FORM)
    others = [
        "",
        "no form",
        signed[:-2],
        sign_form(SECRET[::-1], FORM),
        # A grant is no form, also with the same secret.
        sign_upload(SECRET, GATEWAY, FORM, SHOWN),
        jwt.encode({"exp": 1, **asdict(FORM)}, SECRET, headers={"typ": "uplink-form+jwt"}),
        jwt.encode(asdict(FORM), SECRET, headers={"typ": "uplink-form+jwt"}),
        jwt.encode({"exp": 9**10}, SECRET, headers={"typ": "uplink-form+jwt"}),
        jwt.encode({"exp": 9**10, **asdict(FORM)}, "", "none", {"typ": "uplink-form+jwt"}),
    ]
    assert [read_form(SECRET, text) for text in others] == [None] * len(others)


CHECK_HEADER = {"typ": CHECK_TYPE}


def asked(changes: dict[str, object], header: dict[str, str] = CHECK_HEADER) -> str:
    """A question of the gateway. A claim with the value `None` is left out."""
    now = int(time.time())
    claims = {"iss": GATEWAY, "iat": now, "exp": now + 60, "sub": "user-1", "dataset": "d"}
    sent = {name: value for name, value in {**claims, **changes}.items() if value is not None}
    return jwt.encode(sent, SECRET, algorithm="HS256", headers=header)


def test_a_question_of_the_gateway_is_read() -> None:
    claims = read_check(SECRET, GATEWAY, asked({})) or {}
    assert (claims["sub"], claims["dataset"]) == ("user-1", "d")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a.b.c",
        asked({"iss": "https://elsewhere.example.org"}),
        asked({"sub": None}),
        asked({"exp": int(time.time()) - 31}),
        asked({"iat": int(time.time()) - 250, "exp": int(time.time()) + 51}),
        asked({"iat": int(time.time()) + 600, "exp": int(time.time()) + 660}),
        asked({}, {"typ": TYPE}),
        asked({}, {}),
        jwt.encode({"iss": GATEWAY, "iat": 1, "exp": 2**40, "sub": "u"}, "a" * 64),
        sign_read(SECRET, GATEWAY, "emma", "r", None, "v"),
        sign_form(SECRET, Form("emma", "u", "d", "r", False)),
    ],
)
def test_only_a_fresh_question_of_this_gateway_is_read(text: str) -> None:
    assert read_check(SECRET, GATEWAY, text) is None
