#!/usr/bin/python3
"""Write the seeds of the menu files' fuzzers: tests/fuzz/mkcorpus_menus.py.

Menus of distributions, and small texts that each use one part of the language
or are wrong in one way. In a seed of grubcfg, a NUL ends the first file; each
other one follows a byte that has its length in sixteens.
"""
from pathlib import Path

HERE = Path(__file__).resolve().parent
MENUS = HERE.parent / "data" / "menus"

GRUB = {
    "words": "a=1 b='x y'\nmenuentry t { linux /k $a \"$b\" $b 'q'\\ r $1 }\n",
    "if": "if [ \"$x\" = y -o ! -f /k ]; then x=1; elif true; then x=2; "
          "else x=3; fi\n",
    "loops": "for i in a b; do while [ $i != a ]; do break; done; "
             "until true; do continue; done; done\n",
    "function": "function f { x=$1$#$*$@; shift; return 1; }\nf a 'b c'\n",
    "submenu": "export x\nsubmenu s --id i { x=1\nmenuentry m --class c "
               "--users u { linux16 /k\ninitrd16 /a /b } }\ndefault='s>m'\n",
    "search": "search --no-floppy --fs-uuid --set=root --hint='hd0,gpt2' u\n"
              "search.file /x prefix\nmenuentry a { search -l -s root b; "
              "linux ($root)/k; devicetree /d }\n",
    "refused": "menuentry a { chainloader +1 }\nmenuentry b { linux k }\n"
               "menuentry c { nonsense }\nmenuentry d { initrd /i }\n",
    "braces": "menuentry a {\nlinux /k\nmenuentry b { linux /k }\n}\n}\n{\n"
              "submenu s {\nmenuentry c { linux /k }\n",
    "quotes": "set x='a\nmenuentry 'b' { linux /k \"$y }\nmenuentry c {\n}\n",
    "endless": "while true; do x=$x$x; done\nfunction f { f; }\nf\n",
    "default": "default=saved\nsaved_entry='1>2'\ntimeout=5\nfallback=1\n"
               "timeout_style=hidden\nsuperusers=root\n",
    "count": "increment x; decrement y; test 0x10 -eq 16 -a a '<' b\n",
}

GRUB_FILES = {
    "source": ("source /0\n. /1\nf\nconfigfile /2\n",
               ["menuentry a { linux /k }\n", "function f { blscfg; }\n",
                "default=1\nmenuentry b { configfile /0 }\n"]),
    "env": ("load_env -f /0\nload_env --file=/0 a\nmenuentry a { linux /k $a "
            "}\n", ["# GRUB Environment Block\na=1\nnext_entry=x\n###"]),
    "loop": ("source /0\nmenuentry a { configfile /1 }\n",
             ["source /0\n", "menuentry b { configfile /1 }\n"]),
}

ENV = {
    "plain": "saved_entry=a\nkernelopts=root=/dev/sda1 ro\nnext_entry=\n",
    "escaped": "a=b\\\\c\\\nd\nb=2\n",
    "wrong": "novalue\n=x\na b=c\ngood=1\n",
    "cut": "a=1\nb=2",
}

EXTLINUX = {
    "labels": "default a\ntimeout 50\nappend quiet\nlabel a\nmenu label ^A\n"
              "linux ../k x\ninitrd a,b\nfdt d\nlabel b\nkernel k\n"
              "append - \nfdtdir /d\nfdtoverlays a b\n",
    "initrd": "label a\nlinux k\nappend a initrd=b,/c d initrd=e\n",
    "menus": "ui menu.c32\nmenu title T\nmenu begin m\nmenu title M\n"
             "label a\nmenu default\nlinux k\nmenu end\nmenu separator\n"
             "label b\nmenu hide\nmenu passwd x\nlinux k\n",
    "text": "label a\ntext help\nlabel b\nendtext\nlinux k\ntext help\n",
    "refused": "label a\ncom32 x\nlabel b\nkernel x.c32\nlabel\nlabel c\n"
               "linux ../../../k\nlabel d\nmenu goto m\nmenu end\n",
    "only": "DEFAULT vmlinuz root=/dev/sda1 initrd=i\nPROMPT 0\n",
    "include": "include x\nmenu include x tag\nlabel a\nlinux k\n\0"
               "label b\nlinux k\ninclude y\n",
}


def block(lines):
    return ("# GRUB Environment Block\n" + lines).encode().ljust(1024, b"#")


def files(text, others):
    data = text.encode() + b"\0"
    for other in others:
        other = other.encode()
        sixteens = (len(other) + 15) // 16
        data += bytes([sixteens]) + other.ljust(16 * sixteens, b"\n")
    return data


def seeds():
    for name, text in GRUB.items():
        yield "grubcfg", name, text.encode()
    for name, (text, others) in GRUB_FILES.items():
        yield "grubcfg", name, files(text, others)
    for path in sorted(MENUS.glob("*.cfg")):
        yield "grubcfg", path.stem, path.read_bytes()
    for name, text in ENV.items():
        yield "grubenv", name, block(text)
    yield "grubenv", "short", block("a=1\n")[:40]
    for name, text in EXTLINUX.items():
        yield "extlinux", name, text.encode()
    for path in sorted(MENUS.glob("*.conf")):
        yield "extlinux", path.stem, path.read_bytes()


def main():
    for target, name, data in seeds():
        folder = HERE / "corpus" / target
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)


if __name__ == "__main__":
    main()
