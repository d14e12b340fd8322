"""Where geometry comes from: what travels with lsgis, what it fetched, the user's own files."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
