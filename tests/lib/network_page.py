"""docs/network-boot.md as somebody follows it: its commands are run as they
stand there, its files are used as they stand there."""

import os
import re
import shlex
import subprocess

from netlab import SERVER_SIDE

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "../.."))
PROGRAMS = ("mkdir", "openssl", "sbsign", "keelboot", "ukify", "make", "tail")


def blocks():
    """What is indented, each as one text."""
    with open(os.path.join(ROOT, "docs/network-boot.md"),
              encoding="utf-8") as file:
        found = re.findall(r"(?:^    .*\n)+", file.read(), re.MULTILINE)
    return [re.sub(r"^    ", "", text, flags=re.MULTILINE) for text in found]


def begins(word):
    """The one block that begins so."""
    text, = [text for text in blocks() if text.startswith(word)]
    return text


def commands():
    """Of the blocks that are for a shell, each as its words."""
    for text in blocks():
        if text.split()[0] in PROGRAMS:
            for line in text.replace("\\\n", "").splitlines():
                yield shlex.split(line)


class Fleet:
    """A folder in which the page was followed, from its first line on.
    instead has what is run in a program's place: name -> words to words, none
    if it has been done."""

    def __init__(self, work, instead):
        self.work = work
        self.path = work / "my-fleet"
        self.ran = []
        self.instead = instead
        (work / "menu").write_text(begins("title My racks"))
        for words in commands():
            if words[:2] == ["keelboot", "check-config"]:
                self.write_files()
            self.run(words)

    def run(self, words):
        words = self.instead.get(words[0], lambda same: same)(words)
        if not words:
            return
        done = subprocess.run(words, cwd=self.work, capture_output=True,
                              text=True, check=False, timeout=600)
        assert done.returncode == 0, f"{words}\n{done.stdout}{done.stderr}"
        assert "warning: " not in done.stdout, done.stdout
        self.ran.append(words)

    def write_files(self):
        (self.path / "keelboot.conf").write_text(begins("verify ="))
        (self.path / "entries/fleet.conf").write_text(begins("title The"))

    def serve(self, lab, *dnsmasq):
        """The servers of the page in a lab, with more lines for dnsmasq."""
        w = lab.work
        lab.put("linux.efi", (self.work / "linux.efi").read_bytes())
        servers = begins("server {").replace("/srv/boot", str(lab.www))
        servers = servers.replace("/etc/nginx", str(self.work / "private"))
        (w / "nginx.conf").write_text(f"""
daemon off; master_process off; pid {w}/nginx.pid; error_log {w}/nginx.error;
events {{ }}
http {{
log_format lab escape=json '{{"uri":"$request_uri","status":$status,'
  '"client":"$ssl_client_verify"}}';
access_log {w}/nginx.log lab;
client_body_temp_path {w}/t1; proxy_temp_path {w}/t2;
fastcgi_temp_path {w}/t3; uwsgi_temp_path {w}/t4; scgi_temp_path {w}/t5;
{servers}
}}
""")
        lab.serve("nginx", ["nginx", "-c", w / "nginx.conf"],
                  lambda: lab.is_listening(443))
        conf = begins("interface=").replace("eth0", SERVER_SIDE)
        log = w / "dnsmasq.log"
        (w / "dnsmasq.conf").write_text("\n".join([
            conf, *dnsmasq, "keep-in-foreground", "user=root", "group=root",
            "bind-interfaces", "no-resolv", "no-hosts", "no-ping", "pid-file",
            f"log-facility={log}", f"dhcp-leasefile={w}/leases"]) + "\n")
        lab.serve("dnsmasq", ["dnsmasq", f"--conf-file={w}/dnsmasq.conf"],
                  lambda: log.exists() and "started" in log.read_text())
