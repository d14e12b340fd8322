"""Spatial planning for Lạng Sơn province: overlay layers, check them, publish maps.

Names are brought in when they are first used, so that a command imports only
what it needs.
"""

import lazy_loader as lazy

__version__ = "0.1.0"

# the jobs lsgis does; each is also a command of the same name
JOBS = (
    "check_layer",
    "check_plan",
    "check_site",
    "check_sites",
    "clip_to",
    "crosswalk_table",
    "doctor",
    "fetch",
    "import_layer",
    "join_facts",
    "join_places",
    "list_layers",
    "mend_text",
    "overlay_zones",
    "publish",
    "verify",
    "write_template",
)

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
