"""The record of one site check: every thing a report says, with its type, unit and meaning.

These definitions are the only ones. The JSON Schema of a report is generated from
them, its JSON file is written and read by them (`lsgis.sitecheck.record_json`), and
`check_site` hands out nothing they do not accept. Numbers are
unrounded; coordinates are metres of the region's CRS, easting first; no clock is in a report, so
that the same inputs give the same bytes.
"""

import json
from datetime import date
from typing import Annotated, Any, Literal, get_args

import msgspec
from msgspec import Meta

# ---- words ----------------------------------------------------------------------------------

State = Annotated[
    Literal[
        "affected",
        "likely",
        "possible",
        "below_threshold",
        "incomplete",
        "not_affected",
        "no_data",
    ],
    Meta(
        description="affected: the overlap remains when the zone is shrunk by e. likely: overlap "
        "as drawn that would vanish within e, or drawn as a symbol, or of assumed accuracy. "
        "possible: no overlap (or one below the minimum that could exceed it), but within e. "
        "below_threshold: smaller than the layer's stated minimum, also when grown by e. "
        "not_affected: farther than e from every feature, and the layer is complete. incomplete: "
        "farther than e from what is located, while features are declared that nobody has "
        "located, or nobody states how many there are. no_data: nothing located; never "
        "'no restriction'."
    ),
]
Caveats = Annotated[
    tuple[Literal["later", "unconfirmed", "not_computed"], ...],
    Meta(
        description="later: planned after the period of the plan (data/phase.csv). unconfirmed: "
        "nobody has confirmed that the Decision has it. not_computed: what the site overlaps of it "
        "could not be computed; it may be anything, and no size is given"
    ),
]
FindingState = Literal["affected", "likely", "possible", "below_threshold"]
SEVERITY: tuple[str, ...] = get_args(FindingState)  # worst first
# the least and the most that an overlap may come to within accuracy
SHARES = ("share", "share_certificate")  # of the site as measured, as its certificate states it
INTERVALS = ("area_least_m2", "area_most_m2", "length_least_m", "length_most_m")
# of a whole site, what a reader must know first: what is there, what nobody knows, the rest
WORST_FIRST = (*SEVERITY, "incomplete", "no_data", "not_affected")
Quality = Literal["authoritative", "indicative", "schematic", "none"]
SiteKind = Literal["polygon", "line", "point"]
Relation = Literal[
    "overlap",
    "below_threshold",
    "within_band",
    "uncertain",
    "not_located",
    "clear",
    "project",
]
Standing = Literal["in_force", "not_yet", "superseded", "unknown"]
Here = Annotated[
    Literal["yes", "possible", "no"],
    Meta(
        description="yes: the site lies in such a commune as drawn. possible: in none, but within "
        "the combined accuracy of site and commune of one. no: farther than that from each."
    ),
]
Read = Annotated[
    Literal["P", "S", "U"],
    Meta(description="Where the clause was read: P published page, S scan, U unverified"),
]
Level = Annotated[
    Literal["A", "B", "C", ""],
    Meta(
        description="How far it was read: A the act, or a page that prints the whole article or "
        "paragraph; B a page that quotes the point; C described, or the title only; empty: not "
        "read, or advice"
    ),
]

# ---- units ----------------------------------------------------------------------------------

Metres = Annotated[float, Meta(ge=0, description="Metres of the region's CRS")]
SquareMetres = Annotated[float, Meta(ge=0, description="Square metres of the region's CRS")]
Share = Annotated[float, Meta(ge=0, le=1, description="Part of the site, 0-1")]
CertificateShare = Annotated[
    Annotated[float, Meta(ge=0)] | None,
    Meta(
        description="Part of the area that the land certificate states; above 1 where that is "
        "smaller than the overlap; null without a certificate"
    ),
]
Bearing = Annotated[
    float,
    Meta(ge=0, le=360, description="Grid bearing from the site, degrees clockwise from north"),
]
_SHRUNK = "The overlap when the zone (for lines: the site) is shrunk by e; null of a symbol"
_GROWN = "The overlap when the zone (for lines: the site) is grown by e; null of a symbol"
AreaLeast = Annotated[SquareMetres | None, Meta(description=_SHRUNK)]
AreaMost = Annotated[SquareMetres | None, Meta(description=_GROWN)]
LengthLeast = Annotated[Metres | None, Meta(description=_SHRUNK)]
LengthMost = Annotated[Metres | None, Meta(description=_GROWN)]
Count = Annotated[int, Meta(ge=0)]
Sha256 = Annotated[str, Meta(pattern="^[0-9a-f]{64}$", max_length=64)]
ClauseIds = Annotated[
    tuple[str, ...],
    Meta(min_length=1, description="Ids of data/clause.csv; each stands in `clauses`"),
]
Bounds = Annotated[
    tuple[float, float, float, float],
    Meta(description="Least easting, least northing, largest easting, largest northing (m)"),
]
LogValue = str | int | float | bool | None
LogRow = Annotated[
    dict[str, LogValue],
    Meta(
        description="A text of data/text/site.csv (`code`) and the values of its placeholders",
        extra_json_schema={"properties": {"code": {"type": "string"}}, "required": ["code"]},
    ),
]


class Record(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A frozen record; one that is read must have its fields and no others."""


# ---- shapes ---------------------------------------------------------------------------------

Position = tuple[float, float]
Path = tuple[Position, ...]
Rings = tuple[Path, ...]


class Shape(Record, frozen=True, tag_field="type"):
    """A GeoJSON geometry; shapely's `shape` takes it."""

    @property
    def __geo_interface__(self) -> dict[str, Any]:
        plain: dict[str, Any] = msgspec.to_builtins(self)
        return plain


class PointShape(Shape, frozen=True, tag="Point"):
    """One position."""

    coordinates: Position


class MultiPointShape(Shape, frozen=True, tag="MultiPoint"):
    """Positions."""

    coordinates: Path


class LineStringShape(Shape, frozen=True, tag="LineString"):
    """A line of positions."""

    coordinates: Path


class MultiLineStringShape(Shape, frozen=True, tag="MultiLineString"):
    """Lines."""

    coordinates: Rings


class PolygonShape(Shape, frozen=True, tag="Polygon"):
    """Closed rings: the outline, then holes."""

    coordinates: Rings


class MultiPolygonShape(Shape, frozen=True, tag="MultiPolygon"):
    """Polygons."""

    coordinates: tuple[Rings, ...]


class CollectionShape(Shape, frozen=True, tag="GeometryCollection"):
    """Geometries of several kinds."""

    geometries: "tuple[Geometry, ...]"  # the whole in quotes: Python 3.10 looks no further inside


Geometry = (
    PointShape
    | MultiPointShape
    | LineStringShape
    | MultiLineStringShape
    | PolygonShape
    | MultiPolygonShape
    | CollectionShape
)

# ---- the site -------------------------------------------------------------------------------


class SiteInput(Record, frozen=True):
    """What the site was read from."""

    kind: Annotated[str, Meta(description="file, table, point or wkt")]
    name: str
    sha256: Annotated[str, Meta(description="Of the file, or of the text")]


class InnerPoint(Record, frozen=True):
    """A point within the site."""

    easting: Annotated[float, Meta(description="Metres of the region's CRS")]
    northing: Annotated[float, Meta(description="Metres of the region's CRS")]
    lon: Annotated[float, Meta(description="Degrees, EPSG:4326, 10 decimals")]
    lat: Annotated[float, Meta(description="Degrees, EPSG:4326, 10 decimals")]


class SiteRecord(Record, frozen=True):
    """The site as it was read and measured."""

    name: str
    kind: SiteKind
    input: SiteInput
    crs_found: Annotated[str, Meta(description="The reference system the source states")]
    operation: Annotated[str, Meta(description="The datum operation; empty when none was crossed")]
    accuracy_m: Annotated[
        Metres | None,
        Meta(description="Horizontal accuracy (95 %); null when nobody states it"),
    ]
    area_m2: Annotated[SquareMetres | None, Meta(description="Null unless a polygon")]
    area_ellipsoidal_m2: Annotated[
        SquareMetres | None,
        Meta(description="On the ellipsoid, to 0.001 m²; null unless a polygon"),
    ]
    area_certificate_m2: Annotated[
        SquareMetres | None,
        Meta(description="As the land certificate states it; null without one"),
    ]
    length_m: Annotated[Metres | None, Meta(description="Null unless a line")]
    parts: Count
    holes: Count
    vertices: Annotated[Count, Meta(description="The first of a ring counted once")]
    bounds: Bounds
    inside: InnerPoint
    geometry: Annotated[
        Geometry,
        Meta(description="The region's CRS, every digit: the report can be computed again from it"),
    ]
    geometry_wgs84: Annotated[Geometry, Meta(description="EPSG:4326, longitude first, 9 decimals")]
    log: Annotated[tuple[LogRow, ...], Meta(description="How the site was read")]

    def __post_init__(self) -> None:
        for n, row in enumerate(self.log):
            if not isinstance(row.get("code"), str):
                raise ValueError(f"Expected `log row with a code`, got `row {n}`")


# ---- what a layer says ----------------------------------------------------------------------


class Title(Record, frozen=True):
    """A title in both languages."""

    vi: str
    en: str


class Dispute(Record, frozen=True):
    """What a planner says against a finding; it stands beside it and changes nothing."""

    reason: str
    by: str | None
    on: Annotated[str | None, Meta(description="Day, as the planner wrote it")]


class Finding(Record, frozen=True):
    """One feature that the site meets, or may meet within accuracy."""

    key: Annotated[str, Meta(description="Of the feature in its layer")]
    name_vi: str
    name_en: str
    part: Annotated[
        str | None,
        Meta(description="Part of the environmental zones; null where it is none"),
    ]
    state: FindingState
    area_m2: Annotated[SquareMetres | None, Meta(description="Of the overlap; null for others")]
    area_least_m2: AreaLeast
    area_most_m2: AreaMost
    length_m: Annotated[Metres | None, Meta(description="Of the overlap; null for others")]
    length_least_m: LengthLeast
    length_most_m: LengthMost
    count: Annotated[Count | None, Meta(description="Points of the overlap; null for others")]
    share: Share | None
    share_certificate: CertificateShare
    distance_m: Annotated[Metres, Meta(description="0 where they meet")]
    bearing_deg: Annotated[Bearing | None, Meta(description="Null where they meet")]
    e_m: Annotated[
        Metres,
        Meta(description="Combined horizontal accuracy (95 %) of site and feature, metres"),
    ]
    accuracy_m: Annotated[
        Metres | None,
        Meta(description="Of the feature; null when nobody states it"),
    ]
    accuracy_assumed: Annotated[
        bool,
        Meta(description="assumed_accuracy_m stood in for the feature's or the site's"),
    ]
    quality: Quality
    symbol: Annotated[bool, Meta(description="A symbol, not a boundary: never affected")]
    phase: Annotated[
        str | None,
        Meta(description="Code of data/phase.csv; null where the feature states none"),
    ]
    in_decision: Annotated[
        str | None,
        Meta(description="yes, inferred or unconfirmed; null where the feature states nothing"),
    ]
    status: Annotated[
        str | None,
        Meta(description="Legal status, as a column `status` of the layer has it; null without"),
    ]
    caveats: Caveats
    source: Annotated[tuple[str, ...], Meta(description="Ids of data/source.csv")]
    clauses: ClauseIds
    dispute: Dispute | None
    geometry: Annotated[
        Geometry | None,
        Meta(description="The common ground, the region's CRS, millimetres; null without overlap"),
    ]

    def __post_init__(self) -> None:
        if self.state == "affected" and (self.symbol or self.accuracy_assumed):
            why = "symbol" if self.symbol else "accuracy_assumed"
            raise ValueError(f"Expected `{why}: false`, got `true, and affected`")


class Nearest(Record, frozen=True):
    """The feature of a restricting layer nearest to the site."""

    key: str
    name_vi: str
    name_en: str
    distance_m: Metres
    bearing_deg: Annotated[Bearing | None, Meta(description="Null where they meet")]
    e_m: Annotated[Metres, Meta(description="Combined horizontal accuracy (95 %), metres")]
    accuracy_assumed: Annotated[
        bool,
        Meta(description="assumed_accuracy_m stood in for the feature's or the site's"),
    ]


class Band(Record, frozen=True):
    """How many features lie within a distance of the site, as far as their accuracy tells."""

    within_m: Metres
    least: Annotated[
        Count,
        Meta(
            description="Surely: affected, or distance + e is no larger; neither symbols nor "
            "assumed accuracy"
        ),
    ]
    most: Annotated[Count, Meta(description="Possibly: distance - e is no larger")]


class Undrawn(Record, frozen=True):
    """A feature the law declares and nobody has located."""

    key: str
    name_vi: str
    name_en: str
    commune_codes: tuple[str, ...]
    here: Annotated[
        Here | None,
        Meta(description="Declared in a commune of the site; null when no commune is declared"),
    ]


class LayerVerdict(Record, frozen=True):
    """What one restricting layer says of the site: a state, and what it rests on."""

    layer: Annotated[str, Meta(description="Name of the layer file")]
    title: Title
    theme: Annotated[str, Meta(description="Code of data/theme.csv")]
    state: State
    state_unset: Annotated[
        State | None,
        Meta(description="By the layer's own minimum; null unless the caller set another"),
    ]
    quality: Annotated[Quality, Meta(description="Of the weakest located feature")]
    accuracy_m: Annotated[
        Metres | None,
        Meta(
            description="Of the weakest located feature; null when one is unknown, "
            "or none is located"
        ),
    ]
    accuracy_assumed: Annotated[
        bool,
        Meta(description="The state rests on assumed_accuracy_m, for the site or a feature"),
    ]
    holds_to_m: Annotated[
        Metres | None,
        Meta(
            description="Where accuracy_assumed and nothing is found: the state stands as long as "
            "what was assumed (of the site, a feature, or each of both) is truly smaller"
        ),
    ]
    expected: Annotated[
        Count | None,
        Meta(description="What the Decision counts; null when it states no number"),
    ]
    listed: Count
    located: Count
    complete: Annotated[bool, Meta(description="What is located is all there is")]
    origin: Annotated[str, Meta(description="Where the geometry comes from")]
    area_m2: Annotated[SquareMetres | None, Meta(description="Overlap, shared ground once")]
    area_least_m2: AreaLeast
    area_most_m2: AreaMost
    length_m: Annotated[Metres | None, Meta(description="Overlap, shared stretches once")]
    length_least_m: LengthLeast
    length_most_m: LengthMost
    count: Annotated[Count | None, Meta(description="Points of the overlap")]
    share: Annotated[
        Share | None,
        Meta(description="Of the site, ground that features share counted once"),
    ]
    share_certificate: CertificateShare
    nearest: Annotated[Nearest | None, Meta(description="Null where nothing is located")]
    bands: tuple[Band, ...]
    clauses: ClauseIds
    caveats: Annotated[
        Caveats,
        Meta(description="The features without it would not give the layer this state"),
    ]
    undrawn: tuple[Undrawn, ...]
    undrawn_count: Annotated[Count, Meta(description="Also those nobody has named")]
    undrawn_here: Annotated[
        Here | None,
        Meta(description="One is declared in a commune of the site; null when nobody can know"),
    ]
    office: Annotated[str | None, Meta(description="Code of data/office.csv that is asked")]
    findings: Annotated[tuple[Finding, ...], Meta(description="The worst state first")]

    def __post_init__(self) -> None:
        if self.state == "not_affected" and not (self.located or self.nearest or self.findings):
            expected = "state no_data of a layer without features"
            raise ValueError(f"Expected `{expected}`, got `not_affected`")


# ---- where the site lies --------------------------------------------------------------------


OfCommune = Annotated[
    Metres | None,
    Meta(description="Of the commune as drawn; null when nobody states it"),
]
WithCommune = Annotated[
    Metres,
    Meta(description="Combined horizontal accuracy (95 %) of site and commune, metres"),
]
AssumedThere = Annotated[
    bool,
    Meta(description="assumed_accuracy_m stood in for the commune's or the site's"),
]


class CommuneShare(Record, frozen=True):
    """Part of the site in one commune."""

    code: str
    name_vi: str
    name_en: str
    kind: Annotated[str, Meta(description="commune or ward")]
    area_m2: SquareMetres
    share: Share
    accuracy_m: OfCommune
    e_m: WithCommune
    accuracy_assumed: AssumedThere


class CommuneNear(Record, frozen=True):
    """A commune that the site does not meet as drawn, and may lie in within accuracy."""

    code: str
    name_vi: str
    name_en: str
    kind: Annotated[str, Meta(description="commune or ward")]
    distance_m: Annotated[Metres, Meta(description="0 where they touch; never more than e_m")]
    accuracy_m: OfCommune
    e_m: WithCommune
    accuracy_assumed: AssumedThere


class ZoneShare(Record, frozen=True):
    """Part of the site in one zone of the plan."""

    key: str
    name_vi: str
    name_en: str
    area_m2: SquareMetres
    share: Share


class ClassShare(Record, frozen=True):
    """Part of the site in one class of environmental zones."""

    zone: Annotated[str, Meta(description="Class of the zone")]
    area_m2: SquareMetres
    share: Share
    provisional: Annotated[
        bool,
        Meta(description="A part of a stricter class that nobody has located may lie there"),
    ]


class NearestPlace(Record, frozen=True):
    """The nearest feature of a layer that restricts nothing; null but `layer` without any."""

    layer: str
    key: str | None
    name_vi: str | None
    name_en: str | None
    kind: str | None
    distance_m: Metres | None
    bearing_deg: Bearing | None
    accuracy_m: Metres | None
    quality: Quality | None


class Spread(Record, frozen=True):
    """Smallest, mean and largest of cells."""

    min: float
    mean: float
    max: float


class Terrain(Record, frozen=True):
    """Elevation and slope of the site, as a model of the user has them."""

    name: str
    crs: str
    cell_m: Metres
    cells: Count
    cells_without_data: Count
    elevation_m: Annotated[Spread | None, Meta(description="Metres, as the model states them")]
    slope_deg: Annotated[Spread | None, Meta(description="Degrees")]


class Context(Record, frozen=True):
    """Where the site lies in the province and in the plan: told, never judged."""

    communes: Annotated[tuple[CommuneShare, ...], Meta(description="The largest share first")]
    communes_near: Annotated[
        tuple[CommuneNear, ...],
        Meta(description="Others that the site may lie in within accuracy, the nearest first"),
    ]
    outside_m2: Annotated[SquareMetres, Meta(description="In no province drawn")]
    outside_share: Share
    socio_economic_zone: tuple[ZoneShare, ...]
    environmental_zone: tuple[ClassShare, ...]
    corridors: tuple[NearestPlace, ...]
    nearest: tuple[NearestPlace, ...]
    terrain: Annotated[Terrain | None, Meta(description="Null when no model was given")]


# ---- law ------------------------------------------------------------------------------------


class Consequence(Record, frozen=True):
    """What verdicts mean for a project: a row of data/consequence.csv that holds."""

    code: str
    kind: Literal["law", "guidance"]
    zone_class: str
    relation: Relation
    project_type: Annotated[str, Meta(description="Codes joined by '; ', or *")]
    text_vi: str
    text_en: str
    clauses: tuple[str, ...]
    level: Level
    verified: Annotated[bool, Meta(description="Level A: only that speaks as law")]
    layer: Annotated[str, Meta(description="Empty for what binds a project wherever it lies")]
    within_accuracy: Annotated[
        bool,
        Meta(description="A distance is too large as drawn, and may not be within accuracy"),
    ]


class Contradiction(Record, frozen=True):
    """Where documents disagree about what the report says: a row of data/contradiction.csv."""

    code: str
    subject_vi: str
    subject_en: str
    document_a: str
    says_a: str
    document_b: str
    says_b: str
    followed: Annotated[Literal["a", "b", "none"], Meta(description="Which document lsgis follows")]
    why: Annotated[
        Literal["later", "act", "read", "measured", "current", "none"],
        Meta(
            description="Why it is followed: the later one; an act, the other none; the one that "
            "can be checked; as measured; the figure of today; none: not settled"
        ),
    ]
    commune_codes: str
    note_vi: str
    note_en: str
    clause: str
    source: str
    here: Annotated[
        Literal["yes", "possible"] | None,
        Meta(
            description="Whether the site lies in one of its communes, or only may within "
            "accuracy; null when it is about no commune"
        ),
    ]


class ClauseStatus(Record, frozen=True):
    """A clause the report cites, as it stands on the day."""

    id: str
    instrument: str
    article: str
    title_vi: str
    title_en: str
    text_vi: str
    effective: Annotated[date | None, Meta(description="First day; null where unknown")]
    repealed: Annotated[date | None, Meta(description="First day it no longer stands")]
    status: Standing
    read: Read
    level: Level
    sources: Annotated[
        tuple[str, ...], Meta(description="Ids of data/source.csv: where it was read")
    ]
    note_vi: Annotated[str, Meta(description="Why the status is what it is; empty when in force")]
    note_en: Annotated[str, Meta(description="Why the status is what it is; empty when in force")]


class Validity(Record, frozen=True):
    """Whether the communes, or the zones of the plan, are those of the day."""

    code: Literal["units", "plan"]
    clauses: Annotated[
        tuple[str, ...],
        Meta(description="Ids of data/clause.csv that say so; none where no clause does"),
    ]
    valid: bool
    text_vi: str
    text_en: str


# ---- what it was computed with --------------------------------------------------------------


class Thresholds(Record, frozen=True):
    """Every number and choice that decides a state, as used; some by layer."""

    combination: Annotated[str, Meta(description="How accuracies are combined")]
    assumed_accuracy_m: Metres
    datum_accuracy_m: Metres
    complete: Annotated[tuple[str, ...], Meta(description="Layers the caller vouches for")]
    min_area_m2: dict[str, SquareMetres]
    min_length_m: dict[str, Metres]
    set_min_area_m2: Annotated[
        dict[str, SquareMetres], Meta(description="Those that the caller set, by layer")
    ]
    set_min_length_m: Annotated[
        dict[str, Metres], Meta(description="Those that the caller set, by layer")
    ]
    bands_m: dict[str, tuple[Metres, ...]]
    rounding_m: Metres
    quad_segs: Count
    buffer_widened: Annotated[float, Meta(ge=0, description="Factor on the width of a buffer")]
    rule: Annotated[str, Meta(description="By which rule the environmental zones are read")]


class DataSource(Record, frozen=True):
    """Where one layer of the plan came from, and how good it is."""

    layer: str
    origin: str
    input: str
    sha256: Annotated[str, Meta(description="Of the file; empty without one")]
    crs: str
    operation: str
    licence: str
    digest: Annotated[Sha256, Meta(description="Of what the layer says")]
    quality: Quality
    accuracy_m: Metres | None


class Software(Record, frozen=True):
    """Versions of what the figures depend on."""

    lsgis: str
    shapely: str
    geos: str
    pyproj: str
    proj: str
    numpy: str


class RegionRecord(Record, frozen=True):
    """The region whose plan the site was checked against, and how it is measured."""

    code: Annotated[str, Meta(description="Of data/region.toml")]
    name: Title
    crs: Annotated[str, Meta(description="The plane in which everything is measured")]
    operation: Annotated[str, Meta(description="The datum operation to WGS 84")]


class SiteReport(Record, frozen=True):
    """What a check of one project site found; the same inputs give the same bytes."""

    id: Annotated[
        Sha256,
        Meta(description="Of all inputs: site, layers, day, type, options, disputes, version"),
    ]
    on: Annotated[date, Meta(description="Day the report speaks of")]
    type: Annotated[str | None, Meta(description="Code of data/project_type.csv")]
    region: RegionRecord
    site: SiteRecord
    themes: Annotated[tuple[LayerVerdict, ...], Meta(min_length=1)]
    not_checked: Annotated[
        tuple[str, ...],
        Meta(description="Layers whose state is no_data or incomplete"),
    ]
    context: Context
    consequences: tuple[Consequence, ...]
    contradictions: tuple[Contradiction, ...]
    clauses: tuple[ClauseStatus, ...]
    validity: Annotated[
        tuple[Validity, ...],
        Meta(min_length=2, max_length=2, description="Of the communes, and of the plan"),
    ]
    thresholds: Thresholds
    data: tuple[DataSource, ...]
    software: Software

    @property
    def document(self) -> dict[str, Any]:
        """The report as plain values: what its JSON file holds, lists as lists."""
        plain: dict[str, Any] = json.loads(json.dumps(msgspec.to_builtins(self)))
        return plain
