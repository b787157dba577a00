#!/bin/bash
# Copies tables as fast as psql can: all at once, in binary, unmasked; each one's keys after its rows; then ANALYZE.
# It checks nothing, remembers nothing and vacuums nothing. Arguments: source, target, tables.
set -euo pipefail
source=$1 target=$2
shift 2
quiet=(psql -X -q -o /dev/null -v ON_ERROR_STOP=1)

pg_dump --section=pre-data --no-owner --no-privileges -d "$source" | "${quiet[@]}" -d "$target"
copies=()
for table in "$@"; do
    (
        psql -X -q -d "$source" -c "COPY $table TO STDOUT (FORMAT binary)" |
            psql -X -q -d "$target" -c "SET synchronous_commit = off" -c "COPY $table FROM STDIN (FORMAT binary)"
        pg_dump --section=post-data --no-owner --no-privileges --table "$table" -d "$source" | "${quiet[@]}" -d "$target"
    ) &
    copies+=($!)
done
for copy in "${copies[@]}"; do wait "$copy"; done
"${quiet[@]}" -d "$target" -c "ANALYZE"
