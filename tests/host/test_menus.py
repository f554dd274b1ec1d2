"""The menus of tests/data/menus are GRUB's language: GRUB's own parser says so.
"""
import pathlib
import subprocess
import sys

import pytest

from conftest import ROOT

sys.path.insert(0, ROOT + "/tests/lib")

from trees import tools  # noqa: E402 (its place is in tests/lib)

MENUS = sorted(pathlib.Path(ROOT, "tests/data/menus").glob("*.cfg"))


@pytest.mark.parametrize("version", ["2.06", "2.14"])
@pytest.mark.parametrize("menu", MENUS, ids=lambda menu: menu.stem)
def test_grub_accepts(menu, version):
    check = tools(f"grub-{version}") / "bin/grub-script-check"
    done = subprocess.run([check, menu], capture_output=True, text=True,
                          check=False)
    assert done.returncode == 0, done.stderr


def test_grub_refuses_what_is_broken(tmp_path):
    """The oracle itself: a menu without its last brace."""
    text = MENUS[0].read_text()
    broken = tmp_path / "broken.cfg"
    broken.write_text(text[:text.rindex("}")])
    check = tools("grub-2.06") / "bin/grub-script-check"
    assert subprocess.run([check, broken], capture_output=True,
                          check=False).returncode != 0
