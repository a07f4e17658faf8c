"""What cannot be reached from where: each pair is tried, and the answer compared with what the architecture allows."""

from hosts import ALLOWED, HOSTS

SERVICES = [("ingress", 443), ("ingress", 80), ("app1", 5000), ("app2", 5000), ("app3", 5000), ("db1", 5432), ("db2", 5432),
            ("blob", 443)]


def allowed(source, target, port):
    subnets = HOSTS[source][0], HOSTS[target][0]
    if subnets[0] == subnets[1]:
        return True
    return any(subnets == (first, second) and str(port) in ports.strip("{} ").replace(" ", "").split(",")
               for first, second, ports in ALLOWED)


def probe(network):
    """Returns how many pairs were tried and how many are open; fails on one that should not be what it is."""
    wrong, tried, opened = [], 0, 0
    # One host of each subnet that calls others, and the two that must call nobody.
    for source in ("client", "ingress", "app1", "db1", "blob"):
        for target, port in SERVICES:
            if HOSTS[source][0] == HOSTS[target][0]:
                continue
            tried += 1
            expected = allowed(source, target, port)
            found = network.reaches(source, target, port, seconds=3 if expected else 0.5)
            opened += found
            if found != expected:
                wrong.append(f"{source} -> {target}:{port} is {'open' if found else 'closed'}")
    if wrong:
        raise RuntimeError("isolation: " + "; ".join(wrong))
    return tried, opened
