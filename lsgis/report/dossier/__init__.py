"""A site report as a dossier one can sign: one content, one id, seven formats."""

from lsgis.report.dossier.surroundings import shapes_around
from lsgis.report.dossier.write import FORMATS, write_dossier

__all__ = ["FORMATS", "shapes_around", "write_dossier"]
