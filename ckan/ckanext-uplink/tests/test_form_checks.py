from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import Any

import ckan.plugins.toolkit as tk
import pytest

from ckanext.uplink import form_checks

FIELD = '<div class="uplink-upload">'


@pytest.fixture
def rendered(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The templates that CKAN has rendered so far."""
    names: list[str] = []

    def render(name: str, _: Any) -> str:
        names.append(name)
        if name == "broken.html":
            raise LookupError(name)
        return "" if name == "bare.html" else FIELD

    def choose(_: str, dataset_type: str) -> str:
        return f"{dataset_type}.html"

    monkeypatch.setitem(sys.modules, "ckan.views", SimpleNamespace())
    views = SimpleNamespace(_get_pkg_template=choose)
    monkeypatch.setitem(sys.modules, "ckan.views.dataset", views)
    monkeypatch.setattr(tk, "render_snippet", render)
    monkeypatch.setattr(tk, "h", {"scheming_dataset_schemas": lambda: ["bare", "broken"]})
    form_checks._has_fields.cache_clear()
    return names


def test_the_forms_without_the_field_are_found(rendered: list[str]) -> None:
    assert form_checks.check_forms() == {"bare": False, "broken": None, "dataset": True}


def test_a_form_is_rendered_once_and_again_only_after_a_failure(rendered: list[str]) -> None:
    form_checks.check_forms()
    before = len(rendered)
    form_checks.check_forms()
    assert rendered[before:] == ["broken.html"]
