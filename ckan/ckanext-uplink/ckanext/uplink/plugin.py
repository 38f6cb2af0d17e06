"""The plugin `uplink`."""

from __future__ import annotations

from typing import Any, Callable

import ckan.plugins as p
import ckan.plugins.toolkit as tk
from ckan.lib.plugins import DefaultTranslation
from flask import Blueprint

from . import actions, answers, forms, server_reads, settings, uploads
from .views import uplink


@tk.blanket.config_declarations
class UplinkPlugin(p.SingletonPlugin, DefaultTranslation):
    """Opens private files by CKAN's session, and keeps forms from losing files."""

    p.implements(p.IConfigurer)
    p.implements(p.IConfigurable)
    p.implements(p.IBlueprint)
    p.implements(p.ITemplateHelpers)
    p.implements(p.IActions)
    p.implements(p.IResourceController, inherit=True)
    p.implements(p.ITranslation)

    def update_config(self, config: Any) -> None:
        tk.add_template_directory(config, "templates")
        tk.add_resource("assets", "uplink")

    def configure(self, config: Any) -> None:
        settings.check()
        if p.plugin_loaded("xloader"):
            server_reads.wrap_loader()

    def get_blueprint(self) -> Blueprint:
        return uplink

    def get_helpers(self) -> dict[str, Callable[..., Any]]:
        return {
            "uplink_shown_fields": uplink_shown_fields,
            "uplink_posted_upload": uplink_posted_upload,
            "uplink_has_form_pages": uplink_has_form_pages,
            "uplink_gateway": settings.gateway_url,
            "uplink_takes_files": lambda: settings.grant_secret() != "",
        }

    def get_actions(self) -> dict[str, Callable[..., Any]]:
        chained = {
            "resource_create": actions.resource_create,
            "resource_show": server_reads.resource_show,
        }
        if settings.grant_secret() == "":
            return chained
        return {
            **chained,
            "package_create": actions.package_create,
            "package_update": actions.package_update,
            "resource_upload": actions.resource_upload,
        }

    def before_resource_create(self, context: Any, resource: dict[str, Any]) -> None:
        resource.pop(forms.SHOWN, None)
        _drop_ours(resource)
        uploads.take_field(context, resource, None)

    def after_resource_create(self, context: Any, resource: dict[str, Any]) -> None:
        uploads.queue_completion(context)

    def before_resource_update(
        self, context: Any, current: dict[str, Any], resource: dict[str, Any]
    ) -> None:
        # Programs say what they mean: an empty URL in a call of the API empties it.
        if forms.SHOWN in resource or _is_form():
            forms.keep_upload(current, resource)
        _drop_ours(resource)
        uploads.take_field(context, resource, current["id"])

    def after_resource_update(self, context: Any, resource: dict[str, Any]) -> None:
        uploads.queue_completion(context)


def uplink_shown_fields(resource: dict[str, Any]) -> str:
    """What the form shows; after a validation error, what it showed when it was opened."""
    posted = tk.request.form.get(forms.SHOWN)
    return posted if posted is not None else forms.shown_fields(resource)


def uplink_posted_upload() -> str:
    """The upload of a form that comes back with an error."""
    return str(tk.request.form.get(uploads.FIELD, ""))


def uplink_has_form_pages(dataset_type: str) -> bool:
    """Whether datasets of this type are added in pages, as a schema of ckanext-scheming says."""
    find_pages = tk.h.get("scheming_get_dataset_form_pages")
    return bool(find_pages and find_pages(dataset_type))


def _drop_ours(resource: dict[str, Any]) -> None:
    if settings.grant_secret() != "":
        answers.drop_ours(resource)


def _is_form() -> bool:
    """Whether CKAN's form for an existing resource is being saved."""
    if not tk.request:
        return False
    return tk.request.method == "POST" and (tk.request.endpoint or "").endswith("resource.edit")
