"""slow-link.py NAME DELAY_MS LOSS SEED HERE NETNS=ADDRESS...: links this network namespace and others by a slow and lossy line.

Every packet takes DELAY_MS, or is lost with the probability LOSS; what netem does where a kernel has it. Prints `ready` once it is up,
and `CARRIED LOST` in packets when it is told to end; ends with whoever started it, too, and nothing is left of it then.
"""
import ctypes
import fcntl
import heapq
import os
import random
import select
import signal
import struct
import subprocess
import sys
import time

libc = ctypes.CDLL(None, use_errno=True)
TUNSETIFF, IFF_TUN, IFF_NO_PI, CLONE_NEWNET, PR_SET_PDEATHSIG = 0x400454CA, 1, 0x1000, 0x40000000, 1


def enter(path):
    with open(path) as file:
        if libc.setns(file.fileno(), CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), path)


def tunnel(name, address):
    fd = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH", name.encode(), IFF_TUN | IFF_NO_PI))
    for command in ("address add %s/24 dev %s" % (address, name), "link set %s up txqueuelen 5000" % name):
        subprocess.run(["ip"] + command.split(), check=True)
    return fd


def relay(ends, delay, loss, chance):
    """`ends`: file descriptor by IPv4 address."""
    due, count, lost = [], 0, 0

    def end(*_):
        print(count, lost, flush=True)
        os._exit(0)

    signal.signal(signal.SIGTERM, end)
    while True:
        wait = max(0, due[0][0] - time.monotonic()) if due else None
        for fd in select.select(list(ends.values()), [], [], wait)[0]:
            while True:
                try:
                    packet = os.read(fd, 65536)
                except BlockingIOError:
                    break
                to = ends.get(packet[16:20]) if packet[0] >> 4 == 4 else None
                if to is None:
                    continue
                count += 1
                if chance.random() < loss:
                    lost += 1
                else:
                    heapq.heappush(due, (time.monotonic() + delay, count, to, packet))
        now = time.monotonic()
        while due and due[0][0] <= now:
            try:
                os.write(due[0][2], due[0][3])
            except (BlockingIOError, OSError):
                pass
            heapq.heappop(due)


def main(name, delay, loss, seed, here, *others):
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    pack = lambda address: bytes(int(part) for part in address.split("."))
    ends = {pack(here): tunnel(name, here)}
    for other in others:
        netns, address = other.split("=")
        enter(netns)
        ends[pack(address)] = tunnel(name, address)
    print("ready", flush=True)
    relay(ends, float(delay) / 1000, float(loss), random.Random(int(seed)))


main(*sys.argv[1:])
