from .move import Moved as Moved
from .move import crosswalk_table as crosswalk_table
from .unit import GENERATIONS as GENERATIONS
from .unit import read_links as read_links
from .unit import read_units as read_units
