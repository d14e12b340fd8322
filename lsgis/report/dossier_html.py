"""The dossier as HTML and PDF."""

import base64
import io
import json
from typing import Any

from markupsafe import Markup, escape

from lsgis.report.dossier import library
from lsgis.report.markup import open_templates
from lsgis.report.summary import Dossier, tell_schematic
from lsgis.report.wording import COLORS, SECTION, STATE, Cell, Sentence, day, heading
from lsgis.text import template

# A dossier as one HTML page that needs nothing else: pictures inside, every value escaped.


def render_page(dossier: Dossier) -> str:
    """The page of a dossier, for the screen and (by its print style) for paper.

    Every number that comes from the report carries `data-at` (JSON pointer
    into it) and `data-value` (the number there, unrounded).
    """
    lang = dossier.lang
    house = open_templates("lsgis.report", lang, dossier.region)
    house.filters["said"] = lambda sentence: _said(sentence, lang)
    house.filters["headed"] = lambda column: heading(column, lang)
    house.filters["inline"] = _inline
    return house.get_template("page.html").render(
        dossier=dossier,
        colors=COLORS,
        on=day(dossier.on),
        qr=Markup(qr_svg(dossier.id)),
        badge=tell_schematic(dossier),
        STATE=STATE,
        SECTION=SECTION,
    )


def qr_svg(text: str) -> str:
    """A QR code as SVG."""
    picture = io.BytesIO()
    code = library("segno").make(text, error="m", micro=False)
    code.save(
        picture,
        kind="svg",
        xmldecl=False,
        svgns=False,
        omitsize=True,
        border=1,
        nl=False,
        title=text,
    )
    return picture.getvalue().decode("utf-8")


def _inline(png: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(png).decode("ascii")


def _said(sentence: Sentence, lang: str) -> Markup:
    """A sentence whose numbers can be held against the document."""
    values: dict[str, Any] = {key: _marked(value) for key, value in sentence.values.items()}
    plain = {k: v.text if isinstance(v, Cell) else v for k, v in sentence.values.items()}
    return escape(template(sentence.code, lang, **plain)).format(**values)


def _marked(value: Cell | str) -> Markup:
    if isinstance(value, str):
        return escape(value)
    if not value.at:
        return escape(value.text)
    return Markup(
        '<span class="value" data-at="{}" data-kind="{}" data-value="{}">{}</span>'
    ).format(value.at, value.kind, json.dumps(value.value), value.text)


# A dossier on paper: the same page set as PDF.


def render_pdf(page: str, dossier_id: str) -> bytes:
    """PDF of a page that `render_page` made; nothing outside the page is read.

    The same page and the same fonts give the same bytes: the file carries no
    time, and its identifier is made from the dossier's id.
    """
    weasyprint = library("weasyprint")
    from weasyprint.urls import URLFetcher

    only_inline = URLFetcher(allowed_protocols=("data",))
    identifier = dossier_id.encode("ascii")[:32]
    document = weasyprint.HTML(string=page, url_fetcher=only_inline)
    written: bytes = document.write_pdf(pdf_identifier=identifier, pdf_tags=True)
    return written
