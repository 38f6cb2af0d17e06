"""What the scenarios share: clients that take the gateway for CKAN, a dataset of their own, and checks that say what was seen."""

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
    """A sysadmin's client of CKAN without the gateway."""
    return RemoteCKAN(os.environ["CKAN_URL"], apikey=os.environ["ADMIN_TOKEN"])


def stored(resource_id):
    return ckan_itself().action.resource_show(id=resource_id)


def purge(dataset_id, tries=10):
    """CKAN answers 500 while a loader is still at work on a resource; a dataset that stays behind is no failure of the gateway."""
    ckan_itself().action.package_delete(id=dataset_id)
    for _ in range(tries):
        try:
            return ckan_itself().action.dataset_purge(id=dataset_id)
        except CKANAPIError:
            time.sleep(1)
    print(f"note   dataset {dataset_id} is deleted, but CKAN would not purge it", flush=True)


@contextmanager
def own_dataset(**fields):
    """A dataset that the editor makes through the gateway, purged afterwards."""
    name = f"uplink-{uuid.uuid4()}"
    dataset = client().action.package_create(name=name, owner_org=os.environ["ORGANIZATION"], **fields)
    try:
        yield dataset
    finally:
        purge(dataset["id"])


def put(url, content, **headers):
    """A plain HTTP PUT without the caller's token."""
    requests.put(url, data=content, headers=headers, timeout=30).raise_for_status()


# A loader may be through with the file by the time somebody asks.
LINKED = ("linked", "loaded")


def settled(upload_id, seconds=60):
    """The upload's record, once the upload isn't on its way any more."""
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
    """The error that the call raises; any other ends the scenario with its traceback."""
    try:
        result = call()
    except error as raised:
        print(f"ok     {what}: {error.__name__}", flush=True)
        return raised
    raise SystemExit(f"FAILED {what}\n  saw      {result!r}\n  expected {error.__name__}")


def check_nothing_of_ours(what, resource):
    check(what, sorted({"presigned_url", "upload"} & set(resource)), [])
