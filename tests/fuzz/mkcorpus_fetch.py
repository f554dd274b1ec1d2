#!/usr/bin/python3
"""Write the seeds of the fuzzers of what is fetched with: URLs, HTTP and
templates. tests/fuzz/mkcorpus_fetch.py

Each seed is taken by its parser, or wrong in one way.
"""
from pathlib import Path

CORPUS = Path(__file__).resolve().parent / "corpus"

BASE = "http://a/b/c/d;p?q\n"

URLS = {
    "plain": "http://boot.example/uki.efi\n",
    "all": "HTTPS://Boot.Example:8443/a/./b/../c%2f?x=%41&y\n../g;x?y#s",
    "ipv4": "tftp://192.0.2.1/pxe/a%20b;mode=octet\nc",
    "ipv6": "http://[2001:db8::192.0.2.1]:81/\n//[::1]/x",
    "relative": BASE + "./../g/.",
    "above": BASE + "../../../g",
    "query": BASE + "?y",
    "empty": BASE,
    "absolute": BASE + "https://h/#x",
    "network": BASE + "//g",
    "double": BASE + ".//g",
    "number": "http://127.1/\n",
    "hex": "http://0x7f.1/\n",
    "userinfo": "http://u:p@h/\n",
    "zone": "http://[fe80::1%25eth0]/\n",
    "label": "http://-a.b-/\n",
    "tftp": "tftp://h//srv/%2e%2e/%01?x\n",
    "long": "http://h/" + "a/../" * 300 + "\n" + "b/" * 1000,
    "name": "http://" + "a." * 126 + "a/\n",
}

OK_LINE = "HTTP/1.1 200 OK\r\n"
CHUNKED = OK_LINE + "Transfer-Encoding: chunked\r\n\r\n"

HTTP = {
    "length": OK_LINE + "Content-Type: text/html\r\nContent-Length: 5\r\n"
    "ETag: \"a-5\"\r\nConnection: keep-alive\r\n\r\nhelloHTTP/1.1",
    "chunked": CHUNKED + "5;a=\"b\"\r\nhello\r\nA \r\n0123456789\r\n0\r\n"
    "A: b\r\n\r\nHTTP",
    "close": "HTTP/1.0 200 OK\r\n\r\nhello",
    "range": "HTTP/1.1 206 Partial Content\r\nContent-Length: 5\r\n"
    "Content-Range: bytes 5-9/10\r\n\r\nworld",
    "range-bad": "HTTP/1.1 206 x\r\nContent-Range: bytes 9-5/*\r\n\r\n",
    "unsatisfied": "HTTP/1.1 416 x\r\nContent-Range: bytes */10\r\n"
    "Content-Length: 0\r\n\r\n",
    "redirect": "HTTP/1.1 302 Found\r\nLocation: https://h/x\r\n"
    "Content-Length: 0\r\nConnection: close\r\n\r\n",
    "interim": "HTTP/1.1 100 Continue\r\n\r\n" + OK_LINE + "\r\n",
    "fold": OK_LINE + "A: b\r\n c\r\n\r\n",
    "bare-lf": "HTTP/1.1 200 OK\nA: b\n\n",
    "both": OK_LINE + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
    "twice": OK_LINE + "Content-Length: 5\r\nContent-Length: 5\r\n\r\n",
    "coding": OK_LINE + "Transfer-Encoding: gzip, chunked\r\n\r\n",
    "old": "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
    "chunk-large": CHUNKED + "8000000000000000\r\n",
    "chunk-end": CHUNKED + "5\r\nhello0\r\n",
    "chunk-long": CHUNKED + "5;" + "x" * 300 + "\r\n",
    "only-chunks": "5\r\nhello\r\n0\r\n\r\nleft",
    "fields": OK_LINE + "A: b\r\n" * 101 + "\r\n",
    "field": "x\r\nAuthorization: Bearer a\r\n",
    "field-ours": "x\r\nHost: a\r\n",
    "ssh": "SSH-2.0-OpenSSH_9.2p1\r\n",
    "cut": OK_LINE + "Content-Length: 5\r\n",
}

VALUES = ("52:54:00:12:34:56\n4c4c4544-0042-3510-8052-b4c04f4e3732\nSN 1/2\n"
          "ProLiant DL360\nx86_64\nweb-1\n192.0.2.7\n")

TEMPLATES = {
    "all": VALUES + "http://h/${mac}/${uuid}/${serial}/${product}/${arch}/"
    "${hostname}/${ip}",
    "words": VALUES + "ip=${ip} BOOTIF=01-${mac} memmap=1M$2G",
    "open": VALUES + "a${mac",
    "name": VALUES + "${net0/mac}",
    "nested": VALUES + "${${mac}}",
    "unset": "\n" * 7 + "${ip}",
    "hostile": "..\n.\n../../x\n?a#b\na init=/bin/sh\n%2e%2e\n" + "a" * 65 +
    "\n${mac}${uuid}${serial}${product}${arch}${hostname}${ip}",
}


def write(name, seeds, front=b""):
    folder = CORPUS / name
    folder.mkdir(parents=True, exist_ok=True)
    for seed, text in seeds.items():
        (folder / seed).write_bytes(front + text.encode())


def main():
    write("url", URLS)
    write("http", HTTP, b"\x03")
    write("template", TEMPLATES)


if __name__ == "__main__":
    main()
