"""Reads the argument list and the environment of every process there is, without pause, until SIGTERM.

prints `watches` once it has read all of them, and in the end each text that it read, once, a line of its own after line feeds are made spaces
"""
import os
import signal
import sys

over = []
signal.signal(signal.SIGTERM, lambda *_: over.append(True))
seen = set()
is_first = True
# who is watched has to get on meanwhile
os.nice(5)
while not over:
    for pid in os.listdir("/proc"):
        if not pid.isdigit():
            continue
        for name in ("cmdline", "environ"):
            try:
                with open("/proc/%s/%s" % (pid, name), "rb") as file:
                    seen.add(file.read())
            except OSError:
                # it has ended, or is somebody else's
                pass
    if is_first:
        print("watches", flush=True)
    is_first = False
sys.stdout.buffer.write(b"\n".join(text.replace(b"\n", b" ").replace(b"\0", b" ") for text in seen))
