#!/bin/sh
# Makes the words that nodes and Redis share and writes them into the folder $1. A word that is there stays: take its
# file away to have it made anew. Nobody needs to see them. What users of Redis may do is written anew each time, from $2.
#
# There, `default` is switched off and may do everything: while Redis reads its append-only file it acts as that user, and
# what that user may not do, it leaves out without an error (redis/redis#14541). That would be every message.
set -eu
directory=$1
word() { od -An -N32 -tx1 /dev/urandom | tr -d ' \n'; }

if [ ! -e "$directory/cluster-secret" ]; then
    word > "$directory/cluster-secret"
fi
# Nothing, until there is a new secret.
[ -e "$directory/cluster-secret-previous" ] || : > "$directory/cluster-secret-previous"
if [ ! -e "$directory/redis-url" ]; then
    printf 'redis://webchat:%s@redis:6379/0' "$(word)" > "$directory/redis-url"
fi
password=$(sed 's/.*webchat:\([0-9a-f]*\)@.*/\1/' "$directory/redis-url")
sed "s/PASSWORD/$password/" "$2" > "$directory/users.acl"
# Node and Redis run as users of their own; the volume is mounted nowhere else.
chmod 644 "$directory"/*
