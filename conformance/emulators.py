"""Stands in for the clouds: Azurite for Azure Blob Storage, with TLS, and moto for S3.

moto answers for Google Cloud Storage as well: of Google's two interfaces the server uses the one that is S3's, but for
names of headers. So what is tested there is the server's side; Google's own is not.
"""

import dataclasses
import datetime
import functools
import http.server
import ipaddress
import json
import os
import pathlib
import shutil
import subprocess
import sys
import threading
import time
import urllib.parse

import requests
import servers

HERE = pathlib.Path(__file__).parent
ACCOUNT = "devstoreaccount1"
# The key that every copy of Azurite has, and a signature made with it that lets one make containers.
AZURITE_KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
AZURITE_SIGNATURE = (
    "sv=2020-04-08&ss=b&srt=co&sp=rwdlc&se=2099-01-01T00%3A00%3A00Z&sig=M%2BzMpXN69T0OAyo9c4XkgErYGhLY4nb7lVxzQhQZz0E%3D"
)


@dataclasses.dataclass
class Cloud:
    """A bucket or container that is there: its address, and the environment that a server and a client need."""

    name: str
    uri: str
    server: "dict[str, str]"
    client: "dict[str, str]" = dataclasses.field(default_factory=dict)

    def environment(self, **changed):
        return {**self.server, **changed}


class Emulator:
    """A program that listens on a port of this machine."""

    def __init__(self, folder, command, environment=None):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.port = servers.free_port()
        with (self.folder / "log").open("wb") as log:
            self.process = subprocess.Popen(
                [argument.format(port=self.port, folder=self.folder) for argument in command],
                stdout=log,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                env={**os.environ, **(environment or {})},
            )

    def wait(self, ready):
        end = time.monotonic() + 60
        while time.monotonic() < end:
            if self.process.poll() is not None:
                break
            try:
                return ready()
            except requests.RequestException:
                time.sleep(0.1)
        raise servers.ServerDied(f"an emulator does not answer: {(self.folder / 'log').read_text()[-2000:]}")

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


class Clouds:
    """Starts emulators at the first need, and stops them all at the end.

    Azurite keeps what it is given in memory, or, for what would not fit there, `on_disk`.
    """

    def __init__(self, make_folder, on_disk=False):
        self.make_folder = make_folder
        self.on_disk = on_disk
        self.running = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for emulator in self.running:
            emulator.stop()

    def get(self, name):
        return {"azure": self.azure, "s3": self.s3, "gcs": self.gcs}[name]

    def start(self, name, command, environment=None):
        emulator = Emulator(self.make_folder(name), command, environment)
        self.running.append(emulator)
        return emulator

    @functools.cached_property
    def authority(self):
        """The certificate and key that the emulators show: a file each. The certificate is its own authority."""
        return make_certificate(pathlib.Path(self.make_folder("certificate")))

    @functools.cached_property
    def azurite(self):
        folder = HERE.parent / "deploy" / "topology"
        program = folder / "node_modules" / ".bin" / "azurite-blob"
        if not program.exists():
            raise servers.ServerDied(f"no Azurite at {program}: run `npm ci` in {folder}")
        certificate, key = self.authority
        command = [str(program), "--silent", "--disableTelemetry", "--skipApiVersionCheck"]
        command += ["--location", "{folder}"] if self.on_disk else ["--inMemoryPersistence"]
        command += ["--blobHost", "127.0.0.1", "--blobPort", "{port}"]
        command += ["--cert", str(certificate), "--key", str(key), "--oauth", "basic"]
        emulator = self.start("azurite", command)
        for container in ("artifacts", "others"):
            url = f"https://127.0.0.1:{emulator.port}/{ACCOUNT}/{container}?restype=container&{AZURITE_SIGNATURE}"
            answer = emulator.wait(lambda url=url: requests.put(url, verify=str(certificate), timeout=10))
            assert answer.status_code == 201, answer.text
        return emulator

    @functools.cached_property
    def azure(self):
        certificate, _ = self.authority
        endpoint = f"https://127.0.0.1:{self.azurite.port}/{ACCOUNT}"
        return Cloud(
            "azure",
            f"wasbs://artifacts@{ACCOUNT}.blob.core.windows.net/some-folder",
            {
                "AZURE_STORAGE_CONNECTION_STRING": f"AccountName={ACCOUNT};AccountKey={AZURITE_KEY};BlobEndpoint={endpoint}",
                "SSL_CERT_FILE": str(certificate),
                "REQUESTS_CA_BUNDLE": str(certificate),
            },
            {"REQUESTS_CA_BUNDLE": str(certificate)},
        )

    @functools.cached_property
    def azure_by_identity(self):
        """The same without a key: as in a container app that has a managed identity."""
        identity = ManagedIdentity()
        self.running.append(identity)
        return Cloud(
            "azure",
            self.azure.uri,
            {
                "AZURE_STORAGE_ACCOUNT_NAME": ACCOUNT,
                "AZURE_STORAGE_ENDPOINT": f"https://127.0.0.1:{self.azurite.port}/{ACCOUNT}",
                "IDENTITY_ENDPOINT": f"http://127.0.0.1:{identity.port}/token",
                "IDENTITY_HEADER": identity.header,
                "SSL_CERT_FILE": str(self.authority[0]),
            },
            self.azure.client,
        )

    def moto(self, bucket):
        emulator = self.moto_server
        answer = requests.put(f"http://127.0.0.1:{emulator.port}/{bucket}", timeout=10)
        assert answer.status_code == 200, answer.text
        return f"http://127.0.0.1:{emulator.port}"

    @functools.cached_property
    def moto_server(self):
        program = [sys.executable, "-m", "moto.server"]
        emulator = self.start("moto", [*program, "-H", "127.0.0.1", "-p", "{port}"])
        emulator.wait(lambda: requests.get(f"http://127.0.0.1:{emulator.port}/moto-api/", timeout=10))
        return emulator

    @functools.cached_property
    def s3(self):
        environment = {
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1",
            "MLFLOW_S3_ENDPOINT_URL": self.moto("artifacts"),
        }
        return Cloud("s3", "s3://artifacts/some folder", environment)

    @functools.cached_property
    def gcs(self):
        environment = {
            "STORAGE_EMULATOR_HOST": self.moto("google"),
            "GOOGLE_SERVICE_ACCOUNT_KEY": service_account(),
        }
        return Cloud("gcs", "gs://google/some folder", environment)


def make_certificate(folder):
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes

    key = rsa_key()
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "an emulator")])
    now = datetime.datetime.now(datetime.timezone.utc)
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1")), x509.DNSName("localhost")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=30))
        .add_extension(names, critical=False)
        .sign(key, hashes.SHA256())
    )
    from cryptography.hazmat.primitives.serialization import Encoding

    files = folder / "certificate.pem", folder / "key.pem"
    files[0].write_bytes(certificate.public_bytes(Encoding.PEM))
    files[1].write_text(pem(key))
    return files


def rsa_key():
    from cryptography.hazmat.primitives.asymmetric import rsa

    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def pem(key):
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def service_account():
    return json.dumps(
        {
            "type": "service_account",
            "project_id": "test",
            "private_key_id": "test",
            "private_key": pem(rsa_key()),
            "client_email": "test@test.iam.gserviceaccount.com",
            "client_id": "1",
        }
    )


class ManagedIdentity:
    """What a container app has at `IDENTITY_ENDPOINT`: hands out tokens to whoever knows the header."""

    header = "only the container knows this"

    def __init__(self):
        identity = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                query = urllib.parse.parse_qs(urllib.parse.urlparse(self.path).query)
                known = self.headers["x-identity-header"] == identity.header
                good = known and query.get("resource") == ["https://storage.azure.com"]
                body = json.dumps(token() if good else {"error": "invalid_request"}).encode()
                self.send_response(200 if good else 400)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


def token():
    """A token as Microsoft Entra makes it. Azurite reads what it claims and does not check who signed it."""
    import base64

    def part(value):
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    now, some_id = int(time.time()), "11111111-1111-1111-1111-111111111111"
    claims = {
        "aud": "https://storage.azure.com",
        "iss": f"https://sts.windows.net/{some_id}/",
        "iat": now - 60,
        "nbf": now - 60,
        "exp": now + 3600,
        "oid": some_id,
        "sub": some_id,
        "tid": some_id,
        "ver": "1.0",
    }
    text = f"{part({'alg': 'RS256', 'typ': 'JWT'})}.{part(claims)}.{part('no signature')}"
    return {"access_token": text, "expires_on": str(now + 3600), "resource": claims["aud"], "token_type": "Bearer"}
