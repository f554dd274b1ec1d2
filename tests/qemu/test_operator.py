"""What docs/console.md promises to somebody at the console, on machines: a
word more on the command line, all messages, passwords, a menu that hides, a
countdown that goes on, failures, and plain lines from the choice to the next
kernel."""

import hashlib
import re

import pytest

from scene import (ask_second, configured, entry, expect_second, payload,
                   second_options, two_entries)
from vm import CONSOLE

ARCHES = ["x86_64", "aarch64"]
X86 = "x86_64"
# What a line of progress is overwritten with.
OVERWRITE = "\033[K"


def mark_second(vm):
    vm.expect_screen(r"> +1 +First \S*", r"2 +Second")
    vm.send("down")
    vm.expect_screen(r"> +2 +Second")


def after_starting(vm, title):
    """What the line has from the choice to the kernel's word on the jump,
    which is kept off it while the menu is shown."""
    found = re.search(rf"Starting {title} from [^\r\n]*\r\n"
                      r".*?Jumping\.\r\n\[ *\d+\.\d+\] kexec_core: Starting "
                      r"new kernel\r\n", vm.text, re.S)
    assert found, vm.tail()
    return found.group(0)


def check_plain(text):
    """Nothing that moves a cursor back but a line of progress."""
    rest = re.sub(r"\r[^\r\n\x1b]*" + re.escape(OVERWRITE), "", text)
    assert "\033" not in rest, repr(text)
    assert not re.search(r"\r(?!\n)", rest), repr(text)
    assert not re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1a\x7f]", rest), repr(text)


# --- a word more, and all messages -------------------------------------------


@pytest.mark.parametrize("arch", ARCHES)
def test_a_word_more_on_the_command_line(lab, arch):
    """Also: the booted system's log has it, and the line is plain from the
    choice on."""
    folder = lab.work / "folder.conf"
    folder.write_text("# so that the initrd has tmpfiles.d\n")
    was = second_options(arch, "quiet", "chosen=second")
    initrd = payload(lab, arch, f"{folder}:usr/lib/tmpfiles.d/theirs.conf")
    disk = two_entries(lab, arch, second_options(arch, "chosen=first"), was,
                       **{"/boot-test/initrd": initrd})
    vm = lab.vm(arch, disk, options="keelboot.timeout=menu-force",
                initrds=[configured(lab, "verify = warn\n")])
    mark_second(vm)
    vm.send("e")
    vm.expect_screen("Command line of Second", re.escape(was),
                     f"options of the entry: {was}",
                     r"\d+ of \d+ bytes", "Enter boots this line")
    vm.send(" single")
    vm.expect_screen(re.escape(was) + " single")
    vm.send("enter")
    assert expect_second(vm) == was + " single"
    check_plain(after_starting(vm, "Second"))
    vm.expect("A shell follows")
    log = ask_second(vm, "cat /.extra/keelboot/log")
    assert re.search(r"the operator edited the command line, nothing vouches "
                     rf"for it: {re.escape(was)} single\n", log), log
    rule = ask_second(vm, "cat /usr/lib/tmpfiles.d/keelboot.conf; "
                      "stat -c '%a %u' /.extra/keelboot/log")
    assert "C /run/keelboot/log 0400 root root - /.extra/keelboot/log" in rule
    assert rule.strip().endswith("400 0")


@pytest.mark.parametrize("arch", ARCHES)
def test_all_messages_on_the_console_of_the_firmware(lab, arch):
    """The entry names no console: it gets the firmware kernel's."""
    rest = "no_timer_check" if arch == X86 else "rw"
    disk = two_entries(lab, arch, second_options(arch, "chosen=first"),
                       f"quiet loglevel=3 splash {rest}")
    vm = lab.vm(arch, disk, options="console=tty0 console=%s,115200 "
                "keelboot.timeout=menu-force" % CONSOLE[arch],
                initrds=[configured(lab, "verify = off\nconsole = reuse\n")])
    mark_second(vm)
    vm.send("v")
    vm.expect_screen("Verbose: Enter boots with all messages")
    vm.send("enter")
    words = expect_second(vm).split()
    assert "loglevel=7" in words and rest in words
    assert not {"quiet", "splash", "loglevel=3"} & set(words)
    asked = ["console=tty0", f"console={CONSOLE[arch]},115200"]
    assert [word for word in words if word.startswith("console=")][-2:] == \
        asked, words
    before = after_starting(vm, "Second")
    check_plain(before)
    assert re.search(re.escape(before) +
                     r"(\[[^\r\n]*\r?\n)?[^\[]*\[ +0\.0+\] ", vm.text)
    vm.expect("A shell follows")
    assert "asked for a verbose boot, nothing vouches" in ask_second(
        vm, "cat /.extra/keelboot/log")


# --- the password ------------------------------------------------------------

SECRET = "Tr0ub4dor-und-3"


def password_line(secret):
    salt = b"salt of a test"
    made = hashlib.pbkdf2_hmac("sha512", secret.encode(), salt, 1000)
    return f"password = pbkdf2-sha512:1000:{salt.hex()}:{made.hex()}\n" \
        "password-for = edit shell leave boot write\n"


def type_password(vm, secret):
    """Nothing comes back for what is typed; a notice about the key before
    goes."""
    vm.watch(0.7)
    before = len(vm.text)
    vm.send(secret)
    vm.watch(0.7)
    assert re.fullmatch(r"(\033\[\d+H\033\[K)?", vm.text[before:]), \
        repr(vm.text[before:])
    vm.send("enter")


def test_password(lab):
    """Wrong ones are told to wait, the right one lets what was asked for go on,
    and no console ever shows any."""
    was = second_options(X86, "chosen=second")
    other = lab.work / "other-console"
    vm = lab.vm(X86, two_entries(lab, X86, second_options(X86), was),
                options="console=tty0 console=ttyS0 "
                "keelboot.timeout=menu-force",
                initrds=[configured(lab, "verify = off\nconsoles = ttyS2\n" +
                                    password_line(SECRET))],
                extra=["-chardev", f"file,id=c2,path={other}",
                       "-serial", "chardev:c2"])
    mark_second(vm)
    # Each gate asks; nothing happens without the password.
    for keys, purpose in (("\r", "booting Second"), ("dy", "setting the def"),
                          ("oy", "setting the next"), ("qry", "rebooting"),
                          ("qoy", "powering off"), ("qsy", "the rescue shell"),
                          ("e", "editing Second")):
        for key in keys:
            vm.send(key)
            vm.watch(0.2)
        vm.expect_screen(f"Password for {purpose}")
        if keys != "e":
            vm.send("\033")
            vm.expect_screen(r"> +2 +Second")
    wrong = ["wrong-" + word for word in ("one", "two", "three")]
    for number, secret in enumerate(wrong):
        type_password(vm, secret)
        vm.expect_screen("wrong password; the next one is looked at in "
                         f"{1 << number} s", "Password for editing Second")
        if number < 2:
            vm.watch((1 << number) - 0.5)
    # The right one is not looked at yet.
    vm.send(SECRET + "\r")
    vm.expect_screen("after a wrong password the next one is looked at in "
                     "[1-4] s")
    vm.watch(4)
    type_password(vm, SECRET)
    vm.expect_screen("Command line of Second", re.escape(was))
    vm.send(" more")
    vm.expect_screen(was + " more")
    screen = vm.work + "/screen-memory"
    vm.qmp("pmemsave", val=0xb8000, size=0x8000, filename=screen)
    log = vm.shell("dmesg")
    assert "wrong password" in log
    vm.send("enter")
    assert expect_second(vm) == was + " more"
    vm.expect("A shell follows")
    shown = {"ttyS0": vm.text, "ttyS2": other.read_text(errors="replace"),
             "kernel": log, "log": ask_second(vm, "cat /.extra/keelboot/log")}
    with open(screen, "rb") as file:
        shown["tty0"] = file.read()[::2].decode("cp437")
    for name in ("ttyS2", "tty0"):
        assert "Command line of Second" in shown[name], name
    for name, text in shown.items():
        for secret in [SECRET, *wrong]:
            assert secret not in text, (name, secret)


def test_nobody_is_there_any_more(lab):
    """A byte of noise stops the countdown and does not hold the machine; what
    somebody typed who went away is gone, and the default boots by itself, for
    which no password is asked."""
    first = second_options(X86, "keelboot.test=poweroff", "chosen=first")
    vm = lab.vm(X86, two_entries(lab, X86, first, second_options(X86)),
                options="keelboot.timeout=5",
                initrds=[configured(lab, "verify = off\nidle-timeout = 5\n" +
                                    password_line(SECRET))])
    vm.expect_screen(r"Entry 1 boots in +[1-5] s")
    vm.send("z")
    vm.expect_screen(r'"z" is no command')
    vm.never(r"Starting |No key for", 3)
    vm.expect_screen(r"No key for 5 s: entry 1 boots in +\d+ s",
                     r"> +1 +First", timeout=15)
    vm.send("e")
    vm.expect_screen("Password for editing First")
    type_password(vm, SECRET)
    vm.expect_screen("Command line of First")
    vm.send(" typed=1")
    vm.expect_screen(r" typed=1")
    screen = vm.expect_screen(r"No key for 5 s: entry 1 boots in +\d+ s",
                              r"> +1 +First", timeout=15)
    assert "typed=1" not in screen
    assert expect_second(vm) == first
    assert vm.text.count("Starting First") == 1
    vm.wait_end()


# --- a menu that does not show -----------------------------------------------

HIDDEN = r"First boots in +\d+ s; a key shows the menu\."
DISABLED = r"First boots in +\d+ s\."
MENU = r"marks an entry|Nothing is verified|\033\["


def own_lines(vm):
    """What keelboot has said before it started something."""
    said = vm.text[vm.text.index("Run /test/init as"):
                   vm.text.index("Starting First")]
    assert not re.search(MENU, said), repr(said)
    lines = [line for line in said.split("\r\n")[1:]
             if line and not re.match(r"\[ *\d+\.\d+\] ", line)]
    # Until all of the disk was heard of it may be another one.
    assert 1 <= len(lines) <= 3, lines
    for line in lines[:-1]:
        assert re.match("Looking for something to boot|Second boots in", line)
    return lines


def test_hidden_without_a_key(lab):
    first = second_options(X86, "keelboot.test=poweroff", "chosen=first")
    vm = lab.vm(X86, two_entries(lab, X86, first, second_options(X86)),
                options="keelboot.timeout=3 keelboot.menu=hidden")
    vm.expect(HIDDEN)
    assert expect_second(vm) == first
    lines = own_lines(vm)
    assert re.fullmatch(HIDDEN, lines[-1]), lines
    check_plain(after_starting(vm, "First"))
    vm.wait_end()


def test_hidden_with_a_key(lab):
    """The key shows the menu and does nothing else, be it Enter."""
    vm = lab.vm(X86, two_entries(lab, X86, second_options(X86),
                                 second_options(X86)),
                options="keelboot.timeout=6 keelboot.menu=hidden")
    vm.expect(HIDDEN)
    vm.send("enter")
    vm.expect_screen(r"> +1 +First \[default\]", r"2 +Second",
                     "countdown has stopped")
    vm.never("Starting ", 6)
    vm.send("down")
    vm.expect_screen(r"> +2 +Second")


def test_disabled(lab):
    first = second_options(X86, "keelboot.test=poweroff", "chosen=first")
    vm = lab.vm(X86, two_entries(lab, X86, first, second_options(X86)),
                options="keelboot.timeout=4 keelboot.menu=disabled")
    vm.expect(DISABLED)
    for key in ("down", "e", "q", "\033", "2", "enter"):
        vm.send(key)
        vm.watch(0.1)
    assert expect_second(vm) == first
    lines = own_lines(vm)
    assert re.fullmatch(DISABLED, lines[-1]), lines
    vm.wait_end()


# --- what fails --------------------------------------------------------------


def test_failures(lab):
    """A menu that is switched off comes back when nothing is left to boot;
    what somebody chooses then and fails has a page of its own."""
    kernel, osrel = lab.work / "kernel", lab.work / "osrel"
    whole = lab.asset(X86, "own-kernel").read_bytes()
    half = len(whole) // 2
    kernel.write_bytes(whole[:half])
    osrel.write_text('ID=test\nPRETTY_NAME="First"\n')
    uki = lab.uki(X86, "first.efi", linux=kernel, osrel=osrel,
                  initrd=lab.asset(X86, "second-initrd"))
    vm = lab.vm(X86, lab.disk({"/EFI/Linux/first.efi": uki}),
                options="keelboot.timeout=1 keelboot.menu=disabled")
    vm.expect("Starting First from vda1")
    vm.expect_screen(r"> +1 +First +\[failed\]", 'unable to boot "First": ',
                     "f last failure")
    assert vm.text.count("Starting First") == 1
    vm.send("enter")
    page = vm.expect_screen("^The last boot failed", "What was tried",
                            "First from vda1 /EFI/Linux/first.efi",
                            "What went wrong", 'unable to boot "First": ',
                            "What to do Choose another entry, then install "
                            "this image again", "Who can fix it: whoever "
                            "made this image", "q back")
    # Where it should end, and where it does.
    assert re.search(r"ends at 0x[0-9a-f]+, the file ends at %#x" % half,
                     re.sub(r"\s+", " ", page)), page
    vm.send("q")
    vm.expect_screen(r"> +1 +First +\[failed\]")
    vm.send("l")
    vm.expect_screen("^Log", 'unable to boot "First": ')
    assert vm.shell("dmesg").count('unable to boot "First": ') == 2


# --- plain lines, progress ---------------------------------------------------


def slow_disk(lab, options):
    """12 MiB to read, at 4 MB/s."""
    noise = bytes(range(256)) * (12 << 12)
    path = two_entries(
        lab, X86, second_options(X86), options, **{
            "/boot-test/noise": noise,
            "/loader/entries/a-second.conf": entry(
                "Second", options, ("initrd", "noise"))})
    return ["-drive", f"if=none,id=slow,format=raw,file={path},snapshot=on,"
            "throttling.bps-total=4000000", "-device",
            "virtio-blk-pci,drive=slow"]


PROGRESS = (r"\r([^\r\n]*): (\d+) %, [\d.]+ of [\d.]+ MiB, [\d.]+ [KM]iB/s, "
            r"(\d+) s left" + re.escape(OVERWRITE))


def test_progress_on_a_terminal(lab):
    """And without a countdown: nobody has to do anything."""
    options = second_options(X86, "keelboot.test=poweroff")
    vm = lab.vm(X86, slow_disk(lab, options), options="keelboot.timeout=0 "
                "keelboot.default=a-second.conf")
    assert expect_second(vm) == options
    assert not re.search(r"boots in +[1-9]", vm.text)
    text = after_starting(vm, "Second")
    steps = re.findall(PROGRESS, text)
    assert len(steps) >= 4, repr(text)
    assert "noise" in steps[-1][0]
    percents = [int(step[1]) for step in steps if "noise" in step[0]]
    assert percents == sorted(percents) and percents[-1] > percents[0]
    # Its end is a line that stays.
    assert re.search(r"noise: 12 MiB in [\d.]+ s" + re.escape(OVERWRITE) +
                     "\r\n", text), repr(text)
    check_plain(text)
    vm.wait_end()


def test_progress_on_a_dumb_terminal(lab):
    """Not one escape sequence, from the menu on."""
    options = second_options(X86, "keelboot.test=poweroff")
    vm = lab.vm(X86, slow_disk(lab, options),
                options="TERM=dumb keelboot.timeout=menu-force")
    vm.expect("2 +Second .*Enter boots 1: First >")
    vm.send("2")
    vm.expect("Enter boots 2: Second >")
    vm.send("enter")
    assert expect_second(vm) == options
    own = vm.text[vm.text.index("Run /test/init"):]
    assert "\033" not in own, repr(own)
    lines = re.findall(r"\r\n[^\r\n]*noise: (\d+) %, [^\r\n]*", own)
    assert 3 <= len(lines) <= 10, repr(own)
    check_plain(after_starting(vm, "Second"))
    vm.wait_end()
