"""Hosts on one machine: network namespaces, the subnets between them, and a router that lets through only what is allowed.

Nothing leads out: the router is in a namespace too, and knows no other network.
"""

import os
import pathlib
import shutil
import signal
import subprocess
import time

# Subnet, its addresses and its router's own.
SUBNETS = {
    "clients": ("10.20.9.0/24", "10.20.9.1"),
    "front": ("10.20.8.0/24", "10.20.8.1"),
    "apps": ("10.20.0.0/24", "10.20.0.1"),
    "db": ("10.20.2.0/24", "10.20.2.1"),
    "blob": ("10.20.4.0/24", "10.20.4.1"),
}

# Host, its subnet and its address.
HOSTS = {
    "client": ("clients", "10.20.9.10"),
    "ingress": ("front", "10.20.8.10"),
    "app1": ("apps", "10.20.0.11"),
    "app2": ("apps", "10.20.0.12"),
    "app3": ("apps", "10.20.0.13"),
    "db1": ("db", "10.20.2.11"),
    "db2": ("db", "10.20.2.12"),
    "blob": ("blob", "10.20.4.10"),
}

# From, to, ports: what the architecture allows, and all of it.
ALLOWED = [
    ("clients", "front", "{ 80, 443 }"),
    ("front", "apps", "5000"),
    ("apps", "db", "5432"),
    ("apps", "blob", "443"),
]


class NotAllowed(Exception):
    """This machine lets us make no network namespaces."""


def run(*command, check=True, **options):
    done = subprocess.run(command, capture_output=True, text=True, **options)
    if check and done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr.strip() or done.stdout.strip()}")
    return done


class Network:
    """All hosts, up and connected, until `close`."""

    def __init__(self, folder):
        self.folder = folder
        self.prefix = f"hw{os.getpid() % 100000}-"
        self.processes = []
        self.made = []
        self.names = {}
        try:
            self.build()
        except RuntimeError as error:
            # Containers often allow namespaces, but no bridge in them or no filter.
            self.close()
            raise NotAllowed(str(error)) from error
        except Exception:
            self.close()
            raise

    def namespace(self, host):
        return self.prefix + host

    def build(self):
        for host in ["router", *HOSTS]:
            added = run("ip", "netns", "add", self.namespace(host), check=False)
            if added.returncode != 0:
                raise NotAllowed(added.stderr.strip())
            self.made.append(host)
            self.inside(host, "ip", "link", "set", "lo", "up")
        for subnet, (addresses, own) in SUBNETS.items():
            self.inside("router", "ip", "link", "add", f"br-{subnet}", "type", "bridge")
            self.inside("router", "ip", "address", "add", f"{own}/{addresses.split('/')[1]}", "dev", f"br-{subnet}")
            self.inside("router", "ip", "link", "set", f"br-{subnet}", "up")
        for host, (subnet, address) in HOSTS.items():
            run("ip", "link", "add", "eth0", "netns", self.namespace(host), "type", "veth",
                "peer", "name", host, "netns", self.namespace("router"))
            self.inside("router", "ip", "link", "set", host, "master", f"br-{subnet}", "up")
            self.inside(host, "ip", "address", "add", f"{address}/24", "dev", "eth0")
            self.inside(host, "ip", "link", "set", "eth0", "up")
            self.inside(host, "ip", "route", "add", "default", "via", SUBNETS[subnet][1])
        self.inside("router", "sysctl", "-qw", "net.ipv4.ip_forward=1")
        rules = "\n".join(
            f'    ip saddr {SUBNETS[source][0]} ip daddr {SUBNETS[target][0]} tcp dport {ports} accept'
            for source, target, ports in ALLOWED
        )
        # Where the kernel shows bridged packets to the filter, neighbours need a word too.
        rules += "".join(f"\n    ip saddr {addresses} ip daddr {addresses} accept" for addresses, _ in SUBNETS.values())
        self.filter(f"""table inet isolation {{
  chain cuts {{
  }}
  chain between {{
    type filter hook forward priority 0; policy drop;
    jump cuts
    ct state established,related accept
{rules}
  }}
}}""")

    def filter(self, text):
        self.inside("router", "nft", "-f", "-", input=text)

    def cut(self, host, reject=False):
        """Takes a host off the network: its packets vanish, or are refused."""
        address = HOSTS[host][1]
        verdict = "reject with tcp reset" if reject else "drop"
        protocol = "meta l4proto tcp " if reject else ""
        for direction in ("saddr", "daddr"):
            self.inside("router", "nft", "add", "rule", "inet", "isolation", "cuts",
                        *f"{protocol}ip {direction} {address} {verdict}".split())

    def mend(self):
        self.inside("router", "nft", "flush", "chain", "inet", "isolation", "cuts")

    def name(self, name, host):
        """Gives a host a name, for all hosts; given anew, it moves."""
        self.names[name] = HOSTS[host][1]
        text = "127.0.0.1 localhost\n" + "".join(f"{address} {name}\n" for name, address in self.names.items())
        for each in HOSTS:
            folder = pathlib.Path("/etc/netns") / self.namespace(each)
            folder.mkdir(parents=True, exist_ok=True)
            # In place: whoever has the file mounted must see the change.
            (folder / "hosts").write_text(text)

    def command(self, host, *command):
        return ["ip", "netns", "exec", self.namespace(host), *map(str, command)]

    def inside(self, host, *command, **options):
        return run(*self.command(host, *command), **options)

    def start(self, host, *command, environment=None, log=None, user=None, folder=None):
        """Starts a process on a host. Its output goes to LOG.log in the folder."""
        if user:
            command = ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups", *command]
        with (self.folder / f"{log}.log").open("ab") as output:
            process = subprocess.Popen(self.command(host, *command), env=environment or clean_environment(),
                                       cwd=folder or self.folder, stdin=subprocess.DEVNULL, stdout=output,
                                       stderr=output, start_new_session=True)
        self.processes.append(process)
        return process

    def reaches(self, host, target, port, seconds=1.5):
        """Whether a host can open a connection to a target's port."""
        address = HOSTS[target][1]
        probe = f"exec 3<>/dev/tcp/{address}/{port}"
        return self.inside(host, "timeout", str(seconds), "bash", "-c", probe, check=False).returncode == 0

    def close(self):
        for process in reversed(self.processes):
            stop(process)
        for host in reversed(self.made):
            run("ip", "netns", "delete", self.namespace(host), check=False)
            shutil.rmtree(pathlib.Path("/etc/netns") / self.namespace(host), ignore_errors=True)
        self.made = []


def clean_environment(**extra):
    """This process's environment without proxies, certificates, and settings of MLflow's or a cloud's."""
    foreign = ("MLFLOW_", "AZURE_", "AWS_", "HEADWATER_", "IDENTITY_", "CONTAINER_APP_", "REQUESTS_CA_", "SSL_CERT_")
    kept = {name: value for name, value in os.environ.items()
            if not name.startswith(foreign) and not name.lower().endswith("_proxy")}
    return {**kept, "MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true", **extra}


def stop(process, how=signal.SIGTERM, seconds=20):
    """Ends a process that was started here, and those that it started. Returns how long that took."""
    began = time.monotonic()
    if process.poll() is None:
        os.killpg(process.pid, how)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    return time.monotonic() - began


def wait_for(what, question, seconds=30, pause=0.1):
    """Asks until the answer is true. Returns how long that took."""
    began = time.monotonic()
    while not question():
        if time.monotonic() - began > seconds:
            raise RuntimeError(f"{what}: not within {seconds} s")
        time.sleep(pause)
    return time.monotonic() - began
