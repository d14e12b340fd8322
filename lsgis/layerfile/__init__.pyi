from .load import import_layer as import_layer
from .load import read_as_layer as read_as_layer
from .load import write_import as write_import
