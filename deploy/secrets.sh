#!/bin/sh
# Creates the secrets of nodes (in folder $1) and of Redis and Sentinels (in $2), so that Redis cannot read the cluster
# secret. Existing secrets stay: delete a file to have it created again. No one needs to see them. What follows from
# them is written each time; the rights of users come from $3 (Redis) and $4 (Sentinels).
#
# In $3 the user `default` is off but has all rights: Redis loads its append-only file as that user and skips, without an
# error, what that user may not do (redis/redis#14541). That would be every message.
set -eu
nodes=$1 redis=$2
word() { od -An -N32 -tx1 /dev/urandom | tr -d ' \n'; }

if [ ! -e "$nodes/cluster-secret" ]; then
    word > "$nodes/cluster-secret"
fi
# Empty, except while the secret is rotated.
[ -e "$nodes/cluster-secret-previous" ] || : > "$nodes/cluster-secret-previous"
if [ ! -e "$nodes/redis-url" ]; then
    printf 'redis://webchat:%s@redis:6379/0' "$(word)" > "$nodes/redis-url"
fi
# Between servers of Redis, and their Sentinels.
if [ ! -e "$redis/peer-password" ]; then
    word > "$redis/peer-password"
fi
password=$(sed 's/.*webchat:\([0-9a-f]*\)@.*/\1/' "$nodes/redis-url")
peer=$(cat "$redis/peer-password")
printf '%s' "$password" > "$nodes/redis-password"
printf 'redis-sentinel://webchat:%s@sentinel-1,sentinel-2,sentinel-3/webchat' "$password" > "$nodes/redis-url-ha"
# `wait` is for REDIS_WAIT_REPLICAS.
sed "s/PASSWORD/$password/; s/PEER/$peer/; s/^user webchat .*/& +wait/" "$3" > "$redis/users.acl"
sed "s/PASSWORD/$password/; s/PEER/$peer/" "$4" > "$redis/sentinel.acl"
printf '%s\n' "masteruser replica" "masterauth $peer" > "$redis/replication.conf"
printf '%s\n' "sentinel auth-user webchat sentinel" "sentinel auth-pass webchat $peer" \
    "sentinel sentinel-user sentinel" "sentinel sentinel-pass $peer" > "$redis/sentinel.conf"
# An earlier release wrote it here.
rm -f "$nodes/users.acl"
# Node and Redis run as different users; each volume is mounted nowhere else.
chmod 644 "$nodes"/* "$redis"/*
