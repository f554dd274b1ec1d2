"""Write Authenticode signatures by hand, good ones and ones with a single thing
wrong (or unusual) that no signing tool would make: validly signed, so that it
is this thing alone that a verifier must notice.

Structure: PKCS #7 SignedData (RFC 2315) around an SpcIndirectData (Windows
Authenticode Portable Executable Signature Format)."""

import hashlib

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

import pe_reference

OIDS = {
    "sha1": "1.3.14.3.2.26",
    "md5": "1.2.840.113549.2.5",
    "sha256": "2.16.840.1.101.3.4.2.1",
    "sha384": "2.16.840.1.101.3.4.2.2",
    "sha512": "2.16.840.1.101.3.4.2.3",
    "data": "1.2.840.113549.1.7.1",
    "signed-data": "1.2.840.113549.1.7.2",
    "spc": "1.3.6.1.4.1.311.2.1.4",
    "spc-pe": "1.3.6.1.4.1.311.2.1.15",
    "content-type": "1.2.840.113549.1.9.3",
    "message-digest": "1.2.840.113549.1.9.4",
    "signing-time": "1.2.840.113549.1.9.5",
    "rsa": "1.2.840.113549.1.1.1",
    "rsa-sha1": "1.2.840.113549.1.1.5",
    "rsa-sha256": "1.2.840.113549.1.1.11",
    "rsa-sha384": "1.2.840.113549.1.1.12",
    "rsa-sha512": "1.2.840.113549.1.1.13",
    "pss": "1.2.840.113549.1.1.10",
    "ec-key": "1.2.840.10045.2.1",
    "ecdsa-sha256": "1.2.840.10045.4.3.2",
    "ecdsa-sha384": "1.2.840.10045.4.3.3",
    "ecdsa-sha512": "1.2.840.10045.4.3.4",
    "nested": "1.3.6.1.4.1.311.2.4.1",
}
HASHES = {"sha1": hashes.SHA1, "sha256": hashes.SHA256,
          "sha384": hashes.SHA384, "sha512": hashes.SHA512}
NULL = b"\x05\x00"


def tlv(tag, content, length_size=0):
    """length_size: that many octets of length, more than needed perhaps."""
    size = len(content)
    if length_size:
        head = bytes([0x80 | length_size]) + size.to_bytes(length_size, "big")
    elif size < 0x80:
        head = bytes([size])
    else:
        octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
        head = bytes([0x80 | len(octets)]) + octets
    return bytes([tag]) + head + content


def sequence(*parts):
    return tlv(0x30, b"".join(parts))


def set_of(*parts):
    return tlv(0x31, b"".join(sorted(parts)))


def oid(name):
    numbers = [int(n) for n in OIDS.get(name, name).split(".")]
    out = b""
    for number in [40 * numbers[0] + numbers[1]] + numbers[2:]:
        octets = [number & 0x7F]
        while number := number >> 7:
            octets.append(number & 0x7F | 0x80)
        out += bytes(reversed(octets))
    return tlv(6, out)


def integer(value):
    return tlv(2, value.to_bytes(value.bit_length() // 8 + 1, "big",
                                 signed=True))


def algorithm(name, parameters=NULL):
    return sequence(oid(name), parameters)


def attribute(name, *values):
    return sequence(oid(name), set_of(*values))


def spc_content(digest_name, digest, parameters=NULL, extra=b"", flags=b"\0"):
    """SpcIndirectData without its own tag and length."""
    link = tlv(0xA0, tlv(0xA2, tlv(0x80, b"")))
    data = sequence(oid("spc-pe"), sequence(tlv(3, flags), link))
    return data + sequence(algorithm(digest_name, parameters),
                           tlv(4, digest)) + extra


def raw_sign(key, name, data, pss=False):
    if isinstance(key, rsa.RSAPrivateKey):
        how = padding.PSS(padding.MGF1(HASHES[name]()),
                          HASHES[name].digest_size) if pss \
            else padding.PKCS1v15()
        return key.sign(data, how, HASHES[name]())
    return key.sign(data, ec.ECDSA(HASHES[name]()))


def key_algorithm(key, name, with_hash):
    if isinstance(key, rsa.RSAPrivateKey):
        return algorithm("rsa-" + name if with_hash else "rsa")
    return algorithm("ecdsa-" + name, b"")


class Signature:
    """One signature in the making; every field can be changed before der()."""

    def __init__(self, image, pki, signer, digest="sha256", certificates=None):
        self.pki, self.signer, self.digest = pki, signer, digest
        self.key = pki.key(signer)
        self.certificates = [pki.der(name)
                             for name in certificates or [signer]]
        self.content = spc_content(digest, hashlib.new(
            digest, pe_reference.authenticode_bytes(image)).digest())
        self.content_kind = "spc"
        self.content_tag = 0x30
        self.detached = self.bare = self.pss = False
        self.version, self.signer_version = 1, 1
        self.digest_algorithms = [algorithm(digest)]
        self.signer_digest = algorithm(digest)
        self.signature_algorithm = key_algorithm(self.key, digest, False)
        self.content_type = [oid("spc")]
        self.message_digest = None  # or a list of digests
        self.more_attributes = []
        self.sorted_attributes = True
        self.attributes = True
        self.unsigned_attributes = b""
        self.identifier = None
        self.crls = b""
        self.signers = 1
        self.change_signature = lambda octets: octets
        self.outer_length_size = 0

    def attribute_list(self):
        digests = self.message_digest
        if digests is None:
            digests = [hashlib.new(self.digest, self.content).digest()]
        rows = [attribute("content-type", kind) for kind in self.content_type]
        rows += [attribute("message-digest", tlv(4, d)) for d in digests]
        rows += self.more_attributes
        return sorted(rows) if self.sorted_attributes else \
            sorted(rows, reverse=True)

    def signer_info(self):
        certificate = self.pki.certificate(self.signer)
        identifier = self.identifier or sequence(
            certificate.issuer.public_bytes(),
            integer(certificate.serial_number))
        covered, attributes = self.content, b""
        if self.attributes:
            rows = b"".join(self.attribute_list())
            covered, attributes = tlv(0x31, rows), tlv(0xA0, rows)
        octets = raw_sign(self.key, self.digest, covered, self.pss)
        return sequence(
            integer(self.signer_version), identifier, self.signer_digest,
            attributes, self.signature_algorithm,
            tlv(4, self.change_signature(octets)), self.unsigned_attributes)

    def der(self):
        content = b"" if self.detached else tlv(
            0xA0, tlv(self.content_tag, self.content))
        info = self.signer_info()
        signed = integer(self.version) + tlv(
            0x31, b"".join(self.digest_algorithms))
        signed += sequence(oid(self.content_kind), content)
        signed += tlv(0xA0, b"".join(self.certificates)) + self.crls
        signed += tlv(0x31, info * self.signers)
        signed = tlv(0x30, signed, self.outer_length_size)
        if self.bare:
            return signed
        return tlv(0x30, oid("signed-data") + tlv(0xA0, signed),
                   self.outer_length_size)


def pad8(image):
    return image + bytes(-len(image) % 8)


def put(image, *signatures):
    """The image with these signatures, DER each."""
    return pe_reference.with_certificates(image, [(2, s) for s in signatures])
