"""Leaflet elements and assets."""

import json
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from importlib.resources import files
from pathlib import Path
from typing import Any

import folium
import jinja2
from branca.element import Element, Figure
from folium.template import Template
from markupsafe import Markup, escape

from lsgis import __version__, disk
from lsgis.errors import OutputError

# Folium's elements as this page needs them: local files, stable names, nothing evaluated.
#
# Branca renders every text twice as a Jinja template, so data holding "{{" would be run, and
# names its elements at random. Here data enters as `Verbatim`, and each element is named by what
# it is.

SCRIPTS = ("feature.js", "card.js", "legend.js")
_FILES = (("leaflet", "leaflet.js"), *((name, name) for name in SCRIPTS))
_STYLES = (("leaflet_css", "leaflet.css"), ("lsgis_css", "lsgis.css"))


def to_script(value: Any) -> str:
    """JSON that is safe inside a script element, as short as it goes."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    text = text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    for letter in "<>&":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return text


class Verbatim(Element):
    """Text that reaches the page as it is."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text

    def render(self, **kwargs: Any) -> str:
        """The text itself, no template."""
        return self._text


class PlanMap(folium.Map):
    """A folium map without a base map, its scripts and styles in a folder beside the page."""

    _template = Template(
        """
        {% macro html(this, kwargs) %}
        <div class="folium-map" id="{{ this.get_name() }}"></div>
        {% endmacro %}
        {% macro script(this, kwargs) %}
        const {{ this.get_name() }} = L.map("{{ this.get_name() }}", {
            center: {{ this.location|tojson }}, ...{{ this.options|tojavascript }}
        });
        {% endmacro %}
        """
    )

    def __init__(
        self, bounds: tuple[float, float, float, float], *, assets: str, online_basemap: bool
    ) -> None:
        west, south, east, north = bounds
        super().__init__(
            location=((south + north) / 2, (west + east) / 2),
            tiles=None,
            zoom_start=9,
            zoom_control=False,
            zoom_snap=1 if online_basemap else 0.25,
            min_zoom=7,
            max_zoom=17,
        )
        self._id = "plan"
        self.default_js = [(name, escape(f"{assets}/{file}")) for name, file in _FILES]
        self.default_css = [(name, escape(f"{assets}/{file}")) for name, file in _STYLES]
        if online_basemap:
            tiles = folium.TileLayer("OpenStreetMap", control=False, opacity=0.6)
            tiles._id = "online"
            self.add_child(tiles)

    def begin(self, settings: Mapping[str, Any]) -> None:
        """Tell the script about the map, before any layer."""
        self.add_child(Call(f"begin({self.get_name()}, {to_script(settings)})"), name="begin")

    def start(self) -> None:
        """Run the legend and the controls, once every layer stands."""
        self.add_child(Call("start()"), name="start")


class PlanGroup(folium.FeatureGroup):
    """The features of one layer, drawn by our script into a folium group."""

    def __init__(self, name: str, shown: bool, content: Mapping[str, Any]) -> None:
        super().__init__(name=name, show=shown, control=False)
        self._id = name
        self.add_child(Call(f"fill({self.get_name()}, {to_script(content)})"), name="fill")


class Call(Element):
    """A call of our own script."""

    def __init__(self, call: str) -> None:
        super().__init__()
        self._text = f"lsgis.{call};\n"

    def render(self, **kwargs: Any) -> str:
        """Put the call into the script of the page; nothing stays where it is called from."""
        page = self.get_root()
        assert isinstance(page, Figure)
        page.script.add_child(Verbatim(self._text))
        return ""


class PlanPage(Figure):
    """The page around the map: head, legend, lists, language."""

    def __init__(self, plan: PlanMap, template: jinja2.Template, values: Mapping[str, Any]) -> None:
        super().__init__()
        self._page, self._values = template, values
        self.add_child(plan)

    def render(self, **kwargs: Any) -> str:
        """The whole page; values are escaped by the template."""
        for child in self._children.values():
            child.render(**kwargs)
        parts = {
            name: Markup(getattr(self, name).render()) for name in ("header", "html", "script")
        }
        return self._page.render(**parts, **self._values)


# The files a map page needs beside it: Leaflet as pip installed it, and our own.

_LEAFLET = (
    "leaflet.js",
    "leaflet.css",
    "images/layers.png",
    "images/layers-2x.png",
    "images/marker-icon.png",
    "images/marker-icon-2x.png",
    "images/marker-shadow.png",
)
_LICENCES = ("leaflet-license.txt", "lsgis-license.txt")  # of Leaflet, of lsgis
_OWN = (
    "lsgis.css",
    "feature.js",
    "card.js",
    "legend.js",
    "issue.css",
    "issue_map.js",
    "issue_list.js",
)
_VERSION = re.compile(r"\* Leaflet (\d[\w.]*)")


@dataclass(frozen=True)
class Carried:
    """A work that travels with map pages: on which terms, and which files of `write_assets`."""

    name: str
    version: str
    licence: str  # by its SPDX name
    home: str
    text: str  # the file beside it that holds the terms
    files: tuple[str, ...]


def list_carried() -> tuple[Carried, ...]:
    """Every work that `write_assets` brings, each file in one of them.

    Raises
    ------
    OutputError
        XStatic-Leaflet or one of its files is missing.
    """
    stated = _VERSION.search(read_asset("leaflet.js")[:1000])
    version = stated[1] if stated else "?"
    leaflet, own = _LICENCES
    return (
        Carried("Leaflet", version, "BSD-2-Clause", "leafletjs.com", leaflet, (*_LEAFLET, leaflet)),
        Carried("lsgis", __version__, "MIT", "", own, (*_OWN, own)),
    )


def write_assets(folder: Path) -> list[Path]:
    """Write the script, style and image files that every map page shares.

    Leaflet comes from the installed XStatic-Leaflet, file by file, so that the
    pages need no server; the licences are written beside them (`list_carried`).

    Parameters
    ----------
    folder
        Made when missing; pages refer to it by `draw_map(..., assets=...)`.

    Returns
    -------
    list of Path
        The files written.

    Raises
    ------
    OutputError
        XStatic-Leaflet or one of its files is missing, or they cannot be written.
    """
    names = (*_LEAFLET, *_OWN, *_LICENCES)
    with disk.whole_set(folder, parents=True) as aside:
        for name in names:
            _copy(_source_of(name), aside / name)
    return [folder / name for name in names]


def read_asset(name: str) -> str:
    """The text of a file of `write_assets`, for a page that carries it inside.

    Raises
    ------
    OutputError
        XStatic-Leaflet or one of its files is missing.
    """
    return _source_of(name).read_text(encoding="utf-8")


def _source_of(name: str) -> Path:
    return _leaflet_file(name) if name in _LEAFLET else Path(str(files("lsgis.webmap") / name))


def _leaflet_file(name: str) -> Path:
    try:
        found = distribution("XStatic-Leaflet").locate_file(f"xstatic/pkg/leaflet/data/{name}")
    except PackageNotFoundError as error:
        raise OutputError("webmap.no-leaflet", found="-") from error
    path = Path(str(found))
    if not path.is_file():
        raise OutputError("webmap.no-leaflet", found=path)
    return path


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)
