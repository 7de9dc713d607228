"""Messages of well-known mailslots beside Samba's NDR: the same fields are the same octets.

Samba's Python module reads and writes what its interface definition nbt.idl covers. It knows one
form of the extended answer of a domain controller, that with an address and a next closest site.
"""

import json

from lan import equal, require, run
from samba import param
from samba.dcerpc import misc, nbt, security
from samba.ndr import ndr_pack, ndr_unpack

GUID = "00112233-4455-6677-8899-aabbccddeeff"
SID = "S-1-5-21-1001-2002-3003"
GETDC = "\\MAILSLOT\\NET\\GETDC518"
TOKENS = dict(lmnt_token=0xFFFF, lm20_token=0xFFFF)
FILETIME = 127_014_624_000_000_000
# What all of Windows' own programs do.
HABITS = {"timeout_1000", "unaligned_data"}


def _new(kind, **fields):
    made = kind()
    for field, value in fields.items():
        setattr(made, field, value)
    return made


def _browse(opcode, kind, **fields):
    return _new(nbt.browse_packet, opcode=opcode, payload=_new(kind, **fields))


def _netlogon(command, kind, **fields):
    return _new(nbt.netlogon_packet, command=command, req=_new(kind, **fields))


def _announcement(opcode, kind):
    return _browse(opcode, kind, UpdateCount=7, Periodicity=720_000, ServerName="LINUXBOX",
                   OSMajor=10, OSMinor=1, ServerType=0x00849A03, BroMajorVer=15, BroMinorVer=1,
                   Signature=0xAA55, Comment="Gr\u00f6\u00dfe 1")


ANNOUNCEMENT = dict(
    update_count=7, periodicity=720_000, server_name="LINUXBOX", os_version_major=10,
    os_version_minor=1, server_type=0x00849A03, browser_version_major=15, browser_version_minor=1,
    signature=0xAA55, comment="Gr\u00f6\u00dfe 1")
TRAILER = dict(nt_version=11, lm_nt_token=0xFFFF, lm20_token=0xFFFF)


def _messages():
    """The mailslot, what it is as we have it, and the same as Samba has it."""
    yield ("BROWSE", dict(kind="host_announcement", **ANNOUNCEMENT),
           _announcement(nbt.HostAnnouncement, nbt.browse_host_announcement))
    yield ("BROWSE", dict(kind="local_master_announcement", **ANNOUNCEMENT),
           _announcement(nbt.LocalMasterAnnouncement, nbt.browse_local_master_announcement))
    yield ("BROWSE", dict(kind="announcement_request", reserved=3, response_name="WINBOX"),
           _browse(nbt.AnnouncementRequest, nbt.browse_announcement_request,
                   Unused=3, ResponseName="WINBOX"))
    yield ("BROWSE", dict(kind="request_election", version=1, role=0xA6, browser_version_major=15,
                          browser_version_minor=1, os_summary=0x20, uptime=3_000_000_000,
                          unused=0, server_name="WINBOX"),
           _browse(nbt.Election, nbt.browse_election_request, Version=1, Criteria=0x20010FA6,
                   UpTime=3_000_000_000, Reserved=0, ServerName="WINBOX"))
    yield ("BROWSE", dict(kind="get_backup_list_request", requested_count=4, token=0x01020304),
           _browse(nbt.GetBackupListReq, nbt.browse_backup_list_request,
                   ReqCount=4, Token=0x01020304))
    # With servers, nbt.idl has their names encoded as in datagrams; nmbd and Windows send text.
    yield ("BROWSE", dict(kind="get_backup_list_response", backup_server_count=0,
                          token=0xFFFFFFFE),
           _browse(nbt.GetBackupListResp, nbt.browse_backup_list_response, BackupCount=0,
                   Token=0xFFFFFFFE))
    yield ("BROWSE", dict(kind="become_backup", browser_to_promote="WINBOX"),
           _browse(nbt.BecomeBackup, nbt.browse_become_backup, BrowserName="WINBOX"))
    yield ("BROWSE", dict(kind="domain_announcement", update_count=1, periodicity=900_000,
                          machine_group="WORKGROUP", browser_config_version_major=3,
                          browser_config_version_minor=10, server_type=0x80001000,
                          version_and_signature=0x0012D750, local_master_name="WINBOX"),
           _browse(nbt.DomainAnnouncement, nbt.browse_domain_announcement, UpdateCount=1,
                   Periodicity=900_000, ServerName="WORKGROUP", OSMajor=3, OSMinor=10,
                   ServerType=0x80001000, MysteriousField=0x0012D750, Comment="WINBOX"))
    yield ("BROWSE", dict(kind="master_announcement", master_browser_server_name="WINBOX"),
           _browse(nbt.MasterAnnouncement, nbt.browse_master_announcement, ServerName="WINBOX"))
    yield ("BROWSE", dict(kind="reset_state_request", reset_type=3),
           _browse(nbt.ResetBrowserState, nbt.browse_reset_state, Command=3))
    yield ("NET\\NETLOGON", dict(kind="logon_request", computer_name="WIN98", user_name="ANNA",
                                 mailslot_name="\\MAILSLOT\\TEMP\\NETLOGON", request_count=2,
                                 lm_version=1, lm20_token=0xFFFF),
           _netlogon(nbt.LOGON_REQUEST, nbt.NETLOGON_LOGON_REQUEST, computer_name="WIN98",
                     user_name="ANNA", mailslot_name="\\MAILSLOT\\TEMP\\NETLOGON",
                     request_count=2, lmnt_token=1, lm20_token=0xFFFF))
    yield ("TEMP\\NETLOGON", dict(kind="logon_response2", logon_server="\\\\DC1",
                                  lm20_token=0xFFFF),
           _new(nbt.netlogon_response2, command=nbt.LOGON_RESPONSE2, pdc_name="\\\\DC1",
                lm20_token=0xFFFF))
    # Names of two lengths: with an octet of padding, and without.
    for computer in "WINXP", "WIN7":
        yield ("NET\\NETLOGON", dict(kind="primary_query", computer_name=computer,
                                     mailslot_name=GETDC, unicode_computer_name=computer,
                                     **TRAILER),
               _netlogon(nbt.LOGON_PRIMARY_QUERY, nbt.netlogon_query_for_pdc,
                         computer_name=computer, mailslot_name=GETDC, unicode_name=computer,
                         nt_version=11, **TOKENS))
        for sid, size in (None, 0), (SID, 24):
            yield ("NET\\NETLOGON", dict(kind="sam_logon_request", request_count=1,
                                         unicode_computer_name=computer,
                                         unicode_user_name=f"{computer}$", mailslot_name=GETDC,
                                         allowable_account_control_bits=0x80,
                                         **({"domain_sid": sid} if sid else {}), **TRAILER),
                   _netlogon(nbt.LOGON_SAM_LOGON_REQUEST, nbt.NETLOGON_SAM_LOGON_REQUEST,
                             request_count=1, computer_name=computer, user_name=f"{computer}$",
                             mailslot_name=GETDC, acct_control=0x80, sid_size=size,
                             sid=security.dom_sid(sid or "S-0-0"), nt_version=11, **TOKENS))
    for dc in "DC1", "DC12":
        yield ("NET\\GETDC518", dict(kind="primary_response", primary_dc_name=dc,
                                     unicode_primary_dc_name=dc, unicode_domain_name="OFFICE",
                                     **dict(TRAILER, nt_version=1)),
               _new(nbt.netlogon_response_from_pdc, command=nbt.NETLOGON_RESPONSE_FROM_PDC,
                    pdc_name=dc, unicode_pdc_name=dc, domain_name="OFFICE", nt_version=1,
                    **TOKENS))
        changes = [(0, 1 << 40), (1, 17), (2, 9)]
        yield ("NET\\NETLOGON", dict(kind="announce_uas", low_serial_number=7,
                                     date_and_time=1_056_988_800, pulse=300, random=1,
                                     primary_dc_name=dc, domain_name="OFFICE",
                                     unicode_primary_dc_name=dc, unicode_domain_name="OFFICE",
                                     db_changes=[dict(db_index=index, large_serial_number=serial,
                                                      date_and_time=FILETIME)
                                                 for index, serial in changes],
                                     domain_sid=SID, message_format_version=1,
                                     message_token=0xFFFFFFFF),
               _netlogon(nbt.NETLOGON_ANNOUNCE_UAS, nbt.NETLOGON_DB_CHANGE, serial_lo=7,
                         timestamp=1_056_988_800, pulse=300, random=1, pdc_name=dc,
                         domain="OFFICE", unicode_pdc_name=dc, unicode_domain="OFFICE",
                         db_count=3,
                         dbchange=[_new(nbt.db_change_info, db_index=index, serial=serial,
                                        timestamp=FILETIME) for index, serial in changes],
                         sid_size=24, sid=security.dom_sid(SID), message_format_version=1,
                         message_token=0xFFFFFFFF))
    names = dict(unicode_logon_server="\\\\DC1", unicode_user_name="anna",
                 unicode_domain_name="OFFICE")
    theirs = dict(pdc_name="\\\\DC1", user_name="anna", domain_name="OFFICE")
    for opcode in 19, 20, 21:
        yield ("NET\\GETDC518", dict(kind="sam_logon_response", version="nt40", opcode=opcode,
                                     **names, **dict(TRAILER, nt_version=1)),
               _new(nbt.NETLOGON_SAM_LOGON_RESPONSE_NT40, command=opcode, nt_version=1, **theirs,
                    **TOKENS))
        yield ("NET\\GETDC518", dict(kind="sam_logon_response", version="v5", opcode=opcode,
                                     **names, domain_guid=GUID,
                                     dns_forest_name="office.example",
                                     dns_domain_name="hq.office.example",
                                     dns_host_name="dc1.hq.office.example",
                                     dc_ip_address="192.168.1.5", flags=0xE000F3FD,
                                     **dict(TRAILER, nt_version=3)),
               _new(nbt.NETLOGON_SAM_LOGON_RESPONSE, command=opcode, **theirs,
                    domain_uuid=misc.GUID(GUID), zero_uuid=misc.GUID(), forest="office.example",
                    dns_domain="hq.office.example", pdc_dns_name="dc1.hq.office.example",
                    pdc_ip="192.168.1.5", server_type=0xE000F3FD, nt_version=3, **TOKENS))
    for opcode in 23, 24, 25:
        yield ("NET\\GETDC518", dict(kind="sam_logon_response", version="v5ex", opcode=opcode,
                                     sbz=0, flags=0xE000F3FD, domain_guid=GUID,
                                     dns_forest_name="office.example",
                                     dns_domain_name="hq.office.example",
                                     dns_host_name="dc1.hq.office.example",
                                     netbios_domain_name="HQ", netbios_computer_name="DC1",
                                     user_name="anna", dc_site_name="Main",
                                     client_site_name="Main", sin_addr="192.168.1.5",
                                     next_closest_site_name="North",
                                     **dict(TRAILER, nt_version=0x1D)),
               _new(nbt.NETLOGON_SAM_LOGON_RESPONSE_EX, command=opcode, sbz=0,
                    server_type=0xE000F3FD, domain_uuid=misc.GUID(GUID), forest="office.example",
                    dns_domain="hq.office.example", pdc_dns_name="dc1.hq.office.example",
                    domain_name="HQ", pdc_name="DC1", user_name="anna", server_site="Main",
                    client_site="Main", sockaddr_size=16,
                    sockaddr=_new(nbt.sockaddr, sockaddr_family=2, pdc_ip="192.168.1.5",
                                  remaining=bytes(8)),
                    next_closest_site="North", nt_version=0x1D, **TOKENS))


def _lines(lan, records):
    """A file of records."""
    names = {f"{side}_name": {"name": side.upper(), "suffix": "00"}
             for side in ("source", "destination")}
    path = lan.folder / "records"
    path.write_text("\n".join(
        json.dumps(dict(record, src="10.77.0.1:138", dst="10.77.0.2:138", **names))
        for record in records))
    return path


def samba_writes_the_same(lan):
    """Each message with the same fields; each is read by the other, with all around it."""
    config = lan.folder / "smb.conf"
    config.write_text("[global]\ndos charset = CP850\n")
    param.LoadParm().load(str(config))
    messages = list(_messages())
    path = _lines(lan, [dict(slot=slot, body=body) for slot, body, _ in messages])
    ours = [bytes.fromhex(line) for line in run(lan.mailslot, "encode", "--json", path).split()]
    equal(len(ours), len(messages), "how many datagrams")
    written = []
    for (slot, body, theirs), datagram in zip(messages, ours):
        what = f"{body['kind']} {body.get('version', '')}"
        trans = ndr_unpack(nbt.dgram_packet, datagram).data.body.body
        equal(trans.mailslot_name.upper(), f"\\MAILSLOT\\{slot}".upper(), f"mailslot of {what}")
        # Samba leaves padding before the data to who calls it.
        data = bytes(trans.data)[-trans.data_count:]
        equal(data.hex(), ndr_pack(theirs).hex(), what)
        equal(ndr_pack(ndr_unpack(type(theirs), data)).hex(), data.hex(), f"{what}, read again")
        written.append(dict(slot=slot, data=ndr_pack(theirs).hex()))
    path = _lines(lan, written)
    capture = lan.folder / "written.pcap"
    run("sh", "-c", f"'{lan.mailslot}' encode --json '{path}' --format pcap > '{capture}'")
    read = run(lan.mailslot, "decode", "--json", capture).splitlines()
    equal(len(read), len(messages), "how many records")
    for (slot, body, _), line in zip(messages, read):
        record = json.loads(line)
        found = {field: record["body"].get(field) for field in body}
        for change in found.get("db_changes", []):
            del change["date_and_time_utc"]
            change.pop("db_index_name")
        equal(found, body, f"what Samba says on {slot}")
        require("error" not in record and not set(record["notes"]) - HABITS,
                f"nothing is wrong with it: {line}")
    return f"{len(messages)} messages of {len({body['kind'] for _, body, _ in messages})} kinds"
