"""Each rule catches a template that breaks it: one edit each, to the real text."""

import pytest

import arm_types
import bicep
import expand
import policy
from conftest import INFRA, work_out

# The rule, the way to deploy, the file, what stands there, what is put there.
BROKEN = [
    ("storage_is_closed", "later deployment", "storage.bicep", "allowBlobPublicAccess: false", "allowBlobPublicAccess: true"),
    ("storage_is_closed", "later deployment", "storage.bicep", "allowBlobPublicAccess: false", ""),
    ("storage_is_closed", "later deployment", "storage.bicep", "supportsHttpsTrafficOnly: true", "supportsHttpsTrafficOnly: false"),
    ("storage_is_closed", "later deployment", "storage.bicep", "allowSharedKeyAccess: credentials == 'keys'", "allowSharedKeyAccess: credentials != 'keys'"),
    ("storage_is_closed", "later deployment", "storage.bicep", "? 'Allow' : 'Deny'", "? 'Allow' : 'Allow'"),
    ("storage_is_closed", "private endpoints", "storage.bicep", "privatelyReached ? 'Disabled' : 'Enabled'", "'Enabled'"),
    ("storage_is_closed", "own storage", "artifacts.bicep", "publicAccess: 'None'", "publicAccess: 'Blob'"),
    ("deleted_artifacts_can_be_restored", "small", "storage.bicep", "days: 14", "days: 1"),
    ("encryption_has_a_floor", "small", "storage.bicep", "TLS1_2", "TLS1_1"),
    ("encryption_has_a_floor", "small", "database.bicep", "value: 'on'", "value: 'off'"),
    ("encryption_has_a_floor", "small", "database.bicep", "TLSv1.2", "TLSv1.1"),
    ("database_has_no_password", "later deployment", "database.bicep", "passwordAuth: byIdentity ? 'Disabled' : 'Enabled'", "passwordAuth: 'Enabled'"),
    ("database_has_no_password", "later deployment", "database.bicep", "administratorLoginPassword: byIdentity ? null : password", "administratorLoginPassword: byIdentity ? 'letmein' : password"),
    ("database_has_no_password", "later deployment", "database.bicep", "= if (byIdentity) {", "= if (!byIdentity) {"),
    ("database_is_private_and_kept", "keys", "database.bicep", "publicNetworkAccess: 'Disabled'", "publicNetworkAccess: 'Enabled'"),
    ("database_is_private_and_kept", "keys", "database.bicep", "backupRetentionDays: backupDays", "backupRetentionDays: backupDays == 14 ? 0 : 1"),
    ("database_is_private_and_kept", "large", "database.bicep", "'ZoneRedundant' : 'Disabled'", "'SameZone' : 'Disabled'"),
    ("database_is_private_and_kept", "small", "headwater.bicep", "standby: false", "standby: true"),
    ("subnets_fit", "later deployment", "network.bicep", "'10.20.0.0/23'", "'10.20.0.0/28'"),
    ("subnets_fit", "later deployment", "network.bicep", "'10.20.2.0/27'", "'10.20.2.0/29'"),
    ("subnets_fit", "later deployment", "network.bicep", "'10.20.2.0/27'", "'10.20.1.0/27'"),
    ("subnets_fit", "later deployment", "network.bicep", "'10.20.3.0/27'", "'10.21.3.0/27'"),
    ("subnets_fit", "later deployment", "network.bicep", "serviceName: 'Microsoft.App/environments'", "serviceName: 'Microsoft.Web/serverFarms'"),
    ("subnets_fit", "later deployment", "network.bicep", "serviceName: 'Microsoft.DBforPostgreSQL/flexibleServers'", "serviceName: 'Microsoft.App/environments'"),
    ("security_groups_end_with_no", "later deployment", "network.bicep", "access: 'Deny'", "access: 'Allow'"),
    ("security_groups_end_with_no", "later deployment", "network.bicep", "destinationPortRanges: ['80', '443', '31080', '31443']", "destinationPortRange: '*'"),
    ("security_groups_end_with_no", "internal", "network.bicep", "ingress == 'public' ? 'Internet' : 'VirtualNetwork'", "ingress == 'public' ? 'Internet' : '*'"),
    ("security_groups_end_with_no", "later deployment", "network.bicep", "priority: 110", "priority: 100"),
    ("private_names_can_be_looked_up", "later deployment", "network.bicep", "virtualNetwork: {\n      id: vnet.id\n    }", "virtualNetwork: {}"),
    ("private_names_can_be_looked_up", "later deployment", "network.bicep", "'zone-${suffix}.private.postgres.database.azure.com'", "'${suffix}.example'"),
    ("private_names_can_be_looked_up", "later deployment", "network.bicep", "'zone-${suffix}.private", "'headwater-db-${suffix}.private"),
    ("private_names_can_be_looked_up", "private endpoints", "endpoint.bicep", "resource registration 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups@2025-07-01' = {", "resource registration 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups@2025-07-01' = if (groupId == '') {"),
    ("app_is_probed_and_encrypted", "later deployment", "app.bicep", "allowInsecure: false", "allowInsecure: true"),
    ("app_is_probed_and_encrypted", "later deployment", "app.bicep", "path: '/ready'", "path: '/health'"),
    ("app_is_probed_and_encrypted", "later deployment", "app.bicep", "type: 'Startup'", "type: 'Liveness'"),
    ("app_is_probed_and_encrypted", "later deployment", "app.bicep", "targetPort: port", "targetPort: 8080"),
    ("app_is_probed_and_encrypted", "later deployment", "app.bicep", "string(port)]", "string(port), '--disable-security-middleware']"),
    ("app_is_probed_and_encrypted", "later deployment", "app.bicep", "directTransfers ? 'on' : 'off'", "directTransfers ? 'on' : 'on'"),
    ("app_is_probed_and_encrypted", "later deployment", "headwater.bicep", "memory: '2Gi'", "memory: '1Gi'"),
    ("app_is_probed_and_encrypted", "later deployment", "app.bicep", "minReplicas: minReplicas", "minReplicas: minReplicas == 2 ? 0 : 1"),
    ("environment_is_in_its_subnet", "internal", "app.bicep", "internal: ingress == 'internal'", "internal: ingress != 'internal'"),
    ("environment_is_in_its_subnet", "internal", "names.bicep", "name: '*'", "name: 'headwater'"),
    ("environment_is_in_its_subnet", "small", "app.bicep", "infrastructureSubnetId: subnetId", "infrastructureSubnetId: empty(subnetId) ? 'x' : ''"),
    ("secrets_stay_in_the_vault", "later deployment", "app.bicep", "keyVaultUrl: '${vaultUri}secrets/encryption-passphrase'", "value: 'in clear'"),
    ("secrets_stay_in_the_vault", "keys", "app.bicep", "secretRef: 'storage-key'", "value: logs.listKeys().primarySharedKey"),
    ("secrets_stay_in_the_vault", "keys", "app.bicep", "secretRef: 'storage-key'", "secretRef: 'storage-keys'"),
    ("secrets_stay_in_the_vault", "later deployment", "vault.bicep", "enableRbacAuthorization: true", "enableRbacAuthorization: false"),
    ("secrets_stay_in_the_vault", "later deployment", "vault.bicep", "enablePurgeProtection: true", "enablePurgeProtection: false"),
    ("secrets_stay_in_the_vault", "later deployment", "vault.bicep", "defaultAction: 'Deny'", "defaultAction: 'Allow'"),
    ("outputs_hold_no_secret", "later deployment", "storage.bicep", "output name string = account.name", "output name string = account.name\noutput key string = account.listKeys().keys[0].value"),
    ("outputs_hold_no_secret", "keys", "database.bicep", "${byIdentity ? identityName : administrator}@", "${administrator}:${password}@"),
    ("outputs_hold_no_secret", "first deployment", "main.bicep", "output HEADWATER_URL string = headwater.outputs.url", "output HEADWATER_URL string = encryptionPassphrase"),
    ("roles_are_the_least", "later deployment", "artifacts.bicep", "ba92f5b4-2d11-453d-a403-e96b0029c9fe", "b24988ac-6180-42a0-ab88-20f7382dd24c"),
    ("roles_are_the_least", "later deployment", "vault.bicep", "  scope: vault\n", ""),
    ("names_are_possible", "small", "headwater.bicep", "take('${replace(name, '-', '')}${suffix}', 24)", "'${name}-blobs'"),
    ("names_are_possible", "small", "headwater.bicep", "take('${name}-kv-${suffix}', 24)", "'${name}--kv-${suffix}'"),
    ("names_are_possible", "small", "headwater.bicep", "'${name}-db-${suffix}'", "'${name}_db_${suffix}'"),
]

# What the templates contradict themselves with: caught while they are worked out.
CONTRADICTIONS = [
    ("nothing is called", "app.bicep", "image: image", "image: imag"),
    ("has no parameter", "headwater.bicep", "    suffix: suffix\n", "    suffix: suffix\n    other: 1\n"),
    ("is not given its parameter", "headwater.bicep", "    suffix: suffix\n", ""),
    ("is no int", "headwater.bicep", "databaseStorage: 128", "databaseStorage: '128'"),
    ("may not be", "headwater.bicep", "databaseTier: 'GeneralPurpose'\n    databaseSku: 'Standard_D2ds_v5'", "databaseTier: 'General'\n    databaseSku: 'Standard_D2ds_v5'"),
    ("is not there", "headwater.bicep", "url string = app.outputs.url", "url string = app.outputs.address"),
    ("is never used", "app.bicep", "var port = 5000", "var port = 5000\nvar spare = 1"),
    ("takes a secret and is not secure", "vault.bicep", "@secure()\nparam encryptionPassphrase", "param encryptionPassphrase"),
    ("is given twice", "storage.bicep", "kind: 'StorageV2'", "kind: 'StorageV2'\n  kind: 'StorageV2'"),
    ("is of something that is not made", "headwater.bicep", "makesStorage ? storage!.outputs.name : storageAccountName\n    credentials", "storage!.outputs.name\n    credentials"),
]

# What Azure's types catch.
MISTYPED = [
    ("is not a property", "database.bicep", "autoGrow:", "autoGrows:"),
    ("none of", "database.bicep", "mode: standby ? 'ZoneRedundant'", "mode: standby ? 'ZoneRedundnt'"),
    ("is no number", "database.bicep", "startHour: 3", "startHour: '3'"),
    ("is no array", "network.bicep", "addressPrefixes: ['10.20.0.0/16']", "addressPrefixes: '10.20.0.0/16'"),
    ("is neither true nor false", "storage.bicep", "defaultToOAuthAuthentication: true", "defaultToOAuthAuthentication: 'true'"),
    ("lacks", "storage.bicep", "  kind: 'StorageV2'\n", ""),
    ("is Azure's to give", "vault.bicep", "tenantId: subscription().tenantId", "tenantId: subscription().tenantId\n    hsmPoolResourceId: 'x'"),
    ("no type", "app.bicep", "containerApps@2026-01-01", "containerApps@2026-01-32"),
    ("has a wrong length", "vault.bicep", "tenantId: subscription().tenantId", "tenantId: 'mine'"),
    ("does not look like", "vault.bicep", "tenantId: subscription().tenantId", "tenantId: '00000000 0000 4000 8000 000000000000'"),
]


def edited(file, before, after):
    text = next(INFRA.rglob(file)).read_text()
    assert before in text, f"{file} does not say {before!r} any more"
    return {file: text.replace(before, after)}


@pytest.mark.parametrize("rule, way, file, before, after", BROKEN)
def test_broken_templates_are_caught(rule, way, file, before, after):
    deployment = work_out(way, edited(file, before, after))
    assert list(getattr(policy, rule)(deployment)), f"{rule} saw nothing"


def test_every_rule_has_a_broken_sample():
    assert {rule for rule, *_ in BROKEN} == {rule.__name__ for rule in policy.RULES}


@pytest.mark.parametrize("message, file, before, after", CONTRADICTIONS)
def test_contradictions_are_caught(message, file, before, after):
    ways = ["first deployment", "own storage"]
    with pytest.raises(expand.Fault, match=message):
        for way in ways:
            work_out(way, edited(file, before, after))


def test_what_does_not_parse_is_caught():
    with pytest.raises(bicep.SyntaxFault, match="does not parse"):
        work_out("small", edited("storage.bicep", "kind: 'StorageV2'", "kind 'StorageV2'"))


@pytest.mark.skipif(arm_types.folder() is None, reason="HEADWATER_AZURE_TYPES names no folder: types were not checked")
@pytest.mark.parametrize("message, file, before, after", MISTYPED)
def test_mistyped_templates_are_caught(message, file, before, after):
    deployment = work_out("later deployment", edited(file, before, after))
    faults = [fault for one in deployment.root.all_resources() for fault in arm_types.check(one, arm_types.folder())]
    assert any(message in fault for fault in faults), faults
