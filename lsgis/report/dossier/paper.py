"""A dossier on paper: the same page set as PDF."""

from lsgis.report.dossier.library import library


def render_pdf(page: str, dossier_id: str) -> bytes:
    """PDF of a page that `render_page` made; nothing outside the page is read.

    The same page and the same fonts give the same bytes: the file carries no
    time, and its identifier is made from the dossier's id.
    """
    weasyprint = library("weasyprint")
    from weasyprint.urls import URLFetcher

    only_inline = URLFetcher(allowed_protocols=("data",))
    identifier = dossier_id.encode("ascii")[:32]
    return weasyprint.HTML(string=page, url_fetcher=only_inline).write_pdf(
        pdf_identifier=identifier, pdf_tags=True
    )
