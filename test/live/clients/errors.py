"""Refusals of the gateway and of CKAN raise ckanapi's own exceptions."""

import uuid

from ckanapi import NotAuthorized, NotFound, RemoteCKAN, ValidationError

from scenario import GATEWAY, check, check_raises, client, own_dataset

ckan = client()
unknown = str(uuid.uuid4())

with own_dataset(resources=[{"name": "Cities", "url": ""}]) as dataset:
    resource_id = dataset["resources"][0]["id"]

    for who, other in {
        "a wrong token": RemoteCKAN(GATEWAY, apikey="wrong"),
        "no token": RemoteCKAN(GATEWAY),
        "a user without a role": client("outsider"),
    }.items():
        check_raises(f"resource_upload by {who}", NotAuthorized, lambda: other.action.resource_upload(id=resource_id))
        check_raises(f"resource_create by {who}", NotAuthorized, lambda: other.action.resource_create(package_id=dataset["id"]))
        check_raises(f"package_patch by {who}", NotAuthorized, lambda: other.action.package_patch(id=dataset["id"], title="Mine"))

    check_raises("resource_upload for an unknown id", NotFound, lambda: ckan.action.resource_upload(id=unknown))
    check_raises("resource_create in an unknown dataset", NotFound, lambda: ckan.action.resource_create(package_id=unknown))
    check_raises("upload_show of an unknown id", NotFound, lambda: ckan.action.upload_show(id=unknown))
    check_raises("package_show of an unknown id", NotFound, lambda: ckan.action.package_show(id=unknown))

    raised = check_raises("resource_upload of an invalid size", ValidationError, lambda: ckan.action.resource_upload(id=resource_id, size="big"))
    check("names the field", sorted(raised.error_dict), ["__type", "size"])
    raised = check_raises("resource_upload of nothing", ValidationError, lambda: ckan.action.resource_upload())
    check("says what is missing", raised.error_dict["id"], ["Missing value"])
    raised = check_raises("resource_create without a dataset", ValidationError, lambda: ckan.action.resource_create(name="Cities"))
    check("says what is missing", raised.error_dict["package_id"], ["Missing value"])
    raised = check_raises("package_create of a bad name", ValidationError, lambda: ckan.action.package_create(name="No Name!"))
    check("has CKAN name the field", "name" in raised.error_dict)
    raised = check_raises("resource_patch of a bad size", ValidationError, lambda: ckan.action.resource_patch(id=resource_id, size="big"))
    check("has CKAN name the field", "size" in raised.error_dict)
