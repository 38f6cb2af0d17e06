from __future__ import annotations

from typing import Any

import ckan.plugins.toolkit as tk
import pytest
from redis.exceptions import RedisError

from ckanext.uplink import saved_forms
from ckanext.uplink.grants import Form

FORM = Form("anna", "u1", "d1", "r1", False)


class _NoRedis:
    def set(self, *_: Any, **__: Any) -> None:
        raise RedisError("down")


class _Empty:
    def get(self, _: str) -> None:
        return None


def _say(monkeypatch: pytest.MonkeyPatch, redis: Any, cookies: dict[str, str]) -> None:
    monkeypatch.setattr(saved_forms, "connect_to_redis", lambda: redis)
    monkeypatch.setattr(tk.request, "cookies", cookies)
    monkeypatch.setitem(tk.config, "ckan.site_id", "site")


def test_a_form_that_was_saved_without_redis_is_known_by_its_cookie(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _say(monkeypatch, _NoRedis(), {})
    with pytest.raises(RedisError):
        saved_forms.note_saved(FORM, "upload-1")
    cookies = {"uplink_saved": tk.g.uplink_saved}
    _say(monkeypatch, _Empty(), cookies)
    assert saved_forms.is_saved(FORM, "upload-1")
    assert not saved_forms.is_saved(FORM, "upload-2")
    assert not saved_forms.is_saved(Form("ben", "u2", "d1", "r1", False), "upload-1")
    _say(monkeypatch, _Empty(), {"uplink_saved": cookies["uplink_saved"][:-2]})
    assert not saved_forms.is_saved(FORM, "upload-1")
    _say(monkeypatch, _Empty(), {})
    assert not saved_forms.is_saved(FORM, "upload-1")
