"""Maps at a fixed scale for paper: the only importer of matplotlib."""

from lsgis.report.printmap.drawing import Frame, Thing, bounds_of, choose_frame
from lsgis.report.printmap.sheet import draw_sheet, frame_height

__all__ = ["Frame", "Thing", "bounds_of", "choose_frame", "draw_sheet", "frame_height"]
