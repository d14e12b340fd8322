"""Every name of Việt Nam in every old form, through the real reader, whatever a file declares.

    python scripts/run_letters.py [--only shp,dbf,tab,mif,dxf,csv,geojson] [--of province]

Names are those of the registers, and of `geodata/communes_vn_2025.parquet` in LSGIS_SHARED, as
they are and in capitals. Prints a table form x declaration: right / told / wrong with not a word;
exit code 1 when anything is wrong and not told.
"""

import argparse
import os
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path[:0] = [str(Path(__file__).resolve().parent.parent / name) for name in ("tests", "")]

import pandas as pd  # noqa: E402
from old_letters import (  # noqa: E402
    ANY_CASE,
    FORMS,
    score,
    write_csv,
    write_dbf,
    write_dxf,
    write_geojson,
    write_mif,
    write_shapefile,
    write_tab,
)

from lsgis.catalogue import read_register, read_rows  # noqa: E402
from lsgis.intake import read_table, read_vector  # noqa: E402

PAGES = (None, "UTF-8", "1252", "8859-1", "1258", "windows-1258", "TCVN5712-1", "GBK", "437")
DRIVERS = (0, 0x03, 0x4D)
CHARSETS = ("Neutral", "WindowsLatin1", "WindowsVietnamese", "WindowsSimpChinese", "UTF-8")
DRAWN = (
    ("ANSI_1258", "AC1015"),
    ("ANSI_1252", "AC1015"),
    ("ANSI_936", "AC1015"),
    ("", "AC1015"),
    ("ANSI_1252", "AC1027"),
)
Read = Callable[[list[bytes]], pd.DataFrame]


def declarations(folder: Path) -> Iterator[tuple[str, str, str, Read]]:
    """Kind of file, what it declares, column of the names, how it is written and read back."""

    def way(read: Callable, write: Callable, ending: str, **options: object) -> Read:
        return lambda raws: read(write(folder / f"{ending}.{ending}", raws, **options))

    for page in PAGES:
        yield "shp", page or "-", "ten", way(read_vector, write_shapefile, "shp", page=page)
    for driver in DRIVERS:
        said = f"LDID {driver:#04x}"
        yield "dbf", said, "ten", way(read_table, write_dbf, "dbf", driver=driver)
    for charset in CHARSETS:
        yield "mif", charset, "ten", way(read_vector, write_mif, "mif", charset=charset)
        yield "tab", charset, "ten", way(read_vector, write_tab, "tab", charset=charset)
    for page, version in DRAWN:
        options = {"page": page, "version": version}
        yield (
            "dxf",
            f"{page or '-'} {version}",
            "Text",
            way(read_vector, write_dxf, "dxf", **options),
        )
    yield "csv", "-", "ten", way(read_vector, write_csv, "csv")
    yield "geojson", "-", "ten", way(read_vector, write_geojson, "geojson")


def read_names(shared: str | None) -> dict[str, list[str]]:
    """Names of the province and of the country, as they are and in capitals."""
    own = {*read_register("commune")["name_vi"], *read_register("place")["name_vi"]}
    own |= {row[f"old_{of}_vi"] for row in read_rows("crosswalk") for of in ("name", "district")}
    found = {"province": sorted(own)}
    if shared and (file := Path(shared) / "geodata/communes_vn_2025.parquet").is_file():
        rows = pd.read_parquet(file, columns=["name", "province_name"])
        country = {*rows["name"], *rows["province_name"], *own}
        found |= {
            "country": sorted(country),
            "CAPITALS": sorted(name.upper() for name in country),
        }
    return found


def main() -> int:
    """Read, print, and say by exit code whether nothing was wrong with not a word."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--only", default="", help="kinds of file, with commas between")
    parser.add_argument("--of", default="", help="province, country, CAPITALS")
    asked = parser.parse_args()
    kinds, sets = set(filter(None, asked.only.split(","))), set(filter(None, asked.of.split(",")))
    wrong, start = 0, time.perf_counter()
    print(
        f"{'names':9} {'form':9} {'file':8} {'declares':20} {'right':>6} {'told':>6} {'wrong':>6}"
    )
    with TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for title, names in read_names(os.environ.get("LSGIS_SHARED")).items():
            if sets and title not in sets:
                continue
            for form, make in FORMS.items():
                raws = make(names)
                for kind, stated, column, read in declarations(Path(folder)):
                    if (kinds and kind not in kinds) or not _can_hold(kind, form):
                        continue
                    found = score(names, read(raws), column, any_case=form in ANY_CASE)
                    counts = (found.right, found.told, len(found.wrong))
                    shown = " ".join(f"{count:6}" for count in counts)
                    print(f"{title:9} {form:9} {kind:8} {stated:20} {shown}", *found.wrong[:3])
                    wrong += len(found.wrong)
    print(f"wrong and not told: {wrong}; {time.perf_counter() - start:.0f} s")
    return 1 if wrong else 0


def _can_hold(kind: str, form: str) -> bool:
    """Capitals of TCVN 5712 are controls, which no text in lines holds."""
    return form != "tcvn5712" or kind in ("shp", "dbf", "tab")


if __name__ == "__main__":
    sys.exit(main())
