"""Images signed here, by the tools people use and by hand, with the verdict
that each must get from the keyring of pki.KEYRING.

make(folder, assets) -> (Pki, {name: Variant}); nothing is made twice.
"""

import fcntl
import hashlib
import http.server
import os
import subprocess
import tempfile
import threading

import authenticode_build as build
import mkzboot
import pe_reference
import pki as test_pki

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "../.."))
TRUSTED = "trusted"


class ToolError(Exception):
    pass


def run(*command, **options):
    done = subprocess.run([str(c) for c in command], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False, timeout=120,
                          **options)
    if done.returncode:
        raise ToolError("%s: %s" % (" ".join(map(str, command)),
                                    done.stdout.decode("utf-8", "replace")))
    return done.stdout


def read(path):
    with open(path, "rb") as file:
        return file.read()


def write(path, content):
    with open(path, "wb") as file:
        file.write(content)
    return path


class TimeStamps:
    """An RFC 3161 server on this machine, for tools that know no other way to
    get a timestamp than HTTP; openssl makes the tokens."""

    def __init__(self, pki, folder):
        self.config = write(folder + "/tsa.cnf", (
            "[tsa]\ndefault_tsa = t\n[t]\nserial = %s/serial\n"
            "crypto_device = builtin\nsigner_cert = %s\ncerts = %s\n"
            "signer_key = %s\nsigner_digest = sha256\n"
            "default_policy = 1.2.3.4\ndigests = sha256, sha384, sha512\n"
            "ess_cert_id_alg = sha256\n" % (
                folder, pki.path("timestamps", "pem"),
                pki.path("root", "pem"),
                pki.path("timestamps", "key"))).encode())
        write(folder + "/serial", b"01\n")
        config, work = self.config, folder

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                query = self.rfile.read(int(self.headers["Content-Length"]))
                run("openssl", "ts", "-reply", "-config", config, "-queryfile",
                    write(work + "/query", query), "-out", work + "/reply")
                reply = read(work + "/reply")
                self.send_response(200)
                self.send_header("Content-Type", "application/timestamp-reply")
                self.send_header("Content-Length", str(len(reply)))
                self.end_headers()
                self.wfile.write(reply)

            def log_message(self, *_):
                pass

        self.server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
        self.url = "http://127.0.0.1:%d/" % self.server.server_port
        threading.Thread(target=self.server.serve_forever,
                         daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


class Tools:
    """The signing tools, each bytes -> bytes."""

    def __init__(self, pki, folder):
        self.pki, self.folder = pki, folder
        self.nss = None

    def _through(self, image, command):
        source = write(self.folder + "/in", image)
        out = self.folder + "/out"
        if os.path.exists(out):
            os.remove(out)
        run(*command(source, out))
        return read(out)

    def sbsign(self, image, signer, more=None):
        extra = ["--addcert", self.pki.path(more, "pem")] if more else []
        return self._through(image, lambda source, out: [
            "sbsign", "--key", self.pki.path(signer, "key"), "--cert",
            self.pki.path(signer, "pem"), *extra, "--output", out, source])

    def osslsigncode(self, image, signer, *options, more=()):
        chain = write(self.folder + "/chain.pem", b"".join(
            read(self.pki.path(name, "pem")) for name in (signer, *more)))
        return self._through(image, lambda source, out: [
            "osslsigncode", "sign", "-certs", chain, "-key",
            self.pki.path(signer, "key"), *options, "-in", source,
            "-out", out])

    def pesign(self, image, signer, *options):
        if not self.nss:
            self.nss = self.folder + "/nss"
            os.mkdir(self.nss)
            run("certutil", "-N", "-d", self.nss, "--empty-password")
        bag = self.folder + "/bag.p12"
        run("openssl", "pkcs12", "-export", "-passout", "pass:", "-name",
            signer, "-inkey", self.pki.path(signer, "key"), "-in",
            self.pki.path(signer, "pem"), "-out", bag)
        run("pk12util", "-d", self.nss, "-W", "", "-i", bag)
        return self._through(image, lambda source, out: [
            "pesign", "-n", self.nss, "-c", signer, "-s", "-i", source,
            "-o", out, *options])

    def sbattach(self, image, signature):
        """Beside the signatures that are there."""
        blob = write(self.folder + "/signature", signature)
        path = write(self.folder + "/attached", image)
        run("sbattach", "--attach", blob, path)
        return read(path)


def small_uki(folder, stub):
    """The real stub with sections of a few bytes: no kernel to speak of."""
    linux = write(folder + "/linux", mkzboot.make_image(0x2000))
    initrd = write(folder + "/initrd", bytes(range(256)) * 8)
    osrel = write(folder + "/osrel", b'ID=test\nPRETTY_NAME="Small UKI"\n')
    run(ROOT + "/scripts/mkuki.sh", "--stub", stub, "--linux", linux,
        "--initrd", initrd, "--osrel", osrel, "--cmdline", "console=ttyS0",
        "--out", folder + "/uki", cwd=ROOT)
    return read(folder + "/uki")


def small_zboot():
    return mkzboot.make_zboot(mkzboot.make_image(0x8000), "gzip", fast=True)


def make_bases(folder, assets):
    """The unsigned images that are signed, all of them small."""
    return {
        "memtest": build.pad8(read(assets + "/memtest-x64.efi")),
        # PE32, and no kernel any more: one for 32 bits is not for us.
        "pe32": build.pad8(read(assets + "/memtest-ia32.efi").replace(
            b"HdrS", b"none")),
        "addon": build.pad8(read(assets + "/addon-a.efi")),
        "uki": build.pad8(small_uki(folder, assets + "/stub-x64.efi")),
        "zboot": build.pad8(small_zboot()),
    }


# --- by tools ----------------------------------------------------------------

def by_tools(tools, bases, stamps):
    """(name, image, verdict)"""
    t, memtest = tools, bases["memtest"]
    for name, base in bases.items():
        yield "sbsign-" + name, t.sbsign(base, "rsa2048"), TRUSTED
        yield ("ossl-ph-" + name,
               t.osslsigncode(base, "rsa2048", "-h", "sha256", "-ph"), TRUSTED)
        yield "pesign-" + name, t.pesign(base, "rsa2048"), TRUSTED
    for size in ("rsa3072", "rsa4096"):
        yield "sbsign-" + size, t.sbsign(memtest, size), TRUSTED
        yield "pesign-" + size, t.pesign(memtest, size), TRUSTED
    yield ("sbsign-of-inter", t.sbsign(memtest, "of-inter", "inter"), TRUSTED)
    yield ("sbsign-inter-missing", t.sbsign(memtest, "of-inter"),
           "unknown-signer")
    yield "sbsign-stranger", t.sbsign(memtest, "stranger-leaf"), \
        "unknown-signer"
    yield "sbsign-lone", t.sbsign(memtest, "lone"), TRUSTED
    for digest in ("sha256", "sha384", "sha512"):
        for signer in ("rsa2048", "rsa4096", "p256", "p384", "p521"):
            yield ("ossl-%s-%s" % (signer, digest),
                   t.osslsigncode(memtest, signer, "-h", digest), TRUSTED)
    yield ("ossl-sha1", t.osslsigncode(memtest, "rsa2048", "-h", "sha1"),
           "pkcs7-digest")
    yield ("ossl-ec-root", t.osslsigncode(memtest, "ec-p521", "-h", "sha512"),
           TRUSTED)
    yield ("ossl-chain", t.osslsigncode(memtest, "of-inter", "-h", "sha256",
                                        more=("inter", "root")), TRUSTED)
    yield ("ossl-timestamp", t.osslsigncode(
        memtest, "rsa2048", "-h", "sha256", "-ts", stamps.url), TRUSTED)
    yield ("ossl-description", t.osslsigncode(
        memtest, "rsa2048", "-h", "sha256", "-n", "A \u00e9 name", "-i",
        "https://example.org/"), TRUSTED)
    nested = t.osslsigncode(memtest, "rsa2048", "-h", "sha256")
    yield ("ossl-nested", t.osslsigncode(nested, "p384", "-h", "sha384",
                                         "-nest"), TRUSTED)
    stranger = t.osslsigncode(memtest, "stranger-leaf", "-h", "sha256")
    # What is nested is not looked at, by firmware neither.
    yield ("ossl-nested-in-stranger", t.osslsigncode(
        stranger, "rsa2048", "-h", "sha256", "-nest"), "unknown-signer")
    yield ("double-sbsign", t.sbsign(t.sbsign(memtest, "rsa2048"), "rsa3072"),
           TRUSTED)
    yield ("double-stranger-first",
           t.sbsign(t.sbsign(memtest, "stranger-leaf"), "rsa2048"), TRUSTED)
    yield ("double-stranger-last",
           t.sbsign(t.sbsign(memtest, "rsa2048"), "stranger-leaf"), TRUSTED)
    yield ("double-strangers", t.sbsign(t.sbsign(memtest, "stranger-leaf"),
                                        "stranger-leaf"), "unknown-signer")
    for name, signer in (("double-rsa-ec", "p256"),
                         ("double-two-roots", "ec-p256")):
        ec = pe_reference.der_cut(pe_reference.signatures(
            t.osslsigncode(memtest, signer, "-h", "sha256"))[0])
        yield name, t.sbattach(t.sbsign(memtest, "rsa2048"), ec), TRUSTED
    yield "double-pesign", t.pesign(t.pesign(memtest, "rsa2048"), "rsa3072"), \
        TRUSTED


# --- by hand -----------------------------------------------------------------

CHAINS = [  # signer, certificates beside it, verdict
    ("rsa2048", (), TRUSTED),
    ("rsa1024", (), "signature-key-size"),
    ("ec-p256", (), TRUSTED),
    ("cert-sha384", (), TRUSTED),
    ("cert-sha512", (), TRUSTED),
    ("cert-sha1", (), "unknown-signer"),
    ("expired", (), TRUSTED),
    ("future", (), TRUSTED),
    ("no-purpose", (), TRUSTED),
    ("tls-purpose", (), TRUSTED),
    ("self", (), TRUSTED),
    ("lone", ("stranger",), TRUSTED),
    ("of-partial", (), TRUSTED),
    ("of-partial", ("partial", "stranger"), TRUSTED),
    ("of-inter", ("inter",), TRUSTED),
    ("of-inter", ("root", "inter"), TRUSTED),
    ("of-inter", (), "unknown-signer"),
    ("of-inter-expired", ("inter-expired",), TRUSTED),
    ("of-inter-sha1", ("inter-sha1",), "unknown-signer"),
    ("of-inter-too-deep", ("inter-too-deep", "inter"), "chain-path-length"),
    ("of-leaf", ("rsa2048",), "chain-not-a-ca"),
    ("of-lone", ("lone",), "chain-not-a-ca"),
    ("of-lone", (), "chain-not-a-ca"),
    ("of-no-basic", ("no-basic",), "chain-not-a-ca"),
    ("of-no-cert-sign", ("no-cert-sign",), "chain-not-a-ca"),
    ("of-no-usage", ("no-usage",), TRUSTED),
    ("of-deep-3", ("deep-3", "deep-2", "deep-1"), TRUSTED),
    ("rsa2048", ("root-again",), TRUSTED),
    ("stranger-leaf", ("stranger", "root", "rsa2048"), "unknown-signer"),
    ("rsa2048", ("stranger", "lone", "root-ec"), TRUSTED),
    ("of-fake-root", (), "unknown-signer"),
    ("of-fake-root", ("fake-root",), "unknown-signer"),
    ("of-fake-root", ("fake-root", "root"), "unknown-signer"),
    ("fake-leaf", (), "unknown-signer"),
    ("fake-leaf", ("rsa2048",), "unknown-signer"),
    ("fake-leaf", ("fake-root", "rsa2048", "root"), "unknown-signer"),
    ("fake-self", (), "unknown-signer"),
    ("fake-self", ("self",), "unknown-signer"),
]

OTHER = hashlib.sha256(b"another file").digest()


def reencode(octets):
    """An ECDSA signature with a zero too many in front of its first number."""
    first = octets[4:4 + octets[3]]
    rest = octets[4 + octets[3]:]
    return build.sequence(build.tlv(2, b"\0" + first), rest)


def odd_signatures():
    """(name, what to change in a Signature, verdict, signer)"""
    b = build
    sha384 = b.algorithm("sha384")
    rsa = "rsa2048"

    def change(**fields):
        def apply(signature):
            for name, value in fields.items():
                setattr(signature, name,
                        value(signature) if callable(value) and
                        name != "change_signature" else value)
        return apply

    return [
        ("bare", change(bare=True), TRUSTED, rsa),
        ("other-digest", change(content=b.spc_content("sha256", OTHER)),
         "image-digest-differs", rsa),
        ("digest-cut", change(content=lambda s: b.spc_content(
            "sha256", s.content[-32:-1])), "spc-digest-length", rsa),
        ("digest-long", change(content=lambda s: b.spc_content(
            "sha256", s.content[-32:] + b"\0")), "spc-digest-length", rsa),
        ("digest-empty", change(content=b.spc_content("sha256", b"")),
         "spc-digest-length", rsa),
        ("spc-says-sha384", change(content=lambda s: b.spc_content(
            "sha384", s.content[-32:])), "spc-digest-length", rsa),
        ("spc-says-sha1", change(content=lambda s: b.spc_content(
            "sha1", s.content[-32:])), "spc-digest", rsa),
        ("spc-without-null", change(content=lambda s: b.spc_content(
            "sha256", s.content[-32:], parameters=b"")), TRUSTED, rsa),
        ("spc-more", change(content=lambda s: s.content + b.NULL),
         "der-trailing", rsa),
        ("spc-twice", change(content=lambda s: s.content + s.content),
         "der-trailing", rsa),
        ("content-octets", change(content_tag=0x04), "der-tag", rsa),
        ("content-set", change(content_tag=0x31), "der-tag", rsa),
        ("content-data", change(content_kind="data",
                                content_type=[b.oid("data")], content_tag=4),
         "signed-content-kind", rsa),
        ("detached", change(detached=True), "attributes-digest-differs",
         rsa),
        ("no-attributes", change(attributes=False), "pkcs7-no-attributes",
         rsa),
        ("no-content-type", change(content_type=[]), "pkcs7-no-content-type",
         rsa),
        ("content-type-data", change(content_type=[b.oid("data")]),
         "pkcs7-content-type-differs", rsa),
        ("content-type-twice", change(
            content_type=[b.oid("spc"), b.oid("spc")]),
         "pkcs7-content-type-twice", rsa),
        ("no-message-digest", change(message_digest=[]),
         "pkcs7-no-message-digest", rsa),
        ("message-digest-wrong", change(message_digest=[OTHER]),
         "attributes-digest-differs", rsa),
        ("message-digest-twice", change(message_digest=lambda s: [
            hashlib.sha256(s.content).digest(), OTHER]),
         "pkcs7-message-digest-twice", rsa),
        ("message-digest-cut", change(message_digest=lambda s: [
            hashlib.sha256(s.content).digest()[:31]]),
         "pkcs7-message-digest-length", rsa),
        ("attributes-unsorted", change(sorted_attributes=False), TRUSTED, rsa),
        ("no-digest-algorithm", change(digest_algorithms=[]),
         "pkcs7-no-digest", rsa),
        ("two-digest-algorithms", change(digest_algorithms=lambda s: [
            b.algorithm("sha256"), sha384]), "pkcs7-digests", rsa),
        ("digest-algorithm-other", change(digest_algorithms=[sha384]),
         "pkcs7-digest-differs", rsa),
        ("digest-without-null", change(
            digest_algorithms=[b.algorithm("sha256", b"")],
            signer_digest=b.algorithm("sha256", b"")), TRUSTED, rsa),
        ("signer-digest-other", change(signer_digest=sha384),
         "pkcs7-digest-differs", rsa),
        ("two-signers", change(signers=2), "pkcs7-signers", rsa),
        ("no-signer", change(signers=0), "pkcs7-no-signer", rsa),
        ("version-3", change(version=3), TRUSTED, rsa),
        ("version-0", change(version=0), "pkcs7-version", rsa),
        ("version-6", change(version=6), "pkcs7-version", rsa),
        ("signer-version-3", change(signer_version=3), "pkcs7-signer-version",
         rsa),
        ("rsa-with-hash", change(
            signature_algorithm=b.algorithm("rsa-sha256")), TRUSTED, rsa),
        ("rsa-without-null", change(
            signature_algorithm=b.algorithm("rsa", b"")), TRUSTED, rsa),
        ("rsa-says-sha512", change(
            signature_algorithm=b.algorithm("rsa-sha512")),
         "pkcs7-signature-digest", rsa),
        ("rsa-says-ecdsa", change(
            signature_algorithm=b.algorithm("ecdsa-sha256", b"")),
         "signature-algorithm", rsa),
        ("pss", change(pss=True, signature_algorithm=b.algorithm(
            "pss", b.sequence())), "signature-algorithm", rsa),
        ("pss-says-pkcs1", change(pss=True), "signature-wrong", rsa),
        ("signature-cut", change(change_signature=lambda o: o[:-1]),
         "signature-length", rsa),
        ("signature-empty", change(change_signature=lambda o: b""),
         "signature-length", rsa),
        ("signature-zero", change(change_signature=lambda o: bytes(len(o))),
         "signature-wrong", rsa),
        ("signature-one", change(
            change_signature=lambda o: bytes(len(o) - 1) + b"\1"),
         "signature-wrong", rsa),
        ("signature-flipped", change(
            change_signature=lambda o: o[:-1] + bytes([o[-1] ^ 1])),
         "signature-wrong", rsa),
        ("ec-key-oid", change(
            signature_algorithm=b.algorithm("ec-key", b"")),
         "signature-algorithm", "p256"),
        ("ec-zero-in-front", change(change_signature=reencode),
         "signature-der", "p256"),
        ("ec-trailing", change(change_signature=lambda o: o + b"\0"),
         "signature-der", "p256"),
        ("ec-zeros", change(change_signature=lambda o: b.sequence(
            b.integer(0), b.integer(0))), "signature-range", "p256"),
        ("no-certificate", change(certificates=[]),
         "signer-certificate-missing", rsa),
        ("other-certificate", change(
            certificates=lambda s: [s.pki.der("rsa3072")]),
         "signer-certificate-missing", rsa),
        ("signer-by-key-id", change(
            signer_version=3, version=3,
            identifier=b.tlv(0x80, bytes(20))), "pkcs7-signer-id", rsa),
        ("serial-other", change(identifier=lambda s: b.sequence(
            s.pki.certificate(rsa).issuer.public_bytes(), b.integer(1))),
         "signer-certificate-missing", rsa),
        ("crls", change(crls=b.tlv(0xA1, b.sequence())), "pkcs7-crls", rsa),
        ("unsigned-attributes", change(unsigned_attributes=b.tlv(
            0xA1, b.attribute("nested", b.sequence(b.NULL)))), TRUSTED, rsa),
        ("length-3-octets", change(outer_length_size=3),
         "der-length-not-minimal", rsa),
        ("length-4-octets", change(outer_length_size=4),
         "der-length-not-minimal", rsa),
    ]


def indefinite(der):
    """The outermost length left open, as BER may."""
    return b"\x30\x80" + der[4:] + b"\0\0"


def odd_tables(image, good, bad):
    """(name, image, verdict): odd certificate tables; good and bad are DER."""
    table = pe_reference.with_certificates
    pad = bytes(-len(good) % 8)

    def patched(data, at, octets):
        return data[:at] + octets + data[at + len(octets):]

    signed = table(image, [(2, good)])
    at = pe_reference.Layout(signed).certs_at
    entry = pe_reference.Layout(signed).cert_entry
    size = len(signed) - at
    yield "table-unpadded-length", table(image, [(2, good)], False), TRUSTED
    yield "table-zeros", table(image, [(2, good + bytes(64))]), TRUSTED
    yield ("table-nonzero-padding", table(image, [(2, good + pad + b"padding!")
                                                  ]), "signature-trailing")
    yield ("table-revision", patched(signed, at + 4, b"\0\1"),
           "authenticode-revision")
    yield "table-other-type", table(image, [(0xEF0, good)]), "unsigned"
    yield ("table-other-types-first", table(
        image, [(1, b"x" * 20), (0xEF1, b"y" * 33), (2, good)]), TRUSTED)
    yield "table-garbage-first", table(image, [(2, b"garbage" * 9), (2, good)
                                               ]), TRUSTED
    yield "table-garbage-last", table(image, [(2, good), (2, b"garbage" * 9)
                                              ]), TRUSTED
    yield "table-bad-first", table(image, [(2, bad), (2, good)]), TRUSTED
    yield "table-eight", table(image, [(2, bad)] * 7 + [(2, good)]), TRUSTED
    yield ("table-nine", table(image, [(2, bad)] * 8 + [(2, good)]),
           "authenticode-too-many")
    yield ("table-empty-entry", table(image, [(2, b""), (2, good)]),
           "authenticode-entry-short")
    yield ("table-length-7", patched(signed, at, b"\7\0\0\0"),
           "authenticode-entry-short")
    yield ("table-length-0", patched(signed, at, bytes(4)),
           "authenticode-entry-short")
    yield ("table-length-past-end", patched(
        signed, at, (size + 8).to_bytes(4, "little")),
           "authenticode-entry-past-end")
    yield ("table-length-huge", patched(signed, at, b"\xff\xff\xff\xff"),
           "authenticode-entry-past-end")
    yield "after-table", signed + bytes(8), "authenticode-after-table"
    yield ("after-entry", patched(
        signed + bytes(8), entry + 4, (size + 8).to_bytes(4, "little")),
           "authenticode-entry-short")
    yield ("after-entry-4", patched(
        signed + bytes(4), entry + 4, (size + 4).to_bytes(4, "little")),
           "authenticode-entry-short")
    yield ("entry-unpadded-at-end", patched(patched(
        table(image, [(2, good)], False)[:at + 8 + len(good)], entry + 4,
        (8 + len(good)).to_bytes(4, "little")), at,
        (8 + len(good)).to_bytes(4, "little")), TRUSTED)
    yield "ber", table(image, [(2, indefinite(good))]), "der-indefinite"
    yield ("checksum", patched(signed, pe_reference.Layout(signed).checksum,
                               b"\xde\xad\xbe\xef"), TRUSTED)
    yield "not-pe", b"MZ" + bytes(510), "pe-header-in-dos-header"
    yield "no-magic", b"\x7fELF" + signed[4:], "verify-no-pe"
    yield "elf", b"\x7fELF" + bytes(508), "not-an-image"
    yield "empty", b"", "not-an-image"


def with_gap(image, content):
    """Bytes in front of the last section that no section has."""
    pe = pe_reference.Layout(image)
    at = max(offset for offset, size in pe.sections if size)
    out = bytearray(image[:at] + content + image[at:])
    for number, (offset, size) in enumerate(pe.sections):
        if size and offset == at:
            field = pe.section_table + 40 * number + 20
            out[field:field + 4] = (at + len(content)).to_bytes(4, "little")
    return bytes(out)


def with_overlap(image):
    """The last two sections have the same bytes, and as many bytes follow the
    sections as would be hashed if they had not."""
    pe = pe_reference.Layout(image)
    (first, size), (second, _) = pe.sections[-2:]
    field = pe.section_table + 40 * (pe.section_count - 1) + 16
    out = bytearray(image)
    out[field:field + 8] = size.to_bytes(4, "little") + \
        first.to_bytes(4, "little")
    return bytes(out) + bytes(max(0, 2 * size - (len(out) - first)))


def odd_layouts(pki, image):
    """(name, image, verdict): bytes that a signature covers twice or not at
    all."""
    def sign(data):
        return build.Signature(data, pki, "rsa2048").der()

    gap = with_gap(image, bytes(0x200))
    yield "gap", build.put(gap, sign(gap)), "authenticode-gap"
    changed = with_gap(image, b"\x90" * 0x200)
    yield ("gap-changed-after-signing", build.put(changed, sign(gap)),
           "authenticode-gap")
    overlap = with_overlap(image)
    yield ("overlap", build.put(overlap, sign(overlap)),
           "pe-sections-overlap-in-file")
    trailing = image + b"trailing" * 16
    yield "trailing", build.put(trailing, sign(trailing)), TRUSTED


def by_hand(pki, bases):
    memtest = bases["memtest"]

    def sign(image, *arguments, **options):
        return build.Signature(image, pki, *arguments, **options).der()

    for name, base in bases.items():
        yield ("hand-sha384-" + name,
               build.put(base, sign(base, "p384", "sha384")), TRUSTED)
    for signer, beside, verdict in CHAINS:
        yield ("-".join(("chain", signer) + beside), build.put(
            memtest, sign(memtest, signer, certificates=[signer, *beside])),
            verdict)
    for name, change, verdict, signer in odd_signatures():
        signature = build.Signature(memtest, pki, signer)
        change(signature)
        yield "odd-" + name, build.put(memtest, signature.der()), verdict
    good = sign(memtest, "rsa2048")
    bad = sign(memtest, "stranger-leaf")
    for name, image, verdict in odd_tables(memtest, good, bad):
        yield "odd-" + name, image, verdict
    for name, image, verdict in odd_layouts(pki, bases["addon"]):
        yield "layout-" + name, image, verdict
    for name in ("addon", "uki", "zboot"):
        yield ("signature-of-%s" % name, build.put(
            memtest, sign(bases[name], "rsa2048")), "image-digest-differs")
    for name, base in bases.items():
        yield "unsigned-" + name, base, "unsigned"
        changed = bytearray(build.put(base, sign(base, "rsa2048")))
        changed[len(base) // 2] ^= 1
        yield "tampered-" + name, bytes(changed), "image-digest-differs"


class Variant:
    def __init__(self, path, verdict):
        self.path, self.verdict = path, verdict

    def bytes(self):
        return read(self.path)


def make_all(folder, assets, pki):
    with tempfile.TemporaryDirectory(prefix="keelboot-sign-") as work:
        bases = make_bases(work, assets)
        stamps = TimeStamps(pki, work)
        try:
            rows = list(by_tools(Tools(pki, work), bases, stamps))
        finally:
            stamps.stop()
        rows += by_hand(pki, bases)
    with open(folder + "/index", "w", encoding="ascii") as index:
        for name, image, verdict in rows:
            write("%s/%s.efi" % (folder, name), image)
            index.write("%s %s\n" % (name, verdict))


def make(folder, assets):
    """folder: a place in a cache, named after what the variants depend on.
    (Pki, {name: Variant})"""
    parent = os.path.dirname(folder)
    os.makedirs(parent, exist_ok=True)
    with open(folder + ".lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not os.path.exists(folder):
            with tempfile.TemporaryDirectory(dir=parent) as new:
                os.mkdir(new + "/made")
                make_all(new + "/made", assets,
                         test_pki.Pki(new + "/made/pki"))
                os.rename(new + "/made", folder)
    found = {}
    with open(folder + "/index", encoding="ascii") as index:
        for line in index:
            name, verdict = line.split()
            found[name] = Variant("%s/%s.efi" % (folder, name), verdict)
    return test_pki.Pki(folder + "/pki"), found
