"""HTTPS, as MLflow's server is told to serve it: by the options of the Python servers under it."""

import socket
import ssl
import subprocess
import time

import grpc
import mlflow
import pytest
import requests
from mlflow import MlflowClient
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2_grpc import TraceServiceStub

import servers

pytestmark = pytest.mark.headwater_only


def openssl(*arguments):
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)


class Certificates:
    """A folder with an authority and what it vouches for."""

    def __init__(self, folder):
        self.folder = folder
        self.authority = folder / "ca.pem"
        openssl(
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
            "-subj", "/CN=authority", "-keyout", folder / "ca.key", "-out", self.authority,
        )  # fmt: skip
        (folder / "names").write_text("subjectAltName=IP:127.0.0.1,DNS:localhost")

    def make(self, name, password=None):
        certificate, key, request = (self.folder / f"{name}.{end}" for end in ("pem", "key", "csr"))
        locked = ["-aes256", "-pass", f"pass:{password}"] if password else []
        openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:prime256v1", *locked, "-out", key)
        unlock = ["-passin", f"pass:{password}"] if password else []
        openssl("req", "-new", "-key", key, *unlock, "-subj", f"/CN={name}", "-out", request)
        openssl(
            "x509", "-req", "-in", request, "-CA", self.authority, "-CAkey", self.folder / "ca.key", "-CAcreateserial",
            "-days", "2", "-extfile", self.folder / "names", "-out", certificate,
        )  # fmt: skip
        return certificate, key


@pytest.fixture(scope="module")
def certificates(tmp_path_factory):
    return Certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def start(kind, tmp_path, certificates, monkeypatch):
    """Starts a server whose certificate is good; the clients of this test trust the authority."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificates.authority))
    started = []

    def start(*arguments, **environment):
        port = servers.free_port()
        command = [*servers.program(kind), "server", "--port", str(port), *arguments]
        command += ["--backend-store-uri", f"sqlite:///{tmp_path}/store.db", "--artifacts-destination", str(tmp_path / "art")]
        log = tmp_path / "server.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                command, cwd=tmp_path, stdout=output, stderr=output, start_new_session=True,
                env=servers.clean_environment(environment),
            )  # fmt: skip
        server = servers.Server(f"https://127.0.0.1:{port}", kind, "sqlite", tmp_path, log, process)
        started.append(server)
        end = time.monotonic() + 60
        while "ready at https://" not in server.log_tail(10_000):
            assert server.alive() and time.monotonic() < end, server.log_tail()
            time.sleep(0.05)
        return server

    yield start
    for server in started:
        server.stop()


def refusal(kind, tmp_path, *arguments, **environment):
    """What a server says that does not start."""
    command = [*servers.program(kind), "server", "--port", "0", "--backend-store-uri", f"sqlite:///{tmp_path}/refused.db", *arguments]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, env=servers.clean_environment(environment))
    assert ended.returncode != 0
    assert not (tmp_path / "refused.db").exists()
    return ended.stderr


def served(server):
    """The certificate that a server shows."""
    context = ssl._create_unverified_context()
    with socket.create_connection(("127.0.0.1", server.port)) as plain, context.wrap_socket(plain) as tls:
        return tls.getpeercert(binary_form=True)


def der(certificate):
    return ssl.PEM_cert_to_DER_cert(certificate.read_text())


def test_the_options_of_uvicorn_serve_https(start, certificates, tmp_path):
    certificate, key = certificates.make("uvicorn")
    server = start("--uvicorn-opts", f"--ssl-keyfile {key} --ssl-certfile={certificate} --header Strict-Transport-Security:max-age=60")
    answer = requests.get(f"{server.url}/health", timeout=30)
    assert answer.text == "OK" and answer.headers["strict-transport-security"] == "max-age=60"
    mlflow.set_tracking_uri(server.url)
    client = MlflowClient(server.url)
    run = client.create_run("0")
    client.log_metric(run.info.run_id, "m", 1.5)
    (tmp_path / "big").write_bytes(bytes(3 << 20))
    client.log_artifact(run.info.run_id, str(tmp_path / "big"))
    assert client.get_run(run.info.run_id).data.metrics == {"m": 1.5}
    assert [(file.path, file.file_size) for file in client.list_artifacts(run.info.run_id)] == [("big", 3 << 20)]
    # What speaks no TLS hears nothing, and an end.
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as plain:
        plain.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert plain.recv(100) == b""
    # HTTP/2, agreed on in the handshake.
    with grpc.secure_channel(f"127.0.0.1:{server.port}", grpc.ssl_channel_credentials(certificates.authority.read_bytes())) as channel:
        message = ExportTraceServiceRequest()
        message.resource_spans.add().scope_spans.add().spans.add(
            trace_id=b"\1" * 16, span_id=b"\1" * 8, name="s", start_time_unix_nano=10**18, end_time_unix_nano=10**18 + 5
        )
        answer = TraceServiceStub(channel).Export(message, metadata=[("x-mlflow-experiment-id", "0")], timeout=30)
        assert not answer.HasField("partial_success")
    assert client.get_trace(f"tr-{'01' * 16}").info.experiment_id == "0"


def test_a_new_certificate_is_taken_over(start, certificates):
    certificate, key = certificates.make("first")
    server = start("--gunicorn-opts", f"--certfile {certificate} --keyfile {key}")
    assert served(server) == der(certificate)
    new_certificate, new_key = certificates.make("second")
    # Between the two the files do not fit, and the previous one is still served.
    certificate.write_text(new_certificate.read_text())
    key.write_text(new_key.read_text())
    end = time.monotonic() + 30
    while served(server) != der(new_certificate):
        assert time.monotonic() < end, server.log_tail()
        time.sleep(0.2)
    assert requests.get(f"{server.url}/health", timeout=30).status_code == 200
    certificate.write_text("no certificate")
    while "still serving the previous certificate" not in server.log_tail():
        assert time.monotonic() < end, server.log_tail()
        time.sleep(0.2)
    assert served(server) == der(new_certificate)


def test_clients_without_a_certificate_are_not_served(start, certificates):
    certificate, key = certificates.make("server", password="open sesame")
    server = start(
        "--tls-cert", str(certificate), "--tls-key", str(key), "--tls-client-ca", str(certificates.authority),
        HEADWATER_TLS_KEY_PASSWORD="open sesame",
    )  # fmt: skip
    with pytest.raises(requests.exceptions.ConnectionError):
        requests.get(f"{server.url}/health", timeout=30)
    with pytest.raises(requests.exceptions.ConnectionError):
        foreign = certificates.folder / "foreign.pem", certificates.folder / "foreign.key"
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=f", "-keyout", foreign[1], "-out", foreign[0])
        requests.get(f"{server.url}/health", cert=tuple(map(str, foreign)), timeout=30)
    known = tuple(map(str, certificates.make("client")))
    assert requests.get(f"{server.url}/health", cert=known, timeout=30).text == "OK"


def test_what_cannot_be_kept_is_refused_at_the_start(kind, certificates, tmp_path):
    certificate, key = map(str, certificates.make("kept"))
    _, other = map(str, certificates.make("other"))
    _, locked = map(str, certificates.make("locked", password="secret"))
    for arguments, says in [
        (["--tls-cert", certificate, "--tls-key", other], "does not match the certificate"),
        (["--tls-cert", certificate, "--tls-key", locked], "--tls-key-password"),
        (["--tls-cert", certificate, "--tls-key", locked, "--tls-key-password", "wrong"], "cannot be decrypted"),
        (["--tls-cert", key], "contains no certificate"),
        (["--tls-cert", str(tmp_path / "nothing.pem")], "cannot be read"),
        (["--uvicorn-opts", f"--ssl-keyfile {key}"], "needs a certificate"),
        (["--uvicorn-opts", f"--ssl-certfile {certificate} --ssl-keyfile {key} --ssl-cert-reqs 2"], "--tls-client-ca"),
        (["--uvicorn-opts", "--uds /run/mlflow.sock"], "--host and --port"),
        (["--gunicorn-opts", "--user nobody"], "as the user"),
        (["--gunicorn-opts", "--armour on"], "'--armour'"),
    ]:
        assert says in refusal(kind, tmp_path, *arguments), arguments
    assert "'--armour'" in refusal(kind, tmp_path, MLFLOW_UVICORN_OPTS="--armour")
