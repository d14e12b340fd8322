"""Why a file did not come over HTTP, in the reader's words, and whether to try again."""

from pathlib import PurePosixPath
from urllib.parse import urlsplit

import requests
from requests.exceptions import ChunkedEncodingError
from urllib3.exceptions import MaxRetryError, ReadTimeoutError

from lsgis.errors import SourceError

PASSING = (408, 425, 429)  # besides 5xx: answers that another attempt may change


def name_failure(
    file: str, error: Exception, *, url: str = "", timeout: float = 0.0
) -> SourceError:
    """The refusal that tells of one file: which, from where, what was found.

    Parameters
    ----------
    file
        Path of the file at the publisher.
    error
        What the HTTP library or the disk said.
    url, timeout
        Address asked for, and the seconds waited for it.
    """
    asked = getattr(error, "request", None)  # where redirects led, if anywhere
    address = asked.url if asked is not None else url
    return SourceError(
        _code_of(error),
        file=file,
        name=PurePosixPath(file).name,
        host=urlsplit(address).netloc.rpartition("@")[2],  # no user name, no password
        reason=_reason(error),
        status=_status(error),
        seconds=f"{timeout:g}",
    )


def _code_of(error: Exception) -> str:
    if isinstance(error, requests.HTTPError):
        return "fetch.not-found" if _status(error) == 404 else "fetch.refused"
    if is_unreachable(error):
        return "fetch.unreachable"
    if isinstance(error, requests.Timeout) or _holds(error, ReadTimeoutError):
        return "fetch.timeout"
    if isinstance(error, requests.ConnectionError | ChunkedEncodingError):
        return "fetch.cut"
    return "fetch.failed" if isinstance(error, requests.RequestException) else "fetch.disk"


def is_unreachable(error: Exception) -> bool:
    """No connection at all: no network, name, route, port, proxy or trusted certificate."""
    return _holds(error, MaxRetryError)


def is_final(error: requests.RequestException) -> bool:
    """Whether another attempt would meet the same answer: no such file, no usable address."""
    if isinstance(error, requests.HTTPError):
        return _status(error) < 500 and _status(error) not in PASSING
    return isinstance(error, ValueError)


def _status(error: Exception) -> int:
    """Status the server answered with; 0 when it answered nothing."""
    response = getattr(error, "response", None)
    return 0 if response is None else response.status_code


def _holds(error: Exception, kind: type[Exception]) -> bool:
    return bool(error.args) and isinstance(error.args[0], kind)


def _reason(error: BaseException) -> str:
    """Text of the innermost cause; the outer ones print addresses in memory."""
    while inner := error.__cause__ or error.__context__:
        error = inner
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
