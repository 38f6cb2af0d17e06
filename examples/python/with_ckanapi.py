import os, sys
import requests
from ckanapi import RemoteCKAN

gateway, dataset, path = sys.argv[1:]
ckan = RemoteCKAN(gateway, apikey=os.environ["CKAN_API_TOKEN"])  # the gateway passes CKAN's own actions on to CKAN

resource = ckan.action.resource_create(package_id=dataset, name=os.path.basename(path))
with open(path, "rb") as file:  # without the token: the URL is signed
    data = file if os.path.getsize(path) else b""  # an empty file object would go without a length, which stores refuse
    requests.put(resource["presigned_url"], data=data).raise_for_status()
print(resource["upload"]["id"])
