"""A layer as people hand it over: a file, a drawing, tables of corners → features and a log."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
