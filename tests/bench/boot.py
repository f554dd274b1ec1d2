"""Time from init to the jump, less the kexec system call itself, keelboot
against a shell script with kexec-tools: same firmware kernel, image, disk and
payload, one QEMU each, median of RUNS. And keelboot's peak of memory."""

import os
import re
import statistics
import sys
import tempfile

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "../.."))
sys.path.insert(0, ROOT + "/tests/qemu")
from vm import Vm  # noqa: E402

RUNS = int(os.environ.get("RUNS", "5"))
LIMIT = 0.5


def stamp(vm, pattern):
    """The kernel's time of a line on the console, in seconds."""
    found = re.search(r"\[ *(\d+\.\d+)\] [^\n]*" + pattern, vm.text)
    assert found, "no %r on the console:\n%s" % (pattern, vm.tail())
    return float(found.group(1))


def run(work, kernel, image, disk, append):
    vm = Vm("x86_64", work, kernel=kernel, initrds=[image], disks=[disk],
            append="console=ttyS0 loglevel=7 " + append)
    try:
        vm.expect("Starting new kernel")
        vm.expect("second kernel is up")
        total = stamp(vm, "Starting new kernel") - stamp(
            vm, "Run /[a-z/]* as init process")
        call = re.search(r"with kexec_\w+ in (\d+) ms", vm.text)
        low = re.findall(r"lowest (\d+) of (\d+) kB", vm.text)
        return total, call and int(call.group(1)) / 1000, low
    finally:
        vm.close()


def main():
    kernel, image, disk = sys.argv[1:4]
    bad = False
    with tempfile.TemporaryDirectory() as work:
        for mode, flag in (("file", "-s"), ("load", "-c")):
            ours, calls, theirs = [], [], []
            for number in range(RUNS):
                total, call, _ = run(
                    "%s/k-%s-%d" % (work, mode, number), kernel, image, disk,
                    "keelboot.timeout=0 keelboot.default=bench.conf "
                    "keelboot.kexec=%s" % mode)
                ours.append(total)
                calls.append(call)
                total, _, _ = run(
                    "%s/p-%s-%d" % (work, mode, number), kernel, image, disk,
                    "rdinit=/bench/init bench.mode=" + flag)
                theirs.append(total)
            call = statistics.median(calls)
            own = statistics.median(ours) - call
            peer = statistics.median(theirs) - call
            print("%s: keelboot %.2f s, kexec %s %.2f s, of it the system "
                  "call %.2f s; without it %.2f s against %.2f s: ratio "
                  "%.2f (limit %.2f)" % (
                      mode, statistics.median(ours), flag,
                      statistics.median(theirs), call, own, peer,
                      own / peer, LIMIT))
            bad |= own / peer > LIMIT
    sys.exit(bad)


main()
