#!/usr/bin/python3
"""Write the certificates and keys in tls/ anew: tests/data/mktls.py

Servers and clients, their CAs, and what is wrong with them one way each. Every
run gives other keys, and certificates of the same form. NAME.pem has the
certificate, NAME.key the private key (PKCS#8) of those who speak.
"""
import datetime
import ipaddress
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

HERE = Path(__file__).resolve().parent / "tls"
SERVER, CLIENT = (ExtendedKeyUsageOID.SERVER_AUTH,
                  ExtendedKeyUsageOID.CLIENT_AUTH)
SPEAKERS = ("server", "client", "self", "of-inter")
USAGES = ("digital_signature", "content_commitment", "key_encipherment",
          "data_encipherment", "key_agreement", "key_cert_sign", "crl_sign",
          "encipher_only", "decipher_only")

CA = {"ca": True, "usage": ("key_cert_sign", "crl_sign"),
      "years": (2020, 2060)}
NAMES = ("boot.example", "*.wild.example", "192.0.2.1", "2001:db8::1",
         "127.0.0.1", "::1", "localhost")
LEAF = {"ca": False, "usage": ("digital_signature",), "purposes": (SERVER,),
        "names": NAMES, "years": (2025, 2035)}


def subject(parts):
    kinds = (NameOID.ORGANIZATION_NAME, NameOID.COMMON_NAME)
    return x509.Name([x509.NameAttribute(kind, part)
                      for kind, part in zip(kinds, parts) if part])


def dns(name):
    return x509.DNSName(name)


def net(text):
    return x509.IPAddress(ipaddress.ip_network(text))


def directory(*parts):
    return x509.DirectoryName(subject(parts))


# name: (issuer or None for itself, key, what it is). What is issued stands
# behind its issuer.
CERTIFICATES = {
    "ca": (None, "p256", CA),
    "ca-rsa": (None, "rsa2048", CA),
    "ca-p521": (None, "p521", {**CA, "hash": hashes.SHA512}),
    "stranger": (None, "p256", CA),
    # the name of one that is trusted, and another key
    "ca-again": (None, "p256", {**CA, "cn": "ca"}),
    "server": ("ca", "p256", LEAF),
    "server-p384": ("ca", "p384", {**LEAF, "hash": hashes.SHA384}),
    "server-p521": ("ca-p521", "p521", {**LEAF, "hash": hashes.SHA512}),
    "server-rsa": ("ca-rsa", "rsa2048", LEAF),
    "server-mixed": ("ca", "rsa2048", LEAF),
    "self": (None, "p256", LEAF),
    "of-stranger": ("stranger", "p256", LEAF),
    "of-ca-again": ("ca-again", "p256", LEAF),
    "inter": ("ca", "p256", {**CA, "path_len": 0, "years": (2022, 2030)}),
    "of-inter": ("inter", "p256", LEAF),
    "inter-2": ("inter", "p256", CA),
    "of-inter-2": ("inter-2", "p256", LEAF),
    "of-server": ("server", "p256", LEAF),
    "no-cert-sign": ("ca", "p256", {**CA, "usage": ("digital_signature",)}),
    "of-no-cert-sign": ("no-cert-sign", "p256", LEAF),
    "no-names": ("ca", "p256", {**LEAF, "names": None}),
    "no-subject": ("ca", "p256", {**LEAF, "cn": None}),
    "many-names": ("ca", "p256", {**LEAF, "names": (
        "a.example", "b.example", "c.example", "d.example", "e.example")}),
    "mail-names": ("ca", "p256", {**LEAF, "names": ("mail:a@example",)}),
    "wild-names": ("ca", "p256", {**LEAF, "names": (
        "*", "*.", "*.com", "b*.partial.example", "*.*.twice.example",
        "a.*.middle.example", "*.ok.example")}),
    "for-clients": ("ca", "p256", {**LEAF, "purposes": (CLIENT,)}),
    "for-any": ("ca", "p256", {**LEAF, "purposes": (
        ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE,)}),
    "no-purposes": ("ca", "p256", {**LEAF, "purposes": None, "usage": None}),
    "inter-for-clients": ("ca", "p256", {**CA, "purposes": (CLIENT,)}),
    "of-inter-for-clients": ("inter-for-clients", "p256", LEAF),
    "no-signing": ("ca", "p256", {**LEAF, "usage": ("key_agreement",)}),
    "critical": ("ca", "p256", {**LEAF, "unknown": True}),
    "inter-critical": ("ca", "p256", {**CA, "unknown": True}),
    "of-inter-critical": ("inter-critical", "p256", LEAF),
    "sha1": ("ca-rsa", "rsa2048", {**LEAF, "hash": hashes.SHA1}),
    "rsa1024": ("ca-rsa", "rsa1024", LEAF),
    "limited": ("ca", "p256", {**CA, "permitted": (
        dns("in.example"), dns(".sub.example"), net("192.0.2.0/24"),
        net("2001:db8::/32")), "excluded": (
            dns("out.in.example"), net("192.0.2.128/25"))}),
    "limited-good": ("limited", "p256", {**LEAF, "names": (
        "in.example", "a.in.example", "*.in.example", "a.sub.example",
        "192.0.2.1", "2001:db8:1::1", "mail:a@other")}),
    "limited-other": ("limited", "p256", {**LEAF, "names": (
        "in.example", "notin.example")}),
    "limited-apex": ("limited", "p256", {**LEAF, "names": ("sub.example",)}),
    "limited-excluded": ("limited", "p256", {**LEAF, "names": (
        "in.example", "x.out.in.example")}),
    "limited-address": ("limited", "p256", {**LEAF, "names": (
        "in.example", "198.51.100.1")}),
    "limited-address-6": ("limited", "p256", {**LEAF, "names": (
        "in.example", "2001:db9::1")}),
    "limited-half": ("limited", "p256", {**LEAF, "names": (
        "in.example", "192.0.2.200")}),
    "limited-mail": ("ca", "p256", {**CA, "permitted": (
        x509.RFC822Name("example"),)}),
    "of-limited-mail": ("limited-mail", "p256", LEAF),
    "has-limited-mail": ("limited-mail", "p256", {
        **LEAF, "names": NAMES + ("mail:a@example",)}),
    "limited-directory": ("ca", "p256", {**CA, "permitted": (
        directory("keelboot tests"),), "excluded": (
            directory("keelboot tests", "bad"),)}),
    "directory-good": ("limited-directory", "p256", LEAF),
    "directory-bad": ("limited-directory", "p256", {**LEAF, "cn": "bad"}),
    "directory-other": ("limited-directory", "p256", {
        **LEAF, "org": "other"}),
    "client-rsa": ("ca-rsa", "rsa2048", {**LEAF, "purposes": (CLIENT,)}),
    "client-p256": ("ca", "p256", {**LEAF, "purposes": (CLIENT,)}),
    "client-p384": ("ca", "p384", {**LEAF, "purposes": (CLIENT,)}),
    "client-p521": ("ca", "p521", {**LEAF, "purposes": (CLIENT,)}),
    # of one name and key: all have issued each other; and others of the name
    **{"loop-%d" % i: (None, "as loop-0" if i else "p256", {
        **LEAF, "ca": True, "usage": None, "cn": "loop"}) for i in range(10)},
    **{"other-loop-%d" % i: (None, "p256", {**CA, "cn": "loop"})
       for i in range(4)},
}


def make_key(kind):
    if kind[0] == "p":
        return ec.generate_private_key({
            "p256": ec.SECP256R1, "p384": ec.SECP384R1,
            "p521": ec.SECP521R1}[kind]())
    return rsa.generate_private_key(65537, int(kind[3:]))


def general_name(text):
    if text.startswith("mail:"):
        return x509.RFC822Name(text[5:])
    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        return x509.DNSName(text)


def extend(builder, options):
    builder = builder.add_extension(x509.BasicConstraints(
        options["ca"], options.get("path_len")), True)
    if options.get("usage"):
        builder = builder.add_extension(x509.KeyUsage(**{
            usage: usage in options["usage"] for usage in USAGES}), True)
    if options.get("purposes"):
        builder = builder.add_extension(x509.ExtendedKeyUsage(
            options["purposes"]), False)
    if options.get("names"):
        builder = builder.add_extension(x509.SubjectAlternativeName(
            [general_name(name) for name in options["names"]]),
            options.get("cn", "") is None)
    if "permitted" in options or "excluded" in options:
        builder = builder.add_extension(x509.NameConstraints(
            options.get("permitted"), options.get("excluded")), True)
    if options.get("unknown"):
        builder = builder.add_extension(x509.UnrecognizedExtension(
            x509.ObjectIdentifier("1.3.6.1.4.1.55555.1"), b"\5\0"), True)
    return builder


def main():
    keys, names = {}, {}
    HERE.mkdir(exist_ok=True)
    for old in HERE.iterdir():
        old.unlink()
    for name, (issuer, kind, options) in CERTIFICATES.items():
        key = keys[name] = keys.get(kind[3:]) or make_key(kind)
        cn = options.get("cn", name)
        names[name] = x509.Name([]) if cn is None else subject(
            (options.get("org", "keelboot tests"), cn))
        first, last = (datetime.datetime(year, 1, 1)
                       for year in options["years"])
        builder = x509.CertificateBuilder(
            names[issuer or name], names[name], key.public_key(),
            x509.random_serial_number(), first, last)
        certificate = extend(builder, options).sign(
            keys[issuer or name], options.get("hash", hashes.SHA256)())
        (HERE / (name + ".pem")).write_bytes(
            certificate.public_bytes(serialization.Encoding.PEM))
        if not name.startswith(SPEAKERS):
            continue
        (HERE / (name + ".key")).write_bytes(key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption()))


if __name__ == "__main__":
    main()
