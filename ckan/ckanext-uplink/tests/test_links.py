from typing import Optional

import pytest

from ckanext.uplink.links import FileLink, download_url, linked_file, parse_names

UPLOAD = "019ab2c4-7d10-7c3e-8a55-0d9e4b6f1c22"
VERSION = "0123456789abcdef"
DOWNLOAD = "https://old.example.org/resource/r%201/download"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        (f"{DOWNLOAD}/{UPLOAD}/{VERSION}/air%20quality.csv", (UPLOAD, VERSION, "air quality.csv")),
        (f"{DOWNLOAD}/{UPLOAD}/air.csv?v={VERSION}", (UPLOAD, VERSION, "air.csv")),
        (f"{DOWNLOAD}/{VERSION}/air.csv", (None, VERSION, "air.csv")),
        (f"{DOWNLOAD}/{UPLOAD}/air.csv", None),
        (f"{DOWNLOAD}/{UPLOAD}/{VERSION}/air.csv?v={VERSION}", None),
        (f"{DOWNLOAD}/{UPLOAD}/{VERSION}/a%2Fb.csv", None),
        (f"{DOWNLOAD}/{UPLOAD}/{VERSION}/..", None),
        (f"{DOWNLOAD}/{UPLOAD}/{VERSION}/air.csv#a", None),
        ("https://old.example.org/resource/another/download/air.csv", None),
        ("", None),
        (None, None),
    ],
)
def test_only_a_url_of_the_linker_names_a_file(
    url: Optional[str], expected: Optional[tuple[Optional[str], Optional[str], str]]
) -> None:
    assert linked_file("r 1", url) == (FileLink(*expected) if expected else None)


def test_an_address_leads_to_the_present_gateway() -> None:
    link = parse_names(f"{UPLOAD}/{VERSION}/ä b.csv")
    assert link is not None
    url = download_url("https://new.example.org", "r 1", link)
    assert url == (
        f"https://new.example.org/resource/r%201/download/{UPLOAD}/{VERSION}/%C3%A4%20b.csv"
    )
