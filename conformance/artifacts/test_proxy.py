"""The artifact proxy over plain HTTP: headers, ranges, prefixes, listings, deleting."""

import pytest

from rest import Rest, assert_error

BOTH = pytest.mark.parametrize("side", ["api", "ajax-api"])


@pytest.fixture
def root(experiment, run):
    """The path of a run's folder below the proxy's route."""
    return f"{experiment}/{run}/artifacts"


class Proxy:
    def __init__(self, url, side="api"):
        self.rest = Rest(url, f"/{side}/2.0/mlflow-artifacts/artifacts/")

    def put(self, path, content=b"x", **headers):
        return self.rest.send("PUT", path, data=content, headers=headers)

    def get(self, path, **headers):
        return self.rest.send("GET", path, headers=headers)

    def list(self, path):
        prefix = self.rest.prefix.rstrip("/")
        answer = self.rest.ok("GET", prefix, query={"path": path})
        return {file["path"]: file.get("file_size") for file in answer.get("files", [])}


@pytest.fixture
def proxy(server):
    return Proxy(server.url)


@BOTH
def test_put_get_list_delete(server, root, side):
    proxy = Proxy(server.url, side)
    assert proxy.put(f"{root}/folder/file.txt", b"hello").status == 200
    assert proxy.get(f"{root}/folder/file.txt").content == b"hello"
    assert proxy.list(root) == {"folder": None}
    assert proxy.list(f"{root}/folder") == {"file.txt": 5}
    assert proxy.rest.send("DELETE", f"{root}/folder/file.txt").json == {}
    assert proxy.get(f"{root}/folder/file.txt").status == 404


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.txt", "text/plain"),
        ("a.json", "text/plain"),
        ("a.csv", "text/plain"),
        ("a.png", "image/png"),
        ("a.html", "text/html"),
        ("MLmodel", "text/plain"),
        ("conda.yaml", "text/plain"),
        ("model.pkl", "application/octet-stream"),
        ("unknown", "application/octet-stream"),
    ],
)
def test_headers_of_a_download(proxy, root, name, kind):
    proxy.put(f"{root}/{name}", b"{}")
    answer = proxy.get(f"{root}/{name}")
    assert answer.headers["content-type"].split(";")[0] == kind
    assert answer.headers["content-disposition"] == f"attachment; filename={name}"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-length"] == "2"


def test_names_beyond_ascii_in_the_header(proxy, root):
    proxy.put(f"{root}/%C3%BC %E8%A9%A6.txt")
    answer = proxy.get(f"{root}/%C3%BC %E8%A9%A6.txt")
    disposition = answer.headers["content-disposition"]
    assert disposition == "attachment; filename=\"u .txt\"; filename*=UTF-8''%C3%BC%20%E8%A9%A6.txt"


def test_a_head_has_no_body(proxy, root):
    proxy.put(f"{root}/file", b"0123456789")
    answer = proxy.rest.send("HEAD", f"{root}/file")
    assert (answer.status, answer.content) == (200, b"")
    assert answer.headers["content-length"] == "10"
    assert answer.headers["content-type"] == "application/octet-stream"


def test_ranges(proxy, root):
    proxy.put(f"{root}/file", b"0123456789")
    whole = proxy.get(f"{root}/file")
    assert whole.headers.get("accept-ranges") == "bytes"
    part = proxy.get(f"{root}/file", Range="bytes=2-5")
    assert (part.status, part.content) == (206, b"2345")
    assert part.headers["content-range"] == "bytes 2-5/10"
    tail = proxy.get(f"{root}/file", Range="bytes=-3")
    assert (tail.status, tail.content) == (206, b"789")
    rest = proxy.get(f"{root}/file", Range="bytes=7-")
    assert (rest.status, rest.content) == (206, b"789")
    assert proxy.get(f"{root}/file", Range="bytes=50-60").status == 416


def test_an_upload_without_a_length(proxy, root):
    def chunks():
        for number in range(64):
            yield bytes([number]) * 16384

    assert proxy.put(f"{root}/streamed", chunks()).status == 200
    assert proxy.get(f"{root}/streamed").content == b"".join(chunks())


def test_a_file_is_no_folder(proxy, root):
    proxy.put(f"{root}/file")
    assert proxy.list(f"{root}/file") == {}
    assert proxy.list(f"{root}/none") == {}


def test_a_folder_is_no_file(proxy, root):
    proxy.put(f"{root}/folder/file")
    assert proxy.get(f"{root}/folder").status == 400
    assert proxy.put(f"{root}/folder/").status == 400


@pytest.mark.safer
def test_files_and_folders_do_not_mix(proxy, root):
    proxy.put(f"{root}/folder/file")
    assert 400 <= proxy.put(f"{root}/folder").status < 500
    assert 400 <= proxy.put(f"{root}/folder/file/below").status < 500
    assert proxy.get(f"{root}/folder/file").content == b"x"


def test_deleting_a_folder(proxy, root):
    proxy.put(f"{root}/folder/a")
    proxy.put(f"{root}/folder/deep/b")
    proxy.put(f"{root}/other")
    assert proxy.rest.send("DELETE", f"{root}/folder").status == 200
    assert proxy.list(root) == {"other": 1}
    assert proxy.rest.send("DELETE", f"{root}/folder").status == 200


def test_a_local_folder_has_no_multipart(rest):
    for action in ("create", "complete", "abort"):
        answer = rest.post(
            f"/api/2.0/mlflow-artifacts/mpu/{action}/0/x",
            {"path": "x", "num_parts": 2, "upload_id": "u", "parts": []},
        )
        message = "Multipart upload is not supported for the current artifact repository"
        assert_error(answer, 501, "NOT_IMPLEMENTED", message)


def test_the_web_pages_two_ways(rest, proxy, run, root):
    proxy.put(f"{root}/folder/file.txt", b"hello")
    answer = rest.get("/get-artifact", {"run_id": run, "path": "folder/file.txt"})
    assert answer.content == b"hello"
    assert answer.headers["content-disposition"] == "attachment; filename=file.txt"
    assert rest.get("/get-artifact", {"run_uuid": run, "path": "folder/file.txt"}).content == b"hello"
    assert rest.get("/get-artifact", {"run_id": run, "path": "none"}).status == 404
    assert rest.get("/get-artifact", {"run_id": run, "path": "folder"}).status == 400
    part = rest.get("/get-artifact", {"run_id": run, "path": "folder/file.txt"}, headers={"Range": "bytes=1-2"})
    assert (part.status, part.content) == (206, b"el")


def test_listing_by_run(rest, proxy, run, root, experiment):
    proxy.put(f"{root}/b", b"22")
    proxy.put(f"{root}/a/x", b"1")
    proxy.put(f"{root}/empty", b"")
    assert rest.ok("GET", "artifacts/list", query={"run_id": run}) == {
        "root_uri": f"mlflow-artifacts:/{experiment}/{run}/artifacts",
        "files": [
            {"path": "a", "is_dir": True},
            {"path": "b", "is_dir": False, "file_size": 2},
            {"path": "empty", "is_dir": False},
        ],
    }


def test_an_own_location_below_the_proxy(rest, client, unique, tmp_path):
    experiment_id = rest.experiment(unique(), artifact_location=f"mlflow-artifacts:/own/{unique()}")
    run_id = rest.run(experiment_id)
    (tmp_path / "file").write_text("own")
    client.log_artifact(run_id, str(tmp_path / "file"))
    assert [file.path for file in client.list_artifacts(run_id)] == ["file"]
    proxy = Proxy(rest.url)
    assert proxy.get(f"own/{unique()}/{run_id}/artifacts/file").content == b"own"
