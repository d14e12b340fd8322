from .load import import_layer as import_layer
from .load import write_import as write_import
