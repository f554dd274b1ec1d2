"""The menu's pages, as more than one test meets them."""


def expect_failure(vm, *said):
    """A boot that an operator asked for has failed: a page says what was
    tried, why it failed and what to do. Then back to the list, which keeps
    the reason. The page."""
    page = vm.expect_screen(
        r"^The last boot failed$", r"^What was tried\n\S", *said,
        r"^What to do\n\S", r"^Who can fix it: .", r"^q back")
    vm.send("q")
    vm.expect_screen(r"^FAILED: .", r"^f last failure")
    return page
