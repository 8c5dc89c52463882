#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# tools/web/openapi.json says what tools/web/routes.def says: the same routes in both directions, the parameters of their
# paths, bodies for what is written, and no member that the table does not name. Usage: openapi.sh BUILD_DIR
. "$(dirname "$0")/cli_lib.sh"
api=$root/tools/web/openapi.json
table=$root/tools/web/routes.def

# METHOD PATH KIND OPERATION of each route
sed -n 's/^ROUTE(\([A-Z]*\), "\([^"]*\)", \([A-Z]*\), "\([^"]*\)").*/\1 \2 \3 \4/p' "$table" | sort >"$work/table"
jq -r '.paths | to_entries[] | .key as $path | .value | to_entries[]
       | "\(.key | ascii_upcase) \($path) \(.value["x-keyfob-kind"] | ascii_upcase) \(.value.operationId)"' "$api" | sort >"$work/api"
[ -s "$work/table" ] || wrong "there are no routes"
diff "$work/table" "$work/api" >"$work/diff" || wrong "routes.def (<) and openapi.json (>) differ: $(cat "$work/diff")"

# OPERATION NAME of each parameter in a path
sed 's/^[A-Z]* \([^ ]*\) [A-Z]* \(.*\)/\2 \1/' "$work/table" | while read -r op path; do
    echo "$path" | grep -o '{[a-z_]*}' | tr -d '{}' | sed "s/^/$op /"
done | sort >"$work/params"
jq -r '.paths[][] | .operationId as $op | .parameters[]? | select(.in == "path") | "\($op) \(.name)"' "$api" | sort >"$work/said"
diff "$work/params" "$work/said" >"$work/diff" || wrong "parameters of paths differ: $(cat "$work/diff")"

# OPERATION NAME of each member of a query or a body: a word of the comment, there or at the route that it names
jq -r '.paths[][] | .operationId as $op
       | (.parameters[]? | select(.in == "query") | .name), (.requestBody.content["application/json"].schema.properties // {} | keys[])
       | "\($op) \(.)"' "$api" >"$work/members"
[ -s "$work/members" ] || wrong "there are no members"
while read -r op name; do
    line=$(grep -F "\"$op\")" "$table")
    like=$(echo "$line" | sed -n 's/.*\/\* as \([a-z_]*\.[a-z_]*\).*/\1/p')
    [ -n "$like" ] && line=$line$(grep -F "\"$like\")" "$table")
    echo "$line" | sed 's/^[^/]*"[^"]*"[^/]*//' | grep -qw -- "$name" || wrong "routes.def does not name \"$name\" of $op"
done <"$work/members"

# What is written has a JSON object for a body and the session's token; jobs answer 202.
exits 0 jq -e 'all(.paths[] | to_entries[] | select(.key != "get") | .value;
    (.requestBody.content["application/json"].schema | .type == "object" and .additionalProperties == false)
    and (.operationId == "session.open" or any(.parameters[]; .["$ref"] == "#/components/parameters/Token")))' "$api"
exits 0 jq -e 'all(.paths[] | to_entries[]; (.key == "get") == (.value | has("requestBody") | not))' "$api"
exits 0 jq -e 'all(.paths[][]; .responses | has("default"))' "$api"
exits 0 jq -e 'all(.paths[][]; (.["x-keyfob-kind"] == "job") == (.responses | has("202")))' "$api"
exits 0 jq -e '[.. | objects | .["$ref"]? // empty | ltrimstr("#/") | split("/")] as $refs | . as $all
    | all($refs[]; . as $at | $all | getpath($at) != null)' "$api"
exit $status
