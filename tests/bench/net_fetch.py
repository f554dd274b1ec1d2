"""An image of 80 MB from nginx, received and hashed, against `curl -o` to
tmpfs with the same cipher: between network namespaces, as fast as the kernel moves
bytes, and at the rate of a link of 1 and of 10 Gbit/s. And the time from
DHCP's answer to the first byte, and the memory of all processes at its height.

    net_fetch.py BUILD [RUNS]

keelboot's time is from the address to the digest of the whole file, which is
another than the entry names: so nothing follows. curl's is that of its process
without starting it (time_total), and it hashes nothing. The shortest of RUNS
(7) are compared, as other work on the machine only adds to them. At more than 1
Gbit/s server, receiver and hash share the CPUs, and with few of them that is
what is measured: such figures are judged from JUDGED_CPUS on."""

import contextlib
import os
import pathlib
import re
import statistics
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))

import net_rig  # noqa: E402
from net_rig import IPV4, Switch, entry, tree  # noqa: E402
from netlab import Authority, NetLab  # noqa: E402

SIZE = 80_000_000
CIPHER = "ECDHE-ECDSA-AES128-GCM-SHA256"
RATIO, SPARE, FIRST_BYTE_S = 1.15, 4 << 20, 0.5
JUDGED_CPUS = 4
WRONG = "00" * 32


class Bench:
    def __init__(self, build, work):
        self.lab = NetLab(work / "lab")
        self.signer = net_rig.signer(build, work)
        self.build, self.work = build, work
        self.bad = False

    def prepare(self):
        issuer = Authority(
            self.work, self.signer.private / "servers").intermediate()
        ca = self.signer.private / "servers.pem"
        self.trust = ["--cacert", ca, "--tls-max", "1.2", "--ciphers", CIPHER]
        block = net_rig.kernel() + bytes(range(256)) * 100
        self.lab.put("image.efi", (block * (SIZE // len(block) + 1))[:SIZE])
        self.switch = Switch(self.lab)
        self.lab.nginx(certificate=issuer.issue("server", [IPV4]))
        self.lab.dnsmasq("interface=br0")
        self.net = self.switch.plug()
        self.net.ip("link set eth0 up")
        self.machine = net_rig.Machine(
            self.build, self.work / "machine",
            self.build / "x86_64/bench/net_boot")

    def limit(self, rate):
        """Of the link to the machine; None is none."""
        self.lab.net.run("tc", "qdisc", "del", "dev", "port0", "root",
                         check=False)
        if rate:
            self.lab.net.run("tc", "qdisc", "add", "dev", "port0", "root",
                             "tbf", "rate", rate, "burst", "1mb", "latency",
                             "20ms")

    def curl(self, url):
        """Seconds. With an address that is there already."""
        out = "/dev/shm/keelboot-bench"
        self.net.ip("addr flush dev eth0")
        self.net.ip("addr add 192.0.2.9/24 dev eth0")
        try:
            return float(self.net.run(
                "curl", "-sS", "-o", out, "-w", "%{time_total}", *self.trust,
                url).stdout)
        finally:
            pathlib.Path(out).unlink(missing_ok=True)

    def boot(self, url, words, watch=lambda _: None, **more):
        self.net.ip("addr flush dev eth0")
        self.machine.image(["timeout = 0", "on-failure = menu", words], [entry(
            "Large", f"uki-url {url}", f"sha256 {WRONG}", "retry 0")])
        process = self.machine.begin(self.net, stamps=True, **more)
        watch(process)
        return self.machine.finish(process)

    def keelboot(self, url):
        end = self.boot(url, "network eth0 address=192.0.2.9/24")
        assert end.name == "HELD" and "SHA-256" in end.log, end
        return end.at("unable to boot") - end.at(
            r"network: eth0: 192\.0\.2\.9/24")

    def compare(self, name, url, rate, runs):
        self.limit(rate)
        ours, theirs = [], []
        for _ in range(runs):
            theirs.append(self.curl(url))
            ours.append(self.keelboot(url))
        ratio = min(ours) / min(theirs)
        is_judged = rate == "1gbit" or os.cpu_count() >= JUDGED_CPUS
        self.bad |= is_judged and ratio > RATIO
        print(f"{name}: {min(ours) * 1000:.0f} ms, curl "
              f"{min(theirs) * 1000:.0f} ms: ratio {ratio:.2f} "
              f"({f'at most {RATIO}' if is_judged else 'not judged'})",
              flush=True)

    def first_byte(self, runs):
        """From the first question of DHCP, which follows the carrier at once,
        to the last byte of a small file."""
        times = []
        self.lab.put("small.efi", self.signer.image(
            net_rig.uki(net_rig.kernel())))
        for _ in range(runs):
            end = self.boot(f"http://{IPV4}/small.efi",
                            "network eth0 dhcp=v4")
            times.append(end.at("fetched") - end.at("it has a carrier"))
        middle = statistics.median(times)
        self.bad |= middle > FIRST_BYTE_S
        print(f"DHCP to a small file: {middle * 1000:.0f} ms "
              f"({min(times) * 1000:.0f} to {max(times) * 1000:.0f}; at most "
              f"{FIRST_BYTE_S * 1000:.0f})")

    def memory(self):
        """Of the tree of processes at its height, each page once, beyond what
        it had before it got an address."""
        self.limit("400mbit")
        looks = []

        def watch(process):
            time.sleep(1)
            idle = memory_of(tree(process.pid))
            self.lab.net.ip("link set port0 up")
            while process.poll() is None:
                looks.append(memory_of(tree(process.pid)) - idle)
                time.sleep(0.01)

        self.lab.net.ip("link set port0 down")
        self.boot(f"http://{IPV4}/image.efi",
                  "network eth0 address=192.0.2.9/24", watch)
        over = max(looks) - SIZE
        self.bad |= over > SPARE
        print(f"memory: {max(looks) / 1e6:.1f} MB at its height, "
              f"{over / (1 << 20):.2f} MiB more than the file (at most "
              f"{SPARE >> 20}; {len(looks)} looks)")


def memory_of(pids):
    """Bytes of processes: what is theirs alone, their part of the program, and
    each memory file once, mapped or not."""
    total, files = 0, {}
    for pid in pids:
        with contextlib.suppress(OSError, TypeError):
            text = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text()
            total += 1024 * sum(
                int(re.search(rf"^Pss_{kind}: +(\d+) kB", text, re.M)[1])
                for kind in ("Anon", "File"))
            for fd in os.listdir(f"/proc/{pid}/fd"):
                path = f"/proc/{pid}/fd/{fd}"
                if os.readlink(path).startswith("/memfd:"):
                    status = os.stat(path)
                    files[status.st_ino] = status.st_blocks * 512
    return total + sum(files.values())


def main():
    build = pathlib.Path(sys.argv[1]).resolve()
    runs = int(sys.argv[2]) if len(sys.argv) > 2 else 7
    with tempfile.TemporaryDirectory(dir=build) as work:
        bench = Bench(build, pathlib.Path(work))
        with bench.lab:
            bench.prepare()
            for rate in ("1gbit", "10gbit", None):
                for kind in ("http", "https"):
                    bench.compare(f"{kind}, link {rate or 'not limited'}",
                                  f"{kind}://{IPV4}/image.efi", rate, runs)
            bench.memory()
            bench.limit(None)
            bench.first_byte(runs)
    sys.exit(bench.bad)


main()
