"""`upload-artifact`, by which the web page stores a file of a run."""

import pytest

from rest import Rest, assert_invalid, assert_missing

LIMIT = 10 * 1024 * 1024


@pytest.fixture
def upload(server):
    rest = Rest(server.url, "/ajax-api/2.0/mlflow/")

    def send(content, **query):
        return rest.send("POST", "upload-artifact", params=query, data=content)

    return send


def test_a_file_is_stored(upload, rest, run):
    assert upload(b"hello", run_uuid=run, path="notes/a.txt").status == 200
    assert rest.get("/get-artifact", {"run_id": run, "path": "notes/a.txt"}).content == b"hello"
    assert upload(b"again", run_uuid=run, path="notes/a.txt").status == 200
    assert rest.get("/get-artifact", {"run_id": run, "path": "notes/a.txt"}).content == b"again"


def test_any_content_type(server, rest, run):
    ajax = Rest(server.url, "/ajax-api/2.0/mlflow/")
    for number, kind in enumerate(["application/json", "text/plain", "image/png"]):
        query = {"run_uuid": run, "path": f"{number}"}
        answer = ajax.send("POST", "upload-artifact", params=query, data=b"{", headers={"Content-Type": kind})
        assert answer.status == 200
        assert rest.get("/get-artifact", {"run_id": run, "path": f"{number}"}).content == b"{"


@pytest.mark.since("3.18")
def test_what_must_be_there(upload, run):
    assert_invalid(upload(b"x", path="a"), "Request must specify run_id or run_uuid.")
    assert_invalid(upload(b"x", run_uuid=run), "Request must specify path.")
    assert_invalid(upload(b"", run_uuid=run, path="a"), "Request must specify data.")


def test_the_largest_file(upload, rest, run):
    assert upload(b"x" * LIMIT, run_uuid=run, path="big").status == 200
    message = "Artifact size is too large. Max size is 10MB."
    assert_invalid(upload(b"x" * (LIMIT + 1), run_uuid=run, path="bigger"), message)
    names = {file["path"] for file in rest.ok("GET", "artifacts/list", query={"run_id": run})["files"]}
    assert names == {"big"}


def test_missing_run(upload):
    message = f"Run with id={'0' * 32} not found"
    assert_missing(upload(b"x", run_uuid="0" * 32, path="a"), message)


def test_only_for_the_web_page(rest, run):
    answer = rest.send("POST", "upload-artifact", params={"run_uuid": run, "path": "a"}, data=b"x")
    assert answer.status == 404
