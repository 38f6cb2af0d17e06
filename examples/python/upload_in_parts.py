import os, sys
import requests

gateway, resource_id, path = sys.argv[1:]
session = requests.Session()
session.headers["Authorization"] = os.environ["CKAN_API_TOKEN"]

def act(action, **fields):
    answer = session.post(f"{gateway}/api/3/action/{action}", json=fields)
    answer.raise_for_status()
    return answer.json()["result"]

upload = act("resource_upload", id=resource_id, name=os.path.basename(path), size=os.path.getsize(path), multipart=True)["upload"]
there = {part["part_number"] for part in act("upload_list_parts", id=upload["id"])["parts"]}  # none yet; after a crash, some
with open(path, "rb") as file:
    for number in sorted(set(range(1, upload["part_count"] + 1)) - there):
        [part] = act("upload_sign_parts", id=upload["id"], part_numbers=[number])["parts"]
        file.seek((number - 1) * upload["part_size"])
        requests.put(part["url"], headers=part["headers"], data=file.read(upload["part_size"])).raise_for_status()
act("upload_complete", id=upload["id"])
print(upload["id"])
