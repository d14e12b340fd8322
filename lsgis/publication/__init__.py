"""A plan as a folder to hand round: maps, tables, downloads, findings, manifest."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
