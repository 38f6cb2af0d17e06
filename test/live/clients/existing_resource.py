"""`ckan.action.resource_upload` replaces a link by a file, and that file by another."""

import hashlib

import requests

from scenario import CSV, LINKED, check, client, own_dataset, put, settled, stored

ckan = client()

with own_dataset(resources=[{"name": "Cities", "url": "https://example.org/cities.html", "custom": "theirs"}]) as dataset:
    resource_id = dataset["resources"][0]["id"]

    answer = ckan.action.resource_upload(id=resource_id, name="都市.csv")
    put(answer["presigned_url"], CSV)
    record = settled(answer["upload"]["id"])
    check("a file replaces a link", (record["state"] in LINKED, record["requested_by"]), (True, "editor"))
    check("the editor's words stay", (stored(resource_id)["name"], stored(resource_id)["custom"]), ("Cities", "theirs"))

    content = CSV + "名古屋,2331080\n".encode()
    declared = {"size": len(content), "mimetype": "text/csv", "hash": f"sha256:{hashlib.sha256(content).hexdigest()}"}
    upload = ckan.call_action("resource_upload", {"id": resource_id, "name": "都市.csv", **declared})["upload"]
    put(upload["url"], content, **upload["headers"])
    check("a declared file replaces it", settled(upload["id"])["state"] in LINKED)
    check("with the declared size", stored(resource_id)["size"], len(content))
    check("the URL gives its bytes", requests.get(ckan.action.resource_show(id=resource_id)["url"], timeout=30).content, content)
