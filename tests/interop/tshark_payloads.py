"""What messages of well-known mailslots say, as tshark reads them and as we do, by tshark's fields.

A field has all its values, in their order, joined by `|`; tshark says nothing of empty ones. In a
damaged message, ours are those before the damage.
"""

import datetime

import uuid

# Numbers of tshark, in whatever base it prints them.
NUMBERS = {
    "browser." + field for field in (
        "command", "update_count", "period", "reset_cmd", "os_major", "os_minor", "server_type",
        "election.version", "proto_major", "proto_minor", "sig", "unused", "election.criteria",
        "election.desire", "election.os", "uptime", "backup.count", "backup.token",
        "mysterious_field")
} | {
    "smb_netlogon." + field for field in (
        "command", "nt_version", "lmnt_token", "lm_token", "date_time", "request_count", "flags",
        "domain_sid_size", "low_serial", "pulse", "random", "db_count", "db_index", "large_serial",
        "unknown", "major_version", "minor_version", "os_version", "signature", "update")
}
TEXTS = {
    "browser." + field for field in (
        "server", "mb_server", "comment", "response_computer_name", "backup.server",
        "browser_to_promote")
} | {
    "smb_netlogon." + field for field in (
        "computer_name", "unicode_computer_name", "server_name", "server_dns_name", "user_name",
        "domain_name", "domain_dns_name", "forest_dns_name", "mailslot_name", "pdc_name", "script_name",
        "unicode_pdc_name", "nt_date_time", "domain.guid", "server_ip", "server_site_name",
        "client_site_name", "data")
} | {"nt.sid"}
FIELDS = sorted(NUMBERS | TEXTS)
ROOT = "<Root>"

# Ours, tshark's.
ANNOUNCEMENT = [
    ("update_count", "update_count"), ("periodicity", "period"), ("server_name", "server"),
    ("os_version_major", "os_major"), ("os_version_minor", "os_minor"),
    ("server_type", "server_type"), ("browser_version_major", "proto_major"),
    ("browser_version_minor", "proto_minor"), ("signature", "sig"), ("comment", "comment"),
]
BROWSER = {
    "host_announcement": (0x01, ANNOUNCEMENT),
    "announcement_request": (0x02, [
        ("reserved", "unused"), ("response_name", "response_computer_name"),
        ("displaced_name", "response_computer_name")]),
    "request_election": (0x08, [
        ("version", "election.version"), ("role", "election.desire"),
        ("browser_version_major", "proto_major"), ("browser_version_minor", "proto_minor"),
        ("os_summary", "election.os"), ("uptime", "uptime"), ("server_name", "server")]),
    "get_backup_list_request": (0x09, [
        ("requested_count", "backup.count"), ("token", "backup.token")]),
    "get_backup_list_response": (0x0A, [
        ("backup_server_count", "backup.count"), ("token", "backup.token"),
        ("backup_servers", "backup.server")]),
    "become_backup": (0x0B, [("browser_to_promote", "browser_to_promote")]),
    "domain_announcement": (0x0C, [
        ("update_count", "update_count"), ("periodicity", "period"), ("machine_group", "server"),
        ("browser_config_version_major", "os_major"), ("browser_config_version_minor", "os_minor"),
        ("server_type", "server_type"),
        ("local_master_name", "mb_server")]),
    "master_announcement": (0x0D, [("master_browser_server_name", "mb_server")]),
    "reset_state_request": (0x0E, [("reset_type", "reset_cmd")]),
    "local_master_announcement": (0x0F, ANNOUNCEMENT),
    "lanman_announcement": (0x01, [
        ("server_type", "server_type"), ("os_version_major", "os_major"),
        ("os_version_minor", "os_minor"), ("periodicity", "period"), ("server_name", "server"),
        ("comment", "comment")]),
}
TRAILER = [("nt_version", "nt_version"), ("lm_nt_token", "lmnt_token"), ("lm20_token", "lm_token")]
NETLOGON = {
    "logon_request": (0, [
        ("computer_name", "computer_name"), ("user_name", "user_name"),
        ("mailslot_name", "mailslot_name"), ("request_count", "request_count"),
        ("lm_version", "nt_version"), ("lm20_token", "lm_token")]),
    "logon_response": (1, [("user_name", "user_name"), ("script_name", "script_name")]),
    "logon_response2": (6, [("logon_server", "server_name"), ("lm20_token", "lm_token")]),
    "primary_query": (7, [
        ("computer_name", "computer_name"), ("mailslot_name", "mailslot_name"),
        ("unicode_computer_name", "unicode_computer_name"), *TRAILER]),
    "announce_uas": (10, [
        ("low_serial_number", "low_serial"), ("date_and_time", "date_time"), ("pulse", "pulse"),
        ("random", "random"), ("primary_dc_name", "pdc_name"), ("domain_name", "domain_name"),
        ("unicode_primary_dc_name", "unicode_pdc_name"), ("unicode_domain_name", "domain_name"),
        ("message_format_version", "nt_version"), ("lm20_token", "lm_token")]),
    "primary_response": (12, [
        ("primary_dc_name", "pdc_name"), ("unicode_primary_dc_name", "unicode_pdc_name"),
        ("unicode_domain_name", "domain_name"), *TRAILER]),
    "sam_logon_request": (18, [
        ("request_count", "request_count"), ("unicode_computer_name", "unicode_computer_name"),
        ("unicode_user_name", "user_name"), ("mailslot_name", "mailslot_name"),
        ("allowable_account_control_bits", "flags"), *TRAILER]),
    "sam_logon_response": (None, [
        ("opcode", "command"), ("unicode_logon_server", "server_name"),
        ("unicode_user_name", "user_name"), ("unicode_domain_name", "domain_name"),
        ("flags", "unknown"), ("domain_guid", "domain.guid"),
        ("dns_forest_name", "forest_dns_name"), ("dns_domain_name", "domain_dns_name"),
        ("dns_host_name", "server_dns_name"), ("netbios_domain_name", "domain_name"),
        ("netbios_computer_name", "server_name"), ("user_name", "user_name"),
        ("dc_site_name", "server_site_name"), ("client_site_name", "client_site_name"),
        ("dc_ip_address", "server_ip"), ("dc_sock_addr_size", "unknown"), ("sin_addr", "server_ip"),
        *TRAILER]),
}

NETLOGON["initialization"] = (None, [
    ("opcode", "command"), ("computer_name", "computer_name"), ("mailslot_name", "mailslot_name"),
    ("lm_version", "nt_version"), ("lm20_token", "lm_token")])
NETLOGON["pdc_startup"] = (8, NETLOGON["primary_response"][1])
for _kind, _command in [("pdc_failure", 9), ("logon_pause_response", 15), ("user_unknown", 16)]:
    NETLOGON[_kind] = (_command, TRAILER)
NETLOGON["no_user"] = (11, [("computer_name", "computer_name")])
for _kind, _command in [("relogon_response", 13), ("interrogate_response", 14)]:
    NETLOGON[_kind] = (_command, [
        ("major_version", "major_version"), ("minor_version", "minor_version"),
        ("os_version", "os_version"), *TRAILER])
NETLOGON["account_update"] = (17, [
    ("date_time", "date_time"), ("computer_name", "computer_name"),
    ("user_name", "user_name"), ("update_type", "update"), *TRAILER])
NETLOGON["sam_interrogate_response"] = (22, [("octets", "data")])

# Names of the directory: tshark says something of the root.
DNS_NAMES = {"dns_forest_name", "dns_domain_name", "dns_host_name", "netbios_domain_name",
             "netbios_computer_name", "user_name", "dc_site_name", "client_site_name"}


def theirs(values):
    """Of a frame's fields, those of a message."""
    found = {}
    for field in FIELDS:
        each = [value for value in values.get(field, "").split("|") if value]
        if each:
            found[field] = "|".join(str(int(value, 0)) for value in each) if field in NUMBERS else (
                "|".join(each))
    return found


def ours(body):
    """The same of the body of a record."""
    body = body.get("damaged", body)
    protocol, kinds = ("browser", BROWSER) if body["kind"] in BROWSER else ("smb_netlogon", NETLOGON)
    if body["kind"] not in kinds:
        return {}
    command, fields = kinds[body["kind"]]
    found = {}

    def add(field, value):
        text = _text(value)
        if text:
            found.setdefault(field if "." in field and field in FIELDS else f"{protocol}.{field}",
                             []).append(text)

    if command is not None:
        add("command", command)
    for our_name, field in fields:
        value = body.get(our_name)
        for each in value if isinstance(value, list) else [] if value is None else [value]:
            add(field, _guid(each) if our_name == "domain_guid" else each)
        if value == "" and body.get("version") in ("v5", "v5ex") and our_name in DNS_NAMES:
            add(field, ROOT)
    _what_is_computed(body, add)
    if body["kind"] == "lanman_announcement":
        # Its opcode has two octets, of which the second is none for tshark; and it counts in
        # milliseconds everywhere.
        add("update_count", 0)
        found["browser.period"] = [str(1000 * int(each)) for each in found["browser.period"]]
    return {field: "|".join(values) for field, values in found.items()}


def _what_is_computed(body, add):
    """Fields that tshark has and that ours have otherwise."""
    if body["kind"] == "request_election" and "os_summary" in body:
        add("election.criteria", int.from_bytes(bytes([
            body["role"], body["browser_version_major"], body["browser_version_minor"],
            body["os_summary"]]), "little"))
    if "version_and_signature" in body:
        # tshark takes the octets for what other announcements have there, where they look like it.
        octets = body["version_and_signature"].to_bytes(4, "little")
        if octets[2:] == b"\x55\xaa":
            add("proto_major", octets[0])
            add("proto_minor", octets[1])
            add("sig", 0xAA55)
        else:
            add("mysterious_field", body["version_and_signature"])
    if body["kind"] == "account_update" and "signature" in body:
        add("signature", int.from_bytes(bytes.fromhex(body["signature"]), "little"))
    if body["kind"] == "announce_uas":
        if "db_changes" in body:
            add("db_count", len(body["db_changes"]))
        for change in body.get("db_changes", []):
            add("db_index", change["db_index"])
            add("large_serial", change["large_serial_number"])
            add("nt_date_time", _date(change["date_and_time"]))
        if "message_token" in body:
            add("lmnt_token", body["message_token"] & 0xFFFF)
            add("lm_token", body["message_token"] >> 16)
    if body["kind"] == "sam_logon_request" and "nt_version" in body or "message_token" in body:
        sid = body.get("domain_sid", "")
        add("domain_sid_size", len(sid["raw"]) // 2 if isinstance(sid, dict)
            else 8 + 4 * (sid.count("-") - 2) if sid else 0)
        add("nt.sid", sid)
    if "sin_zero" in body:
        # tshark has no names for them.
        add("unknown", body["sin_port"] << 16 | body["sin_family"])
        for at in (0, 8):
            add("unknown", int.from_bytes(bytes.fromhex(body["sin_zero"][at:at + 8]), "little"))


def _text(value):
    """A value of ours as tshark prints it: labels of names of the directory joined by dots."""
    return str(value.get("text", "") if isinstance(value, dict) else value).replace("\\.", ".")


def _guid(text):
    """tshark has its octets."""
    return uuid.UUID(text).bytes_le.hex()


def _date(filetime):
    """100 ns since 1601, as tshark prints it."""
    seconds, rest = divmod(filetime, 10_000_000)
    when = datetime.datetime(1601, 1, 1) + datetime.timedelta(seconds=seconds)
    return f"{when:%b} {when.day:2}, {when:%Y %H:%M:%S}.{rest:07}00 UTC"
