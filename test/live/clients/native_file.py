"""CKAN itself keeps files that ckanapi sends along, and a direct upload may replace such a file."""

import io

import requests

from scenario import CSV, LINKED, check, check_nothing_of_ours, client, own_dataset, put, settled, stored

ckan = client()


def named(name, content):
    file = io.BytesIO(content)
    file.name = name
    return file


def content_of(resource_id):
    return requests.get(stored(resource_id)["url"], timeout=30).content


with own_dataset() as dataset:
    resource = ckan.action.resource_create(package_id=dataset["id"], name="Cities", format="CSV", upload=named("cities.csv", CSV))
    check("resource_create with a file has CKAN keep it", resource["url_type"], "upload")
    check_nothing_of_ours("and gives no URL for another", resource)
    check("CKAN gives its bytes", content_of(resource["id"]), CSV)

    small, large = bytes(range(256)) * 4_000, bytes(range(256)) * 30_000
    ckan.action.resource_patch(id=resource["id"], format="BIN", upload=named("numbers.bin", small))
    check("resource_patch with a file of a megabyte has CKAN keep that", content_of(resource["id"]) == small)
    ckan.action.resource_patch(id=resource["id"], upload=named("numbers.bin", large))
    check("and one of eight megabytes", content_of(resource["id"]) == large)

    answer = ckan.action.resource_upload(id=resource["id"], name="cities.csv")
    put(answer["presigned_url"], CSV)
    check("a direct upload replaces it", settled(answer["upload"]["id"])["state"] in LINKED)
    check("and CKAN shows it, not the file of its own", content_of(resource["id"]), CSV)
    check("as a link", stored(resource["id"])["url_type"] or "", "")

    created = ckan.action.resource_create(package_id=dataset["id"], name="Later")
    ckan.action.resource_update(**{**created, "upload": named("later.csv", CSV)})
    check("a resource sent back as it came, with a file, gets the file", content_of(created["id"]), CSV)
    check_nothing_of_ours("and CKAN stores no URL", stored(created["id"]))
