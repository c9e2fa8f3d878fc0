#!/bin/sh
# Makes the words that nodes and Redis share and writes them into the folder $1. What is there stays: take a file away
# to have it made anew. Nobody needs to see them.
set -eu
directory=$1
word() { od -An -N32 -tx1 /dev/urandom | tr -d ' \n'; }

if [ ! -e "$directory/cluster-secret" ]; then
    word > "$directory/cluster-secret"
fi
# The URL comes last: where it is, the user is.
if [ ! -e "$directory/redis-url" ]; then
    password=$(word)
    sed "s/PASSWORD/$password/" /users.acl > "$directory/users.acl"
    printf 'redis://webchat:%s@redis:6379/0' "$password" > "$directory/redis-url"
fi
# Node and Redis run as users of their own; the volume is mounted nowhere else.
chmod 644 "$directory"/*
