import jwt
import pytest

from ckanext.uplink.grants import TYPE, is_secret, key_id, sign_read

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
