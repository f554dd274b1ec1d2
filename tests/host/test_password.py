"""`keelboot password`, on a terminal and without one, and what check-config
says of the keys of the console. The hashes are checked by hashlib."""

import fcntl
import hashlib
import json
import os
import pty
import re
import select
import signal
import subprocess
import termios
import time

import pytest

LINE = re.compile(r"password = pbkdf2-sha512:(\d+):([0-9a-f]{32}):"
                  r"([0-9a-f]{128})\n")


def make(keelboot, typed):
    return subprocess.run([keelboot.program, "password"], input=typed,
                          capture_output=True, timeout=60)


def is_hash_of(line, password):
    found = LINE.fullmatch(line)
    assert found, line
    made = hashlib.pbkdf2_hmac("sha512", password, bytes.fromhex(found[2]),
                               int(found[1]))
    return made.hex() == found[3]


@pytest.mark.parametrize("typed, password", [
    (b"hunter2\n", b"hunter2"),
    (b"hunter2", b"hunter2"),
    (b"two words \nsecond line\n", b"two words "),
    ("gr\u00fcn \u65e5\u672c".encode() + b"\n",
     "gr\u00fcn \u65e5\u672c".encode()),
    (b"x" * 256 + b"\n", b"x" * 256),
])
def test_a_line_of_standard_input(keelboot, typed, password):
    done = make(keelboot, typed)
    assert done.returncode == 0 and done.stderr == b""
    assert is_hash_of(done.stdout.decode(), password)


def test_the_salt_is_new_each_time(keelboot):
    lines = {make(keelboot, b"hunter2\n").stdout for _ in range(3)}
    assert len(lines) == 3


@pytest.mark.parametrize("typed, why", [
    (b"", "the password is empty"),
    (b"\n", "the password is empty"),
    (b"x" * 257 + b"\n", "more than 256 bytes"),
    (b"x" * 100000, "more than 256 bytes"),
    (b"a\tb\n", "byte 2 of the password"),
    (b"a\r\n", "byte 2 of the password"),
    (b"ab\0c\n", "byte 3 of the password"),
    (b"ab\xffc\n", "byte 3 of the password"),
    (b"\x7f\n", "byte 1 of the password"),
])
def test_what_the_menu_cannot_take_is_refused(keelboot, typed, why):
    done = make(keelboot, typed)
    assert done.returncode == 1 and done.stdout == b""
    assert why in done.stderr.decode()
    assert done.stderr.count(b"\n") == 1


class Terminal:
    """The command on a terminal of its own."""

    def __init__(self, program):
        self.out = b""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execv(program, [program, "password"])

    def wait_for(self, text):
        end = time.monotonic() + 30
        while text not in self.out:
            left = end - time.monotonic()
            assert left > 0, self.out
            if not select.select([self.fd], [], [], left)[0]:
                continue
            try:
                self.out += os.read(self.fd, 4096)
            except OSError:
                break
        assert text in self.out, self.out

    def type(self, text):
        os.write(self.fd, text)

    def end(self):
        """Everything that is still said, and the status."""
        while True:
            try:
                data = os.read(self.fd, 4096)
            except OSError:
                break
            if not data:
                break
            self.out += data
        status = os.waitpid(self.pid, 0)[1]
        os.close(self.fd)
        return os.waitstatus_to_exitcode(status)


def test_a_terminal_is_asked_twice_without_an_echo(keelboot):
    t = Terminal(keelboot.program)
    t.wait_for(b"Password: ")
    t.type(b"hunter2\n")
    t.wait_for(b"again: ")
    t.type(b"hunter2\n")
    assert t.end() == 0
    assert b"hunter2" not in t.out
    line = t.out.decode().replace("\r\n", "\n").split("again: \n")[1]
    assert is_hash_of(line, b"hunter2")


def test_two_that_differ_are_refused(keelboot):
    t = Terminal(keelboot.program)
    t.wait_for(b"Password: ")
    t.type(b"hunter2\n")
    t.wait_for(b"again: ")
    t.type(b"hunter3\n")
    assert t.end() == 1
    assert b"not the same" in t.out and b"pbkdf2" not in t.out


def has_echo(fd):
    return bool(termios.tcgetattr(fd)[3] & termios.ECHO)


@pytest.mark.parametrize("how", ["key", "term", "hangup"])
def test_an_interrupt_gives_the_echo_back(keelboot, how):
    ours, theirs = pty.openpty()
    child = subprocess.Popen([keelboot.program, "password"], stdin=theirs,
                             stdout=theirs, stderr=theirs,
                             start_new_session=True,
                             preexec_fn=lambda: fcntl.ioctl(
                                 0, termios.TIOCSCTTY, 0))
    end = time.monotonic() + 30
    while has_echo(theirs):
        assert time.monotonic() < end and child.poll() is None
        time.sleep(0.01)
    if how == "key":
        os.write(ours, b"hunt\x03")
    else:
        child.send_signal(signal.SIGTERM if how == "term" else signal.SIGHUP)
    assert child.wait(timeout=30) == 1
    assert has_echo(theirs)
    os.close(ours)
    os.close(theirs)


# --- check-config ------------------------------------------------------------

def check(keelboot, tmp_path, text, *options):
    (tmp_path / "c").write_text(text)
    return keelboot("check-config", tmp_path / "c", *options)


def test_each_bad_value_has_its_line_and_reason(keelboot, tmp_path):
    bad = {
        "idle-timeout = ever": "0 to 86400 seconds; 0 is never",
        "colour = red": "yes or no",
        "consoles = /dev/ttyS0": "names as ttyS1",
        "console = all": "reuse, entry or none",
        "watchdog = yes": "1 to 86400 seconds; 0 or no is none",
        "menu = force": "show, hidden or disabled",
        "password = hunter2": "what `keelboot password` prints",
        "password-for = edit shel": "words of edit, shell, leave, boot and "
                                    "write",
    }
    done = check(keelboot, tmp_path, "\n".join(bad) + "\n")
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    assert len(lines) == len(bad)
    for number, (line, (text, why)) in enumerate(zip(lines, bad.items()), 1):
        key = text.split(" = ")[0]
        assert line.startswith(f"{tmp_path}/c:{number}: {key} cannot be ")
        assert f": it takes {why}" in line
    assert "hunter2" not in done.stdout


def test_a_hash_is_shown_nowhere(keelboot, tmp_path):
    line = make(keelboot, b"hunter2\n").stdout.decode()
    for text in (line, line.replace("sha512", "sha256")):
        for options in ((), ("--json",)):
            out = check(keelboot, tmp_path, text, *options).stdout
            assert "(not shown)" in out
            assert not re.search("[0-9a-f]{32}", out)


def test_password_for_nothing_is_told(keelboot, tmp_path):
    text = "\npassword-for = shell\n"
    done = check(keelboot, tmp_path, text)
    assert done.returncode == 0
    assert done.stdout.splitlines()[1] == (
        f"{tmp_path}/c:2: password-for: it asks for nothing without password")
    found = json.loads(check(keelboot, tmp_path, text, "--json").stdout)
    assert found[1]["result"] == "without-effect" and found[1]["line"] == 2
    text += make(keelboot, b"hunter2\n").stdout.decode()
    assert "nothing without" not in check(keelboot, tmp_path, text).stdout


def test_the_other_spelling_of_colour(keelboot, tmp_path):
    done = check(keelboot, tmp_path, "color = no\n")
    assert done.returncode == 1
    assert "unknown key color, ignored; it may mean colour" in done.stdout
    found = json.loads(check(keelboot, tmp_path, "color = no\n",
                             "--json").stdout)
    assert found[0]["meant"] == "colour"


def test_the_file_that_is_built_in_is_understood(keelboot):
    done = keelboot("check-config", os.path.join(
        os.path.dirname(__file__), "../../config/keelboot.conf"))
    assert done.returncode == 0
    assert "ignored" not in done.stdout and "without" not in done.stdout
