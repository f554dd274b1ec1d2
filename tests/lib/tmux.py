"""tmux as the terminal of a person: one server of our own with a window for
each program, keys by their names, the screen as text. Waiting looks at the
screen again and again until it shows what is waited for, or time is over."""

import os
import re
import shlex
import shutil
import subprocess
import tempfile
import time

PATIENCE = 15.0
STEP_S = 0.02


class Failure(AssertionError):
    """What a test shows when a screen did not come."""


class Server:
    """A tmux server that nobody else has, without anybody's configuration."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="keelboot-tmux-", dir="/tmp")
        self.count = 0
        self.call("new-session", "-d", "exec cat")  # without any it would end

    def call(self, *words, check=True):
        done = subprocess.run(
            ["tmux", "-u", "-S", self.folder + "/socket", "-f", "/dev/null",
             *[str(word) for word in words]], capture_output=True, text=True,
            env={**os.environ, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8"},
            timeout=60, check=False)
        assert done.returncode == 0 or not check, done.stderr
        return done.stdout

    def window(self, command, rows=24, cols=80, term=None):
        """Starts a program. term None: tmux's own, whatever it calls it. The
        window stays when the program has ended."""
        self.count += 1
        name = "w%d" % self.count
        words = ["env", "TERM=" + term] if term else ["env"]
        words += [str(word) for word in command]
        self.call("new-session", "-d", "-s", name, "-x", cols, "-y", rows,
                  "exec sh -c %s" % shlex.quote(
                      "%s; printf '\nended with %%d.' $?; exec cat"
                      % shlex.join(words)),
                  ";", "set-option", "-t", name, "status", "off",
                  ";", "set-option", "-t", name, "window-size", "manual",
                  ";", "resize-window", "-t", name, "-x", cols, "-y", rows)
        return Window(self, name)

    def close(self):
        self.call("kill-server", check=False)
        shutil.rmtree(self.folder, ignore_errors=True)


class Window:
    """One terminal."""

    def __init__(self, server, name):
        self.server, self.name = server, name
        self.is_new = True

    def keys(self, *names):
        """Keys by tmux's names: Down, PPage, C-l, Enter, a."""
        # Who reads before Enter does not press it as the mark moves by itself:
        # a first key like that boots nothing (UI_JUMP_MS in ui/menu.h).
        if self.is_new and names[0] == "Enter":
            time.sleep(1.8)
        self.is_new = False
        self.server.call("send-keys", "-t", self.name, *names)

    def type(self, text):
        """Characters as they are."""
        self.is_new = False
        self.server.call("send-keys", "-t", self.name, "-l", text)

    def resize(self, rows, cols):
        self.server.call("resize-window", "-t", self.name, "-x", cols, "-y",
                         rows)

    def shown(self):
        return "\n".join(row.rstrip() for row in self.server.call(
            "capture-pane", "-p", "-t", self.name).split("\n"))

    def history(self):
        """What has scrolled away, and the screen."""
        return self.server.call("capture-pane", "-p", "-S", "-", "-t",
                                self.name)

    def wait(self, *patterns, timeout=PATIENCE, history=False):
        """Waits until the screen shows all of them at once; returns it. A
        sentence is found where a row's end divides it."""
        deadline = time.monotonic() + timeout
        while True:
            shown = self.history() if history else self.shown()
            joined = re.sub(r"\s+", " ", shown)
            missing = [p for p in patterns
                       if not re.search(p, shown, re.S | re.M)
                       and not re.search(p, joined)]
            if not missing:
                return shown
            if time.monotonic() > deadline:
                raise Failure("no %r within %g s; the screen:\n%s"
                              % (missing[0], timeout, shown))
            time.sleep(STEP_S)

    def close(self):
        self.server.call("kill-session", "-t", self.name, check=False)
