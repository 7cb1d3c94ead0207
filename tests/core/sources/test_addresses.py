"""Addresses: what is asked, what is not, and which are one server."""

from __future__ import annotations

import pytest

from core.errors import InvalidSpecError, UnknownNameError
from core.sources.addresses import check_url, same_host
from core.sources.providers import PROVIDERS, provider


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        (" https://x.org/ ", "https://x.org"),
        ("HTTPS://X.org/optimade/v1", "https://x.org/optimade"),
        ("http://x.org/v1/structures/", "http://x.org"),
        ("http://x.org/v1.1", "http://x.org"),
        ("http://127.0.0.1:5000/vault", "http://127.0.0.1:5000/vault"),
    ],
)
def test_base_urls_are_tidied(given: str, kept: str) -> None:
    assert check_url(given) == kept


@pytest.mark.parametrize(
    "url",
    [
        "", "x.org", "//x.org", "file:///etc/passwd", "ftp://x.org", "javascript:alert(1)",
        "http://", "http://x.org:port", "http://x.org:99999", "http://x.org/a b", "http://x\n.org",
        "http://xé.org", "http://" + "x" * 300, "http://[::1",
    ],
)  # fmt: skip
def test_anything_else_is_refused(url: str) -> None:
    with pytest.raises(InvalidSpecError):
        check_url(url)


@pytest.mark.parametrize(
    "url",
    ["https://me:hunter2@x.org", "https://hunter2@x.org", "https://x.org?key=hunter2",
     "https://x.org/#hunter2"],
)  # fmt: skip
def test_secrets_in_a_url_are_refused_and_not_quoted(url: str) -> None:
    with pytest.raises(InvalidSpecError) as caught:
        check_url(url)
    assert "hunter2" not in str(caught.value)


def test_one_server_under_two_schemes_but_no_other() -> None:
    assert same_host("https://X.org/a", "http://x.org:80/b")
    assert not same_host("https://x.org", "https://x.org.evil.org")
    assert not same_host("http://x.org:5000", "http://x.org:6000")
    assert not same_host("file:///a", "file:///b")


def test_providers_of_the_list_are_sound_and_found_by_name_or_url() -> None:
    for key, known in PROVIDERS.items():
        assert check_url(known.url) == known.url
        assert provider(key) is provider(f"{known.url}/v1/") is known
    assert provider("http://localhost:5000/x").key == "localhost:5000/x"
    with pytest.raises(UnknownNameError, match="alexandria"):
        provider("alexandra")
