"""TLS with a server that is not ours: openssl s_server on this machine, and
ways to it that break. tests/host/tls_get.c is the client."""

import contextlib
import os
import re
import shutil
import socket
import subprocess
import threading

import pytest

from conftest import BUILD, ROOT, run

GET = os.path.join(BUILD, "host", "host", "tls_get")
DATA = os.path.join(ROOT, "tests", "data", "tls")
NOW = "1767225600"
REQUEST = "GET /%s HTTP/1.0\r\n\r\n"


def data(name):
    return os.path.join(DATA, name)


@contextlib.contextmanager
def server(name="server", *options, files=None, issuers=None):
    """openssl s_server with a certificate of tests/data/tls; gives its port.
    It serves the files of a folder, or a page about the connection."""
    command = ["openssl", "s_server", "-accept", "127.0.0.1:0", "-cert",
               data(name + ".pem"), "-key", data(name + ".key"), "-WWW"
               if files else "-www", *options]
    if issuers:
        command += ["-cert_chain", data(issuers + ".pem")]
    with subprocess.Popen(command, cwd=files or DATA, text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT) as process:
        try:
            for line in process.stdout:
                found = re.match(r"ACCEPT .*:(\d+)", line)
                if found:
                    break
            else:
                pytest.fail("openssl s_server has not started")
            yield int(found[1])
        finally:
            process.kill()


def get(port, *options, trusted="ca", name="boot.example", path=""):
    return run(GET, "-c", data(trusted + ".pem"), "-t", NOW, "-n", name,
               *options, "127.0.0.1", port, REQUEST % path)


def assert_ended(done, suite=""):
    assert done.returncode == 0, done.stderr
    assert re.search("ended TLS 1.2, .*" + suite, done.stderr), done.stderr


def assert_failed(done, slug, word=""):
    assert done.returncode == 1, done.stderr
    assert "failed %s after " % slug in done.stderr
    assert word in done.stderr


@pytest.mark.parametrize("name, trusted, suite", [
    ("server", "ca", "ECDHE-ECDSA-AES128-GCM-SHA256"),
    ("server", "ca", "ECDHE-ECDSA-AES256-GCM-SHA384"),
    ("server", "ca", "ECDHE-ECDSA-CHACHA20-POLY1305"),
    ("server-rsa", "ca-rsa", "ECDHE-RSA-AES128-GCM-SHA256"),
    ("server-rsa", "ca-rsa", "ECDHE-RSA-AES256-GCM-SHA384"),
    ("server-rsa", "ca-rsa", "ECDHE-RSA-CHACHA20-POLY1305"),
    ("server-p384", "ca", "ECDHE-ECDSA"),
    ("server-p521", "ca-p521", "ECDHE-ECDSA"),
    ("server-mixed", "ca", "ECDHE-RSA"),
])
def test_suites_and_keys(name, trusted, suite):
    options = ["-cipher", suite] if suite.count("-") > 1 else []
    with server(name, *options) as port:
        done = get(port, trusted=trusted)
    assert_ended(done, suite)
    assert "Cipher    : " + suite in done.stdout
    assert "Secure Renegotiation IS supported" in done.stdout


@pytest.mark.parametrize("curve, is_spoken", [
    ("P-256", True), ("P-384", True), ("P-521", True), ("X25519", False)])
def test_curves(curve, is_spoken):
    with server("server-rsa", "-curves", curve) as port:
        done = get(port, trusted="ca-rsa")
    if is_spoken:
        assert_ended(done)
    else:
        assert_failed(done, "tls-alert", "handshake_failure")


def test_an_issuer_comes_along():
    with server("of-inter", issuers="inter") as port:
        assert_ended(get(port))
    with server("of-inter") as port:
        assert_failed(get(port), "tls-unknown-ca", "issued by inter")


def test_addresses_and_other_names():
    with server() as port:
        assert_ended(get(port, name="127.0.0.1"))
        assert_ended(get(port, name="2001:db8::1"))
        assert_failed(get(port, name="127.0.0.2"), "tls-name-other")
        assert_failed(get(port, name="boot.example.org"), "tls-name-other")
        assert_failed(get(port, "-t", "2051222401"), "tls-expired")
        assert_failed(get(port, "-t", "1735689599"), "tls-not-yet")
        assert_ended(get(port, "-u", "1735689599"))
        assert_failed(get(port, "-u", "2051222401"), "tls-expired")


@pytest.mark.parametrize("options, slug", [
    (["-tls1_3"], "tls-version"),
    # no suite that we offer is older than TLS 1.2
    (["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"], "tls-alert"),
    (["-tls1_2", "-cipher", "ECDHE-ECDSA-AES128-SHA"], "tls-alert"),
    (["-tls1_2", "-cipher", "AES128-GCM-SHA256"], "tls-alert"),
])
def test_what_is_not_spoken(options, slug):
    with server("server", *options) as port:
        assert_failed(get(port), slug)


def test_client_certificates():
    asks = ("-Verify", "3", "-verify_return_error", "-CAfile", data("ca.pem"))
    with server("server", *asks) as port:
        for name in ("client-p256", "client-p384", "client-p521"):
            done = get(port, "-i", data(name + ".pem"), data(name + ".key"))
            assert_ended(done)
            assert re.search("CN ?= ?" + name, done.stdout)
        assert_failed(get(port), "tls-client-wanted", "none to show")
        done = get(port, "-i", data("client-rsa.pem"), data("client-rsa.key"))
        assert_failed(done, "tls-client-refused", "unknown_ca")
        # for servers only
        done = get(port, "-i", data("server.pem"), data("server.key"))
        assert_failed(done, "tls-client-refused")
    with server("server", "-Verify", "3", "-verify_return_error", "-CAfile",
                data("ca-rsa.pem")) as port:
        done = get(port, "-i", data("client-rsa.pem"), data("client-rsa.key"))
        assert_ended(done)


def test_a_key_of_a_kind_the_server_does_not_take():
    with server("server", "-Verify", "3", "-verify_return_error", "-CAfile",
                data("ca.pem"), "-client_sigalgs", "RSA+SHA256") as port:
        done = get(port, "-i", data("client-p256.pem"),
                   data("client-p256.key"))
    assert_failed(done, "tls-client-wanted", "of a kind that it takes")


@pytest.mark.parametrize("name, command", [
    ("client-rsa", ["rsa", "-traditional"]),
    ("client-rsa", ["rsa", "-traditional", "-outform", "DER"]),
    ("client-rsa", ["pkey", "-outform", "DER"]),
    ("client-p384", ["ec"]),
    ("client-p384", ["ec", "-outform", "DER"]),
    ("client-p521", ["pkey", "-outform", "DER"]),
    ("client-p256", ["ec", "-no_public"]),
])
def test_every_form_of_a_key(name, command, tmp_path):
    key = tmp_path / "key"
    subprocess.run(["openssl", *command, "-in", data(name + ".key"), "-out",
                    key], check=True, stderr=subprocess.DEVNULL)
    ca = "ca-rsa" if name == "client-rsa" else "ca"
    with server("server", "-Verify", "3", "-verify_return_error", "-CAfile",
                data(ca + ".pem")) as port:
        assert_ended(get(port, "-i", data(name + ".pem"), key))


def test_keys_that_cannot_be_used(tmp_path):
    sealed, params = tmp_path / "sealed", tmp_path / "params"
    subprocess.run(["openssl", "pkey", "-aes128", "-passout", "pass:x", "-in",
                    data("client-p256.key"), "-out", sealed], check=True)
    subprocess.run(["openssl", "ecparam", "-name", "P-256", "-genkey", "-out",
                    params], check=True, stderr=subprocess.DEVNULL)
    pem = data("client-p256.pem")
    assert_failed(get(1, "-i", pem, sealed), "tls-id-key",
                  "ENCRYPTED PRIVATE KEY")
    # read, with the curve before it, but another's
    assert_failed(get(1, "-i", pem, params), "tls-id-differs")
    assert_failed(get(1, "-i", pem, data("client-rsa.key")), "tls-id-differs")
    assert_failed(get(1, "-i", sealed, sealed), "tls-id-label")


def test_a_new_handshake_is_declined():
    """OpenSSL ends the connection then; what it says is no reason of ours."""
    command = ["openssl", "s_server", "-accept", "127.0.0.1:0", "-tls1_2",
               "-cert", data("server.pem"), "-key", data("server.key")]
    with subprocess.Popen(command, text=True, stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT) as process:
        try:
            line = ""
            while "ACCEPT" not in line:
                line = process.stdout.readline()
            port = line.strip().rpartition(":")[2]
            with subprocess.Popen(
                    [GET, "-c", data("ca.pem"), "-t", NOW, "-n",
                     "boot.example", "127.0.0.1", port, "hello"],
                    stderr=subprocess.PIPE, text=True) as client:
                while "Secure Renegotiation" not in line:
                    line = process.stdout.readline()
                process.stdin.write("R\n")
                process.stdin.flush()
                said = client.communicate(timeout=30)[1]
        finally:
            process.kill()
    assert "failed tls-alert after 0 bytes: the server has ended TLS with " \
        "the alert 40 (handshake_failure)\n" in said


@contextlib.contextmanager
def way_to(port, cut=None, piece=1 << 16, answer=None):
    """A proxy in front of a port: passes on pieces, cuts the answer after so
    many bytes; or answers something else itself."""
    listener = socket.create_server(("127.0.0.1", 0))

    def forward(source, sink, limit):
        with contextlib.suppress(OSError):
            while limit is None or limit > 0:
                some = source.recv(min(piece, limit or piece))
                if not some:
                    break
                sink.sendall(some)
                limit = None if limit is None else limit - len(some)
            sink.shutdown(socket.SHUT_WR)

    def serve():
        with contextlib.suppress(OSError):
            near = listener.accept()[0]
            with near:
                if answer is not None:
                    near.recv(4096)
                    near.sendall(answer)
                    near.shutdown(socket.SHUT_WR)
                    near.recv(4096)
                    return
                with socket.create_connection(("127.0.0.1", port)) as far:
                    up = threading.Thread(target=forward,
                                          args=(near, far, None))
                    up.start()
                    forward(far, near, cut)
                    up.join(5)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.close()
        thread.join(10)


def test_small_pieces():
    with server() as port, way_to(port, piece=1) as proxy:
        assert_ended(get(proxy))


def test_a_file_comes_whole(tmp_path):
    content = os.urandom(3000001)
    (tmp_path / "image").write_bytes(content)
    with server(files=tmp_path) as port, way_to(port, piece=4001) as proxy:
        done = subprocess.run(
            [GET, "-c", data("ca.pem"), "-t", NOW, "-n", "boot.example",
             "127.0.0.1", str(proxy), REQUEST % "image"],
            capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith(content)


@pytest.mark.parametrize("cut", [0, 1, 5, 60, 300, 700, 1000, 3000, 200000])
def test_a_cut_is_told(cut, tmp_path):
    (tmp_path / "image").write_bytes(bytes(1000000))
    with server(files=tmp_path) as port, way_to(port, cut=cut) as proxy:
        done = get(proxy, "-q", path="image")
    word = "cut it" if cut >= 1000 else "before TLS was open"
    assert_failed(done, "tls-cut", word)


@pytest.mark.parametrize("answer, slug", [
    (b"HTTP/1.1 400 Bad Request\r\n\r\n", "tls-not-tls"),
    (b"220 mail.example ESMTP\r\n", "tls-not-tls"),
    (b"\x15\x03\x01\x00\x02\x02\x46", "tls-version"),
    (b"", "tls-cut"),
])
def test_other_servers(answer, slug):
    with way_to(0, answer=answer) as port:
        assert_failed(get(port), slug)


def test_openssl_is_there():
    assert shutil.which("openssl"), "run scripts/setup.sh test"
