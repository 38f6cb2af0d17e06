"""A resource from ckanapi gets a URL for its file. CKAN never stores the gateway's additions when they are sent back."""

import requests

from scenario import CSV, GATEWAY, LINKED, check, check_nothing_of_ours, client, own_dataset, put, settled, stored

ckan = client()

with own_dataset() as dataset:
    resource = ckan.action.resource_create(package_id=dataset["name"], name="cities.csv", format="CSV", custom="theirs")
    ours = {"presigned_url": resource["presigned_url"], "upload": resource["upload"]}
    check("resource_create gives a URL for the file", ours["presigned_url"], ours["upload"]["url"])
    check_nothing_of_ours("CKAN stores nothing of it", stored(resource["id"]))

    ckan.action.resource_patch(**{**resource, "description": "Two cities"})
    check("resource_patch with the resource as it came changes it", stored(resource["id"])["description"], "Two cities")
    check_nothing_of_ours("resource_patch with the resource as it came stores no URL", stored(resource["id"]))

    put(ours["presigned_url"], CSV)
    check("the upload is linked", settled(ours["upload"]["id"])["state"] in LINKED)
    shown = ckan.action.resource_show(id=resource["id"])
    seen = {name: shown[name] for name in ["format", "mimetype", "size", "name", "description", "custom"]}
    theirs = {"name": "cities.csv", "description": "Two cities", "custom": "theirs"}
    check("CKAN shows the file's facts and the editor's words", seen, {"format": "CSV", "mimetype": "text/csv", "size": len(CSV), **theirs})
    check("its URL leads through the gateway", shown["url"].startswith(f"{GATEWAY}/resource/{resource['id']}/download/"))
    check("and gives the same bytes", requests.get(shown["url"], timeout=30).content, CSV)

    ckan.action.resource_update(**{**shown, **ours, "name": "Cities"})
    check_nothing_of_ours("resource_update with the resource as it came stores no URL", stored(resource["id"]))
    check("resource_update changes the name", stored(resource["id"])["name"], "Cities")

    present = ckan.action.package_show(id=dataset["id"])
    ckan.action.package_update(**{**present, "resources": [{**present["resources"][0], **ours, "name": "Städte"}]})
    check_nothing_of_ours("package_update with the resource as it came stores no URL", stored(resource["id"]))
    check("package_update changes the name", stored(resource["id"])["name"], "Städte")
    check("the file is still there", requests.get(stored(resource["id"])["url"], timeout=30).content, CSV)
