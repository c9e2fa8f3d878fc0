#!/bin/sh
# sentinel.sh DATA SECRETS: starts a Sentinel, with a configuration file in folder DATA in which it keeps what it knows.
# sentinel.sh COMMAND...: asks the one in this container, for example `sentinel master webchat`.
set -eu
if [ ! -d "$1" ]; then
    REDISCLI_AUTH=$(cat /secrets/peer-password) exec redis-cli -p 26379 --user sentinel "$@"
fi
data=$1 secrets=$2
shift 2
if [ "$REDIS_MODE" != ha ]; then
    echo "nodes do not use Sentinels: set COMPOSE_PROFILES=ha in .env" >&2
    exit 78
fi
if [ ! -e "$data/sentinel.conf" ]; then
    cat > "$data/sentinel.conf" << END
sentinel monitor webchat $PRIMARY ${PORT:-6379} 2
sentinel down-after-milliseconds webchat 5000
sentinel failover-timeout webchat 30000
END
fi
exec redis-server "$data/sentinel.conf" --sentinel --dir "$data" --port 26379 "--aclfile $secrets/sentinel.acl" \
    --include "$secrets/sentinel.conf" "$@"
