"""Uploads from CKAN's form: parts first, form second, complete third.

A browser sends the parts of a file while a person fills in the form. The form posts which upload
belongs to it. The upload is completed only when CKAN has saved the form, so there is no file and
no event before.
"""

from __future__ import annotations

import logging
import re
import uuid
from collections.abc import Mapping, MutableMapping
from typing import Any

import ckan.plugins.toolkit as tk
from ckan import model
from redis.exceptions import RedisError

from . import gateway, saved_forms, settings
from .answers import GatewayRefusal
from .grants import (
    LIFETIME_SECONDS,
    MAX_LENGTH,
    Form,
    read_form,
    sign_form,
    sign_upload,
)

log = logging.getLogger(__name__)

#: The hidden field of the form: what `sign_form` signed, a space, and the id of the upload.
FIELD = "uplink_upload"

_UPLOAD = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
#: The data of these resources are in the DataStore alone.
WITHOUT_FILE = ("datastore", "tabledesigner")
_SECONDS_OF_COMPLETION = 60


class WrongRequest(ValueError):
    """A request for a grant that the plugin cannot answer, in words for its author."""


def give_grant(given: Mapping[str, Any]) -> dict[str, Any]:
    """A grant for the present user. Raises `NotAuthorized`, `ObjectNotFound` and `WrongRequest`.

    `ObjectNotFound` also says that the statement about a form is over: no login helps.
    """
    if not tk.current_user.is_authenticated:
        raise tk.NotAuthorized()
    upload = _upload_in(given)
    form = _form_for(given)
    if upload is not None:
        grant = _grant_to_complete(form, upload)
    else:
        grant = _grant(form, _shown_new(form) if form.is_new else _shown(form), None)
    answer = {"grant": grant, "gateway": settings.gateway_url(), "expires_in": LIFETIME_SECONDS}
    answer.update({"resource": form.resource, "dataset": form.dataset})
    if form.is_new and upload is None:
        answer["is_new"] = True
    return {**answer, "form": sign_form(settings.grant_secret(), form)}


def take_field(
    context: MutableMapping[str, Any], posted: MutableMapping[str, Any], current: str | None
) -> None:
    """Takes the upload out of what a form posted, and notes it in the context.

    `current` is the id of the resource that is updated; a new resource gets its id from the field.
    """
    field = posted.pop(FIELD, None)
    if not field:
        return
    signed, _, upload = str(field).partition(" ")
    form = read_form(settings.grant_secret(), signed)
    if form is None or not _UPLOAD.fullmatch(upload):
        raise _refusal(tk._("The upload of this form has expired. Choose the file again."))
    if form.user != context.get("user"):
        raise _refusal(
            tk._("The file of this form belongs to another user. Choose the file again.")
        )
    if current is None:
        _check_new(form, posted)
        posted["id"] = form.resource
    elif current != form.resource:
        raise _refusal(tk._("The file of this form belongs to another resource. Choose it again."))
    context[FIELD] = (signed, upload)


def queue_completion(context: MutableMapping[str, Any]) -> None:
    """Queues the completion of the upload of the saved form, and lets the next page do it."""
    noted = context.pop(FIELD, None)
    form = read_form(settings.grant_secret(), noted[0]) if noted else None
    if form is None:
        return
    try:
        saved_forms.note_saved(form, noted[1], _just_saved(form))
        tk.enqueue_job(complete, list(noted), title="Complete an upload of ckan-uplink")
    except RedisError as error:
        # CKAN has saved the form, which must not fail now.
        log.warning("The next page alone completes upload %s. No Redis: %s", noted[1], error)
    except (tk.NotAuthorized, tk.ObjectNotFound) as error:
        # Somebody moved the resource to another dataset, or another plugin hides it.
        log.warning("Upload %s is not completed. CKAN hides what it saved: %r", noted[1], error)
        tk.h.flash_error(
            tk._("The form is saved without its file. Choose the file again at the resource.")
        )


def complete(signed: str, upload: str) -> None:
    """A job: asks the gateway to complete an upload. The next page does the same."""
    form = read_form(settings.grant_secret(), signed)
    if form is None:
        return
    grant = _grant_to_complete(form, upload)
    try:
        gateway.ask("upload_complete", {"id": upload}, grant, _SECONDS_OF_COMPLETION)
    except GatewayRefusal as refusal:
        # "Save now" saves a form while its file is on its way. A page continues the file.
        is_on_its_way = "".join(refusal.reasons.get("parts", [])).startswith("Missing: ")
        level = logging.INFO if is_on_its_way else logging.WARNING
        log.log(level, "Upload %s is not complete: %s", upload, refusal)


def grant_for(form: Form, resource: Mapping[str, Any]) -> str:
    """A grant to send a file to a resource, as CKAN shows it to the user of the form.

    Raises `NotAuthorized`, `ObjectNotFound` and `WrongRequest`.
    """
    return _grant(form, _claims(form, resource), None)


def _upload_in(given: Mapping[str, Any]) -> str | None:
    upload = given.get("upload")
    if given["scope"] == "upload" and upload is None:
        return None
    if given["scope"] == "complete" and isinstance(upload, str) and _UPLOAD.fullmatch(upload):
        return upload
    raise WrongRequest('Send the scope "upload", or "complete" with the id of an upload.')


def _form_for(given: Mapping[str, Any]) -> Form:
    signed, resource, dataset = (given.get(name) for name in ("form", "resource", "dataset"))
    user, user_id = tk.current_user.name, tk.current_user.id
    if isinstance(signed, str):
        form = read_form(settings.grant_secret(), signed)
        if form is None or form.user_id != user_id:
            raise tk.ObjectNotFound()
        return form
    if isinstance(resource, str):
        shown = tk.get_action("resource_show")(_context(user), {"id": resource})
        return Form(user, user_id, shown["package_id"], shown["id"], False)
    if isinstance(dataset, str):
        package = tk.get_action("package_show")(_context(user), {"id": dataset})
        return Form(user, user_id, package["id"], str(uuid.uuid4()), True)
    raise WrongRequest('Send one of "resource", "dataset" and "form".')


def _shown_new(form: Form) -> dict[str, Any]:
    tk.check_access("resource_create", _context(form.user), {"package_id": form.dataset})
    package = tk.get_action("package_show")(_context(form.user), {"id": form.dataset})
    return shown_claims({}, package)


def _shown(form: Form) -> dict[str, Any]:
    resource = tk.get_action("resource_show")(_context(form.user), {"id": form.resource})
    return _claims(form, resource)


def _claims(form: Form, resource: Mapping[str, Any]) -> dict[str, Any]:
    tk.check_access("resource_update", _context(form.user), {"id": form.resource})
    if resource.get("state") == "deleted" or resource["package_id"] != form.dataset:
        raise tk.ObjectNotFound()
    if resource.get("url_type") in WITHOUT_FILE:
        raise WrongRequest(
            tk._("The data of this resource are in the DataStore, so it takes no file.")
        )
    package = tk.get_action("package_show")(_context(form.user), {"id": form.dataset})
    return shown_claims(resource, package)


def _just_saved(form: Form) -> dict[str, Any]:
    """What CKAN shows when it has saved a form. Its answer to the save is made for a form."""
    package = tk.get_action("package_show")(_context(form.user), {"id": form.dataset})
    resources = package.get("resources", [])
    resource = next((one for one in resources if one["id"] == form.resource), None)
    if resource is None:
        raise tk.ObjectNotFound()
    return shown_claims(resource, package)


def shown_claims(resource: Mapping[str, Any], package: Mapping[str, Any]) -> dict[str, Any]:
    """What CKAN shows of a resource, as the gateway needs it. A new resource is empty."""
    claims = {
        "url": resource.get("url") or "",
        "last_modified": resource.get("last_modified"),
        "format": resource.get("format") or "",
    }
    owner = package.get("owner_org")
    return {**claims, "owner_org": owner} if owner else claims


def _grant_to_complete(form: Form, upload: str) -> str:
    """A grant with the state of the save. The checks are about the present state."""
    _shown(form)
    shown = saved_forms.find_saved(form, upload)
    if shown is None:
        raise tk.ObjectNotFound()
    return _grant(form, shown, upload)


def _grant(form: Form, shown: Mapping[str, Any], upload: str | None) -> str:
    return limited(
        sign_upload(settings.grant_secret(), settings.gateway_url(), form, shown, upload)
    )


def limited(grant: str) -> str:
    """The grant, if the gateway accepts its length. Raises `WrongRequest`."""
    if len(grant) > MAX_LENGTH:
        raise WrongRequest(tk._("The URL of this resource is too long for a grant."))
    return grant


def has_resource(resource: str) -> bool:
    """Whether CKAN has a resource with this id, deleted or not."""
    return bool(model.Session.query(model.Resource).filter_by(id=resource).first())


def _check_new(form: Form, posted: Mapping[str, Any]) -> None:
    package = model.Package.get(posted.get("package_id"))
    if not form.is_new or package is None or package.id != form.dataset:
        raise _refusal(tk._("The file of this form belongs to another dataset. Choose it again."))
    # Deleted resources too: CKAN would bring one back.
    if has_resource(form.resource):
        raise _refusal(
            tk._("This form was saved already. Open the dataset, or choose the file again.")
        )


def _refusal(message: str) -> Exception:
    return tk.ValidationError({"upload": [message]})


def _context(user: str) -> dict[str, Any]:
    return {"user": user}
