"""Frames joined, clipped and laid over each other: pure, in EPSG:9215, nothing repaired."""

from lsgis.combine.clip import clip_to
from lsgis.combine.corridor import buffer_lines
from lsgis.combine.dissolve import dissolve_places
from lsgis.combine.environment import compose_zones, summarise_zones
from lsgis.combine.fact import join_facts, unmatched_facts
from lsgis.combine.overlay import overlay_zones, stack_zones
from lsgis.combine.part import missing_parts, trace_parts
from lsgis.combine.place import join_places
from lsgis.combine.share import share_places
from lsgis.combine.soundness import is_located, not_located

__all__ = [
    "buffer_lines",
    "clip_to",
    "compose_zones",
    "dissolve_places",
    "is_located",
    "join_facts",
    "join_places",
    "missing_parts",
    "not_located",
    "overlay_zones",
    "share_places",
    "stack_zones",
    "summarise_zones",
    "trace_parts",
    "unmatched_facts",
]
