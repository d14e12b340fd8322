from .site_folder import library_versions as library_versions
from .site_folder import publish as publish
from .tables import check_everything as check_everything
from .tables import make_tables as make_tables
