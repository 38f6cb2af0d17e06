#!/bin/sh
# Uploads a file to a resource and waits until CKAN shows it.
# Use: CKAN_API_TOKEN=… upload.sh GATEWAY RESOURCE_ID FILE
set -eu
gateway=$1 resource=$2 file=$3

act() { # The token goes through a pipe: other users of the machine can read arguments.
  action=$1 && shift
  printf 'Authorization: %s\n' "$CKAN_API_TOKEN" | curl -sS --fail-with-body -H @- "$@" "$gateway/api/3/action/$action"
}
field() { # The first field of this name in a JSON text.
  sed -n "s/.*\"$1\": *\"\([^\"]*\)\".*/\1/p" | head -n 1
}

answer=$(act resource_upload --data-urlencode "id=$resource" --data-urlencode "name=$(basename "$file")")
url=$(echo "$answer" | field presigned_url)
upload=$(echo "$answer" | sed 's/.*"upload": *{//' | field id)

curl -sS --fail-with-body -T "$file" "$url" # Without the token: the URL is signed.

state=issued
while [ "$state" = issued ] || [ "$state" = scanning ]; do
  sleep 1
  state=$(act upload_show -d "id=$upload" | field state)
done
echo "$state"
case $state in linked | loaded) ;; *) exit 1 ;; esac
