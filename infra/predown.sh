#!/bin/sh
# Before the app goes, it takes back what it granted and changed: nobody else could tell its work from other people's.
# azd gives the variables; GOLDSMITH_AUTHORIZATION is a header, "x-functions-key: …" or "Authorization: Bearer …".
set -eu
: "${GOLDSMITH_AUTHORIZATION:?set it to a header that opens POST /api/undo (docs/operations.md)}"
ask() { curl --fail --silent --show-error --header "$GOLDSMITH_AUTHORIZATION" "$@"; }
field() { node -e 'let t = ""; process.stdin.on("data", (d) => (t += d)).on("end", () => console.log(JSON.parse(t)[process.argv[1]] ?? ""))' "$1"; }

id=$(ask --request POST --data '{"all":true}' "$GOLDSMITH_URL/api/undo" | field id)
echo "Goldsmith takes back its grants and network changes: $id"
tries=0
until [ "$(ask "$GOLDSMITH_URL/api/undo/$id" | field state)" = done ]; do
  tries=$((tries + 1))
  [ "$tries" -lt 120 ] || { echo "It is not done after 20 minutes; nothing was taken down." >&2; exit 1; }
  sleep 10
done
ask "$GOLDSMITH_URL/api/undo/$id"
echo
