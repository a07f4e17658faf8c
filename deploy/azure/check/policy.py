"""What must hold of the deployment, whatever its parameters. Each rule yields what breaks it.

These are things that no type tells: what is open to whom, whether a subnet is large enough for what
lives in it, whether names can be looked up, where secrets go.
"""

import ipaddress
import re

from expand import Unknown, is_secret, show, spell

# Azure's own ids of the roles that the identity may have, and of nothing more.
ROLES = {
    "7f951dda-4ed3-4680-a7ca-43fe172d538d": "AcrPull",
    "ba92f5b4-2d11-453d-a403-e96b0029c9fe": "Storage Blob Data Contributor",
    "db58b8e5-c6ad-4a2a-8342-4190687cbf4a": "Storage Blob Delegator",
    "4633458b-17de-408a-b874-0445c86b69e6": "Key Vault Secrets User",
}


class Deployment:
    """A template worked out for one set of parameters."""

    def __init__(self, root, parameters):
        self.root, self.parameters = root, parameters
        self.resources = [one for one in root.all_resources() if not one.existing]

    @property
    def by_identity(self):
        return self.parameters.get("credentials", "identity") == "identity"

    def of(self, type_):
        return [one for one in self.resources if one.type == type_]

    def properties(self, type_):
        for one in self.of(type_):
            yield one, one.body.get("properties", {})


def storage_is_closed(deployment):
    for one, properties in deployment.properties("Microsoft.Storage/storageAccounts"):
        if properties.get("allowBlobPublicAccess") is not False:
            yield f"{one.where}: anonymous access is not switched off"
        if properties.get("supportsHttpsTrafficOnly") is not True:
            yield f"{one.where}: takes plain HTTP"
        if deployment.by_identity and properties.get("allowSharedKeyAccess") is not False:
            yield f"{one.where}: access keys are not switched off although the identity is used"
        if properties.get("allowCrossTenantReplication") is not False:
            yield f"{one.where}: may be copied to another tenant"
        open_ = properties.get("networkAcls", {}).get("defaultAction") != "Deny"
        if open_ and not deployment.parameters.get("directTransfers"):
            yield f"{one.where}: any network is admitted"
        if deployment.parameters.get("privateEndpoints") and properties.get("publicNetworkAccess") != "Disabled":
            yield f"{one.where}: is reachable beside its private endpoint"
    for one, properties in deployment.properties("Microsoft.Storage/storageAccounts/blobServices/containers"):
        if properties.get("publicAccess") != "None":
            yield f"{one.where}: the container is public"


def deleted_artifacts_can_be_restored(deployment):
    accounts = deployment.of("Microsoft.Storage/storageAccounts")
    services = list(deployment.properties("Microsoft.Storage/storageAccounts/blobServices"))
    if accounts and not services:
        yield "the blob service is not configured"
    for one, properties in services:
        for name in ("deleteRetentionPolicy", "containerDeleteRetentionPolicy"):
            policy = properties.get(name, {})
            if policy.get("enabled") is not True or policy.get("days", 0) < 7:
                yield f"{one.where}: {name} keeps nothing"


def encryption_has_a_floor(deployment):
    for one, properties in deployment.properties("Microsoft.Storage/storageAccounts"):
        if properties.get("minimumTlsVersion") not in ("TLS1_2", "TLS1_3"):
            yield f"{one.where}: takes TLS below 1.2"
    if not deployment.of("Microsoft.DBforPostgreSQL/flexibleServers"):
        return
    settings = {one.body["name"]: properties.get("value") for one, properties in
                deployment.properties("Microsoft.DBforPostgreSQL/flexibleServers/configurations")}
    if settings.get("require_secure_transport") != "on":
        yield "the database takes connections in clear"
    if settings.get("ssl_min_protocol_version") not in ("TLSv1.2", "TLSv1.3"):
        yield "the database takes TLS below 1.2"


def database_has_no_password(deployment):
    for one, properties in deployment.properties("Microsoft.DBforPostgreSQL/flexibleServers"):
        login = properties.get("authConfig", {})
        if not deployment.by_identity:
            continue
        if login.get("passwordAuth") != "Disabled" or login.get("activeDirectoryAuth") != "Enabled":
            yield f"{one.where}: takes passwords although the identity is used"
        if properties.get("administratorLoginPassword") is not None:
            yield f"{one.where}: has a password although the identity is used"
        if not deployment.of("Microsoft.DBforPostgreSQL/flexibleServers/administrators"):
            yield f"{one.where}: nobody can log in"


def database_is_private_and_kept(deployment):
    for one, properties in deployment.properties("Microsoft.DBforPostgreSQL/flexibleServers"):
        network = properties.get("network", {})
        if network.get("publicNetworkAccess") != "Disabled" or not network.get("delegatedSubnetResourceId"):
            yield f"{one.where}: is not inside the network"
        if properties.get("backup", {}).get("backupRetentionDays", 0) < 7:
            yield f"{one.where}: keeps no backups"
        standby = properties.get("highAvailability", {}).get("mode")
        if deployment.parameters.get("size", "medium") != "small" and standby != "ZoneRedundant":
            yield f"{one.where}: has no standby in another zone"
        if standby == "ZoneRedundant" and one.body["sku"]["tier"] == "Burstable":
            yield f"{one.where}: the Burstable tier has no standby"
    if any(True for _ in deployment.of("Microsoft.DBforPostgreSQL/flexibleServers/firewallRules")):
        yield "the database has firewall rules, which open it to public addresses"


def subnets_fit(deployment):
    """Size and delegation of each subnet, from what must live in it."""
    wanted = {"aca-infra-subnet": ("Microsoft.App/environments", 27),
              "db-subnet": ("Microsoft.DBforPostgreSQL/flexibleServers", 28)}
    for one, properties in deployment.properties("Microsoft.Network/virtualNetworks"):
        spaces = [ipaddress.ip_network(space) for space in properties["addressSpace"]["addressPrefixes"]]
        subnets = {subnet["name"]: subnet["properties"] for subnet in properties["subnets"]}
        networks = {name: ipaddress.ip_network(subnet["addressPrefix"]) for name, subnet in subnets.items()}
        for name, network in networks.items():
            if not any(network.subnet_of(space) for space in spaces):
                yield f"{one.where}: {name} is outside the network's addresses"
            if any(network.overlaps(other) for other_name, other in networks.items() if other_name != name):
                yield f"{one.where}: {name} overlaps another subnet"
            if "id" not in subnets[name].get("networkSecurityGroup", {}):
                yield f"{one.where}: {name} has no security group"
        for name, (service, longest) in wanted.items():
            if name not in subnets:
                yield f"{one.where}: there is no {name}"
                continue
            given = [each["properties"]["serviceName"] for each in subnets[name].get("delegations", [])]
            if given != [service]:
                yield f"{one.where}: {name} is delegated to {given}, not {service}"
            if networks[name].prefixlen > longest:
                yield f"{one.where}: {name} is smaller than /{longest}"


def security_groups_end_with_no(deployment):
    for one, properties in deployment.properties("Microsoft.Network/networkSecurityGroups"):
        rules = [rule["properties"] for rule in properties["securityRules"]]
        inbound = sorted((rule for rule in rules if rule["direction"] == "Inbound"), key=lambda rule: rule["priority"])
        last = inbound[-1] if inbound else {}
        if (last.get("access"), last.get("sourceAddressPrefix"), last.get("destinationPortRange")) != ("Deny", "*", "*"):
            yield f"{one.where}: what is not allowed comes in"
        seen = [(rule["direction"], rule["priority"]) for rule in rules]
        if len(seen) != len(set(seen)):
            yield f"{one.where}: two rules have one priority"
        for rule in inbound:
            from_anywhere = rule["sourceAddressPrefix"] in ("*", "Internet", "0.0.0.0/0")
            ports = set(rule.get("destinationPortRanges", [rule.get("destinationPortRange")]))
            public = deployment.parameters.get("ingress", "public") == "public"
            if rule["access"] == "Allow" and from_anywhere and not (public and ports <= {"80", "443", "31080", "31443"}):
                yield f"{one.where}: ports {sorted(ports)} are open to anyone"


def private_names_can_be_looked_up(deployment):
    links = [(one.parent, properties) for one, properties in
             deployment.properties("Microsoft.Network/privateDnsZones/virtualNetworkLinks")]
    for zone in deployment.of("Microsoft.Network/privateDnsZones"):
        if not any(parent is zone and properties.get("virtualNetwork", {}).get("id") for parent, properties in links):
            yield f"{zone.where}: is linked to no network"
    for one, properties in deployment.properties("Microsoft.DBforPostgreSQL/flexibleServers"):
        zone = properties.get("network", {}).get("privateDnsZoneArmResourceId", "")
        zone_name = spell(zone).rsplit("/", 1)[-1]
        if not zone_name.endswith(".postgres.database.azure.com"):
            yield f"{one.where}: its zone is {zone_name!r}"
        if zone_name.split(".")[0] == one.body["name"]:
            yield f"{one.where}: has the name of its zone, which the service refuses"
    for endpoint in deployment.of("Microsoft.Network/privateEndpoints"):
        groups = deployment.of("Microsoft.Network/privateEndpoints/privateDnsZoneGroups")
        if not any(group.parent is endpoint for group in groups):
            yield f"{endpoint.where}: is registered in no zone"


def app_is_probed_and_encrypted(deployment):
    apps = list(deployment.properties("Microsoft.App/containerApps"))
    if not apps:
        yield "there is no app"
    for one, properties in apps:
        ingress = properties["configuration"].get("ingress", {})
        if ingress.get("allowInsecure") is not False:
            yield f"{one.where}: takes plain HTTP"
        port = ingress.get("targetPort")
        for container in properties["template"]["containers"]:
            if str(port) not in container.get("args", []):
                yield f"{one.where}: listens at another port than the ingress asks"
            probes = {probe["type"]: probe["httpGet"] for probe in container.get("probes", [])}
            for kind, path in (("Startup", "/health"), ("Liveness", "/health"), ("Readiness", "/ready")):
                if probes.get(kind, {}).get("path") != path or probes[kind].get("port") != port:
                    yield f"{one.where}: no {kind} probe at {path}"
            offered = {one["name"]: one.get("value") for one in container["env"]}.get("HEADWATER_DIRECT_TRANSFERS")
            reachable = deployment.parameters.get("directTransfers") and not deployment.parameters.get("privateEndpoints")
            if offered != ("on" if reachable else "off"):
                yield f"{one.where}: direct transfers are {offered}, and clients {'can' if reachable else 'cannot'} reach the store"
            if any("disable-security" in spell(argument) for argument in container.get("args", [])):
                yield f"{one.where}: the security middleware is off"
            for variable in container.get("env", []):
                if "SECURITY_MIDDLEWARE" in variable["name"]:
                    yield f"{one.where}: the security middleware is off"
            if spell(container["image"]).endswith(":latest"):
                yield f"{one.where}: the image is not pinned"
            cpu, memory = container["resources"]["cpu"], container["resources"]["memory"]
            if memory != f"{2 * cpu:g}Gi":
                yield f"{one.where}: {cpu} CPU go with {2 * cpu:g}Gi, not {memory}"
        scale = properties["template"]["scale"]
        if not 1 <= scale["minReplicas"] <= scale["maxReplicas"] or not scale.get("rules"):
            yield f"{one.where}: cannot scale"


def environment_is_in_its_subnet(deployment):
    for one, properties in deployment.properties("Microsoft.App/managedEnvironments"):
        network = properties.get("vnetConfiguration", {})
        if not network.get("infrastructureSubnetId"):
            yield f"{one.where}: is in no network"
        named = [zone for zone in deployment.of("Microsoft.Network/privateDnsZones/A") if zone.body["name"] == "*"]
        if network.get("internal") and not named:
            yield f"{one.where}: is internal, and its names cannot be looked up"
        if network.get("internal") != (deployment.parameters.get("ingress") == "internal"):
            yield f"{one.where}: is open to the wrong side"
        if not properties.get("appLogsConfiguration"):
            yield f"{one.where}: keeps no logs"


def secrets_stay_in_the_vault(deployment):
    for one, properties in deployment.properties("Microsoft.App/containerApps"):
        for secret in properties["configuration"].get("secrets", []):
            if "value" in secret or not secret.get("keyVaultUrl") or not secret.get("identity"):
                yield f"{one.where}: the secret {secret['name']} is no reference to the vault"
        known = {secret["name"] for secret in properties["configuration"].get("secrets", [])}
        for container in properties["template"]["containers"]:
            for variable in container.get("env", []):
                if is_secret(variable.get("value")):
                    yield f"{one.where}: {variable['name']} holds a secret in clear"
                if "secretRef" in variable and variable["secretRef"] not in known:
                    yield f"{one.where}: {variable['name']} refers to no secret"
    for one, properties in deployment.properties("Microsoft.KeyVault/vaults"):
        if properties.get("enableRbacAuthorization") is not True or properties.get("accessPolicies"):
            yield f"{one.where}: is opened by access policies"
        if properties.get("enablePurgeProtection") is not True:
            yield f"{one.where}: can be purged"
        if properties.get("networkAcls", {}).get("defaultAction") != "Deny":
            yield f"{one.where}: any network is admitted"


def outputs_hold_no_secret(deployment):
    for module in deployment.root.all_modules():
        for name, value in module.outputs.items():
            if is_secret(value):
                yield f"{module.path.name}: the output {name} shows {show(value)}"


def roles_are_the_least(deployment):
    for one, properties in deployment.properties("Microsoft.Authorization/roleAssignments"):
        role = spell(properties["roleDefinitionId"]).rsplit("/", 1)[-1]
        if role not in ROLES:
            yield f"{one.where}: gives the role {role}"
        if one.body.get("scope") is None:
            yield f"{one.where}: is given for the whole resource group"
        if properties.get("principalType") != "ServicePrincipal":
            yield f"{one.where}: may be looked up before the identity is known everywhere"


def names_are_possible(deployment):
    rules = {
        "Microsoft.Storage/storageAccounts": r"[a-z0-9]{3,24}",
        "Microsoft.KeyVault/vaults": r"(?!.*--)[a-zA-Z][a-zA-Z0-9-]{1,22}[a-zA-Z0-9]",
        "Microsoft.App/containerApps": r"(?!.*--)[a-z][a-z0-9-]{0,30}[a-z0-9]",
        "Microsoft.App/managedEnvironments": r"[a-zA-Z0-9][a-zA-Z0-9-]{0,58}[a-zA-Z0-9]",
        "Microsoft.DBforPostgreSQL/flexibleServers": r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]",
        "Microsoft.Storage/storageAccounts/blobServices/containers": r"(?!.*--)[a-z0-9][a-z0-9-]{1,61}[a-z0-9]",
        "Microsoft.ManagedIdentity/userAssignedIdentities": r"[a-zA-Z0-9][a-zA-Z0-9_-]{2,127}",
    }
    for one in deployment.resources:
        name = one.body.get("name")
        if one.type in rules and not isinstance(name, Unknown) and not re.fullmatch(rules[one.type], name):
            yield f"{one.where}: {name!r} is no name for it"


RULES = [
    storage_is_closed,
    deleted_artifacts_can_be_restored,
    encryption_has_a_floor,
    database_has_no_password,
    database_is_private_and_kept,
    subnets_fit,
    security_groups_end_with_no,
    private_names_can_be_looked_up,
    app_is_probed_and_encrypted,
    environment_is_in_its_subnet,
    secrets_stay_in_the_vault,
    outputs_hold_no_secret,
    roles_are_the_least,
    names_are_possible,
]
