export CKAN_UPLINK_GATEWAY=https://uploads.example.org CKAN_API_TOKEN_FILE=~/.ckan-token
ckan-uplink upload data/ --dataset air-quality --replace-by-name
