"""Frames joined, clipped and laid over each other: pure, in EPSG:9215, nothing repaired."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
