"""What cannot be reached from where: each pair is tried, and the answer compared with what the architecture allows."""

import concurrent.futures

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
    # One host of each subnet: those that call others, and those that must call nobody.
    pairs = [(source, target, port) for source in ("client", "ingress", "app1", "db1", "blob")
             for target, port in SERVICES if HOSTS[source][0] != HOSTS[target][0]]

    def ask(pair):
        return network.reaches(*pair, seconds=4 if allowed(*pair) else 1)

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        found = list(pool.map(ask, pairs))
    wrong = [f"{source} -> {target}:{port} is {'open' if is_open else 'closed'}"
             for (source, target, port), is_open in zip(pairs, found) if is_open != allowed(source, target, port)]
    if wrong:
        raise RuntimeError("isolation: " + "; ".join(wrong))
    return len(pairs), sum(found)
