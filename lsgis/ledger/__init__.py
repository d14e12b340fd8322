"""The Decision as a ledger: what it declares beside what a plan holds, row by row."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
