"""Tables keyed by the communes of before July 2025, moved to the communes of now."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
