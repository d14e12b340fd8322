"""Where geometry comes from: what travels with lsgis, what it fetched, the user's own files."""

from lsgis.source.environment import compose_environmental_zones, read_environmental_parts
from lsgis.source.fetched import cache_folder, fetch, read_fetched
from lsgis.source.own import file_sha256
from lsgis.source.place import find_place, take_features
from lsgis.source.plan import Plan, is_schematic, list_layers, read_plan

__all__ = [
    "Plan",
    "cache_folder",
    "compose_environmental_zones",
    "fetch",
    "file_sha256",
    "find_place",
    "is_schematic",
    "list_layers",
    "read_environmental_parts",
    "read_fetched",
    "read_plan",
    "take_features",
]
