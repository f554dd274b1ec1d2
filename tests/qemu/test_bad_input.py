"""Bad files on the ESP beside one good one: each is listed with the reason it
is refused for, and the good one boots by itself."""

import random
import re

from craft import Pe, make_zboot
from pages import expect_failure
from report import expect_jump, take_report

ARCH = "aarch64"


def small_uki(lab):
    """A UKI in all but the kernel's size, to be spoilt."""
    kernel = lab.work / "kernel"
    kernel.write_bytes(random.Random(1).randbytes(20000))
    initrd = lab.work / "initrd"
    initrd.write_bytes(b"0" * 8000)
    osrel = lab.work / "osrel"
    osrel.write_text('ID=test\nPRETTY_NAME="Spoilt"\n')
    return lab.uki(ARCH, "small.efi", linux=kernel, initrd=initrd,
                   osrel=osrel, cmdline="quiet").read_bytes()


def without_linux(data):
    pe = Pe(data).rename(".linux", ".other").rename(".initrd", ".splash")
    return pe.rename(".cmdline", ".pcrsig").data


def thin(data):
    """As lanzaboote makes them: paths, and hashes of what they lead to."""
    pe = Pe(data).rename(".initrd", ".linuxh")
    return pe.resize(".linuxh", 32).data


def addon(data):
    return Pe(data).rename(".linux", ".ucode").rename(".initrd", ".other").data


def overlap_in_file(data):
    pe = Pe(data)
    return pe.set(".initrd", "raw_offset",
                  pe.get(".linux", "raw_offset")).data


def overlap_in_memory(data):
    pe = Pe(data)
    return pe.set(".initrd", "address", pe.get(".linux", "address")).data


def section_past_end(data):
    return Pe(data).set(".linux", "raw_size", 0xfffffe00).data


def header_loop(data):
    """The DOS header says that the PE header is itself."""
    data = bytearray(data)
    data[0x3c:0x40] = bytes(4)
    return data


# name -> (bytes from a small UKI, what the sentence says)
BAD = {
    "truncated": (lambda data: data[:len(data) * 3 // 4],
                  r"section \.\w+ ends at 0x\w+, the file ends at 0x\w+"),
    "past-end": (section_past_end,
                 r"section \.linux ends at 0x1\w{8}, the file ends at"),
    "overlap-file": (overlap_in_file,
                     r"section \.\w+ \(.*\) overlaps section \.\w+ \(.*\) "
                     r"in the file"),
    "overlap-memory": (overlap_in_memory,
                       r"overlaps section \.\w+ \(.*\) in memory"),
    "two-linux": (lambda data: Pe(data).rename(".initrd", ".linux").data,
                  r"section \.linux twice, at 0x\w+ and at 0x\w+"),
    "no-linux": (without_linux, r"no section \.linux among its \d+ sections"),
    "header-loop": (header_loop, r"PE header at 0x0 lies in the DOS header"),
    "zero-linux": (lambda data: Pe(data).resize(".linux", 0).data,
                   r"section \.linux has 0 bytes"),
    "random": (lambda data: random.Random(2).randbytes(70000),
               r"neither a UKI, nor a zboot image, nor a kernel"),
    "empty": (lambda data: b"",
              r"neither a UKI, nor a zboot image, nor a kernel|0 bytes"),
    "thin": (thin, r"thin UKI: \.linux has the control character"),
    "addon": (addon, r"addon for UKIs and has no kernel"),
    "zboot-huge": (lambda data: make_zboot(b"\0" * 5000, 0xfffffff0),
                   r"said to unpack to 4294967280 bytes, the most is "
                   r"\d+"),
    "zboot-codec": (lambda data: make_zboot(b"\0" * 5000, 1 << 20, b"brotli"),
                    r"codec is called 'brotli', known are"),
    "zboot-past-end": (lambda data: make_zboot(b"\0" * 5000, 1 << 20)[:8192],
                       r"ends at 0x\w+, the file ends at 0x2000"),
}


def spoilt_disk(lab):
    small = small_uki(lab)
    files = {f"/EFI/Linux/{name}.efi": bytes(spoil(small))
             for name, (spoil, _) in BAD.items()}
    files["/EFI/Linux/foreign.efi"] = lab.asset("x86_64", "uki-252.efi")
    files["/EFI/Linux/hidden.addon.efi"] = bytes(addon(small))
    files["/EFI/Linux/good.efi"] = lab.asset(ARCH, "uki-zboot.efi")
    return lab.disk(files)


def test_the_good_entry_boots_by_itself(lab):
    vm = lab.vm(ARCH, spoilt_disk(lab), options="keelboot.timeout=3")
    vm.expect_screen(r"> +1 +Test Linux \[default\]", r"Entry 1 boots in",
                     r"\n +2 +\S[^\n]* \[refused\]")
    expect_jump(vm, "file")
    take_report(vm)


def details(vm, number):
    """The details page of an entry as one line."""
    for key in str(number):
        vm.send(key)
    vm.expect_screen(rf"> +{number} +\S")
    vm.send("i")
    page = vm.expect_screen(r"^Details", "id: ")
    vm.send("q")
    vm.expect_screen(r"> +\d+ ")
    vm.send("home")
    vm.expect_screen(r"> +1 +Test Linux")
    return re.sub(r"\s+", " ", page)


def refused_page(vm):
    """The page of what is refused, whole, as one line."""
    vm.send("x")
    rows, last, count = {}, 0, 1
    while last < count:
        page = vm.expect_screen(rf"^Refused +lines {last + 1} to|"
                                r"^Refused +lines \d+ to (\d+) of \1$")
        first, last, count = (int(number) for number in re.search(
            r"lines (\d+) to (\d+) of (\d+)", page).groups())
        rows.update(enumerate(page.split("\n")[2:3 + last - first], first))
        vm.send(" ")
    vm.send("q")
    vm.expect_screen(r"> +\d+ ")
    assert sorted(rows) == list(range(1, count + 1))
    return re.sub(r"\s+", " ", " ".join(rows[at] for at in sorted(rows)))


def test_each_bad_file_is_listed_with_its_reason(lab):
    vm = lab.vm(ARCH, spoilt_disk(lab), memory=512)
    vm.expect_screen(r"> +1 +Test Linux \[default\]",
                     r"entries 1 to \d+ of %d" % (len(BAD) + 2))
    pages = {}
    for number in range(2, len(BAD) + 3):
        page = details(vm, number)
        name = re.search(r"/EFI/Linux/([\w-]+)\.efi", page).group(1)
        assert "This entry cannot be booted:" in page, page
        pages[name] = page
    wanted = {name: reason for name, (_, reason) in BAD.items()}
    wanted["foreign"] = r"it is for x86_64, this machine is aarch64"
    assert sorted(pages) == sorted(wanted)
    for name, reason in wanted.items():
        assert re.search(reason, pages[name]), pages[name]
    # One page has them all.
    listed = refused_page(vm)
    for name, reason in wanted.items():
        assert re.search(rf"vda1 /EFI/Linux/{name}\.efi [^/]*({reason})",
                         listed), (name, listed)
    # Enter on a refused entry says why and boots nothing.
    vm.send("end")
    vm.send("enter")
    vm.expect_screen(r"^Details", "This entry cannot be booted:")
    vm.send("q")
    vm.send("1")
    vm.expect_screen(r"> +1 +Test Linux")
    vm.send("enter")
    expect_jump(vm, "file")


def test_stub_and_kernel_of_two_machines(lab):
    """Only the whole file shows it, so it is found when it is chosen."""
    disk = lab.disk({"/EFI/Linux/mixed.efi": lab.uki(
        ARCH, "mixed.efi", linux=lab.asset("x86_64", "debian-kernel"),
        osrel=lab.asset(ARCH, "os-release"))})
    vm = lab.vm(ARCH, disk)
    vm.expect_screen(r"> +1 +Test Linux")
    vm.send("enter")
    expect_failure(vm, r"unable to boot \"Test Linux\": .*the image is for "
                   r"aarch64, the kernel inside for x86_64")
    vm.expect_screen(r"1 +Test Linux \[.*failed")
