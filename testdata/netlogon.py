"""Messages of the Netlogon service, after [MS-ADTS] 6.3 and [MS-NRPC] 2.2.1.5.1.

Each case becomes ms-adts/<case>.hex, one UDP payload of port 138 in hex, and <case>.txt: what it is,
and what is read of it:

    expect: KIND [NOTE ...]
    expect: refused FIELD OFFSET
    says: the message in one line

Offsets count from the first octet of the message.
"""

import struct

from frames import GROUP, UNIQUE, datagram, name, smb

TOKENS = b"\xff\xff\xff\xff"
GETDC = "\\MAILSLOT\\NET\\GETDC%s"
SID = bytes([1, 4, 0, 0, 0, 0, 0, 5]) + struct.pack("<4I", 21, 1001, 2002, 3003)
GUID = bytes.fromhex("33221100554477668899aabbccddeeff")
FLAGS = 0xE000F3FD
OFFICE = b"\x06office\x07example\x00"
LEASE = b"\x10" + struct.pack("<HH4B8x", 2, 0, 192, 168, 1, 5)


def oem(text):
    return text.encode("cp850") + b"\0"


def utf16(text):
    return text.encode("utf-16-le") + b"\0\0"


def word(number):
    return struct.pack("<H", number)


def dword(number):
    return struct.pack("<I", number)


def trailer(version):
    return dword(version) + TOKENS


def question(*parts, slot="NET\\NETLOGON", to=("OFFICE", 0x1C), source="WINXP"):
    return datagram(name(source), name(*to), smb(slot, b"".join(parts), profile="browser"),
                    msg_type=UNIQUE if to[1] == 0x1B else GROUP)


def answer(*parts, slot="NET\\GETDC518"):
    return datagram(name("DC1"), name("WINXP"), smb(slot, b"".join(parts), profile="browser"),
                    source_ip="192.168.1.5")


def sam_request(*parts, user="", control=0, computer="WINXP", version=11, digits="518", **options):
    return question(word(18), word(0), utf16(computer), utf16(user), oem(GETDC % digits),
                    dword(control), *parts, trailer(version), **options)


def extended(*parts, opcode=23, version=5, flags=FLAGS, user=b"\0"):
    """The forest's name stands at 24, `Main` at 80 where nobody was asked for."""
    names = (OFFICE + b"\xc0\x18" + b"\x03dc1\xc0\x18" + b"\x06OFFICE\0" + b"\x03DC1\0" + user
             + b"\x04Main\0")
    site = 24 + len(names) - 6
    return answer(word(opcode), word(0), dword(flags), GUID, names, struct.pack(">H", 0xC000 | site),
                  *parts, trailer(version))


def announcement(*parts, dc="DC1"):
    return question(word(10), dword(7), dword(1_056_988_800), dword(300), dword(1), oem(dc),
                    oem("OFFICE"), *parts, source=dc, to=("OFFICE", 0x00))


def changes(count, dc="DC1"):
    entries = (struct.pack("<IQQ", i, 100 + i, 127_014_624_000_000_000) for i in range(count))
    return utf16(dc) + utf16("OFFICE") + dword(count) + b"".join(entries)


def unseen():
    """Messages of LAN Manager that nobody has seen: the fields are those that tshark reads."""
    temp = "\\MAILSLOT\\TEMP\\NETLOGON"
    short = dword(1) + b"\xff\xff"
    everybody = ("OFFICE", 0x00)
    for opcode, label, words in [
            (2, "centralized-query", "centralized query"),
            (3, "distributed-query", "distributed query"),
            (4, "centralized-response", "response to a centralized query"),
            (5, "distributed-response", "response to a distributed query")]:
        parts = word(opcode), oem("WIN31"), oem(temp), word(1), b"\xff\xff"
        yield (f"initialization-{label}",
               question(*parts, source="WIN31", to=everybody) if opcode < 4 else
               answer(*parts, slot="TEMP\\NETLOGON"), f"LAN Manager 1.0: {words}", "initialization",
               f"WIN31, {words}, reply to {temp}")
    yield ("initialization-short", question(word(2), oem("WIN31"), oem(temp), b"\1", source="WIN31",
                                            to=everybody),
           "one octet where version and token should be", "initialization version_missing surplus",
           f"WIN31, centralized query, reply to {temp}")
    yield ("pdc-startup",
           question(word(8), oem("DC1"), utf16("DC1"), utf16("OFFICE"), trailer(1), source="DC1",
                    to=everybody), "the primary domain controller starts", "pdc_startup",
           "DC1 starts as the PDC of OFFICE")
    yield ("pdc-startup-lan-manager", question(word(8), oem("DC1"), source="DC1", to=everybody),
           "the same of LAN Manager", "pdc_startup lan_manager_form",
           "DC1 starts as the PDC of the domain, LAN Manager")
    yield ("pdc-failure", question(word(9), short, source="DC1", to=everybody),
           "the primary domain controller stops", "pdc_failure",
           "the primary domain controller failed, NT version 1")
    yield ("pdc-failure-short", question(word(9), source="DC1", to=everybody),
           "an opcode alone", "pdc_failure version_missing", "the primary domain controller failed")
    yield ("no-user", question(word(11), oem("WIN98"), source="WIN98", to=everybody),
           "nobody uses a machine", "no_user", "nobody is logged on at WIN98")
    for opcode, label in [(13, "relogon"), (14, "interrogate")]:
        yield (f"{label}-response", question(word(opcode), b"\2\1\3", short, source="WIN31"),
               "what a workstation is", f"{label}_response",
               "workstation version 2.1, OS version 3, NT version 1")
    yield ("logon-pause-response", answer(word(15), short, slot="TEMP\\NETLOGON"),
           "nobody can log on for now", "logon_pause_response", "no logons for now, NT version 1")
    yield ("user-unknown", answer(word(16), short, slot="TEMP\\NETLOGON"),
           "the server does not know the user", "user_unknown", "it does not know the user, NT version 1")
    yield ("account-update",
           question(word(17), struct.pack("<QI", 0x0123456789ABCDEF, 1_056_988_800), oem("DC1"),
                    oem("ANNA"), word(5), short, source="DC1", to=everybody),
           "an account changed", "account_update",
           "ANNA changed, says DC1, update type 5, NT version 1")
    yield ("account-update-surplus",
           question(word(17), struct.pack("<QI", 1, 2), oem("DC1"), oem("ANNA"), word(5), short, b"\1\2",
                    source="DC1", to=everybody), "octets behind it", "account_update surplus",
           "ANNA changed, says DC1, update type 5, NT version 1")
    yield ("sam-interrogate-response", answer(word(22), b"\1\2\3\4"), "of unknown fields",
           "sam_interrogate_response", "4 octets")
    yield ("temp-other-9", answer(word(9), short, slot="TEMP\\X1"),
           "what could be one of these, to a mailslot of the asker's choice", "raw", "8 octets")


def cases():
    reply = "reply to \\MAILSLOT\\NET\\GETDC518, NT version 11"
    yield ("logon-request",
           question(word(0), oem("WIN98"), oem("ANNA"), oem("\\MAILSLOT\\TEMP\\NETLOGON"), b"\x01",
                    word(1), b"\xff\xff", source="WIN98", to=("OFFICE", 0x00)),
           "a user of Windows 98 logs on", "logon_request",
           "WIN98 logs on as ANNA, reply to \\MAILSLOT\\TEMP\\NETLOGON")
    yield ("logon-response", answer(word(1), oem("ANNA"), oem("LOGON.BAT"), slot="TEMP\\NETLOGON"),
           "as a server of LAN Manager 1.0 answers", "logon_response", "ANNA logs on, script LOGON.BAT")
    yield ("logon-response2", answer(word(6), oem("\\\\DC1"), b"\xff\xff", slot="TEMP\\NETLOGON"),
           "where it can", "logon_response2", "log on to \\\\DC1")
    yield ("logon-response2-elsewhere",
           answer(word(6), oem("\\\\DC1"), b"\xff\xff", slot="TEMP\\X1"),
           "the same to a mailslot of the asker's choice", "logon_response2", "log on to \\\\DC1")
    yield ("temp-other", answer(word(6), b"not an answer", slot="TEMP\\X1"),
           "something else there", "raw", "15 octets")
    asks = "asks for the PDC of the domain"
    yield ("primary-query",
           question(word(7), oem("WINXP"), oem(GETDC % 518), b"\0", utf16("WINXP"), trailer(11),
                    to=("OFFICE", 0x1B)),
           "the names end at an odd place: padding", "primary_query", f"WINXP {asks}, {reply}")
    yield ("primary-query-even",
           question(word(7), oem("WIN7"), oem(GETDC % 518), utf16("WIN7"), trailer(0x2000000B),
                    to=("OFFICE", 0x1B)),
           "the names end at an even place: no padding", "primary_query",
           f"WIN7 {asks}, {reply[:-2]}0x2000000b")
    yield ("primary-query-nonzero-padding",
           question(word(7), oem("WINXP"), oem(GETDC % 518), b"X", utf16("WINXP"), trailer(11),
                    to=("OFFICE", 0x1B)),
           "padding that is not 0", "primary_query nonzero_padding", f"WINXP {asks}, {reply}")
    temp = "\\MAILSLOT\\TEMP\\NETLOGON"
    for label, computer, tail, notes, what in [
            ("", "WIN95", b"\xff\xff", "", "as Windows 95 asks"),
            ("-padded", "WIN95A", b"\0\xff\xff", "alignment ", "the same at an odd place, with padding"),
            ("-no-token", "WIN95", b"", "", "the same, without a token")]:
        yield (f"primary-query-lan-manager{label}",
               question(word(7), oem(computer), oem(temp), tail, source=computer), what,
               f"primary_query {notes}lan_manager_form",
               f"{computer} {asks}, reply to {temp}, LAN Manager")
    yield ("primary-response",
           answer(word(12), oem("DC1"), utf16("DC1"), utf16("OFFICE"), trailer(1)),
           "the primary domain controller answers", "primary_response", "DC1 is the PDC of OFFICE")

    yield from unseen()

    any_dc = "asks for any DC of"
    yield ("sam-request", sam_request(dword(0)), "any controller will do; no identifier, no padding",
           "sam_logon_request", f"WINXP {any_dc} its domain, {reply}")
    yield ("sam-request-sid", sam_request(dword(24), b"\0", SID, computer="WIN7"),
           "the domain's identifier, one octet of padding before it", "sam_logon_request",
           f"WIN7 {any_dc} S-1-5-21-1001-2002-3003, {reply}")
    yield ("sam-request-account",
           sam_request(dword(24), b"\0\0\0", SID, user="WINXP$", control=0x80, slot="NET\\NTLOGON"),
           "a controller that knows a machine's account", "sam_logon_request",
           f"WINXP asks for a DC that knows WINXP$ (workstation_trust) of S-1-5-21-1001-2002-3003, {reply}"
           )
    yield ("sam-request-illumos", sam_request(dword(0), b"\0\0\0"),
           "three octets of padding without an identifier, as illumos has it",
           "sam_logon_request alignment", f"WINXP {any_dc} its domain, {reply}")
    yield ("sam-request-sid-unpadded", sam_request(dword(24), SID), "an identifier without padding",
           "sam_logon_request alignment", f"WINXP {any_dc} S-1-5-21-1001-2002-3003, {reply}")
    yield ("sam-request-sid-malformed", sam_request(dword(4), bytes(3), b"\x05\1\2\3"),
           "what is called an identifier is none", "sam_logon_request sid_malformed",
           f"WINXP {any_dc} 05010203, {reply}")
    yield ("sam-request-sid-cut", sam_request(dword(0xFFFFFFFF)), "an identifier of 4 GiB",
           "refused domain_sid 52", None)

    yield ("nt40", answer(word(19), utf16("\\\\DC1"), utf16(""), utf16("OFFICE"), trailer(1)),
           "as Windows NT 4 answers", "sam_logon_response", "\\\\DC1 is a DC of OFFICE")
    yield ("nt40-user-unknown",
           answer(word(21), utf16("\\\\DC1"), utf16("ANNA"), utf16("OFFICE"), trailer(1)),
           "it does not know the account", "sam_logon_response",
           "\\\\DC1 is a DC of OFFICE; asked for ANNA; it does not know the account")
    flags = ("pdc, gc, ldap, ds, kdc, timeserv, closest, writable, good_timeserv, full_secret_domain_6, "
             "ws, ds_8, ds_9, dns_controller, dns_domain, dns_forest")
    old = [utf16("\\\\DC1"), utf16(""), utf16("OFFICE"), GUID, bytes(16), OFFICE]
    at = 2 + sum(len(part) for part in old[:-1])
    pointer = struct.pack(">H", 0xC000 | at)
    yield ("v5",
           answer(word(19), *old, pointer, b"\x03dc1" + pointer, bytes([5, 1, 168, 192]), dword(FLAGS),
                  trailer(3)),
           "the first form of Windows 2000; the address backwards", "sam_logon_response",
           f"\\\\DC1 is a DC of OFFICE (office.example), at 192.168.1.5: {flags}")
    dc = "DC1 is a DC of OFFICE (office.example), site Main"
    yield "v5ex", extended(), "the extended form", "sam_logon_response", f"{dc}: {flags}"
    ip = f"{dc}, at 192.168.1.5"
    yield ("v5ex-ip", extended(LEASE, version=13), "with the address", "sam_logon_response",
           f"{ip}: {flags}")
    yield ("v5ex-site", extended(LEASE, b"\x05North\0", version=29), "with the next closest site",
           "sam_logon_response", f"{ip}: {flags}")
    yield ("v5ex-site-none", extended(LEASE, version=29), "it is announced and not there",
           "sam_logon_response", f"{ip}: {flags}")
    yield ("v5ex-site-16", extended(b"\x10Sixteen-letters!\0", version=21),
           "no address: what follows begins with 16, as one would", "sam_logon_response",
           f"{dc}: {flags}")
    yield ("v5ex-paused", extended(LEASE, version=13, opcode=24, flags=0x101), "Windows that starts",
           "sam_logon_response", f"{ip}: pdc, writable; not ready")
    yield ("v5ex-user-unknown", extended(version=5, opcode=25, user=b"\x04anna\0", flags=0x20000),
           "it does not know the account; a flag that nobody named", "sam_logon_response",
           f"{dc}: 0x20000; asked for anna; it does not know the account")
    yield ("v5ex-opcode-19", extended(opcode=19), "the old opcode: its version says what it is",
           "sam_logon_response", f"{dc}: {flags}")
    yield ("v5ex-dot-in-label", extended(user=b"\x04anna\x07example\x05base.\0"),
           "a label with a dot in it; one that ends otherwise than a name before it",
           "sam_logon_response", f"{dc}: {flags}; asked for anna.example.base\\.")
    yield ("v5ex-freeipa", extended(LEASE), "an address that is not announced, as FreeIPA has it",
           "sam_logon_response sock_addr_mismatch", f"{ip}: {flags}")
    yield ("v5ex-no-ip", extended(version=13), "an address that is announced and not there",
           "sam_logon_response sock_addr_mismatch", f"{dc}: {flags}")
    yield ("v5ex-surplus", extended(b"\1\2\3"), "octets before the version", "sam_logon_response surplus",
           f"{dc}: {flags}")
    head = [word(23), word(0), dword(FLAGS), GUID]
    site = b"\x04Main\0"
    plain = [OFFICE, OFFICE, b"\x03dc1" + OFFICE, b"\x06OFFICE\0", b"\x03DC1\0", b"\0", site, site]
    yield ("v5ex-spelled-out", answer(*head, *plain, trailer(5)), "names without pointers",
           "sam_logon_response", f"{dc}: {flags}")
    yield ("v5ex-pointer-forward", answer(*head, b"\xc0\x1a", *plain, trailer(5)),
           "a pointer to what comes behind it", "refused dns_forest_name 24", None)
    yield ("v5ex-pointer-self", answer(*head, b"\x01a\xc0\x18", *plain, trailer(5)),
           "a name that points to itself", "refused dns_forest_name 26", None)
    hops = b"\x01a\0" + b"".join(struct.pack(">H", 0xC018 if i == 0 else 0xC019 + 2 * i)
                                 for i in range(7))
    yield ("v5ex-pointer-hops", answer(*head, hops, trailer(5)), "pointers to pointers",
           "refused dc_site_name 27", None)
    long = b"".join(bytes([n]) + b"x" * n for n in (63, 63, 63, 62)) + b"\0"
    yield ("v5ex-name-too-long", answer(*head, long, trailer(5)), "a name of 256 octets",
           "refused dns_forest_name 216", None)
    yield ("v5ex-label-reserved", answer(*head, b"\x40a\0", *plain, trailer(5)),
           "a label length with the bits 01", "refused dns_forest_name 24", None)
    yield ("no-tokens", answer(word(19), utf16("\\\\DC1"), utf16(""), utf16("OFFICE"), dword(1), bytes(4)),
           "tokens other than 0xFFFF", "refused lm_nt_token 34", None)

    pdc = "DC1, PDC of OFFICE: sam 100, builtin 101, lsa 102, every 300 s"
    end = dword(1) + TOKENS
    yield ("announce-uas", announcement(b"\0", changes(3), dword(24), SID, end),
           "all three databases, the identifier not aligned", "announce_uas", pdc)
    yield ("announce-uas-aligned",
           announcement(changes(3, "DC12"), dword(24), b"\0\0", SID, end, dc="DC12"),
           "the same, the identifier aligned to 4", "announce_uas alignment", pdc.replace("1", "12", 1))
    yield ("announce-uas-empty", announcement(b"\0", changes(0), dword(0), end), "nothing at all",
           "announce_uas", "DC1, PDC of OFFICE: nothing changed, every 300 s")
    yield ("announce-uas-lan-manager", announcement(b"\xff\xff"), "of LAN Manager",
           "announce_uas lan_manager_form",
           "DC1, PDC of OFFICE: serial 7, LAN Manager, every 300 s")
    yield ("announce-uas-33", announcement(b"\0", changes(33), dword(0), end), "33 databases",
           "refused db_count 52", None)


def files():
    for label, payload, what, outcome, says in cases():
        hexed = payload.hex()
        lines = [hexed[i:i + 64] for i in range(0, len(hexed), 64)]
        yield f"ms-adts/{label}.hex", ("\n".join(lines) + "\n").encode()
        said = f"says: {says}\n" if says else ""
        yield f"ms-adts/{label}.txt", f"{what}\n\nexpect: {outcome}\n{said}".encode()
