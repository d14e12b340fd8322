"""The one way in which pages are made from templates: every value escaped, none left out."""

import jinja2

from lsgis.region import Region
from lsgis.report.words import heading, spoken, table_title
from lsgis.text import format_number, say


def open_templates(package: str, lang: str, region: Region) -> jinja2.Environment:
    """The templates that lie in a package, for pages in a language about a region.

    They know `say`, `heading` and `table_title`, and the filters `spoken` (a code of a
    column in words) and `number`. A value that nobody gave is an error; a style sheet that
    is included is not escaped.
    """
    house = jinja2.Environment(
        loader=jinja2.PackageLoader(package, "."),
        autoescape=lambda name: name is None or not name.endswith(".css"),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    house.globals["say"] = lambda code, **values: say(code, lang, **values)
    house.globals["heading"] = lambda column: heading(column, lang, region=region)
    house.globals["table_title"] = lambda name: table_title(name, lang, region=region)
    house.filters["spoken"] = lambda value, column: spoken(column, value, lang, region=region)
    house.filters["number"] = lambda value, digits=0: format_number(value, digits, lang)
    return house
