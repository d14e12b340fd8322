"""A site report as a dossier one can sign: one content, one id, every format."""

from lsgis.report.dossier.formats import FORMATS
from lsgis.report.dossier.surroundings import shapes_around
from lsgis.report.dossier.write import write_dossier

__all__ = ["FORMATS", "shapes_around", "write_dossier"]
