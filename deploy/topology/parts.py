"""The parts of the architecture: certificates, PostgreSQL with its standby, the blob store, the ingress, the replicas."""

import base64
import concurrent.futures
import glob
import json
import os
import pathlib
import pwd
import secrets
import shutil
import stat
import signal
import sys
import tarfile

from hosts import HOSTS, clean_environment, run, stop, wait_for

APP = "headwater"
SUFFIX = "calmriver-1a2b3c4d.westeurope.azurecontainerapps.io"
URL = f"https://{APP}.{SUFFIX}"
DATABASE = "headwater-db.postgres.database.azure.com"
ACCOUNT, CONTAINER = "headwaterstore", "mlflow-artifacts"
STORE = f"{ACCOUNT}.blob.core.windows.net"
REPLICAS = ("app1", "app2", "app3")

# The server needs no name; PostgreSQL wants one, and its package makes it.
POSTGRES_USER, APP_USER = pwd.getpwnam("postgres").pw_uid, 65532


class Certificates:
    """An authority of our own, and certificates for the names that the parts have."""

    def __init__(self, folder):
        self.folder = folder / "certificates"
        self.folder.mkdir()
        self.authority = self.folder / "authority.pem"
        run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
            "-subj", "/CN=Topology authority", "-keyout", self.folder / "authority.key", "-out", self.authority,
            "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign")

    def make(self, name):
        key, request, certificate = (self.folder / f"{name}.{ending}" for ending in ("key", "csr", "pem"))
        run("openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-subj", f"/CN={name}", "-keyout", key, "-out", request)
        extensions = self.folder / f"{name}.ext"
        extensions.write_text(f"subjectAltName=DNS:{name}\nextendedKeyUsage=serverAuth\nbasicConstraints=CA:FALSE\n")
        run("openssl", "x509", "-req", "-in", request, "-CA", self.authority, "-CAkey", self.folder / "authority.key",
            "-CAcreateserial", "-days", "2", "-out", certificate, "-extfile", extensions)
        return certificate, key


class Database:
    """PostgreSQL that takes encrypted connections only, and a standby that follows it."""

    def __init__(self, network, certificates):
        self.network = network
        self.programs = pathlib.Path(sorted(glob.glob("/usr/lib/postgresql/*/bin"))[-1])
        self.password = secrets.token_urlsafe(18)
        self.folder = network.folder / "postgres"
        self.folder.mkdir()
        certificate, key = certificates.make(DATABASE)
        for file in (certificate, key):
            shutil.copy(file, self.folder / file.name)
        os.chmod(self.folder / key.name, 0o600)
        (self.folder / "password").write_text(self.password)
        self.give()
        self.data = {host: self.folder / host for host in ("db1", "db2")}
        self.processes = {}
        self.initialise(certificate.name, key.name)
        self.start("db1")
        self.follow()

    def give(self):
        run("chown", "-R", f"{POSTGRES_USER}:{POSTGRES_USER}", self.folder)

    def call(self, host, program, *arguments, **options):
        options["env"] = {**clean_environment(), "HOME": str(self.folder), "PGPASSWORD": self.password}
        user = ["setpriv", f"--reuid={POSTGRES_USER}", f"--regid={POSTGRES_USER}", "--clear-groups"]
        return self.network.inside(host, *user, self.programs / program, *map(str, arguments), cwd=self.folder, **options)

    def initialise(self, certificate, key):
        data = self.data["db1"]
        self.call("db1", "initdb", "-D", data, "-U", "postgres", "--auth=scram-sha-256", "--no-sync",
                  f"--pwfile={self.folder}/password", "-E", "UTF8")
        with (data / "postgresql.conf").open("a") as settings:
            settings.write(f"""
listen_addresses = '*'
port = 5432
unix_socket_directories = '{self.folder}'
ssl = on
ssl_cert_file = '{self.folder}/{certificate}'
ssl_key_file = '{self.folder}/{key}'
ssl_min_protocol_version = 'TLSv1.2'
max_connections = 120
wal_level = replica
max_wal_senders = 5
shared_buffers = '64MB'
""")
        (data / "pg_hba.conf").write_text(
            "local all postgres scram-sha-256\n"
            "hostssl all all 10.20.0.0/24 scram-sha-256\n"
            "hostssl replication postgres 10.20.2.0/24 scram-sha-256\n")

    def start(self, host):
        # The home folder of who runs this may hold certificates, which are not meant.
        environment = clean_environment(HOME=str(self.folder))
        self.processes[host] = self.network.start(host, self.programs / "postgres", "-D", self.data[host], log=host,
                                                  user=POSTGRES_USER, environment=environment, folder=self.folder)
        wait_for(f"PostgreSQL on {host}", lambda: self.ask(host, "SELECT 1", check=False).returncode == 0, 60)

    def ask(self, host, sql, database="postgres", check=True):
        """Over the socket in the folder; each host has its own once the standby has moved."""
        return self.call(host, "psql", "-h", self.sockets(host), "-U", "postgres", "-d", database, "-Atqc", sql, check=check)

    def sockets(self, host):
        return self.folder if host == "db1" else self.folder / "socket2"

    def follow(self):
        """Makes the standby and waits for it: from then on every commit is on both."""
        self.call("db2", "pg_basebackup", "-d", f"host={HOSTS['db1'][1]} user=postgres password={self.password} sslmode=require",
                  "-D", self.data["db2"], "-R", "-X", "stream", "-C", "-S", "standby1", "--no-sync",
                  "-c", "fast")
        (self.folder / "socket2").mkdir()
        with (self.data["db2"] / "postgresql.conf").open("a") as settings:
            settings.write(f"unix_socket_directories = '{self.folder}/socket2'\n")
        self.give()
        self.start("db2")
        self.ask("db1", "CREATE DATABASE headwater")
        # As on the managed service: a commit is answered when the standby has it too.
        self.ask("db1", "ALTER SYSTEM SET synchronous_standby_names = '*'")
        self.ask("db1", "SELECT pg_reload_conf()")
        state = "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'"
        wait_for("the standby", lambda: self.ask("db1", state).stdout.strip() == "1", 60)

    def uri(self, authority):
        return f"postgresql://postgres:{self.password}@{DATABASE}:5432/headwater?sslmode=verify-full&sslrootcert={authority}"

    def fail_over(self, silently):
        """The primary is lost: killed, or cut off without a word. The standby takes over, under the same name."""
        if silently:
            self.network.cut("db1")
        stop(self.processes["db1"], signal.SIGKILL)
        self.call("db2", "pg_ctl", "-D", self.data["db2"], "promote", "-w", "-s")
        self.network.name(DATABASE, "db2")


class Blobs:
    """Azurite in the place of a storage account: TLS, its production-like name, an access key of our own."""

    def __init__(self, network, certificates, azurite):
        self.key = base64.b64encode(secrets.token_bytes(64)).decode()
        self.network = network
        self.authority = certificates.authority
        certificate, key = certificates.make(STORE)
        environment = clean_environment(AZURITE_ACCOUNTS=f"{ACCOUNT}:{self.key}")
        self.process = network.start("blob", azurite, "--silent", "--disableTelemetry", "--skipApiVersionCheck",
                                     "--blobHost", "0.0.0.0", "--blobPort", 443, "--location", network.folder / "blobs",
                                     "--cert", certificate, "--key", key, environment=environment, log="blob")
        wait_for("the blob store", lambda: network.reaches("blob", "blob", 443), 60)
        self.request("PUT", f"/{CONTAINER}", {"restype": "container"})

    def request(self, method, path, query):
        """One signed request, from the apps' subnet: the one that may."""
        script = pathlib.Path(__file__).with_name("blob_request.py")
        environment = clean_environment(REQUESTS_CA_BUNDLE=str(self.authority), BLOB_KEY=self.key)
        return self.network.inside("app1", sys.executable, script, method, ACCOUNT, STORE, path, json.dumps(query),
                                   env=environment).stdout

    def count(self):
        text = self.request("GET", f"/{CONTAINER}", {"restype": "container", "comp": "list"})
        return text.count("<Blob>")


class Ingress:
    """Caddy in the place of the platform's ingress: HTTPS, only replicas that are ready, a second try elsewhere."""

    def __init__(self, network, certificates):
        certificate, key = certificates.make(f"{APP}.{SUFFIX}")
        replicas = " ".join(f"{HOSTS[replica][1]}:5000" for replica in REPLICAS)
        file = network.folder / "Caddyfile"
        file.write_text(f"""{{
    auto_https off
    admin off
    storage file_system {network.folder}/caddy
}}
http://{APP}.{SUFFIX}:80 {{
    redir https://{{host}}{{uri}} 308
}}
https://{APP}.{SUFFIX}:443 {{
    tls {certificate} {key}
    reverse_proxy {replicas} {{
        lb_policy least_conn
        lb_try_duration 5s
        lb_try_interval 100ms
        fail_duration 2s
        health_uri /ready
        health_interval 1s
        health_timeout 2s
    }}
}}
""")
        environment = clean_environment(XDG_DATA_HOME=str(network.folder), XDG_CONFIG_HOME=str(network.folder))
        self.process = network.start("ingress", "caddy", "run", "--config", file, "--adapter", "caddyfile",
                                     environment=environment, log="ingress")
        wait_for("the ingress", lambda: network.reaches("client", "ingress", 443), 30)


class Replicas:
    """The server, three times, as a container app runs it: from the image, or a binary that was built here."""

    def __init__(self, network, program, database_uri, blobs, authority):
        self.network, self.program = network, program
        self.processes = {}
        self.environment = clean_environment(
            MLFLOW_BACKEND_STORE_URI=database_uri,
            MLFLOW_ARTIFACTS_DESTINATION=f"wasbs://{CONTAINER}@{STORE}",
            AZURE_STORAGE_ACCESS_KEY=blobs.key,
            SSL_CERT_FILE=str(authority),
            # The client host does not reach the store: see isolation.py.
            HEADWATER_DIRECT_TRANSFERS="off",
            CONTAINER_APP_NAME=APP,
            CONTAINER_APP_ENV_DNS_SUFFIX=SUFFIX,
        )
        for host in REPLICAS:
            self.start(host)

    def start(self, host):
        server = [*self.program.command(host), "server", "--host", "0.0.0.0", "--port", "5000"]
        self.processes[host] = self.network.start(host, *server, environment=self.environment, log=host,
                                                  folder=self.program.folder(host))
        return wait_for(f"the server on {host}", lambda: self.is_up(host), 60)

    def is_up(self, host):
        ended = self.processes[host].poll()
        if ended is not None:
            raise RuntimeError(f"the server on {host} ended with {ended}")
        return self.answer(host, "/health") == 200

    def answer(self, host, path, asker="ingress", seconds=6):
        """The status that a replica answers with; 0: none."""
        address = f"http://{HOSTS[host][1]}:5000{path}"
        done = self.network.inside(asker, "curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "-m", str(seconds),
                                   address, check=False)
        return int(done.stdout or 0)


def ask_all(replicas, path):
    """The answers of all replicas, asked at the same time: one that waits must not delay the next."""
    with concurrent.futures.ThreadPoolExecutor() as pool:
        return list(pool.map(lambda host: replicas.answer(host, path), REPLICAS))


class Binary:
    """A program of this machine, where everybody may run it."""

    def __init__(self, path, network):
        self.path = network.folder / "headwater"
        shutil.copy(path, self.path)
        self.path.chmod(0o755)

    def command(self, _host):
        return ["setpriv", f"--reuid={APP_USER}", f"--regid={APP_USER}", "--clear-groups", self.path]

    def folder(self, _host):
        return "/"

    def describe(self):
        return "a local build"


class Image:
    """An image, unpacked once for each replica: nothing but its own files, none of which it may write."""

    def __init__(self, archive, network, certificates):
        self.network = network
        self.roots = {host: network.folder / f"root-{host}" for host in REPLICAS}
        with tarfile.open(archive) as outer:
            read = lambda digest: outer.extractfile("blobs/" + digest.replace(":", "/"))
            index = json.load(outer.extractfile("index.json"))
            manifest = json.load(read(index["manifests"][0]["digest"]))
            config = json.load(read(manifest["config"]["digest"]))["config"]
            for root in self.roots.values():
                root.mkdir()
                for layer in manifest["layers"]:
                    with tarfile.open(fileobj=read(layer["digest"]), mode="r:*") as inner:
                        inner.extractall(root, filter="fully_trusted")
        self.entry = config["Entrypoint"]
        self.user, self.group = config["User"].split(":")
        for host, root in self.roots.items():
            (root / "etc").mkdir(exist_ok=True)
            # What a container's runtime gives it.
            for name in ("hosts", "resolv.conf"):
                (root / "etc" / name).write_text("")
            (root / "dev").mkdir(exist_ok=True)
            for name, minor in (("null", 3), ("random", 8), ("urandom", 9)):
                os.mknod(root / "dev" / name, 0o666 | stat.S_IFCHR, os.makedev(1, minor))
                (root / "dev" / name).chmod(0o666)
            shutil.copytree(certificates.folder, root / str(certificates.folder).lstrip("/"),
                            ignore=shutil.ignore_patterns("*.key"))

    def command(self, host):
        root = self.roots[host]
        mounted = pathlib.Path("/etc/netns") / self.network.namespace(host) / "hosts"
        script = (f"mount --bind {root} {root} && mount --bind {mounted} {root}/etc/hosts && "
                  f"mount -o remount,bind,ro {root} && "
                  f'exec chroot --userspec={self.user}:{self.group} {root} "$@"')
        return ["unshare", "--mount", "sh", "-ec", script, "sh", *self.entry]

    def folder(self, _host):
        return "/"

    def describe(self):
        return "the image"
