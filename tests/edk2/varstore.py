"""UEFI variables, as OVMF keeps them in its flash image and as signed updates
(UEFI 2.10, 8.2; MdeModulePkg's authenticated variable store)."""

import os
import struct
import subprocess
import tempfile
import uuid

GLOBAL = uuid.UUID("8be4df61-93ca-11d2-aa0d-00e098032b8c")
SECURITY = uuid.UUID("d719b2cb-3d3a-4596-a3bc-dad00e67656f")
OWNER = uuid.UUID("2d1e0f5c-5f0a-4a3b-9a51-6b65656c626f")
SECURE_BOOT_ENABLE = uuid.UUID("f0a30bc7-af08-4556-99c4-001009c93a44")
CERT_PKCS7 = uuid.UUID("4aafd29d-68df-49ee-8aa9-347d375665a7")

SIG_X509 = uuid.UUID("a5c059a1-94e4-4aa7-87b5-ab155c2bf072")
SIG_IMAGE = {
    "sha256": uuid.UUID("c1c41626-504c-4092-aca9-41f936934328"),
    "sha384": uuid.UUID("ff3e5307-9fd0-48c9-85f1-8ad56c701e01"),
    "sha512": uuid.UUID("093e0fae-a6c4-4f50-9f1b-d41e2b89c19a"),
}
SIG_TBS = {
    "sha256": uuid.UUID("3bd2a492-96c0-4079-b420-fcf98ef103ed"),
    "sha384": uuid.UUID("7076876e-80c2-4ee6-aad2-28b349a6865b"),
    "sha512": uuid.UUID("446dbf63-2502-4cda-bcfa-2465d2b0fe9d"),
}

STORE_GUID = uuid.UUID("aaf32c78-947b-439a-a180-2e144ec37792")
STORE_AT = 0x48       # behind the firmware volume's header
STORE_HEADER = 0x1C
VARIABLE = "<HBBIQ16sIII16s"
VARIABLE_LEN = struct.calcsize(VARIABLE)
START, ADDED = 0x55AA, 0x3F
BOOT_RUNTIME_NV = 0x07
AUTHENTICATED = 0x27  # and by time


def signature_list(kind, *contents, owner=OWNER):
    """An EFI_SIGNATURE_LIST; contents all have one length."""
    size = 16 + len(contents[0])
    head = kind.bytes_le + struct.pack("<III", 28 + size * len(contents), 0,
                                       size)
    return head + b"".join(owner.bytes_le + c for c in contents)


def certificate_lists(*certificates):
    return b"".join(signature_list(SIG_X509, c) for c in certificates)


def revoked_tbs(algorithm, digest, time=bytes(16)):
    """An EFI_CERT_X509_SHA…: hash of a TBSCertificate, time of revocation."""
    return signature_list(SIG_TBS[algorithm], digest + time)


def efi_time(year, month=1, day=1, second=0):
    return struct.pack("<HBBBBBBIhBB", year, month, day, 0, second // 60,
                       second % 60, 0, 0, 0, 0, 0)


def read_variables(store):
    """{(guid, name): data} of an OVMF_VARS image."""
    size = struct.unpack_from("<I", store, STORE_AT + 16)[0]
    at, found = STORE_AT + STORE_HEADER, {}
    while at + VARIABLE_LEN <= STORE_AT + size:
        start, state, _, _, _, _, _, name_len, data_len, guid = \
            struct.unpack_from(VARIABLE, store, at)
        if start != START:
            break
        name_at = at + VARIABLE_LEN
        data_at = name_at + name_len
        if state == ADDED:
            name = store[name_at:data_at].decode("utf-16-le").rstrip("\0")
            found[uuid.UUID(bytes_le=guid), name] = \
                store[data_at:data_at + data_len]
        at = (data_at + data_len + 3) // 4 * 4
    return found


def write_variables(template, variables):
    """An OVMF_VARS image: the empty template with variables in it, rows of
    (guid, name, attributes, time, data)."""
    out = bytearray(template)
    if out[STORE_AT:STORE_AT + 16] != STORE_GUID.bytes_le:
        raise ValueError("no authenticated variable store at 0x48")
    if read_variables(template):
        raise ValueError("the template is not empty")
    size = struct.unpack_from("<I", out, STORE_AT + 16)[0]
    at = STORE_AT + STORE_HEADER
    for guid, name, attributes, time, data in variables:
        name = name.encode("utf-16-le") + b"\0\0"
        entry = struct.pack(VARIABLE, START, ADDED, 0, attributes, 0, time, 0,
                            len(name), len(data), guid.bytes_le) + name + data
        entry += b"\xff" * (-len(entry) % 4)
        if at + len(entry) > STORE_AT + size:
            raise ValueError("the variables do not fit")
        out[at:at + len(entry)] = entry
        at += len(entry)
    return bytes(out)


def secure_boot_store(template, pk, kek, db, dbx=b""):
    """Secure Boot on, with these lists."""
    time = efi_time(2020)
    rows = [(GLOBAL, "PK", pk), (GLOBAL, "KEK", kek), (SECURITY, "db", db)]
    if dbx:
        rows.append((SECURITY, "dbx", dbx))
    rows = [(guid, name, AUTHENTICATED, time, data)
            for guid, name, data in rows]
    rows.append((SECURE_BOOT_ENABLE, "SecureBootEnable", 3, bytes(16), b"\1"))
    return write_variables(template, rows)


def signed_update(name, content, when, key, certificate, guid=SECURITY):
    """What SetVariable() wants to replace an authenticated variable:
    EFI_VARIABLE_AUTHENTICATION_2 and the content. key and certificate are
    files of a KEK."""
    time = efi_time(2030, second=when)
    covered = name.encode("utf-16-le") + guid.bytes_le + \
        struct.pack("<I", AUTHENTICATED) + time + content
    with tempfile.NamedTemporaryFile() as file:
        file.write(covered)
        file.flush()
        signature = subprocess.run(
            ["openssl", "smime", "-sign", "-binary", "-noattr", "-md",
             "sha256", "-outform", "DER", "-in", file.name, "-inkey",
             os.fspath(key), "-signer", os.fspath(certificate)],
            stdout=subprocess.PIPE, check=True).stdout
    # EDK2 wants the bare SignedData, and takes it without its ContentInfo.
    at = signature.index(b"\xa0\x82", 4) + 4
    signed_data = signature[at:]
    head = struct.pack("<IHH", 24 + len(signed_data), 0x0200, 0x0EF1)
    return time + head + CERT_PKCS7.bytes_le + signed_data + content
