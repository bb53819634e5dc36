#!/bin/sh
# Usage: net.sh switch LAB NET | net.sh host LAB HOST ADDRESS: makes the lab's switch, or plugs a host into it.
# The switch is a bridge in a network namespace of its own, where no packet filter of the machine looks at what hosts say to each other.
# Namespaces are held by a mount on a file of the lab; the machine itself gets one link and one address.
set -eu
what=$1 lab=$2
case $what in
  switch)
    net=$3 link=dmanlab-${3##*.}
    : >"$lab/switch"
    unshare --net="$lab/switch" ip link add name switch type bridge forward_delay 0
    ip link add "$link" type veth peer name operator netns "$lab/switch"
    nsenter --net="$lab/switch" ip -batch - <<BATCH
link set operator master switch
link set operator up
link set switch up
BATCH
    ip address add "$net.1/24" dev "$link"
    ip link set "$link" up
    ;;
  host)
    host=$3 address=$4
    : >"$lab/hosts/$host/net"
    unshare --net="$lab/hosts/$host/net" ip link set lo up
    nsenter --net="$lab/switch" ip link add "$host" master switch type veth peer name eth0 netns "$lab/hosts/$host/net"
    nsenter --net="$lab/hosts/$host/net" ip -batch - <<BATCH
address add $address/24 dev eth0
link set eth0 up
route add default via ${address%.*}.1
BATCH
    nsenter --net="$lab/switch" ip link set "$host" up
    ;;
esac
