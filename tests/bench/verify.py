#!/usr/bin/python3
"""verify.py PROGRAMS IMAGE KEYRING RUNS: what verify.sh says it does."""
import os
import shutil
import statistics
import subprocess
import sys
import time

OF_OPENSSL = 0.8
OF_C = 4
OF_SLOWER = 1.25
MEMORY = 2 << 20


def run(command):
    """Milliseconds on the clock."""
    null = os.open(os.devnull, os.O_WRONLY)
    start = time.monotonic()
    pid = os.posix_spawnp(command[0], command, os.environ,
                          file_actions=[(os.POSIX_SPAWN_DUP2, null, 1)])
    _, status = os.waitpid(pid, 0)
    wall = time.monotonic() - start
    os.close(null)
    if status:
        sys.exit("%s failed with status %d" % (" ".join(command), status))
    return 1000 * wall


def forget(path):
    """Drops a file from the page cache; fails if it is still there."""
    fd = os.open(path, os.O_RDONLY)
    os.fsync(fd)
    os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
    os.close(fd)


def resident(path):
    """The share of a file that is in the page cache."""
    done = subprocess.run(["fincore", "-bnro", "RES", path], check=True,
                          capture_output=True, text=True)
    return int(done.stdout) / os.path.getsize(path)


def measure(commands, image, runs, cold):
    """Times of each command, which take turns."""
    found = {name: [] for name in commands}
    for turn in range(runs + 1):
        for name, command in commands.items():
            if cold:
                forget(image)
                if resident(image) > 0.02:
                    sys.exit("%s stays in the page cache: is it on a disk?"
                             % image)
            result = run(command)
            if turn > 0:
                found[name].append(result)
    for name, times in found.items():
        print("%-5s %-18s %8.1f ms (best %.1f)"
              % ("cold" if cold else "warm", name, statistics.median(times),
                 min(times)))
    return {name: statistics.median(times) for name, times in found.items()}


def peak_of(programs, command):
    """Bytes of memory beside the image, which is in a memory file: what is
    mapped of that is counted twice here, and should not be."""
    done = subprocess.run([programs + "/bench/peak"] + command, check=True,
                          capture_output=True, text=True)
    return 1024 * int(done.stderr.split()[-1])


def has_sha():
    with open("/proc/cpuinfo", encoding="ascii") as file:
        flags = [line for line in file if line.startswith("flags")]
    return bool(flags) and "sha_ni" in flags[0].split()


def hash_alone(programs, image, runs):
    done = subprocess.run([programs + "/bench/hash_alone", image, str(runs)],
                          check=True, capture_output=True, text=True)
    *times, digest = done.stdout.split()
    want = subprocess.run(["sha256sum", image], check=True,
                          capture_output=True, text=True).stdout.split()[0]
    if digest != want:
        sys.exit("the hash is wrong: %s instead of %s" % (digest, want))
    return statistics.median(float(t) for t in times)


def check_refusal(keelboot, image, keyring):
    """A changed byte must count, else nothing that is measured here is
    verification."""
    broken = image + ".broken"
    shutil.copyfile(image, broken)
    with open(broken, "r+b") as file:
        file.seek(os.path.getsize(image) // 2)
        byte = file.read(1)
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([byte[0] ^ 1]))
    done = subprocess.run([keelboot, "verify", broken, "--keyring", keyring],
                          capture_output=True, check=False)
    os.unlink(broken)
    if done.returncode != 1:
        sys.exit("a changed image gives status %d" % done.returncode)


def main():
    programs, image, keyring = sys.argv[1:4]
    runs = int(sys.argv[4])
    keelboot = programs + "/keelboot"
    rest = ["verify", image, "--keyring", keyring]
    ours = {"keelboot verify": [keelboot] + rest}
    warm = dict(ours)
    warm["openssl dgst"] = ["openssl", "dgst", "-sha256", image]
    warm["hash in C"] = [programs + "/bench/keelboot-c-hash"] + rest
    cold = dict(ours)
    cold["read"] = ["dd", "if=" + image, "of=/dev/null", "bs=1M",
                    "status=none"]
    # For information: what reading costs that keeps the bytes.
    cold["read and keep"] = [programs + "/bench/hash_alone", image, "0"]

    size = os.path.getsize(image)
    print("%d bytes, medians of %d runs" % (size, runs))
    check_refusal(keelboot, image, keyring)
    hashing = hash_alone(programs, image, runs)
    print("warm  hash alone         %8.1f ms" % hashing)
    warm = measure(warm, image, runs, False)
    cold = measure(cold, image, runs, True)

    verify = warm["keelboot verify"]
    slower = max(cold["read"], hashing)
    peak = max(peak_of(programs, ours["keelboot verify"])
               for _ in range(runs))
    sha = has_sha()
    checks = [
        ("speed of openssl", warm["openssl dgst"] / verify, ">=", OF_OPENSSL,
         sha),
        ("speed of hashing in C", warm["hash in C"] / verify, ">=", OF_C, sha),
        ("cold, of max(read, hash)", cold["keelboot verify"] / slower, "<=",
         OF_SLOWER, True),
        ("memory beyond the image, MiB", peak / (1 << 20), "<=",
         MEMORY / (1 << 20), True),
    ]
    bad = False
    for name, value, sign, limit, counts in checks:
        holds = value >= limit if sign == ">=" else value <= limit
        verdict = "ok" if holds else "TOO " + ("SLOW" if sign == ">=" else
                                               "MUCH")
        if not counts:
            verdict = "not judged: this CPU has no SHA instructions"
        bad |= counts and not holds
        print("%-30s %6.2f  (%s %.2f)  %s" % (name, value, sign, limit,
                                              verdict))
    sys.exit(bad)


main()
