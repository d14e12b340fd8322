"""Coordinate tables of corners (bảng kê tọa độ góc ranh), as offices write them."""

from lsgis.sitecheck.corner.reader import read_corner_file, read_corner_text

__all__ = ["read_corner_file", "read_corner_text"]
