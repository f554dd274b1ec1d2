#!/usr/bin/python3
"""Write the seeds of the fuzzers of network menus:
tests/fuzz/mkcorpus_netboot.py.

Scripts of iPXE, and files of PXELINUX, that each use one part of the language or
are wrong in one way. In a seed, a NUL ends the first text; the next one is what
it leads to. In one of ipxe, the name of the host may stand behind another NUL;
in one of net_menu, what DHCP told.
"""
from pathlib import Path

CORPUS = Path(__file__).resolve().parent / "corpus"

IPXE = {
    "boot": "kernel k a=${mac:hexhyp} initrd=i\ninitrd --name i /x/i\n"
            "initrd ign /etc/ign mode=0600 mkdir=-1\nboot || exit 1\n",
    "loop": "set i:int32 -1\n:next\ninc i\nisset ${net${i}/mac} || goto on\n"
            "dhcp net${i} || goto next\n:on\nkernel k${i}\nboot\n",
    "menu": "menu T\nitem --gap x\nitem --key a one One\nitem -d two Two\n"
            "choose --timeout 5000 --default one x || goto no\ngoto ${x}\n"
            ":two\n:one\nimgfree\nkernel ${x}\nboot\n:no\nshell\n",
    "types": "set a:hex 41:42:ff\nset b:uuid 00112233-4455-6677-8899-aabbccdd"
             "eeff\nset c:ipv6 2001:db8::1\nset d:base64 YWI=\nset e:int8 -1\n"
             "echo ${a:string} ${a:uristring} ${b:guid} ${c:hexraw} ${d} "
             "${e:uint8} ${uuid} ${ip:hexhyp}\nclear a\nexit 0\n",
    "and-or": "isset ${n} && echo a || echo b ; nonsense || iseq a a && "
              "goto x || exit\n:x set y z # c\necho \\\n ${y} ${\n",
    "outside": "set h ${hostname}\nset u http://h/${h}/${serial:uristring}\n"
               "kernel ${u} a=${mac}\nimgargs k ${uuid}\nboot ||\n",
    "refused": "kernel k ${serial}\nboot\n",
    "chain": "chain sub ||\nimgfetch --name s sub\nimgexec s && boot\0"
             "#!ipxe\nset v 1\necho ${cwduri}\nexit 0\n",
    "image": "initrd i\nfdt d\nchain uki a b\0MZ",
    "self": "chain --replace a || chain b\0#!gpxe\nchain a || chain b\n",
    "name": "kernel k host=${hostname}\nboot\0\0node-7.example",
    "bad-name": "kernel ${hostname}/k\nboot k ${hostname}\0\0a b/..%\n",
    "endless": ":a\ngoto a\n",
    "kept": "menu --name m\nitem -m m a\nitem b\nchoose -k -m m -t 1 x\n"
            "choose -t 1 y\necho ${x}${y}\nsanboot --drive 0x80\n",
    "reach": "kernel gone || kernel k\ninitrd gone ||\nboot\n",
}

PXELINUX = {
    "install": "default vesamenu.c32\ntimeout 100\nontimeout a\nlabel a\n"
               "menu label ^A\nkernel d/linux\nappend vga=788 initrd=d/i,/j "
               "--- quiet\n",
    "names": "label a\nlinux ::k\ninitrd http://h/i?x=1\nlabel b\n"
             "linux 192.0.2.9::a b\nfdt d%41\nfdtoverlays o p\n",
    "sysappend": "sysappend 7\nlabel a\nlinux k\nlabel b\nlinux k\n"
                 "ipappend 0x10\nlabel c\nlinux k\nsysappend 0xb0\n",
    "local": "default a\nprompt 0\nlabel a\nlocalboot 0\nlabel b\n"
             "kernel x.c32\nlabel c\nlinux ftp://h/k\n",
    "include": "include x\nmenu include x tag\nlabel a\nlinux k\n\0"
               "label b\nlinux k\ninclude y\n",
}

NET_MENU = {
    "entry": "title T\nlinux /k l\nsha256 " + "0a" * 32 + "\ninitrd i%\n"
             "devicetree=d\noptions a ${mac}\ntimeout 5\n",
    "uki": "\ufeffefi \\EFI\\x.efi\nretry 1\n\0label a\nlinux k\n",
    "refused": "linux k\nextra x\n\0<html>",
    "menu": "title T\ndefault b*\nentry b.conf\nentry http://o/c\nx y\n"
            "\0uki-url ${uuid}/x?y\nversion 1\n",
    "menus": "entry a\n\0entry b\n",
    "ipxe": "#!ipxe\nkernel k a\ninitrd i\nfdt d\nchain x ||\nboot\n\0MZ",
    "wrapped": "#!ipxe\nkernel k\ninitrd i /etc/x\nboot\n",
    "large": "#!ipxe\nchain x.efi\n\0!",
    "exit": "#!ipxe\necho x\nexit\n\0#!ipxe\nreboot\n",
    "pxelinux": "default b\nlabel a\nlocalboot 0\nlabel b\nlinux k\n"
                "append initrd=i x\nipappend 3\ninclude y\n"
                "\0label c\nkernel x.c32\nlabel d\nlinux k\nfdt d\n"
                "fdtoverlays o\n",
    "local": "label a\nlocalboot 0\nlabel b\nlinux k\nmenu passwd x\n"
             "\0\0h.example\np/pxelinux.0\n",
    "dhcp": "linux k\n\0\0\nhttp://h/x?y\na.cfg\np/\ntftp://h/f\n",
    "boot-server": "linux k\n\0\0\n\n\n\n\n\x08\x07\0\x0f\x01\n\0\x02\t"
                   "\x09\x05\0\x0f\x02Hi",
}


def main():
    for name, text in IPXE.items():
        write("ipxe", name, "#!ipxe\n" + text)
    for name, text in PXELINUX.items():
        write("pxelinux", name, text)
    for name, text in NET_MENU.items():
        write("net_menu", name, text)


def write(target, name, text):
    folder = CORPUS / target
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(text.encode())


if __name__ == "__main__":
    main()
