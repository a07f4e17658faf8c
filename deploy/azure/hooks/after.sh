#!/bin/sh
# Runs after `azd provision`: forgets the passphrase, which is in the vault now, and tells the address.
set -eu
azd env set HEADWATER_PASSPHRASE ""
echo "Headwater serves at $HEADWATER_URL"
echo "Try it: mlflow demo --tracking-uri $HEADWATER_URL"
