"""Frames joined, clipped and laid over each other, in the plane they share; nothing repaired."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
