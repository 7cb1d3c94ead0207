"""Why a server can't be reached, in words, for sets and live sources alike."""

from __future__ import annotations

import pytest
from requests import exceptions

from core.data.connection import why_unreachable


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (exceptions.ConnectTimeout("x"), "it takes no connection within 2.5 s"),
        (exceptions.SSLError("certificate verify failed"), "its certificate is not accepted"),
        (exceptions.ProxyError("403"), "the proxy does not let us through"),
        (exceptions.ConnectionError("Failed to resolve 'x'"), "no network, or no server"),
        (exceptions.ConnectionError("[Errno 111] Connection refused"), "it refuses"),
    ],
)
def test_each_reason_has_its_words(error: Exception, words: str) -> None:
    assert words in why_unreachable(error, 2.5)


def test_a_connection_that_broke_later_has_none() -> None:
    assert why_unreachable(exceptions.ConnectionError("IncompleteRead(3 bytes read)"), 5) == ""
