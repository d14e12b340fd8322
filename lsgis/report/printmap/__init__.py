"""Maps at a fixed scale for paper: the only importer of matplotlib."""

from lsgis.report.printmap.scale import Frame, bounds_of, choose_frame
from lsgis.report.printmap.sheet import draw_sheet, frame_height
from lsgis.report.printmap.thing import Thing

__all__ = ["Frame", "Thing", "bounds_of", "choose_frame", "draw_sheet", "frame_height"]
