"""ckanapi creates, finds, changes and reads a dataset, as if the gateway were CKAN."""

from scenario import check, client, own_dataset

ckan = client()
resources = [{"name": "Elsewhere", "url": "https://example.org/cities.csv", "format": "CSV", "custom": "theirs"}]

with own_dataset(title="Städte", notes="Japan's largest cities", resources=resources) as dataset:
    check("package_create gives the dataset with its resource", dataset["resources"][0]["url"], "https://example.org/cities.csv")

    found = ckan.action.package_search(fq=f'name:"{dataset["name"]}"', rows=5)
    check("package_search finds it by its name", [each["id"] for each in found["results"]], [dataset["id"]])
    check("package_search counts it", found["count"], 1)

    ckan.action.package_patch(id=dataset["id"], title="都市")
    shown = ckan.action.package_show(id=dataset["name"])
    check("package_patch changes the title", shown["title"], "都市")
    check("package_patch leaves the notes", shown["notes"], "Japan's largest cities")
    check("package_patch leaves the resource", shown["resources"][0]["custom"], "theirs")

    ckan.action.package_update(**{**shown, "tags": [{"name": "census"}]})
    check("package_update adds a tag", [tag["name"] for tag in ckan.action.package_show(id=dataset["id"])["tags"]], ["census"])

    reader = client("outsider", get_only=True)
    check("a client that only GETs shows it", reader.action.package_show(id=dataset["id"])["title"], "都市")
    check("a client that only GETs finds it", reader.action.package_search(fq=f'name:"{dataset["name"]}"')["count"], 1)
    check("a client that only GETs shows its resource", reader.action.resource_show(id=shown["resources"][0]["id"])["custom"], "theirs")

    ckan.action.package_delete(id=dataset["id"])
    check("package_delete deletes it", ckan.action.package_show(id=dataset["id"])["state"], "deleted")
