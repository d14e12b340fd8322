"""Results as readers see them. The only room that rounds.

Names are brought in when they are first used: a site check prints without frames.
"""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
