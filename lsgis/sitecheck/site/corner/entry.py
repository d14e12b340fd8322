"""What a table of corners holds, in its order: corners, and what stands between them."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Corner:
    """One corner as the table writes it."""

    row: int
    point: str  # "#row" where the table gives none
    first: float
    second: float
    edge: float | None = None  # m, beside this corner; None when the table gives none
    parcel: str = ""  # what the column of parcels says, "" without one


@dataclass(frozen=True)
class Gap:
    """What stands between two corners: a blank row, text, a corner's name alone, a heading."""

    kind: str  # blank | text | point | heading | block
    row: int
    text: str = ""


@dataclass
class Corners:
    """Corners and gaps in the order of the table, and what was seen on the way."""

    entries: list[Corner | Gap] = field(default_factory=list)
    decimals: float = 0
    log: list[dict[str, object]] = field(default_factory=list)
    titles: list[str] = field(default_factory=list)  # what stands above the first corner
    areas: dict[int, str] = field(default_factory=dict)  # row -> area a column states for a parcel
    per_hectare: bool = False

    @property
    def corners(self) -> list[Corner]:
        """Corners alone."""
        return [entry for entry in self.entries if isinstance(entry, Corner)]
