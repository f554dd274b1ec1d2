#!/usr/bin/python3
"""unpack.py KEELBOOT IMAGE WORKDIR RUNS: what unpack.sh says it does."""
import filecmp
import os
import shutil
import statistics
import struct
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../lib"))
import mkzboot  # noqa: E402

TOOLS = {
    "gzip": ["gzip", "-dc"],
    "zstd": ["zstd", "-q", "-dc"],
    "xz": ["xz", "-dc"],
    "lzma": ["xz", "--format=lzma", "-dc"],
    "lz4": ["lz4", "-q", "-dc"],
    "lzo": ["lzop", "-dc"],
}
MUST_WIN = ("gzip", "zstd", "xz")


def run(command, stdout):
    """Milliseconds on the clock and of the CPUs."""
    fd = os.open(stdout, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    start = time.monotonic()
    pid = os.posix_spawnp(command[0], command, os.environ,
                          file_actions=[(os.POSIX_SPAWN_DUP2, fd, 1)])
    _, status, used = os.wait4(pid, 0)
    wall = time.monotonic() - start
    os.close(fd)
    if status:
        sys.exit("%s failed" % " ".join(command))
    return 1000 * wall, 1000 * (used.ru_utime + used.ru_stime)


def compare(codec, keelboot, image, work, runs):
    """The two lists of times of one codec."""
    zboot, stream, out, tool_out = (
        os.path.join(work, name) for name in ("zboot", "stream", "out", "tool"))
    with open(image, "rb") as file:
        made = mkzboot.make_zboot(file.read(), codec)
    at, size = struct.unpack_from("<II", made, 8)
    for path, data in ((zboot, made), (stream, made[at:at + size])):
        with open(path, "wb") as file:
            file.write(data)
    tool, ours = [], []
    for turn in range(runs + 1):
        shutil.rmtree(out, ignore_errors=True)
        if os.path.exists(tool_out):
            os.unlink(tool_out)
        tool.append(run(TOOLS[codec] + [stream], tool_out))
        ours.append(run([keelboot, "unpack", zboot, "--out", out], os.devnull))
        for made in (tool_out, out + "/kernel"):
            if turn == 0 and not filecmp.cmp(made, image, shallow=False):
                sys.exit("%s: %s is not the image" % (codec, made))
    return tool[1:], ours[1:]


def main():
    keelboot, image, work, runs = sys.argv[1:]
    slow = []
    print("%d bytes, best of %s runs (median), to tmpfs"
          % (os.path.getsize(image), runs))
    print("codec   tool: ms  (median)  CPU ms   keelboot: ms  (median)  CPU ms"
          "    speed  per CPU")
    for codec in TOOLS:
        columns = []
        for times in compare(codec, keelboot, image, work, int(runs)):
            wall = [t[0] for t in times]
            columns.append((min(wall), statistics.median(wall),
                            min(t[1] for t in times)))
        tool, ours = columns
        print("%-6s %10.0f %9.0f %7.0f %15.0f %9.0f %7.0f %7.2fx %7.2fx"
              % ((codec,) + tool + ours
                 + (tool[0] / ours[0], tool[2] / ours[2])))
        if codec in MUST_WIN and ours[0] > tool[0]:
            slow.append(codec)
    if slow:
        sys.exit("slower than the tool: " + ", ".join(slow))


main()
