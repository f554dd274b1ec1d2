"""Boots from the network by bad ways and from bad servers, many of them, by a
seed each: frames are lost (5 %) and come late (up to 100 ms), in disorder;
servers are slow, die in the middle of a file, once or always, are killed and
come back, or never. Every run ends booted, or as its entry says, within its
time; anything else is an error, and its seed is told. SECONDS is the time
that an entry has. $NET_BOOT is the program, if not that of `make bench-build`.

    net_runs.py BUILD [RUNS [FIRST_SEED [AT_ONCE [SECONDS]]]]

And the herd, with `net_runs.py BUILD herd [MACHINES]`: so many machines
start at once, each in a namespace of its own, with one DHCP server and one
nginx. All boot, none later than three times the median.

What loses and delays is a user-space cable (tests/lib/netlab.py) and a
forwarder (lossy.py): no kernel's netem is needed."""

import collections
import concurrent.futures
import fcntl
import os
import pathlib
import random
import shutil
import statistics
import sys
import tempfile
import threading
import time
import traceback

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))

import net_rig  # noqa: E402
from net_rig import POWER_OFF, REBOOT, Switch, entry, sha256  # noqa: E402
from netlab import IPV4, NAME, Authority, NetLab  # noqa: E402

KERNEL = net_rig.kernel()
ENDS = {"reboot": ["END", REBOOT], "poweroff": ["END", POWER_OFF],
        "menu": ["HELD"], "hold": ["HELD"]}
ENTRY_S = 45  # what an entry has
# The pause in which a failure is shown, the start, and what is not ours: a
# busy machine.
SLACK_S = 20
HERD_RATIO, HERD_IPV4 = 3, "198.18.0.1"


def program(build):
    return os.environ.get("NET_BOOT", build / "x86_64/bench/net_boot")


class Plan:
    """What a seed makes of a run."""

    def __init__(self, seed):
        chance = random.Random(seed)
        self.seed = seed
        self.kind = chance.choice(["http"] * 4 + ["https"] * 4 + ["tftp"])
        self.size = chance.randrange(20_000, 60_000) \
            if self.kind == "tftp" else chance.randrange(20_000, 400_000)
        self.host = chance.choice([NAME, IPV4])
        self.dhcp = chance.choice(["dhcp=v4", "dhcp=both"])
        self.end = chance.choice(list(ENDS))
        self.rate = chance.choice([None, None, 50_000, 200_000])
        self.mirrors = [self.mirror(chance) for _ in range(
            chance.choice([1, 2, 3]))] if self.kind != "tftp" else []
        self.killed_after = chance.choice(
            [None, None, None, chance.uniform(0.2, 4)])
        self.back_after = chance.choice([None, chance.uniform(0.5, 4)])
        self.is_tampered = chance.random() < 0.05

    def mirror(self, chance):
        """A forwarder's troubles; {} is the server itself."""
        return chance.choice([
            {},
            {"kill": 0.7, "kill_within": self.size, "refuse_for": 1},
            {"kill_after": chance.randrange(self.size)},
            {"stall_after": chance.randrange(self.size)},
            {"rate": 30_000, "loss": 0.05, "jitter": 0.1},
        ])


class Run:
    """One of them, in a folder of its own."""

    def __init__(self, build, work, image, plan, seconds):
        self.build, self.plan, self.seconds = build, plan, seconds
        self.work = work / f"run-{plan.seed}"
        self.image, self.keys = image, build / "test-keys/private/servers"

    def __call__(self):
        self.work.mkdir()
        with NetLab(self.work / "lab") as self.lab:
            try:
                end = self.boot()
            finally:
                self.over.set()
        wrong = self.judge(end)
        if not wrong:
            shutil.rmtree(self.work)
        return self.plan.seed, end.name, wrong

    def serve(self):
        lab, plan = self.lab, self.plan
        data = net_rig.changed(self.image) if plan.is_tampered else self.image
        lab.put("image.efi", data)
        (lab.tftp / "image.efi").write_bytes(data)
        self.certificate = Authority(self.work, self.keys).issue(
            "server", [NAME, IPV4])
        self.nginx = lab.nginx(certificate=self.certificate, rate=plan.rate)
        lab.dnsmasq(v6="dhcp=both" == plan.dhcp, tftp=True)
        self.over = threading.Event()
        if plan.killed_after is not None:
            threading.Thread(target=self.kill, daemon=True).start()

    def kill(self):
        plan = self.plan
        if self.over.wait(plan.killed_after):
            return
        self.nginx()
        if plan.back_after is not None and \
                not self.over.wait(plan.back_after):
            self.lab.nginx(certificate=self.certificate, rate=plan.rate)

    def urls(self):
        plan = self.plan
        if plan.kind == "tftp":
            return [f"tftp://{IPV4}/image.efi"]
        port = 443 if plan.kind == "https" else 80
        urls = []
        for number, trouble in enumerate(plan.mirrors):
            at = port
            if trouble:
                at = 8100 + number
                self.lab.lossy(at, (IPV4, port), seed=plan.seed, **trouble)
            urls.append(f"{plan.kind}://{plan.host}:{at}/image.efi")
        return urls

    def boot(self):
        self.over = threading.Event()
        self.serve()
        plan = self.plan
        net, _ = self.lab.guest(loss=0.05, jitter=0.1, seed=plan.seed)
        machine = net_rig.Machine(self.build, self.work / "machine",
                                  program(self.build))
        machine.image(
            ["timeout = 0", f"network first {plan.dhcp}"],
            [entry("Bad way", "uki-url " + " ".join(self.urls()),
                   f"timeout {self.seconds}", f"on-failure {plan.end}")])
        return machine.boot(net, timeout=self.seconds + SLACK_S,
                            stamps=True)

    def judge(self, end):
        """What is wrong with it, "" for nothing."""
        if end.name == "BOOTED" and not self.plan.is_tampered:
            return "" if end.kernel == sha256(KERNEL) else "another kernel"
        if end.name != "BOOTED" and \
                [end.name, *end.words] == ENDS[self.plan.end]:
            return ""
        return f"{vars(self.plan)}\n{end}\n{end.stamps}"


def one(build, work, images, seed, seconds):
    plan = Plan(seed)
    nearest = min(images, key=lambda image: abs(len(image) - plan.size))
    try:
        return Run(build, work, nearest, plan, seconds)()
    except Exception:  # pylint: disable=broad-except
        return seed, "BROKEN", traceback.format_exc()


def make_images(build, work):
    """Signed ones of some sizes."""
    signer = net_rig.signer(build, work)
    chance = random.Random(1)
    return [signer.image(net_rig.uki(KERNEL, chance.randbytes(size)))
            for size in (10_000, 40_000, 100_000, 200_000, 390_000)]


def runs(build, work, count, first=1, at_once=8, seconds=ENTRY_S):
    """How many went wrong."""
    images, counts = make_images(build, work), collections.Counter()
    bad, began = 0, time.monotonic()
    with concurrent.futures.ProcessPoolExecutor(at_once) as pool:
        jobs = [pool.submit(one, build, work, images, seed, seconds)
                for seed in range(first, first + count)]
        for job in concurrent.futures.as_completed(jobs):
            seed, name, wrong = job.result()
            counts[name] += 1
            if wrong:
                bad += 1
                print(f"seed {seed}: {name}: {wrong}", flush=True)
    print(f"{count} runs in {time.monotonic() - began:.0f} s: "
          + ", ".join(f"{n} {name}" for name, n in counts.most_common())
          + f"; {bad} ended otherwise than they should")
    return bad


def mac(number):
    return f"02:00:00:00:00:{number:02x}"


def herd(build, work, count=200):
    image = make_images(build, work)[-1]
    machines = []
    with NetLab(work / "lab") as lab:
        lab.put("image.efi", image)
        switch = Switch(lab)
        # Each has an address of its own: of those who ask at once dnsmasq may
        # offer two the same, and takes it back from one, whose udhcpc then
        # waits 3 s.
        lab.net.ip(f"addr add {HERD_IPV4}/16 dev br0")
        lab.nginx()
        lab.dnsmasq("interface=br0", "dhcp-authoritative",
                    "dhcp-range=198.18.0.0,static,255.255.0.0,10m",
                    *(f"dhcp-host={mac(number)},198.18.1.{number + 1}"
                      for number in range(count)), v4=False)
        for number in range(count):
            machine = net_rig.Machine(build, work / f"m{number}",
                                      program(build))
            machine.image(
                ["timeout = 0", "on-failure = reboot",
                 "network first dhcp=v4"],
                [entry("Herd", f"uki-url http://{HERD_IPV4}/image.efi")])
            machines.append((machine, switch.plug(mac(number))))
        with open(work / "gate", "w") as gate:
            fcntl.flock(gate, fcntl.LOCK_EX)
            started = [(machine, machine.begin(
                net, 120, stamps=True,
                wrap=["flock", "-s", "-F", work / "gate"]))
                       for machine, net in machines]
            time.sleep(2)
            began = time.clock_gettime(time.CLOCK_BOOTTIME)
        ends = [machine.finish(process) for machine, process in started]
    return judge_herd(ends, began)


def judge_herd(ends, began):
    bad = [end for end in ends if end.name != "BOOTED"]
    for end in bad[:3]:
        print(end)
    if bad:
        return len(bad)
    ends.sort(key=lambda end: end.at("loaded"))
    times = [end.at("loaded") - began for end in ends]
    middle = statistics.median(times)
    print(f"herd: {len(ends)} machines boot: {times[0]:.2f} to "
          f"{times[-1]:.2f} s, median {middle:.2f}: ratio "
          f"{times[-1] / middle:.2f} (at most {HERD_RATIO})")
    if times[-1] <= HERD_RATIO * middle:
        return 0
    print(ends[-1].stamps)
    return 1


def main():
    build = pathlib.Path(sys.argv[1]).resolve()
    words = sys.argv[2:]
    with tempfile.TemporaryDirectory(dir=build) as work:
        if words[:1] == ["herd"]:
            bad = herd(build, pathlib.Path(work), *map(int, words[1:]))
        else:
            bad = runs(build, pathlib.Path(work),
                       *map(int, words or ["500"]))
    sys.exit(bool(bad))


if __name__ == "__main__":
    main()
