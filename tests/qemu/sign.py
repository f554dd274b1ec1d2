"""Signs what the tests boot, with the keys of scripts/test-keys.sh: images with
sbsign, manifests and lists of revocations with openssl, as an owner would."""

import hashlib
import subprocess

SIGNER = "Test image signer"
MANIFEST_SIGNER = "Test manifest signer"


class Signer:
    """keys is BUILD/test-keys; work takes files that are in between."""

    def __init__(self, keys, work):
        assert (keys / "made").exists(), \
            f"there are no keys in {keys}: run scripts/test-keys.sh"
        self.private, self.work = keys / "private", work

    def _key(self, who):
        return self.private / f"{who}.key", self.private / f"{who}.pem"

    def image(self, data, who="good"):
        """The image with a signature of who."""
        key, cert = self._key(who)
        plain, signed = self.work / "to-sign", self.work / "signed"
        plain.write_bytes(data)
        subprocess.run(["sbsign", "--key", key, "--cert", cert, "--output",
                        signed, plain], check=True, capture_output=True)
        return signed.read_bytes()

    def detached(self, data, who="manifest"):
        """A detached signature over data."""
        key, cert = self._key(who)
        content, signature = self.work / "content", self.work / "signature"
        content.write_bytes(data)
        subprocess.run(["openssl", "cms", "-sign", "-binary", "-outform",
                        "DER", "-in", content, "-signer", cert, "-inkey", key,
                        "-out", signature], check=True, capture_output=True)
        return signature.read_bytes()


def manifest(*rows):
    """Rows are (role, bytes, path); the options' path is "-"."""
    return "".join(f"{role} {hashlib.sha256(data).hexdigest()} {path}\n"
                   for role, data, path in rows).encode()
