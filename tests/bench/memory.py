"""Peak of memory of a boot: MemTotal less the lowest MemAvailable, against
three times what is handed to kexec and 8 MiB. Handed is the memory of the
segments, as kexec_load is told: the running kernel takes all of it at once, and
for a bzImage that is its init_size, several times the file. What the machine
uses before anything is read (the first sample), and the peak against the bytes
of the files alone, are shown apart."""

import os
import re
import sys
import tempfile
import threading

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "../.."))
sys.path.insert(0, ROOT + "/tests/qemu")
from vm import Vm  # noqa: E402


def collect(sock, into):
    while True:
        data = sock.recv(4096)
        if not data:
            return
        into.append(data.decode("utf-8", "replace"))


def run(work, kernel, image, disk, mode):
    vm = Vm("x86_64", work, kernel=kernel, initrds=[image], disks=[disk],
            append="console=ttyS0 rdinit=/bench/memory-init keelboot.timeout=1"
                   " keelboot.kexec=" + mode)
    said = []
    try:
        vm.expect(".")
        thread = threading.Thread(target=collect, daemon=True,
                                  args=(vm.connect("shell"), said))
        thread.start()
        handed = int(vm.expect(r"Loaded (\d+) bytes").group(1))
        vm.expect("second kernel is up")
    finally:
        vm.close()
    samples = [(int(low), int(total)) for low, total in
               re.findall(r"lowest (\d+) of (\d+) kB", "".join(said))]
    low, total = samples[-1]
    return (total - low) * 1024, (total - samples[0][0]) * 1024, handed


def main():
    kernel, image, disk = sys.argv[1:4]
    bytes_in = int(sys.argv[4])
    bad = False
    with tempfile.TemporaryDirectory() as work:
        for mode in ("load", "file"):
            peak, idle, said = run("%s/%s" % (work, mode), kernel, image, disk,
                                   mode)
            handed = said if mode == "load" else handed
            limit = 3 * handed + (8 << 20)
            print("%s: peak %.1f MB of memory, of it %.1f MB before anything "
                  "was read; limit 3 x %.1f MB + 8 MiB = %.1f MB: ratio %.2f "
                  "(%.2f against 3 x %.1f MB of files + 8 MiB)"
                  % (mode, peak / 1e6, idle / 1e6, handed / 1e6,
                     limit / 1e6, peak / limit,
                     peak / (3 * bytes_in + (8 << 20)), bytes_in / 1e6))
            bad |= peak > limit
    sys.exit(bad)


main()
