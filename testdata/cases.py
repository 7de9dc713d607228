"""Single datagrams, and short sequences of them, for what no capture has.

Each case becomes <folder>/<case>.hex, one UDP payload of port 138, of 137 where the case is called
nbns-, in hex, or .pcap where the order of several matters, and <case>.txt: what it is, and what a tolerant receiver that owns every name
and creates every slot makes of each datagram, in order:

    expect: delivered SLOT OCTETS [NOTE ...]
    expect: held
    expect: dropped REASON [FIELD OFFSET]

and of a packet of the name service, what it is:

    expect: KIND [NOTE ...]
    expect: refused FIELD OFFSET

The tests hold the router and the codec against these lines.
"""

import struct

from frames import (B_NODE, BROADCAST, ERROR, FIRST, GROUP, MORE, MSBROWSE, NEGATIVE, POSITIVE,
                    QUERY, UNIQUE, WILDCARD, address, datagram, encoded, fragments, half_ascii, header,
                    name, name_packet, node_status, pcap, question, record, smb, udp_frame)

SOURCE, DESTINATION = name("WINBOX"), name("LINUXBOX")
HELLO = b"hello, mailslot"


def plain(user_data=None, **fields):
    """WINBOX<00> to LINUXBOX<00>, `hello, mailslot` to `alerts`."""
    user_data = smb("alerts", HELLO) if user_data is None else user_data
    return datagram(fields.pop("source", SOURCE), fields.pop("destination", DESTINATION), user_data,
                    **fields)


def text(octets):
    return bytes(0x20 + i % 95 for i in range(octets))


def rfc1002():
    """[RFC 1001] 14, 17, [RFC 1002] 4.1, 4.4, 5.3."""
    ok = "delivered alerts 15"
    long = plain(smb("alerts", text(400)))
    whole = "delivered alerts 400"
    a, b = fragments(long, [300])
    yield "fragments-in-order", [a, b], "two fragments", ["held", whole]
    yield "fragments-out-of-order", [b, a], "the last fragment first", ["held", whole]
    x, y, z = fragments(long, [120, 200])
    yield "fragments-three", [x, y, z], "three fragments", ["held", "held", whole]
    yield "fragments-three-mixed", [y, z, x], "three fragments, the first last", [
        "held", "held", whole]
    remaining = b[:12] + struct.pack(">H", len(b) - 14) + b[14:]
    yield ("fragments-pseudocode-offset", [a, remaining],
           "the second offset is what remains, as the pseudocode of [RFC 1002] 5.3.1 has it",
           ["held", whole])
    overlap = y[:12] + struct.pack(">H", 100) + y[14:]
    conflict = "dropped fragment_conflict"
    yield ("fragments-overlap", [x, overlap, z], "the second fragment overlaps the first",
           ["held", "held", conflict])
    gap = y[:12] + struct.pack(">H", 130) + y[14:]
    yield "fragments-gap", [x, gap, z], "a gap before the second fragment", ["held", "held", conflict]
    yield "fragments-alone", [a], "a first fragment whose rest never comes", ["held"]
    other = b[:2] + b"\x80\x02" + b[4:]
    yield ("fragments-of-two-datagrams", [a, other, b], "a fragment of another DGM_ID in between",
           ["held", "held", whole])

    for msg_type, what in [(UNIQUE, "direct_unique"), (GROUP, "direct_group")]:
        yield f"type-{msg_type:02x}", plain(msg_type=msg_type), what, ok
    yield ("type-12", plain(msg_type=BROADCAST, destination=WILDCARD), "broadcast to the wildcard",
           ok)
    for code, what in [(0x82, "destination name not present"), (0x83, "invalid source name format"),
                       (0x84, "invalid destination name format"), (0x7F, "an unknown code")]:
        yield (f"type-13-code-{code:02x}", header(ERROR, 0, 0x8001, "192.168.1.5") + bytes([code]),
               f"DATAGRAM ERROR, {what}", "dropped not_data")
    for msg_type in (QUERY, POSITIVE, NEGATIVE):
        yield (f"type-{msg_type:02x}",
               header(msg_type, FIRST, 0x8001, "192.168.1.20") + encoded(DESTINATION),
               "DATAGRAM QUERY or a response to one", "dropped not_data")
    yield ("type-17", plain(msg_type=0x17), "a type that does not exist",
           "dropped malformed msg_type 0")
    yield ("type-13-trailing", header(ERROR, 0, 0x8001, "192.168.1.5") + b"\x82\0\0\0",
           "DATAGRAM ERROR with octets behind it", "dropped not_data")

    for flags in (0x1A, 0xFE):
        yield f"flags-{flags:02x}", plain(flags=flags), "reserved flag bits set", ok + " reserved_flags"
    yield ("flags-first-clear", plain(flags=B_NODE), "neither FIRST nor an offset: whole all the same",
           ok + " first_flag_clear")
    yield ("flags-more-alone", plain(flags=FIRST | MORE),
           "a first fragment that has all its octets but says that more follow", "held")
    yield ("dgm-length-counts-header", plain(dgm_length=len(plain())), "DGM_LENGTH too large by 14",
           ok + " dgm_length_counts_header")
    yield "dgm-length-0", plain(dgm_length=0), "DGM_LENGTH 0", ok + " dgm_length_mismatch"
    yield "dgm-length-ffff", plain(dgm_length=0xFFFF), "DGM_LENGTH 65535", ok + " dgm_length_mismatch"

    for scope, what in [("lab", "one label"), ("netbios.example.com", "three labels"),
                        ("x" * 63, "the longest label"),
                        (".".join(["y" * 54] * 4), "encoded names of 254 octets")]:
        yield f"scope-{len(scope)}", plain(scope=scope), f"scope, {what}", ok
    yield ("scope-too-long", plain(scope=".".join(["z" * 63] * 4)), "encoded names of 290 octets",
           "dropped malformed source_name 14")
    yield ("scope-long", plain(scope=".".join(["w" * 58] * 4)), "encoded names of 270 octets",
           ok + " long_name")

    src, dst = encoded(SOURCE), encoded(DESTINATION)
    pointed = ok + " name_pointer"
    user = smb("alerts", HELLO)
    yield ("pointer-whole-name", plain(user, names=src + b"\xc0\x0e"),
           "the destination is a pointer to the source's name at 14", pointed)
    scoped = encoded(SOURCE, "lab")
    yield ("pointer-scope", plain(user, names=scoped + dst[:-1] + b"\xc0\x2f"),
           "the destination's scope is a pointer to the source's at 47", pointed)
    at = 14 + len(src)
    for case, to, what in [("forward", at + 2, "forward"), ("self", at, "to itself")]:
        yield (f"pointer-{case}", plain(user, names=src + struct.pack(">H", 0xC000 | to)),
               f"a pointer {what}", f"dropped malformed destination_name {at}")
    yield ("pointer-header", plain(user, names=src + b"\xc0\x00"), "a pointer into the header",
           "dropped malformed destination_name 0")
    for hops, outcome in [(5, pointed), (6, "dropped malformed destination_name 14")]:
        # The source's scope is a label of pointers, each to the one before; the first to its name.
        label_at = 14 + 34
        targets = [14] + [label_at + 2 * i for i in range(hops - 2)]
        label = b"".join(struct.pack(">H", 0xC000 | target) for target in targets)
        chain = src[:-1] + bytes([len(label)]) + label + b"\0"
        last = struct.pack(">H", 0xC000 | label_at + 2 * (hops - 2))
        if hops > 5:
            outcome = f"dropped malformed destination_name {targets[1]}"
        yield (f"pointer-{hops}-hops", plain(user, names=chain + last),
               f"a chain of {hops} pointers", outcome)

    yield "name-wildcard", plain(destination=WILDCARD), "to the wildcard, type 0x10", ok
    yield "name-msbrowse", plain(destination=MSBROWSE), "to the master browsers", ok
    yield ("name-nul-padding", plain(destination=name("LINUXBOX", pad=b"\0")), "padded with zeros", ok)
    yield "name-plus-padding", plain(source=name("NETMON", 0xBF, pad=b"+")), "padded with +", ok
    yield "name-oem", plain(source=name("MÜLLER")), "a letter of code page 850", ok
    lower = encoded(SOURCE)[:1] + half_ascii(SOURCE).lower() + b"\0"
    yield ("name-lower-case-letters", plain(user, names=lower + dst), "half-ASCII in lower case",
           ok + " lower_case_name")
    bad = src[:5] + b"Q" + src[6:]
    yield ("name-bad-letter", plain(user, names=bad + dst), "a letter outside A to P",
           "dropped malformed source_name 19")
    yield ("name-31", plain(user, names=b"\x1f" + src[1:] + dst), "a first label of 31 octets",
           "dropped malformed source_name 14")
    yield ("name-reserved-label", plain(user, names=src + b"\x60" + dst[1:]),
           "a label length with reserved bits", f"dropped malformed destination_name {at}")


def ms_mail():
    """[MS-MAIL] 2.1, 2.2.1, 3.2.5.1."""
    for slot in ("abcd", "abcdef"):
        for octets in (0, 1, 423, 424, 425, 426, 427, 428, 429):
            most = 428 if len(slot) <= 4 else 424
            outcome = f"delivered {slot} {octets}" if octets <= most else "dropped oversize"
            over = " over_424" if 424 < octets <= most else ""
            yield (f"size-{len(slot)}-{octets}", plain(smb(slot, text(octets))),
                   f"{octets} octets to a slot of {len(slot)} characters", outcome + over)

    def case(label, what, outcome, slot="alerts", data=HELLO, profile="api", **fields):
        return label, plain(smb(slot, data, profile, **fields)), what, outcome

    ok = "delivered alerts 15"
    yield case("profile-browser", "as Windows' kernel writes",
               ok + " timeout_1000 unaligned_data", profile="browser")
    yield case("profile-samba", "as Samba writes", ok + " unaligned_data", profile="samba")
    yield case("prefix-lower-case", "\\mailslot\\ in lower case", ok + " prefix_case",
               prefix=b"\\mailslot\\")
    yield case("prefix-mixed-case", "\\MailSlot\\", ok + " prefix_case", prefix=b"\\MailSlot\\")
    wide = "\\MAILSLOT\\alerts".encode("utf-16-le") + b"\0\0"
    yield case("name-unicode", "the name in UTF-16LE, Flags2 0x8000", ok + " unicode_name",
               flags2=0x8004, name_octets=b"\0" + wide)
    yield case("name-unicode-flag-only", "Flags2 0x8000 and the name in ASCII", ok, flags2=0x8004)
    yield case("name-pseudo-folders", "a name of several levels", "delivered a\\b\\c\\d 15",
               slot="a\\b\\c\\d")
    yield case("name-oem", "a letter of code page 850", "delivered büro 15", slot="büro")
    yield case("name-255", "a name of 255 octets", f"delivered {'n' * 245} 15", slot="n" * 245)
    yield case("name-256", "a name of 256 octets", "dropped not_mailslot mailslot_name 151",
               slot="n" * 246)
    yield case("name-without-nul", "no NUL up to the end", "dropped not_mailslot mailslot_name 151",
               name_octets=b"\\MAILSLOT\\alerts", padding=b"", data=b"")
    yield case("name-empty", "nothing behind the prefix", "dropped not_mailslot mailslot_name 151",
               slot="")
    yield case("name-without-prefix", "\\PIPE\\alerts", "dropped not_mailslot mailslot_name 151",
               prefix=b"\\PIPE\\")
    yield case("setup-4", "a fourth setup word", ok + " extra_setup_words", extra_setup=b"\xab\xcd")
    yield case("setup-20", "twenty setup words", ok + " extra_setup_words",
               extra_setup=bytes(34), padding=b"")
    yield case("setup-count-2", "SetupCount 2", "dropped not_mailslot setup_count 141", setup_count=2)
    yield case("word-count-16", "WordCount 16 with SetupCount 3",
               "dropped not_mailslot word_count 114", word_count=16)
    yield case("data-offset-0-empty", "DataOffset 0, no data", "delivered alerts 0 data_offset_ignored",
               data=b"", data_offset=0, padding=b"")
    yield case("data-offset-0", "DataOffset 0 with data", "dropped not_mailslot data_offset 139",
               data_offset=0)
    yield case("data-offset-in-name", "DataOffset inside the name",
               "dropped not_mailslot data_offset 139", data_offset=80)
    yield case("data-count-beyond", "DataCount beyond the end",
               "dropped not_mailslot data_count 137", data_count=16)
    yield case("data-count-short", "DataCount less than there is",
               "delivered alerts 5 trailing_bytes total_data_count_mismatch byte_count_mismatch",
               data_count=5)
    yield case("byte-count-0", "ByteCount 0", ok + " byte_count_mismatch", byte_count=0)
    yield case("byte-count-ffff", "ByteCount 65535", ok + " byte_count_mismatch", byte_count=0xFFFF)
    yield case("padding-garbage", "padding that is not 0", ok + " nonzero_padding",
               slot="alerts", padding=b"BB")
    yield case("padding-long", "seven octets of padding", ok + " unaligned_data long_padding",
               padding=bytes(7))
    yield case("trailing", "octets behind the data", ok + " trailing_bytes", trailing=b"trailer")
    yield case("reply", "the reply bit", "dropped not_mailslot flags 91", flags=0x98)
    yield case("command-26", "SMB_COM_TRANSACTION_SECONDARY", "dropped not_mailslot command 86",
               command=0x26)
    yield case("protocol-fe", "FE 53 4D 42", "dropped not_mailslot protocol 82",
               protocol=b"\xfeSMB")
    yield case("opcode-2", "an opcode other than 1", "dropped not_mailslot opcode 143", opcode=2)
    yield case("class-1", "class 1", ok + " class_1", klass=1)
    yield case("class-9", "class 9", ok + " class_unknown", klass=9)
    yield case("priority-10", "priority 10", ok + " priority_over_9", priority=10)
    yield case("timeout-ffffffff", "for ever, as illumos writes", ok + " timeout_other",
               timeout=0xFFFFFFFF)
    yield case("tid-uid-ffff", "TID and UID 0xFFFF, as [MS-CIFS] asks", ok + " tid_uid_ffff",
               tid=0xFFFF, uid=0xFFFF)
    yield case("reserved-fields", "reserved fields that are not 0", ok + " reserved_fields",
               reserved1=1, reserved2=2, reserved3=3)
    yield "no-smb", plain(b"hello"), "user data that is no SMB", "dropped not_mailslot protocol 82"
    yield "smb-cut", plain(smb("alerts", HELLO)[:40]), "ends within the words", (
        "dropped not_mailslot max_data_count 121")


def nbns():
    """[RFC 1002] 4.2."""
    server, windows = name("LINUXBOX", 0x20), name("WINBOX", 0x20)
    mine, pointer = address("192.168.1.20"), b"\xc0\x0c"
    answer, claim = (0, 1, 0, 0), (1, 0, 0, 1)

    yield "query", name_packet(0x0110, question(server)), "who is LINUXBOX<20>?", "name_query_request"
    yield ("query-scope", name_packet(0x0110, question(server, scope="netbios.example.com")),
           "the same in a scope", "name_query_request")
    yield ("query-positive",
           name_packet(0x8500, record(encoded(server), mine + address("10.0.0.20"), ttl=300000),
                       counts=answer),
           "a host of two addresses answers", "positive_name_query_response")
    nothing = record(encoded(server), b"", rr_type=0x0A)
    yield ("query-negative", name_packet(0x8583, nothing, counts=(0, 0, 0, 0)),
           "there is none; the record is uncounted, as Windows has it",
           "negative_name_query_response uncounted_record")
    yield ("query-negative-counted", name_packet(0x8583, nothing, counts=answer),
           "there is none; the record is counted, as Samba has it", "negative_name_query_response")
    wins = encoded(name("WINS"))
    yield ("redirect",
           name_packet(0x8100, record(encoded(server), wins, rr_type=2, ttl=3600),
                       record(wins, bytes([192, 168, 1, 2]), rr_type=1, ttl=3600),
                       counts=(0, 0, 1, 1)),
           "ask the name server at 192.168.1.2", "redirect_name_query_response")
    yield ("registration",
           name_packet(0x2910, question(windows), record(pointer, mine, ttl=300000), counts=claim),
           "WINBOX<20> wants its name", "name_registration_request")
    yield ("registration-group",
           name_packet(0x2910, question(MSBROWSE),
                       record(pointer, address("192.168.1.20", 0x8400), ttl=0xFFFFFFFF), counts=claim),
           "a group; a reserved flag, the longest TTL", "name_registration_request")
    yield ("registration-wack",
           name_packet(0xBC00, record(encoded(windows), b"\x29\x00", ttl=5), counts=answer),
           "wait five seconds; type NB, as [RFC 1002] 4.2.16 has the number", "wack")
    yield ("registration-wack-root",
           name_packet(0xBC00, record(b"\0", b"\x29\x00", rr_type=0x0A, ttl=5), counts=answer),
           "the same; type NULL, as it has the word, and no name", "wack")
    yield ("registration-negative",
           name_packet(0xAD86, record(encoded(windows), address("192.168.1.5")), counts=answer),
           "192.168.1.5 has that name", "negative_name_registration_response")
    yield ("registration-challenge",
           name_packet(0xAD00, record(encoded(windows), address("192.168.1.5")), counts=answer),
           "ask 192.168.1.5 whether it still has that name", "end_node_challenge_response")
    yield ("conflict", name_packet(0xAD87, record(encoded(windows), address("0.0.0.0")), counts=answer),
           "two have that name", "name_conflict_demand")
    names = [(name("WINBOX"), 0x0400), (name("OFFICE"), 0x8400), (windows, 0x0C00)]

    def status(rdata, what, outcome, surplus=b"", **fields):
        octets = record(encoded(WILDCARD), rdata, rr_type=0x21, **fields)
        return name_packet(0x8400, octets, surplus, counts=answer), what, outcome

    mac, kind = bytes.fromhex("020000000014"), "node_status_response"
    yield ("status", *status(node_status(names, mac), "three names, one in conflict", kind))
    yield ("status-short", *status(node_status(names, mac, 6), "statistics end after UNIT_ID", kind))
    yield ("status-stale", *status(node_status(names, mac), "octets of longer answers behind it",
                                   kind + " stale_bytes", surplus=bytes(36)))
    yield ("status-num-names", *status(node_status(names, mac, 0, num_names=9), "nine names, of which "
                                       "three are there", kind + " num_names_mismatch"))
    yield ("status-rdlength", *status(node_status(names, mac), "RDLENGTH beyond the end",
                                      kind + " rdlength_mismatch", rdlength=0x1000))
    again = pointer + struct.pack(">HH", 0x20, 1)
    yield ("pointer-elsewhere",
           name_packet(0x2910, question(windows), again, record(b"\xc0\x32", mine), counts=(2, 0, 0, 1)),
           "RR_NAME points to the second question, that to the first",
           "name_registration_request name_pointer")
    yield ("pointer-self",
           name_packet(0x2910, question(windows), record(b"\xc0\x32", mine), counts=claim),
           "RR_NAME points to itself", "refused rr_name 50")
    yield ("rdlength-beyond",
           name_packet(0x2910, question(windows), record(pointer, mine, rdlength=12), counts=claim),
           "a second address that is not there", "refused rdata 68")
    yield ("counts", name_packet(0x0110, question(server), counts=(0xFFFF,) * 4), "65535 questions",
           "refused question_name 50")
    yield ("trailing", name_packet(0x0110, question(server), bytes(4)), "octets behind a question",
           "name_query_request trailing_bytes")
    yield "header-cut", name_packet(0x0110)[:5], "ends within the header", "refused qdcount 4"
    yield ("opcode-3", name_packet(0x1800, question(server)), "an operation that nobody defined",
           "unknown")


def files():
    name_service = ((f"nbns-{label}", *case) for label, *case in nbns())
    for folder, cases in [("rfc1002", rfc1002()), ("ms-mail", ms_mail()), ("synthetic", name_service)]:
        for label, payloads, what, outcomes in cases:
            if isinstance(payloads, bytes):
                hexed = payloads.hex()
                lines = [hexed[i:i + 64] for i in range(0, len(hexed), 64)]
                yield f"{folder}/{label}.hex", ("\n".join(lines) + "\n").encode()
                outcomes = [outcomes]
            else:
                frames = [(1_000_000 + 1000 * i, udp_frame("192.168.1.20", "192.168.1.5", payload))
                          for i, payload in enumerate(payloads)]
                yield f"{folder}/{label}.pcap", pcap(frames)
            expect = "".join(f"expect: {outcome}\n" for outcome in outcomes)
            yield f"{folder}/{label}.txt", f"{what}\n\n{expect}".encode()
