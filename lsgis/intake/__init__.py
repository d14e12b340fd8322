"""Any file a planner brings: a clean frame, and a log of what was mended.

Names are brought in when they are first used: a table of corners needs the old
character sets, and no frames.
"""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
