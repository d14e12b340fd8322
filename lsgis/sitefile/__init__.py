"""A site as people hand it over: a file, a drawing, a table of corners, a point."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
