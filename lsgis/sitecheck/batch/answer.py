"""One row of many: a site read and checked, its row of the summary, or why there is none."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from shapely.errors import GEOSException

from lsgis.errors import LsgisError
from lsgis.sitecheck.batch.request import Request, require_place
from lsgis.sitecheck.check import check_site
from lsgis.sitecheck.index.check_index import CheckIndex
from lsgis.sitecheck.place import PLACES, compare_place
from lsgis.sitecheck.record import LogRow, SiteReport
from lsgis.sitecheck.site.reader import read_site
from lsgis.sitecheck.verdict.state import WORST_FIRST
from lsgis.text import LANGUAGES, say

WriteDossier = Callable[[SiteReport, Path], object]
_BLANK = (
    "id", "kind", "accuracy_m", "area_m2", "place", "place_vi", "place_en", "communes",
    "outside_share",
)  # fmt: skip


def answer_request(
    request: Request,
    index: CheckIndex,
    options: Mapping,
    common: Mapping,
    folder: Path,
    dossiers: WriteDossier | None,
) -> dict[str, Any]:
    """The summary row of one site: its verdicts, or why there are none."""
    try:
        require_place(request)
        site = read_site(
            request.source,
            crs=request.crs or common["crs"],
            accuracy_m=_metres(request.accuracy_m, common["accuracy_m"]),
            area_certificate_m2=_metres(request.area_certificate_m2, None),
            name=request.name,
        )
        site = compare_place(
            site, index, commune=request.declared_commune,
            assumed_accuracy_m=options["assumed_accuracy_m"],
        )  # fmt: skip
        report = check_site(site, index, type=request.type or common["type"], **options)
    except LsgisError as error:
        return _failed(request, **{f"error_{n}": error.message(n) for n in LANGUAGES})
    except (ValueError, ArithmeticError, GEOSException) as error:
        return _failed(request, **{f"error_{n}": repr(error) for n in LANGUAGES})
    if dossiers is not None:
        dossiers(report, folder / "dossier" / f"{request.row:05d}")
    return _answered(request, report)


def _metres(cell: str, otherwise: float | None) -> float | None:
    """A number of metres as an office writes it; another one when the cell is empty."""
    return float(cell.replace(",", ".")) if cell else otherwise


def _failed(request: Request, **errors: str) -> dict[str, Any]:
    told = {"row": request.row, "name": request.name, "worst": "error", "states": {}}
    blank = dict.fromkeys(_BLANK)
    return {**told, **blank, **errors}


def _answered(request: Request, report: SiteReport) -> dict[str, Any]:
    site, context = report.site, report.context
    states = {theme.layer: theme.state for theme in report.themes}
    return {
        "row": request.row, "name": site.name,
        "worst": min(states.values(), key=WORST_FIRST.index), "states": states,
        "id": report.id, "kind": site.kind, "accuracy_m": site.accuracy_m,
        "area_m2": site.area_m2,
        **_place(site.log),
        "communes": "; ".join(row.name_vi for row in context.communes),
        "outside_share": context.outside_share, "error_vi": None, "error_en": None,
    }  # fmt: skip


def _place(log: Sequence[LogRow]) -> dict[str, str]:
    """Whether a site lies in the commune its papers name: a code, and what the log tells of it."""
    rows = [row for row in log if row["code"] in PLACES]
    told = {f"place_{lang}": "; ".join(_say(row, lang) for row in rows) for lang in LANGUAGES}
    worst = min((str(row["code"]) for row in rows), key=PLACES.index, default="")
    return {"place": worst.removeprefix("site.place-"), **told}


def _say(row: LogRow, lang: str) -> str:
    return say(str(row["code"]), lang, **{name: v for name, v in row.items() if name != "code"})
