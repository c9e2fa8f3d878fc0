#!/bin/sh
# Creates the secrets of nodes (in folder $1) and Redis (in $2), so that Redis cannot read the cluster secret. Existing
# secrets stay: delete a file to have it created again. No one needs to see them. The rights of Redis' users are
# written each time, from $3.
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
password=$(sed 's/.*webchat:\([0-9a-f]*\)@.*/\1/' "$nodes/redis-url")
sed "s/PASSWORD/$password/" "$3" > "$redis/users.acl"
# An earlier release wrote it here.
rm -f "$nodes/users.acl"
# Node and Redis run as different users; each volume is mounted nowhere else.
chmod 644 "$nodes"/* "$redis"/*
