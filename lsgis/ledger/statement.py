"""What the Decision says as a whole: lists that share out the communes, totals, contradictions."""

from collections.abc import Mapping

import geopandas as gpd

from lsgis.catalogue import (
    Layer,
    layer_with_role,
    read_membership,
    read_register,
    read_unit_register,
    title_of,
)
from lsgis.ledger.row import commune_names, document_of, new_row
from lsgis.text import LANGUAGES, family, say

_TOTAL = family(
    "ledger.total.",
    "ledger.total.commune_declared",
    "ledger.total.commune_computed",
    "ledger.total.province_computed",
    "ledger.total.zones_computed",
)

_M2_PER_HA = 10_000


def partition_rows(layer: Layer) -> list[dict]:
    """One row a commune: in which of the lists that should share out the communes it stands."""
    members = read_membership(*layer.build.list)
    held = members.groupby("commune_code", sort=False)["list"].agg(list).to_dict()
    units = read_unit_register()["commune_code"].tolist()
    rows = []
    for code in [*units, *sorted(set(held) - set(units))]:
        lists = held.get(code, [])
        titles = {lang: [title_of("kind", name, lang) for name in lists] for lang in LANGUAGES}
        status = {0: "unassigned", 1: "assigned"}.get(len(lists), "repeated")
        notes = (
            [("ledger.note.lists", {lang: "; ".join(titles[lang]) for lang in LANGUAGES})]
            if lists
            else []
        )
        rows.append(
            new_row(
                f"{layer.name}/partition/{code}",
                kind="partition",
                layer=layer.name,
                status="extra" if code not in units else status,
                notes=[(note, {"lists": told}) for note, told in notes],
                name_vi=commune_names([code]),
                name_en=_name_en(code),
                commune=commune_names([code]),
                commune_codes=code,
                expected="1",
                found=str(len(lists)),
                clause=layer.legal.clause,
                document=document_of(layer.legal.clause),
            )
        )
    return rows


def _name_en(code: str) -> str:
    return str(read_unit_register().set_index("commune_code")["name_en"].get(code, code))


def total_rows(
    layers: Mapping[str, gpd.GeoDataFrame], catalogue: Mapping[str, Layer]
) -> list[dict]:
    """Areas that ought to make the province, beside the area the Decision states (ha)."""
    layer = layer_with_role(catalogue, "outline")
    declared = layer.expected.area_ha
    communes = layers[layer_with_role(catalogue, "unit").name]
    zones = layers[layer_with_role(catalogue, "zoning").name]
    sums = {
        "commune_declared": communes["area_ha"].sum(min_count=len(communes)),
        "commune_computed": communes.area.sum() / _M2_PER_HA,
        "province_computed": layers[layer.name].area.sum() / _M2_PER_HA,
        "zones_computed": zones.area.sum() / _M2_PER_HA,
    }
    rows = []
    for name, area in sums.items():
        # a sum that is unknown agrees with nothing
        share = (area - declared) / declared
        agrees = abs(share) <= layer.expected.tolerance
        note = {"hectares": f"{area - declared:+.2f}", "percent": f"{share * 100:+.4f}"}
        rows.append(
            new_row(
                f"total/area/{name}",
                kind="total",
                layer=layer.name,
                status="agrees" if agrees else "differs",
                notes=[("ledger.note.difference", note)],
                expected=f"{declared:.10g} ha",
                found=f"{area:.10g} ha",
                clause=layer.legal.clause,
                document=document_of(layer.legal.clause),
                **{f"name_{lang}": say(_TOTAL[name], lang) for lang in LANGUAGES},
            )
        )
    return rows


def contradiction_rows() -> list[dict]:
    """Every contradiction of the register: what either document says, and which is followed."""
    rows = []
    for row in read_register("contradiction").itertuples():
        followed = {"a": row.document_a, "b": row.document_b}.get(row.followed, "")
        note = (
            ("ledger.note.followed", {"document": followed})
            if followed
            else ("ledger.note.followed-none", {})
        )
        made = new_row(
            f"contradiction/{row.code}",
            kind="contradiction",
            status="settled" if followed else "unsettled",
            notes=[note],
            name_vi=row.subject_vi,
            name_en=row.subject_en,
            commune_codes=row.commune_codes,
            commune=commune_names(row.commune_codes.split("; ")),
            expected=f"{row.document_a}: {row.says_a}",
            found=f"{row.document_b}: {row.says_b}",
            clause=row.clause,
            document="; ".join(dict.fromkeys([row.document_a, row.document_b])),
        )
        for lang in LANGUAGES:
            told = getattr(row, f"note_{lang}")
            made[f"note_{lang}"] = "; ".join(filter(None, [made[f"note_{lang}"], told]))
        rows.append(made)
    return rows
