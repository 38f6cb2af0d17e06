"""Reads the URLs that CKAN shows with Python's readers. Arguments: names of readers. Prints a line for each."""

import importlib.util
import json
import os
import sys
import traceback
import urllib.request
from pathlib import Path

URLS = json.loads(os.environ["URLS"])
TOKEN = {"Authorization": os.environ["TOKEN"]}
TOWNS = ["Bern", "Basel"]


def pandas_csv():
    import pandas

    return list(pandas.read_csv(URLS["table.csv.gz"]).town)


def pandas_json():
    import pandas

    return list(pandas.read_json(URLS["table.json.gz"]).town)


def pandas_token():
    import pandas

    return list(pandas.read_csv(URLS["private"], storage_options=TOKEN).town)


def geopandas_zip():
    import geopandas

    return list(geopandas.read_file(URLS["towns.zip"]).town)


def pyogrio_zip():
    import pyogrio

    return list(pyogrio.read_dataframe(f"/vsizip/vsicurl/{URLS['towns.zip']}").town)


def duckdb_connection():
    """A connection with the extension from PyPI, so that nothing is downloaded at run time."""
    import duckdb

    [package] = importlib.util.find_spec("duckdb_extension_httpfs").submodule_search_locations
    [extension] = Path(package).glob("extensions/*/httpfs.duckdb_extension")
    connection = duckdb.connect()
    connection.load_extension(str(extension))
    if "CURL_CA_BUNDLE" in os.environ:
        connection.execute("SET ca_cert_file = ?", [os.environ["CURL_CA_BUNDLE"]])
    return connection


def duckdb_parquet():
    query = "SELECT town FROM read_parquet(?)"
    return [town for (town,) in duckdb_connection().execute(query, [URLS["table.parquet"]]).fetchall()]


def duckdb_token():
    connection = duckdb_connection()
    connection.execute(
        f"CREATE SECRET (TYPE http, EXTRA_HTTP_HEADERS MAP {{'Authorization': '{TOKEN['Authorization']}'}})"
    )
    return [town for (town,) in connection.execute("SELECT town FROM read_csv(?)", [URLS["private"]]).fetchall()]


def towns_in(response):
    return [line.split(",")[0] for line in response.read().decode().splitlines()[1:]]


def urllib_public():
    return towns_in(urllib.request.urlopen(URLS["table.csv"]))


def urllib_token():
    return towns_in(urllib.request.urlopen(urllib.request.Request(URLS["private"], headers=TOKEN)))


def urllib_part():
    headers = {**TOKEN, "Range": "bytes=12-15"}
    response = urllib.request.urlopen(urllib.request.Request(URLS["private"], headers=headers))
    return TOWNS if (response.status, response.read()) == (206, b"Bern") else "another part"


def requests_token():
    import requests

    answer = requests.get(URLS["private"], headers=TOKEN, timeout=60)
    return [line.split(",")[0] for line in answer.text.splitlines()[1:]]


for name in sys.argv[1:]:
    try:
        read = globals()[name]()
        print("ok    " if read == TOWNS else f"WRONG {read!r}", name)
    except Exception:
        print("FAILED", name, traceback.format_exc(limit=-2).replace("\n", " | "))
