"""Coordinate tables of corners (bảng kê tọa độ góc ranh), as offices write them.

The readers are brought in when a table is read: a point needs but its numbers.
"""

from typing import Any

__all__ = ["read_corner_file", "read_corner_text"]


def __getattr__(name: str) -> Any:
    """Bring in a reader."""
    if name not in __all__:
        raise AttributeError(f"module 'lsgis.sitecheck.site.corner' has no attribute '{name}'")
    from lsgis.sitecheck.site.corner import reader

    return getattr(reader, name)
