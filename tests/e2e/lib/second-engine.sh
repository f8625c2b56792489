#!/bin/sh
# A Docker engine as on another machine: in the network and mount namespaces that this script is
# started in, at the end of a cable that the other machine lays.
#
#   second-engine.sh FOLDER INTERFACE ADDRESS GATEWAY
set -eu
folder=$1 interface=$2 address=$3 gateway=$4

mount --make-rprivate /
# Where each engine keeps its containers' networks, whatever its other folders are.
mkdir -p /run/docker
mount -t tmpfs tmpfs /run/docker

until ip link show "$interface" >/dev/null 2>&1; do sleep 0.1; done
ip link set lo up
ip address add "$address/30" dev "$interface"
ip link set "$interface" up
ip route add default via "$gateway"

exec dockerd --data-root "$folder/data" --exec-root "$folder/exec" --pidfile "$folder/pid" \
  --host "unix://$folder/socket"
