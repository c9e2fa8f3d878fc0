#!/bin/sh
# redis.sh DATA SECRETS OPTION...: starts Redis with a configuration file in folder DATA. There Redis notes who is its
# primary when Sentinels change that: otherwise a restarted server would be what it was first, and a former primary would
# overwrite a newer one. REPLICA_OF: the primary before any failover, for a replica.
set -eu
data=$1 secrets=$2
shift 2
if [ ! -e "$data/redis.conf" ]; then
    printf '%s\n' "${REPLICA_OF:+replicaof $REPLICA_OF}" > "$data/redis.conf"
fi
# These and the options overrule the file, which Redis writes with all settings.
exec redis-server "$data/redis.conf" --dir "$data" --include "$secrets/replication.conf" "$@"
