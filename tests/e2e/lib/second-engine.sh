#!/bin/sh
# A Docker engine as on another machine: in the network and mount namespaces that this script is
# started in, at the end of a cable that the other machine lays.
#
#   second-engine.sh FOLDER INTERFACE ADDRESS GATEWAY
set -eu
folder=$1 interface=$2 address=$3 gateway=$4

mount --make-rprivate /
# Where each engine keeps its containers' networks, whatever its other folders are, and where it
# looks for a containerd before it starts its own.
for shared in /run/docker /run/containerd; do
  if [ -d "$shared" ]; then mount -t tmpfs tmpfs "$shared"; fi
done
# The machine's own settings are for its own engine.
echo '{}' >"$folder/daemon.json"

until ip link show "$interface" >/dev/null 2>&1; do sleep 0.1; done
ip link set lo up
ip address add "$address/30" dev "$interface"
ip link set "$interface" up
ip route add default via "$gateway"

exec dockerd --config-file "$folder/daemon.json" --data-root "$folder/data" \
  --exec-root "$folder/exec" --pidfile "$folder/pid" --host "unix://$folder/socket"
