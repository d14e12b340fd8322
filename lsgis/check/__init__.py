"""Does a frame honour its layer, and do the lists honour the units? Issues are values."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
