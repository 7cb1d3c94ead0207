"""Streamlit's files from memory: the same bytes, and nothing but those files."""

from __future__ import annotations

from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from starlette.testclient import TestClient

from components.static_files import StaticFiles


@pytest.fixture
def client(tmp_path: Path) -> TestClient:
    (tmp_path / "files" / "js").mkdir(parents=True)
    (tmp_path / "files" / "js" / "index.js").write_bytes(b"let x = 1\n")
    (tmp_path / "files" / "font.woff2").write_bytes(bytes(range(256)))
    (tmp_path / "secret.txt").write_text("no")
    behind = Starlette(
        routes=[Route("/{path:path}", lambda request: PlainTextResponse("behind"),
                      methods=["GET", "POST"])]
    )  # fmt: skip
    return TestClient(StaticFiles(behind, tmp_path / "files"))


def test_a_file_comes_from_memory(client: TestClient, tmp_path: Path) -> None:
    for _ in range(2):
        reply = client.get("/static/js/index.js")
        assert reply.content == b"let x = 1\n"
        assert "javascript" in reply.headers["content-type"]
        assert reply.headers["content-length"] == "10"
        assert "immutable" in reply.headers["cache-control"]
        (tmp_path / "files" / "js" / "index.js").write_bytes(b"changed on disk")
    font = client.get("/static/font.woff2")
    assert font.content == bytes(range(256))
    assert font.headers["content-type"] == "font/woff2"


@pytest.mark.parametrize(
    "path",
    ["/", "/static/", "/static/js", "/static/js/none.js", "/static/../secret.txt",
     "/static/%2e%2e/secret.txt", "/static/js/..%2f..%2f..%2fsecret.txt", "/other/js/index.js"],
)  # fmt: skip
def test_everything_else_goes_on(client: TestClient, path: str) -> None:
    assert client.get(path).text == "behind"


def test_requests_for_parts_go_on(client: TestClient) -> None:
    path = "/static/js/index.js"
    assert client.get(path, headers={"Range": "bytes=0-3"}).text == "behind"
    assert client.get(path, headers={"If-None-Match": '"x"'}).text == "behind"
    assert client.post(path).text == "behind"


def test_what_streamlit_serves_is_found() -> None:
    import streamlit

    folder = Path(streamlit.__file__).parent / "static"
    script = next((folder / "static" / "js").glob("index.*.js"))
    client = TestClient(StaticFiles(Starlette()))
    assert client.get(f"/static/js/{script.name}").content == script.read_bytes()
    assert f"static/js/{script.name}" in (folder / "index.html").read_text("utf-8")
