import os, sys, time
import requests

gateway, resource_id, path = sys.argv[1:]
session = requests.Session()
session.headers["Authorization"] = os.environ["CKAN_API_TOKEN"]

def act(action, **fields):
    answer = session.post(f"{gateway}/api/3/action/{action}", json=fields)
    answer.raise_for_status()
    return answer.json()["result"]

upload = act("resource_upload", id=resource_id, name=os.path.basename(path))["upload"]
with open(path, "rb") as file:  # without the token: the URL is signed
    data = file if os.path.getsize(path) else b""  # an empty file object would go without a length, which stores refuse
    requests.request(upload["method"], upload["url"], headers=upload["headers"], data=data).raise_for_status()

while (record := act("upload_show", id=upload["id"]))["state"] in ("issued", "scanning"):
    time.sleep(1)
if record["state"] not in ("linked", "loaded"):
    sys.exit(f"{record['state']}: {record.get('reason')}")
print(act("resource_show", id=resource_id))
