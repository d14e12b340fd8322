from .account import check_plan as check_plan
from .account import open_rows as open_rows
from .account import read_accepted as read_accepted
from .account import summarise_communes as summarise_communes
from .inventory import COLUMNS as COLUMNS
from .inventory import KINDS as KINDS
from .inventory import OPEN as OPEN
from .inventory import STATUSES as STATUSES
