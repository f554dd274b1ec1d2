"""A public key infrastructure for the tests: roots, intermediates and leaves,
good ones and ones that must not count. Made once and kept in a folder; a name
gives NAME.key (PEM), NAME.pem and NAME.der."""

import datetime
import os

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

CURVES = {"p256": ec.SECP256R1, "p384": ec.SECP384R1, "p521": ec.SECP521R1}
HASHES = {"sha1": hashes.SHA1, "sha256": hashes.SHA256,
          "sha384": hashes.SHA384, "sha512": hashes.SHA512}
USAGES = ("digital_signature", "content_commitment", "key_encipherment",
          "data_encipherment", "key_agreement", "key_cert_sign", "crl_sign",
          "encipher_only", "decipher_only")

CA = {"ca": True, "usage": ("key_cert_sign", "crl_sign")}
LEAF = {"ca": False, "usage": ("digital_signature",),
        "purposes": (ExtendedKeyUsageOID.CODE_SIGNING,)}

# name: (issuer or None for itself, key, what differs from a leaf or a CA).
# What is issued stands behind its issuer.
CERTIFICATES = {
    "root": (None, "rsa2048", CA),
    "root-ec": (None, "p384", {**CA, "hash": "sha384"}),
    "stranger": (None, "rsa2048", CA),       # in no keyring
    "stranger-leaf": ("stranger", "rsa2048", LEAF),
    "inter": ("root", "rsa2048", {**CA, "path_len": 0}),
    "partial": ("stranger", "rsa2048", CA),  # in the keyring, its issuer not
    "lone": ("stranger", "rsa2048", LEAF),   # a leaf in the keyring
    "self": (None, "rsa2048", LEAF),         # the same, and its own issuer
    "rsa2048": ("root", "rsa2048", LEAF),
    "rsa3072": ("root", "rsa3072", LEAF),
    "rsa4096": ("root", "rsa4096", LEAF),
    "rsa1024": ("root", "rsa1024", LEAF),
    "p256": ("root", "p256", LEAF),
    "p384": ("root", "p384", LEAF),
    "p521": ("root", "p521", LEAF),
    "ec-p256": ("root-ec", "p256", {**LEAF, "hash": "sha384"}),
    "ec-p521": ("root-ec", "p521", {**LEAF, "hash": "sha512"}),
    "cert-sha384": ("root", "rsa2048", {**LEAF, "hash": "sha384"}),
    "cert-sha512": ("root", "rsa2048", {**LEAF, "hash": "sha512"}),
    "cert-sha1": ("root", "rsa2048", {**LEAF, "hash": "sha1"}),
    "expired": ("root", "rsa2048", {**LEAF, "years": (2001, 2002)}),
    "future": ("root", "rsa2048", {**LEAF, "years": (2090, 2099)}),
    "no-purpose": ("root", "rsa2048", {"ca": False}),
    "tls-purpose": ("root", "rsa2048", {
        "ca": False, "usage": ("key_encipherment",),
        "purposes": (ExtendedKeyUsageOID.SERVER_AUTH,)}),
    "of-inter": ("inter", "rsa2048", LEAF),
    "of-partial": ("partial", "rsa2048", LEAF),
    "inter-too-deep": ("inter", "rsa2048", CA),
    "of-inter-too-deep": ("inter-too-deep", "rsa2048", LEAF),
    "of-leaf": ("rsa2048", "rsa2048", LEAF),
    "of-lone": ("lone", "rsa2048", LEAF),
    "no-basic": ("root", "rsa2048", {"usage": ("key_cert_sign",)}),
    "of-no-basic": ("no-basic", "rsa2048", LEAF),
    "no-cert-sign": ("root", "rsa2048", {
        "ca": True, "usage": ("digital_signature",)}),
    "of-no-cert-sign": ("no-cert-sign", "rsa2048", LEAF),
    "no-usage": ("root", "rsa2048", {"ca": True}),
    "of-no-usage": ("no-usage", "rsa2048", LEAF),
    "inter-expired": ("root", "rsa2048", {**CA, "years": (2001, 2002)}),
    "of-inter-expired": ("inter-expired", "rsa2048", LEAF),
    "inter-sha1": ("root", "rsa2048", {**CA, "hash": "sha1"}),
    "of-inter-sha1": ("inter-sha1", "rsa2048", LEAF),
    "deep-1": ("root", "rsa2048", CA),
    "deep-2": ("deep-1", "rsa2048", CA),
    "deep-3": ("deep-2", "rsa2048", CA),
    "of-deep-3": ("deep-3", "rsa2048", LEAF),
    "timestamps": ("root", "rsa2048", {
        "ca": False, "usage": ("digital_signature",),
        "purposes": (ExtendedKeyUsageOID.TIME_STAMPING,)}),
    # the same name and key as root, but not it
    "root-again": (None, "as: root", {**CA, "subject": "root"}),
    # names, key identifiers and serial numbers of others, with keys of its own
    "fake-root": (None, "rsa2048", {**CA, "subject": "root",
                                    "key_id_of": "root"}),
    "of-fake-root": ("fake-root", "rsa2048", LEAF),
    "fake-leaf": ("fake-root", "rsa2048", {
        **LEAF, "subject": "rsa2048", "serial_of": "rsa2048",
        "key_id_of": "rsa2048"}),
    "fake-self": (None, "rsa2048", {**LEAF, "subject": "self",
                                    "serial_of": "self"}),
}

# What the tests' keyring holds.
KEYRING = ("root", "root-ec", "partial", "lone", "self")


def make_key(kind):
    if kind in CURVES:
        return ec.generate_private_key(CURVES[kind]())
    return rsa.generate_private_key(65537, int(kind[3:]))


def name_of(name):
    return x509.Name([
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, "keelboot tests"),
        x509.NameAttribute(NameOID.COMMON_NAME, "Test " + name)])


def extend(builder, options, public_key):
    if "ca" in options:
        builder = builder.add_extension(x509.BasicConstraints(
            options["ca"], options.get("path_len")), True)
    if "usage" in options:
        builder = builder.add_extension(x509.KeyUsage(**{
            usage: usage in options["usage"] for usage in USAGES}), True)
    if "purposes" in options:
        builder = builder.add_extension(
            x509.ExtendedKeyUsage(options["purposes"]),
            ExtendedKeyUsageOID.TIME_STAMPING in options["purposes"])
    return builder.add_extension(
        x509.SubjectKeyIdentifier.from_public_key(public_key), False)


class Pki:
    """folder has every certificate and key of CERTIFICATES."""

    def __init__(self, folder):
        self.folder = str(folder)
        self._keys, self._certificates = {}, {}
        os.makedirs(self.folder, exist_ok=True)
        for name, row in CERTIFICATES.items():
            if not os.path.exists(self.path(name, "der")):
                self._make(name, *row)

    def path(self, name, suffix):
        return "%s/%s.%s" % (self.folder, name, suffix)

    def key(self, name):
        if name not in self._keys:
            with open(self.path(name, "key"), "rb") as file:
                self._keys[name] = serialization.load_pem_private_key(
                    file.read(), None)
        return self._keys[name]

    def certificate(self, name):
        if name not in self._certificates:
            self._certificates[name] = x509.load_der_x509_certificate(
                self.der(name))
        return self._certificates[name]

    def der(self, name):
        with open(self.path(name, "der"), "rb") as file:
            return file.read()

    def tbs(self, name):
        return self.certificate(name).tbs_certificate_bytes

    def keyring(self):
        """DER of what is trusted."""
        return [self.der(name) for name in KEYRING]

    def _write(self, name, suffix, content):
        path = self.path(name, suffix)
        with open(path + ".new", "wb") as file:
            file.write(content)
        os.rename(path + ".new", path)

    def _make(self, name, issuer, kind, options):
        key = self.key(kind[4:]) if kind.startswith("as: ") else make_key(kind)
        subject = name_of(options.get("subject", name))
        since, until = options.get("years", (2020, 2049))
        builder = x509.CertificateBuilder().subject_name(subject)
        builder = builder.issuer_name(
            self.certificate(issuer).subject if issuer else subject)
        builder = builder.public_key(key.public_key())
        builder = builder.serial_number(
            self.certificate(options["serial_of"]).serial_number
            if "serial_of" in options else x509.random_serial_number())
        builder = builder.not_valid_before(datetime.datetime(since, 1, 1))
        builder = builder.not_valid_after(datetime.datetime(until, 12, 31))
        builder = extend(builder, options, self.key(
            options["key_id_of"]).public_key() if "key_id_of" in options
            else key.public_key())
        made = builder.sign(self.key(issuer) if issuer else key,
                            HASHES[options.get("hash", "sha256")]())
        self._write(name, "key", key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption()))
        self._write(name, "pem",
                    made.public_bytes(serialization.Encoding.PEM))
        # The last to be written says that the others are there.
        self._write(name, "der",
                    made.public_bytes(serialization.Encoding.DER))
