from .reader import Site as Site
from .reader import read_site as read_site
