#!/bin/sh
# Runs before `azd provision`: makes sure that there is an image to run, and, before the first
# deployment, a passphrase for the secrets that the server stores.
#
# HEADWATER_IMAGE names an image that exists. Without it the image is built from these sources, in the
# cloud, into a registry in the deployment's own resource group; that needs `az login`.
set -eu

set_value() { azd env set "$1" "$2"; }

if [ -z "${HEADWATER_IMAGE:-}" ]; then
    group="rg-$AZURE_ENV_NAME"
    # A registry's name is unique in the world: letters and digits, 5 to 50.
    registry="${HEADWATER_REGISTRY:-hw$(printf '%s' "$AZURE_SUBSCRIPTION_ID/$AZURE_ENV_NAME" | sha256sum | cut -c1-20)}"
    tag="${HEADWATER_TAG:-$(git rev-parse --short=12 HEAD)}"
    az group create --name "$group" --location "$AZURE_LOCATION" --output none
    az acr create --resource-group "$group" --name "$registry" --sku Basic --admin-enabled false --output none
    if ! az acr repository show --name "$registry" --image "headwater:$tag" --output none 2>/dev/null; then
        az acr build --registry "$registry" --image "headwater:$tag" --file ../image/Dockerfile ../..
    fi
    set_value HEADWATER_REGISTRY "$registry"
    set_value HEADWATER_BUILT_IMAGE "$registry.azurecr.io/headwater:$tag"
else
    set_value HEADWATER_BUILT_IMAGE "$HEADWATER_IMAGE"
fi

# The vault's name is an output of the first deployment that succeeded. From then on the passphrase is in
# the vault alone; writing another one would make every stored secret unreadable.
if [ -z "${HEADWATER_VAULT:-}" ] && [ -z "${HEADWATER_PASSPHRASE:-}" ]; then
    set_value HEADWATER_PASSPHRASE "$(openssl rand -base64 33 | tr -d '\n')"
fi
