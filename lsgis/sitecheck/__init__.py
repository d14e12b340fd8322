"""Is a project site affected, by what, how much, under which clause, and how sure are we?

Names are brought in when they are first used: a single check must import
neither pandas nor geopandas, which take longer than the check itself.
"""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
