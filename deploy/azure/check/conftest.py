"""The templates, and the ways to deploy them that are checked."""

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

INFRA = pathlib.Path(__file__).parents[1] / "infra"
BASE = {"environmentName": "trial", "location": "westeurope", "image": "registry.example/headwater:0.1.0"}
OWN = {
    "image": "registry.example/headwater:0.1.0",
    "appSubnetId": "/subscriptions/S/resourceGroups/N/providers/Microsoft.Network/virtualNetworks/own/subnets/apps",
    "databaseSubnetId": "/subscriptions/S/resourceGroups/N/providers/Microsoft.Network/virtualNetworks/own/subnets/db",
    "databaseZoneId": "/subscriptions/S/providers/Microsoft.Network/privateDnsZones/own.postgres.database.azure.com",
    "endpointSubnetId": "/subscriptions/S/resourceGroups/N/providers/Microsoft.Network/virtualNetworks/own/subnets/ends",
}

# Each is a template and its parameters.
WAYS = {
    "first deployment": ("main", {**BASE, "encryptionPassphrase": "a passphrase", "registryName": "ours"}),
    "later deployment": ("main", BASE),
    "small": ("main", {**BASE, "size": "small"}),
    "large": ("main", {**BASE, "size": "large"}),
    "internal": ("main", {**BASE, "ingress": "internal"}),
    "keys": ("main", {**BASE, "credentials": "keys", "databasePassword": "p@ss word"}),
    "private endpoints": ("headwater", {"image": BASE["image"], "privateEndpoints": True, "ingress": "internal"}),
    "direct transfers": ("headwater", {"image": BASE["image"], "directTransfers": True, "customHosts": "a.example"}),
    "own network": ("headwater", {**OWN, "privateEndpoints": True}),
    "own database": ("headwater", {"image": BASE["image"], "databaseUri": "postgresql://u:secret@h/d"}),
    "own storage": ("headwater", {"image": BASE["image"], "storageAccountName": "theirs", "storageResourceGroup": "g"}),
    "own storage by key": ("headwater", {"image": BASE["image"], "storageAccountName": "theirs", "credentials": "keys",
                                         "databasePassword": "secret"}),
}


def work_out(way, sources=None):
    """The deployment of one of the ways; `sources`: texts to take instead of files, by file name."""
    import expand
    import policy

    template, parameters = WAYS[way]
    root = expand.Module(INFRA / f"{template}.bicep", parameters, sources or {})
    return policy.Deployment(root, parameters)


@pytest.fixture(params=WAYS, scope="session")
def deployment(request):
    return work_out(request.param)
