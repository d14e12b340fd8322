"""Where documents contradict each other about what a report says."""

from collections.abc import Iterable, Mapping
from typing import Any

Row = Mapping[str, Any]


def list_contradictions(
    rows: Iterable[Mapping[str, str]], communes: Iterable[Row], themes: Iterable[Row]
) -> list[dict[str, str]]:
    """Rows of `contradiction.csv` that touch a result, in their order.

    A row about some communes touches the sites in one of them; a row about no
    commune touches every result that cites its clause.

    Parameters
    ----------
    rows
        The register, text as written.
    communes, themes
        Of the report: `code` of each commune, `clauses` of each theme.
    """
    here = {row["code"] for row in communes}
    cited = {clause for theme in themes for clause in theme["clauses"]}
    found = []
    for row in rows:
        codes = {code.strip() for code in row["commune_codes"].split(";")} - {""}
        if codes & here or (not codes and row["clause"] in cited):
            found.append(dict(row))
    return found
