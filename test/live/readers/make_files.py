"""Writes one table in the formats that readers know into the folder given as argument."""

import sys
import zipfile
from pathlib import Path

import geopandas
import pandas
from shapely.geometry import Point

folder = Path(sys.argv[1])
table = pandas.DataFrame({"town": ["Bern", "Basel"], "people": [134, 173]})
table.to_csv(folder / "table.csv", index=False)
table.to_csv(folder / "table.csv.gz", index=False)
table.to_json(folder / "table.json.gz", orient="records")
table.to_parquet(folder / "table.parquet")

shapes = folder / "towns"
shapes.mkdir()
places = geopandas.GeoDataFrame(table, geometry=[Point(7.4, 46.9), Point(7.6, 47.6)], crs="EPSG:4326")
places.to_file(shapes / "towns.shp")
with zipfile.ZipFile(folder / "towns.zip", "w") as archive:
    for part in sorted(shapes.iterdir()):
        archive.write(part, part.name)
