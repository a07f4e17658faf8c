"""Artifacts on Azure Blob Storage and S3, as far as Azurite, with TLS, and moto stand for them."""

import os
import pathlib

import mlflow
import pytest
import requests
from mlflow import MlflowClient

from rest import Rest, assert_error, assert_invalid

pytestmark = pytest.mark.skipif(mlflow.__version__ < "3", reason="needs the features of an MLflow 3 client")
MEGABYTE = 1024 * 1024
CLOUDS = ["azure", "s3"]
PROXY = "/api/2.0/mlflow-artifacts/"


@pytest.fixture(scope="module", params=CLOUDS)
def cloud(request, clouds, kind):
    if kind == "reference" and request.param != "s3":
        pytest.skip("the reference server's environment has no client of this cloud")
    return clouds.get(request.param)


@pytest.fixture(scope="module")
def stored(cloud, start_server):
    """A server that keeps proxied artifacts in the cloud."""
    return start_server(arguments=["--artifacts-destination", cloud.uri], environment=cloud.server)


@pytest.fixture
def direct(cloud, stored, monkeypatch, tmp_path):
    """A client for it that moves files of ten megabytes and more by itself."""
    monkeypatch.chdir(tmp_path)
    for name, value in cloud.client.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", stored.url)
    monkeypatch.setenv("MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE", str(10 * MEGABYTE))
    monkeypatch.setenv("MLFLOW_MULTIPART_UPLOAD_CHUNK_SIZE", str(5 * MEGABYTE))
    monkeypatch.setenv("MLFLOW_MULTIPART_DOWNLOAD_CHUNK_SIZE", str(4 * MEGABYTE))
    mlflow.set_tracking_uri(stored.url)
    return MlflowClient(stored.url)


@pytest.fixture
def web(stored):
    return Rest(stored.url)


@pytest.fixture
def root(web, unique):
    """A new run and the path of its folder below the proxy's route."""
    experiment = web.experiment(unique())
    run = web.run(experiment)
    return run, f"{experiment}/{run}/artifacts"


class Requests:
    """What a client asks the server for, and what it sends past it."""

    def __init__(self, monkeypatch):
        from mlflow.store.artifact import http_artifact_repo as repository

        self.asked, self.sent = [], []
        ask, send = repository.http_request, repository.requests.put

        def http_request(creds, endpoint, method, **arguments):
            self.asked.append((method, endpoint))
            return ask(creds, endpoint, method, **arguments)

        def put(url, **arguments):
            self.sent.append(url)
            return send(url, **arguments)

        monkeypatch.setattr(repository, "http_request", http_request)
        monkeypatch.setattr(repository.requests, "put", put)


def fetched(client, run, path, folder):
    folder.mkdir(exist_ok=True)
    return pathlib.Path(client.download_artifacts(run, path, str(folder))).read_bytes()


def test_a_tree_goes_around(direct, root, tmp_path):
    run, _ = root
    contents = {
        "a.txt": b"hello",
        "b/c d.bin": os.urandom(100_000),
        "b/ünïcode 試験.json": b"{}",
        "b/d/plus+sign,at@.txt": b"x",
        "empty": b"",
    }
    for name, content in contents.items():
        (tmp_path / "tree" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "tree" / name).write_bytes(content)
    direct.log_artifacts(run, str(tmp_path / "tree"), "logged")
    listed = {file.path: (file.is_dir, file.file_size or 0) for file in direct.list_artifacts(run, "logged")}
    assert listed == {"logged/a.txt": (False, 5), "logged/b": (True, 0), "logged/empty": (False, 0)}
    tree = pathlib.Path(direct.download_artifacts(run, "logged", str(tmp_path)))
    assert {str(f.relative_to(tree)): f.read_bytes() for f in tree.rglob("*") if f.is_file()} == contents
    assert direct.list_artifacts(run, "none") == []
    assert direct.list_artifacts(run, "logged/a.txt") == []


@pytest.mark.headwater_only
def test_the_server_says_that_large_files_go_by_themselves(web):
    info = web.ok("GET", "/api/3.0/mlflow/server-info")
    assert (info["multipart_uploads_enabled"], info["multipart_downloads_enabled"]) == (True, True)


@pytest.mark.headwater_only
def test_a_large_file_passes_the_server_by_both_ways(direct, root, tmp_path, monkeypatch):
    run, _ = root
    content = os.urandom(12 * MEGABYTE)
    (tmp_path / "large-file.bin").write_bytes(content)
    seen = Requests(monkeypatch)
    direct.log_artifact(run, str(tmp_path / "large-file.bin"), "models")
    assert len(seen.sent) == 3
    assert {method for method, _ in seen.asked} == {"POST"}
    assert fetched(direct, run, "models/large-file.bin", tmp_path / "fetched") == content
    assert [e for m, e in seen.asked if m == "GET" and "presigned" not in e and "artifacts/artifacts/" in e] == []
    (file,) = direct.list_artifacts(run, "models")
    assert (file.path, file.file_size) == ("models/large-file.bin", 12 * MEGABYTE)


def test_an_upload_in_parts_by_hand(cloud, web, root):
    run, path = root
    create = web.ok("POST", f"{PROXY}mpu/create/{path}", {"path": "/home/me/parts.bin", "num_parts": 2})
    numbers = [credential["part_number"] for credential in create["credentials"]]
    assert numbers == [1, 2]
    contents = [os.urandom(5 * MEGABYTE), b"the end"]
    parts = []
    for credential, content in zip(create["credentials"], contents):
        answer = requests.put(credential["url"], data=content, verify=cloud.client.get("REQUESTS_CA_BUNDLE", True))
        assert answer.status_code in (200, 201), answer.text
        etag = answer.headers.get("etag", "")
        parts.append({"part_number": credential["part_number"], "etag": etag, "url": credential["url"]})
    # Nothing is to be seen before the upload is complete.
    assert web.ok("GET", "artifacts/list", query={"run_id": run}).get("files", []) == []
    body = {"path": "parts.bin", "upload_id": create.get("upload_id"), "parts": parts}
    assert web.ok("POST", f"{PROXY}mpu/complete/{path}", body) == {}
    assert web.get(f"{PROXY}artifacts/{path}/parts.bin").content == b"".join(contents)


def test_an_upload_in_parts_that_is_given_up(web, root):
    run, path = root
    create = web.ok("POST", f"{PROXY}mpu/create/{path}", {"path": "x", "num_parts": 2})
    body = {"path": "x", "upload_id": create.get("upload_id")}
    assert web.ok("POST", f"{PROXY}mpu/abort/{path}", body) == {}
    assert web.ok("GET", "artifacts/list", query={"run_id": run}).get("files", []) == []


@pytest.mark.safer
def test_uploads_in_parts_that_are_wrong(cloud, web, root):
    _, path = root
    for count in (0, -1, 50_001):
        answer = web.post(f"{PROXY}mpu/create/{path}", {"path": "x", "num_parts": count})
        assert_error(answer, 400, "INVALID_PARAMETER_VALUE")
    create = web.ok("POST", f"{PROXY}mpu/create/{path}", {"path": "x", "num_parts": 2})
    part = {"part_number": 1, "etag": '"d41d8cd98f00b204e9800998ecf8427e"'}
    for parts in ([], [{**part, "part_number": 2}], [part, part], [part]):
        body = {"path": "x", "upload_id": create["upload_id"], "parts": parts}
        answer = web.post(f"{PROXY}mpu/complete/{path}", body)
        assert 400 <= answer.status < 500, f"{parts}: {answer.status} {answer.text}"
    body = {"path": "x", "upload_id": "an id of my own", "parts": [part]}
    assert web.post(f"{PROXY}mpu/complete/{path}", body).status >= 400
    assert web.get(f"{PROXY}artifacts/{path}/x").status == 404


def test_a_signed_download(cloud, web, root):
    _, path = root
    content = os.urandom(1000)
    web.send("PUT", f"{PROXY}artifacts/{path}/folder/file.txt", data=content)
    signed = web.ok("GET", f"{PROXY}presigned/{path}/folder/file.txt")
    assert (signed["headers"], signed["file_size"]) == ({}, 1000)
    verify = cloud.client.get("REQUESTS_CA_BUNDLE", True)
    answer = requests.get(signed["url"], headers={"Range": "bytes=10-19"}, verify=verify)
    assert (answer.status_code, answer.content) == (206, content[10:20])
    assert web.get(f"{PROXY}presigned/{path}/none").status == 404


@pytest.mark.headwater_only
def test_a_signed_url_is_for_one_file_and_one_way(cloud, web, root):
    if cloud.name != "azure":
        pytest.skip("moto does not check signatures")
    _, path = root
    web.send("PUT", f"{PROXY}artifacts/{path}/file.txt", data=b"x")
    web.send("PUT", f"{PROXY}artifacts/{path}/other.txt", data=b"secret")
    url = web.ok("GET", f"{PROXY}presigned/{path}/file.txt")["url"]
    verify = cloud.client["REQUESTS_CA_BUNDLE"]
    assert requests.get(url, verify=verify).content == b"x"
    assert requests.get(url.replace("file.txt", "other.txt"), verify=verify).status_code == 403
    put = requests.put(url, data=b"y", headers={"x-ms-blob-type": "BlockBlob"}, verify=verify)
    assert put.status_code == 403
    assert web.get(f"{PROXY}artifacts/{path}/file.txt").content == b"x"


def test_headers_and_ranges(web, root):
    _, path = root
    web.send("PUT", f"{PROXY}artifacts/{path}/page.html", data=b"0123456789")
    whole = web.get(f"{PROXY}artifacts/{path}/page.html")
    assert (whole.status, whole.content) == (200, b"0123456789")
    assert whole.headers["content-type"].startswith("text/html")
    assert whole.headers["content-disposition"] == "attachment; filename=page.html"


@pytest.mark.safer
def test_parts_of_a_file(web, root):
    _, path = root
    web.send("PUT", f"{PROXY}artifacts/{path}/file", data=b"0123456789")
    for wanted, content in (("bytes=2-5", b"2345"), ("bytes=-3", b"789"), ("bytes=7-", b"789")):
        part = web.get(f"{PROXY}artifacts/{path}/file", headers={"Range": wanted})
        assert (part.status, part.content) == (206, content)
    assert web.get(f"{PROXY}artifacts/{path}/file", headers={"Range": "bytes=50-60"}).status == 416
    etag = web.get(f"{PROXY}artifacts/{path}/file").headers["etag"]
    assert web.get(f"{PROXY}artifacts/{path}/file", headers={"If-None-Match": etag}).status == 304


def test_deleting(direct, web, root, tmp_path):
    run, path = root
    for name in ("a", "b/c", "b/d/e", "bc"):
        web.send("PUT", f"{PROXY}artifacts/{path}/{name}", data=name.encode())
    repository = direct._tracking_client._get_artifact_repo(run)
    repository.delete_artifacts("b")
    assert [file.path for file in direct.list_artifacts(run)] == ["a", "bc"]
    repository.delete_artifacts("a")
    assert [file.path for file in direct.list_artifacts(run)] == ["bc"]


@pytest.mark.headwater_only
def test_an_upload_that_breaks_off_leaves_nothing(web, root):
    run, path = root

    def broken():
        yield b"x" * (9 * MEGABYTE)
        raise OSError("the client dies")

    with pytest.raises((requests.RequestException, OSError)):
        web.send("PUT", f"{PROXY}artifacts/{path}/broken", data=broken())
    assert web.get(f"{PROXY}artifacts/{path}/broken").status == 404
    assert web.ok("GET", "artifacts/list", query={"run_id": run}).get("files", []) == []


@pytest.fixture(scope="module")
def beside(cloud, start_server):
    """A server whose runs have their artifacts in the cloud, for clients that know the way."""
    return start_server(arguments=["--default-artifact-root", f"{cloud.uri}/beside"], environment=cloud.server)


@pytest.mark.headwater_only
def test_files_of_a_run_by_signed_urls(cloud, beside, unique):
    web = Rest(beside.url)
    run = web.run(web.experiment(unique()))
    verify = cloud.client.get("REQUESTS_CA_BUNDLE", True)
    body = {"run_id": run, "path": "folder/a.json"}
    signed = web.ok("POST", "artifacts/presigned-upload-url", body)
    assert signed["headers"]["Content-Type"] == "text/plain"
    answer = requests.put(signed["presigned_url"], data=b"{}", headers=signed["headers"], verify=verify)
    assert answer.status_code in (200, 201), answer.text
    signed = web.ok("POST", "artifacts/presigned-download-url", {**body, "expiration": 60})
    assert signed["file_size"] == 2
    assert requests.get(signed["presigned_url"], verify=verify).content == b"{}"
    missing = web.post("artifacts/presigned-download-url", {"run_id": run, "path": "none"})
    assert_error(missing, 404, "RESOURCE_DOES_NOT_EXIST")
    for expiration in (0, 604_801):
        assert_invalid(web.post("artifacts/presigned-upload-url", {**body, "expiration": expiration}))
    assert web.get("/get-artifact", {"run_id": run, "path": "folder/a.json"}).content == b"{}"
    listed = web.ok("GET", "artifacts/list", query={"run_id": run, "path": "folder"})
    assert listed["files"] == [{"path": "folder/a.json", "is_dir": False, "file_size": 2}]


@pytest.mark.headwater_only
def test_files_of_a_logged_model_and_of_a_version(cloud, beside, unique):
    web = Rest(beside.url)
    experiment = web.experiment(unique())
    model = web.model(experiment)
    verify = cloud.client.get("REQUESTS_CA_BUNDLE", True)
    signed = web.ok("POST", "artifacts/presigned-upload-url", {"model_id": model, "path": "MLmodel"})
    answer = requests.put(signed["presigned_url"], data=b"flavors: {}", headers=signed["headers"], verify=verify)
    assert answer.status_code in (200, 201), answer.text
    listed = web.ok("GET", f"logged-models/{model}/artifacts/directories")
    assert [file["path"] for file in listed["files"]] == ["MLmodel"]
    query = {"artifact_file_path": "MLmodel"}
    route = f"/ajax-api/2.0/mlflow/logged-models/{model}/artifacts/files"
    assert web.get(route, query).content == b"flavors: {}"
    source = web.ok("GET", f"logged-models/{model}")["model"]["info"]["artifact_uri"]
    name = unique("model")
    web.ok("POST", "registered-models/create", {"name": name})
    body = {"name": name, "source": source, "model_id": model}
    version = web.ok("POST", "model-versions/create", body)["model_version"]["version"]
    query = {"name": name, "version": version, "path": "MLmodel"}
    assert web.get("/model-versions/get-artifact", query).content == b"flavors: {}"


@pytest.mark.headwater_only
def test_direct_transfers_can_be_turned_off(cloud, start_server, unique):
    arguments = ["--artifacts-destination", cloud.uri, "--direct-transfers", "off"]
    web = Rest(start_server(arguments=arguments, environment=cloud.server).url)
    assert web.ok("GET", "/api/3.0/mlflow/server-info")["multipart_uploads_enabled"] is False
    answer = web.post(f"{PROXY}mpu/create/0/x", {"path": "x", "num_parts": 1})
    assert_error(answer, 501, "NOT_IMPLEMENTED", "Multipart upload is not supported for the current artifact repository")
    answer = web.get(f"{PROXY}presigned/0/x")
    assert_error(answer, 501, "NOT_IMPLEMENTED")


@pytest.mark.headwater_only
def test_large_downloads_are_sent_elsewhere(cloud, start_server):
    arguments = ["--artifacts-destination", cloud.uri, "--redirect-downloads", "1KiB"]
    web = Rest(start_server(arguments=arguments, environment=cloud.server).url)
    for name, size in (("small", 10), ("large", 2000)):
        web.send("PUT", f"{PROXY}artifacts/redirects/{name}", data=b"x" * size)
    assert web.get(f"{PROXY}artifacts/redirects/small", allow_redirects=False).status == 200
    answer = web.get(f"{PROXY}artifacts/redirects/large", allow_redirects=False)
    assert answer.status == 307
    there = requests.get(answer.headers["location"], verify=cloud.client.get("REQUESTS_CA_BUNDLE", True))
    assert there.content == b"x" * 2000
    page = web.get(f"{PROXY}artifacts/redirects/large", allow_redirects=False, headers={"Sec-Fetch-Mode": "cors"})
    assert (page.status, page.content) == (200, b"x" * 2000)
    assert web.get(f"{PROXY}artifacts/redirects/none", allow_redirects=False).status == 404


@pytest.mark.headwater_only
def test_with_a_managed_identity(clouds, start_server):
    cloud = clouds.azure_by_identity
    arguments = ["--artifacts-destination", cloud.uri]
    web = Rest(start_server(arguments=arguments, environment=cloud.server).url)
    assert web.send("PUT", f"{PROXY}artifacts/identity/file", data=b"hello").status == 200
    assert web.get(f"{PROXY}artifacts/identity/file").content == b"hello"
    assert web.ok("GET", "/api/3.0/mlflow/server-info")["multipart_downloads_enabled"] is True
    url = web.ok("GET", f"{PROXY}presigned/identity/file")["url"]
    assert "skoid=" in url
    assert requests.get(url, verify=cloud.client["REQUESTS_CA_BUNDLE"]).content == b"hello"


def refusal(start_server, cloud, uri=None, **changed):
    import servers

    with pytest.raises(servers.ServerDied) as died:
        start_server(arguments=["--artifacts-destination", uri or cloud.uri], environment=cloud.environment(**changed))
    text = str(died.value).split("headwater: ")[1].strip()
    assert text.startswith("--artifacts-destination ") and "\n" not in text, text
    return text


@pytest.mark.headwater_only
def test_a_store_that_cannot_be_used_is_told_at_the_start(clouds, start_server):
    azure = clouds.azure
    missing = azure.uri.replace("artifacts@", "missing@")
    assert "does not exist" in refusal(start_server, azure, missing)
    key = azure.server["AZURE_STORAGE_CONNECTION_STRING"]
    import emulators

    wrong = key.replace(emulators.AZURITE_KEY, "d3Jvbmc=")
    text = refusal(start_server, azure, AZURE_STORAGE_CONNECTION_STRING=wrong)
    # Azure says 403, its emulator 400.
    assert "refuses access" in text and "d3Jvbmc" not in text
    text = refusal(start_server, azure, SSL_CERT_FILE="", REQUESTS_CA_BUNDLE="")
    assert "certificate" in text
    import servers

    nobody = f"http://127.0.0.1:{servers.free_port()}"
    text = refusal(start_server, clouds.s3, MLFLOW_S3_ENDPOINT_URL=nobody)
    assert "not reachable" in text and "refused" in text
    text = refusal(start_server, clouds.s3, "s3://no-such-bucket")
    assert "does not exist" in text
