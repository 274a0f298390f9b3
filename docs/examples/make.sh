#!/bin/sh
# Makes the documents beside this script again, from the incidents in the .jsonl files beside it.
# What people wrote into the postmortems stays as it is. `make examples` runs it.
set -eu
cd "$(dirname "$0")"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
unset RETOLD_GROUPS RETOLD_KEYS RETOLD_MEASURES
RETOLD_DB=$folder/examples.db
export RETOLD_DB

id_of() { sed -n '1s/.*"incident_id": "\([^"]*\)".*/\1/p' "$1.jsonl"; }

retold import jsonl ./*.jsonl >&2
for file in *.jsonl; do
    name=${file%.jsonl}
    for form in md html svg mermaid; do
        retold timeline "$(id_of "$name")" --format "$form" > "$name.$form"
    done
done

postmortem() { retold postmortem "$(id_of "$1")" --template "$2" --output "$1-postmortem.md"; }
postmortem checkout-deployment full
postmortem orders-failover short
postmortem address-corruption customer
