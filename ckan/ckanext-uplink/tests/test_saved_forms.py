"""What CKAN showed when it saved a form, and the grant that completes the upload of the form."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, Callable
from unittest.mock import MagicMock

import ckan.plugins.toolkit as tk
import jwt
import pytest
from redis.exceptions import RedisError

from ckanext.uplink import gateway, saved_forms, settings, uploads
from ckanext.uplink.answers import GatewayRefusal
from ckanext.uplink.grants import MAX_LENGTH, Form, sign_form

UPLOAD = "019ab2c4-7d10-7c3e-8a55-0d9e4b6f1c22"
OTHER_UPLOAD = "019ab2c4-7d10-7c3e-8a55-0d9e4b6f1c23"
FORM = Form("anna", "u1", "d1", "r1", False)
SAVED_URL = "https://example.org/of-the-form.csv"
GRANT_PATH = "/uplink/grant"
THEIR_URL = "https://example.org/by-another-person.csv"


class _Redis:
    def __init__(self) -> None:
        self.is_up = True
        self.values: dict[str, bytes] = {}

    def set(self, key: str, value: str, ex: int) -> None:
        assert ex == 7 * 86400
        self._check()
        self.values[key] = value.encode()

    def get(self, key: str) -> bytes | None:
        self._check()
        return self.values.get(key)

    def _check(self) -> None:
        if not self.is_up:
            raise RedisError("down")


class _Site:
    """One resource of a CKAN whose form can be saved, and the cookies of a browser."""

    def __init__(self) -> None:
        self.redis = _Redis()
        self.jobs: list[Any] = []
        self.cookies: dict[str, str] = {}
        self.answers: list[_Answer] = []
        self.resource = {"id": "r1", "package_id": "d1", "last_modified": None, "format": "CSV"}
        self.package = {"id": "d1", "owner_org": "o1", "resources": [self.resource]}

    def act(self, name: str) -> Callable[..., Any]:
        shown = {"resource_show": self.resource, "package_show": self.package}[name]
        return lambda _context, _fields: shown

    def save_form(self, url: str, upload: str = UPLOAD) -> None:
        self.resource["url"] = url
        signed = sign_form(settings.grant_secret(), FORM)
        uploads.queue_completion({uploads.FIELD: (signed, upload)})
        # The browser sends the cookies with requests for grants alone.
        self._answer({})

    def ask_to_complete(self, form: Form = FORM, upload: str = UPLOAD) -> dict[str, Any]:
        signed = sign_form(settings.grant_secret(), form)
        wanted = {"scope": "complete", "form": signed, "upload": upload}
        try:
            return _claims(uploads.give_grant(wanted)["grant"])
        finally:
            self._answer(self.cookies)

    def _answer(self, sent: dict[str, str]) -> None:
        tk.request.cookies = dict(sent)
        answer = _Answer(self.cookies)
        saved_forms.set_cookie(answer)
        self.answers.append(answer)
        tk.request.cookies = self.cookies
        tk.g.uplink_saved = tk.g.uplink_moved = None


class _Answer:
    def __init__(self, cookies: dict[str, str]) -> None:
        self.cookies = cookies
        self.was_set: list[dict[str, Any]] = []
        self.was_deleted: list[dict[str, Any]] = []

    def set_cookie(self, name: str, value: str, **attributes: Any) -> None:
        self.was_set.append(attributes)
        self.cookies[name] = value

    def delete_cookie(self, name: str, **attributes: Any) -> None:
        self.was_deleted.append(attributes)
        del self.cookies[name]


def _claims(grant: str) -> dict[str, Any]:
    options = {"verify_aud": False}
    return dict(jwt.decode(grant, settings.grant_secret(), algorithms=["HS256"], options=options))


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> _Site:
    site = _Site()
    monkeypatch.setattr(saved_forms, "connect_to_redis", lambda: site.redis)
    monkeypatch.setattr(tk, "get_action", site.act)
    monkeypatch.setattr(tk, "enqueue_job", lambda _, args, title: site.jobs.append(args))
    monkeypatch.setattr(tk.request, "cookies", site.cookies)
    monkeypatch.setattr(tk.request, "is_secure", True)
    monkeypatch.setattr(tk, "url_for", lambda _: GRANT_PATH)
    monkeypatch.setattr(tk, "g", SimpleNamespace())
    anna = {"is_authenticated": True, "name": "anna", "id": "u1"}
    monkeypatch.setattr(tk, "current_user", type("User", (), anna))
    monkeypatch.setitem(tk.config, "ckan.site_id", "site")
    return site


def test_a_late_file_may_replace_what_the_form_left_and_no_later_url(site: _Site) -> None:
    site.save_form(SAVED_URL)
    site.resource["url"] = THEIR_URL
    assert site.ask_to_complete()["url"] == SAVED_URL


def _run_job(
    site: _Site, monkeypatch: pytest.MonkeyPatch, refusal: GatewayRefusal | None = None
) -> list[str]:
    """Runs the job of the form. Returns the grants that it has sent to the gateway."""
    sent: list[str] = []

    def ask(action: str, _fields: Any, grant: str, _seconds: float) -> dict[str, Any]:
        assert action == "upload_complete"
        sent.append(grant)
        if refusal:
            raise refusal
        return {}

    monkeypatch.setattr(gateway, "ask", ask)
    # A job has no request.
    monkeypatch.setattr(tk, "request", None)
    uploads.complete(*site.jobs[0])
    return sent


def test_a_job_completes_by_the_state_of_the_save_too(
    site: _Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    site.save_form(SAVED_URL)
    site.resource["url"] = THEIR_URL
    assert [_claims(grant)["url"] for grant in _run_job(site, monkeypatch)] == [SAVED_URL]


@pytest.mark.parametrize(
    ("refusal", "level"),
    [
        (GatewayRefusal(409, {"parts": ["Missing: 2-4"]}), "INFO"),
        (GatewayRefusal(409, {"parts": ["Wrong size: 2"]}), "WARNING"),
        (GatewayRefusal(403, {"gateway": ["This grant is not valid."]}), "WARNING"),
    ],
)
def test_a_job_warns_unless_the_file_is_still_on_its_way(
    site: _Site,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    refusal: GatewayRefusal,
    level: str,
) -> None:
    caplog.set_level("INFO")
    site.save_form(SAVED_URL)
    _run_job(site, monkeypatch, refusal)
    assert [record.levelname for record in caplog.records] == [level]


def test_a_form_that_is_saved_again_counts_as_it_was_saved_last(site: _Site) -> None:
    site.save_form(SAVED_URL)
    site.save_form("")
    assert site.ask_to_complete()["url"] == ""


def test_a_form_that_ckan_has_not_saved_completes_nothing(site: _Site) -> None:
    site.save_form(SAVED_URL)
    others = [(FORM, OTHER_UPLOAD), (Form("anna", "u1", "d1", "r2", False), UPLOAD)]
    site.resource["id"] = "r2"
    for form, upload in others:
        with pytest.raises(tk.ObjectNotFound):
            site.ask_to_complete(form, upload)


@pytest.mark.parametrize("fault", [tk.ObjectNotFound(), tk.NotAuthorized(), None])
def test_a_saved_form_does_not_fail_when_ckan_no_longer_shows_its_resource(
    site: _Site,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    fault: Exception | None,
) -> None:
    said: list[str] = []
    monkeypatch.setattr(tk.h, "flash_error", said.append)
    site.package["resources"] = []
    if fault:
        monkeypatch.setattr(tk, "get_action", MagicMock(side_effect=fault))
    site.save_form(SAVED_URL)
    [warning] = caplog.records
    assert (warning.levelname, UPLOAD in warning.getMessage()) == ("WARNING", True)
    assert (site.jobs, site.cookies, site.redis.values) == ([], {}, {})
    assert ["Choose the file again" in text for text in said] == [True]


def test_the_form_of_another_user_completes_nothing(site: _Site) -> None:
    site.save_form(SAVED_URL)
    assert saved_forms.find_saved(Form("ben", "u2", "d1", "r1", False), UPLOAD) is None


def test_forms_that_are_saved_without_redis_are_remembered_by_a_cookie_each(site: _Site) -> None:
    site.redis.is_up = False
    site.save_form(SAVED_URL)
    site.save_form("", OTHER_UPLOAD)
    site.resource["url"] = THEIR_URL
    assert site.jobs == []
    assert site.ask_to_complete()["url"] == SAVED_URL
    assert site.ask_to_complete(upload=OTHER_UPLOAD)["url"] == ""


def test_a_form_that_is_saved_again_counts_as_it_was_saved_last_when_redis_comes_or_goes(
    site: _Site,
) -> None:
    site.redis.is_up = False
    site.save_form(THEIR_URL)
    site.redis.is_up = True
    site.save_form(SAVED_URL)
    assert site.ask_to_complete()["url"] == SAVED_URL
    site.redis.is_up = False
    site.save_form("")
    site.redis.is_up = True
    assert site.ask_to_complete()["url"] == ""


def test_a_cookie_goes_when_redis_is_back_and_the_upload_can_still_be_completed(
    site: _Site,
) -> None:
    site.redis.is_up = False
    site.save_form(SAVED_URL)
    site.ask_to_complete()
    assert len(site.cookies) == 1
    site.redis.is_up = True
    assert site.ask_to_complete()["url"] == SAVED_URL
    assert site.cookies == {}
    assert site.ask_to_complete()["url"] == SAVED_URL


@pytest.mark.parametrize("is_secure", [True, False])
def test_a_cookie_goes_to_grants_of_this_site_alone_and_no_script_reads_it(
    site: _Site, monkeypatch: pytest.MonkeyPatch, is_secure: bool
) -> None:
    monkeypatch.setattr(tk.request, "is_secure", is_secure)
    attributes = {
        "path": GRANT_PATH,
        "secure": is_secure,
        "httponly": True,
        "samesite": "Strict",
    }
    site.redis.is_up = False
    site.save_form(SAVED_URL)
    assert site.answers[-1].was_set == [{**attributes, "max_age": 7 * 86400}]
    site.redis.is_up = True
    site.ask_to_complete()
    assert site.answers[-1].was_deleted == [attributes]


def test_a_browser_keeps_the_four_latest_cookies_alone(site: _Site) -> None:
    site.redis.is_up = False
    ids = [f"019ab2c4-7d1{number}-7c3e-8a55-0d9e4b6f1c22" for number in range(10)]
    for upload in ids:
        site.save_form(SAVED_URL, upload)
        assert site.ask_to_complete(upload=upload)["url"] == SAVED_URL
        assert sum(map(len, [*site.cookies, *site.cookies.values()])) < 4096
    assert [name[-36:] for name in site.cookies] == ids[-4:]


def test_a_cookie_counts_only_as_ckan_has_signed_it(site: _Site) -> None:
    site.redis.is_up = False
    site.save_form(SAVED_URL)
    [(name, signed)] = site.cookies.items()
    site.redis.is_up = True
    for changed in ({name: signed[:-2]}, {name: sign_form(settings.grant_secret(), FORM)}, {}):
        site.cookies.clear()
        site.cookies.update(changed)
        with pytest.raises(tk.ObjectNotFound):
            site.ask_to_complete()


def test_a_cookie_is_shorter_than_the_grant_which_has_a_limit(site: _Site) -> None:
    site.redis.is_up = False
    site.save_form("https://example.org/" + "x" * 1000)
    [(name, signed)] = site.cookies.items()
    signed_form = sign_form(settings.grant_secret(), FORM)
    given = uploads.give_grant({"scope": "complete", "form": signed_form, "upload": UPLOAD})
    assert len(name) + len(signed) < len(given["grant"]) < MAX_LENGTH
