"""Whether the forms of resources on this site have the field for a file.

A theme that replaces CKAN's templates takes the field away without a word.
"""

from __future__ import annotations

import logging
from functools import cache
from typing import Any

import ckan.plugins.toolkit as tk

log = logging.getLogger(__name__)

_EDIT = "package/snippets/resource_edit_form.html"


def check_forms() -> dict[str, bool | None]:
    """By the type of datasets, whether all of its forms have the field.

    `None`: the check failed, because a form cannot be rendered without a dataset.
    """
    find_schemas = tk.h.get("scheming_dataset_schemas")
    types = {"dataset", *(find_schemas() if find_schemas else ())}
    return {name: _check(name) for name in sorted(types)}


def _check(dataset_type: str) -> bool | None:
    try:
        return _has_fields(dataset_type)
    except Exception as error:
        # A theme's template may raise anything.
        log.warning("The form for resources of %s is not checked: %r", dataset_type, error)
        return None


@cache
def _has_fields(dataset_type: str) -> bool:
    """Everybody may ask, and a form takes long to render. Its templates stay until a restart."""
    # The same choice as CKAN's pages make. CKAN imports plugins before its views.
    from ckan.views.dataset import _get_pkg_template

    form = _get_pkg_template("resource_form", dataset_type)
    shown = {"pkg_name": "doctor", "dataset_type": dataset_type, "resource_form_snippet": form}
    in_steps = {**shown, "stage": ["complete", "active"]}
    return all(_has_field(*one) for one in ((form, shown), (form, in_steps), (_EDIT, shown)))


def _has_field(template: str, shown: dict[str, Any]) -> bool:
    # The form adds defaults to the data.
    data: dict[str, Any] = {"data": {}, "errors": {}, "error_summary": {}}
    return "uplink-upload" in str(tk.render_snippet(template, {**data, **shown}))
