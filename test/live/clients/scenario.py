"""Shared by the scenarios: clients that use the gateway as CKAN, a new dataset, and checks that print the seen values."""

import os
import time
import uuid
from contextlib import contextmanager

import requests
from ckanapi import RemoteCKAN
from ckanapi.errors import CKANAPIError

GATEWAY = os.environ["GATEWAY_URL"]
CSV = "都市,人口\n東京,13960000\n大阪,8837685\n".encode()


def client(who="editor", **options):
    return RemoteCKAN(GATEWAY, apikey=os.environ[f"{who.upper()}_TOKEN"], **options)


def ckan_itself():
    """A sysadmin's client that calls CKAN without the gateway."""
    return RemoteCKAN(os.environ["CKAN_URL"], apikey=os.environ["ADMIN_TOKEN"])


def stored(resource_id):
    return ckan_itself().action.resource_show(id=resource_id)


def purge(dataset_id, tries=10):
    """Tries again, since CKAN answers 500 while a loader works. A remaining dataset is not a failure of the gateway."""
    ckan_itself().action.package_delete(id=dataset_id)
    for _ in range(tries):
        try:
            return ckan_itself().action.dataset_purge(id=dataset_id)
        except CKANAPIError:
            time.sleep(1)
    print(f"note   dataset {dataset_id} is deleted, but CKAN would not purge it", flush=True)


@contextmanager
def own_dataset(**fields):
    """A dataset that the editor creates through the gateway. It is purged afterwards."""
    name = f"uplink-{uuid.uuid4()}"
    dataset = client().action.package_create(name=name, owner_org=os.environ["ORGANIZATION"], **fields)
    try:
        yield dataset
    finally:
        purge(dataset["id"])


def put(url, content, **headers):
    """A plain HTTP PUT without the caller's token."""
    requests.put(url, data=content, headers=headers, timeout=30).raise_for_status()


# A loader may have loaded the file before the scenario asks.
LINKED = ("linked", "loaded")


def settled(upload_id, seconds=60):
    """Waits until the upload has ended, and returns its record."""
    for _ in range(seconds * 5):
        record = client().action.upload_show(id=upload_id)
        if record["state"] != "issued":
            return record
        time.sleep(0.2)
    raise SystemExit(f"FAILED The upload {upload_id} is still on its way after {seconds} seconds.")


def check(what, seen, expected=True):
    if seen != expected:
        raise SystemExit(f"FAILED {what}\n  saw      {seen!r}\n  expected {expected!r}")
    print(f"ok     {what}", flush=True)


def check_raises(what, error, call):
    """Returns the expected error of the call. Any other error ends the scenario with its traceback."""
    try:
        result = call()
    except error as raised:
        print(f"ok     {what}: {error.__name__}", flush=True)
        return raised
    raise SystemExit(f"FAILED {what}\n  saw      {result!r}\n  expected {error.__name__}")


def check_nothing_of_ours(what, resource):
    check(what, sorted({"presigned_url", "upload"} & set(resource)), [])
