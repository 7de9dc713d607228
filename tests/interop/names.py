"""The name service, asked by Samba's programs and by nbtscan."""

import re

from lan import equal, require, samba_config

PEER = "10.77.0.2"


def _hosts(lan):
    """A host that has LINUXBOX<00>, WORKGROUP<00> and LINUXBOX<20>, and one with Samba's tools."""
    box = lan.host("LINUXBOX", "10.77.0.1/24")
    peer = lan.host("PEER", f"{PEER}/24")
    box.recv("--also", "LINUXBOX#20", "alerts", names=3)
    _, config = samba_config(peer, log_level=0)
    return box, peer, config


def _smbtorture(peer, config, suite, test):
    # The target's name is resolved by broadcast, and it wants addresses for its interfaces.
    output = peer.run("smbtorture", "//LINUXBOX/IPC$", "-U%", "-W", "WORKGROUP", "-s", config,
                      f"--option=interfaces={PEER}/24", f"{suite}.{test}")
    results = re.findall(r"^(\w+): (\w+)", output, re.MULTILINE)
    results = [result for result in results if result[0] not in ("time", "test")]
    equal(results, [("success", test)], f"smbtorture {suite}.{test}:\n{output}\nresults")
    return output


def smbtorture_finds_names_defended(lan):
    _, peer, config = _hosts(lan)
    _smbtorture(peer, config, "nbt.register", "register_own")
    _smbtorture(peer, config, "nbt.register", "refresh_own")


def smbtorture_counts_queries(lan):
    _, peer, config = _hosts(lan)
    output = _smbtorture(peer, config, "nbt.bench", "namequery")
    rounds = re.findall(r"([\d.]+) queries per second \((\d+) failures\)", output)
    require(rounds, f"no figures:\n{output}")
    equal({failures for _, failures in rounds}, {"0"}, "failures")
    rate = float(rounds[-1][0])
    # A query that is not answered is no failure until it has been waited for; here ten wait at a
    # time. Every machine does many times this.
    require(rate > 1000, f"{rate} queries/s: some were not answered")
    return f"{rate:,.0f} queries/s"


def samba_s_python_tests_pass(lan):
    box, peer, _ = _hosts(lan)
    settings = {"SERVER_IP": box.address, "DC_NETBIOSNAME": box.name}
    output = peer.run("/usr/bin/python3", "-m", "unittest", "-v", "samba.tests.netbios",
                      env={**lan.environment, **settings})
    require(re.search(r"^Ran 3 tests", output, re.MULTILINE), output)
    require(output.endswith("OK\n"), output)


def nmblookup_finds_a_node(lan):
    box, peer, config = _hosts(lan)

    def look(*argv, check=True):
        return peer.run("nmblookup", "-s", config, *argv, check=check)

    status = ("\tLINUXBOX        <00> -         B <ACTIVE> \n"
              "\tWORKGROUP       <00> - <GROUP> B <ACTIVE> \n"
              "\tLINUXBOX        <20> -         B <ACTIVE> \n"
              f"\n\tMAC Address = {box.mac().upper().replace(':', '-')}\n\n")
    for name, shown in [("LINUXBOX", "LINUXBOX<00>"), ("linuxbox#20", "linuxbox<20>"),
                        ("WORKGROUP", "WORKGROUP<00>"), ("*", "*<00>")]:
        equal(look(name), f"{box.address} {shown}\n", f"nmblookup {name}")
    # Asked directly.
    equal(look("-U", box.address, "LINUXBOX"),
          f"querying LINUXBOX on {box.address}\n{box.address} LINUXBOX<00>\n", "nmblookup -U")
    equal(look("-A", box.address), f"Looking up status of {box.address}\n{status}",
          "nmblookup -A")
    equal(look("-S", "LINUXBOX"), f"{box.address} LINUXBOX<00>\n"
          f"Looking up status of {box.address}\n{status}", "nmblookup -S")
    for asked in [["NOSUCHNAME"], ["-U", box.address, "NOSUCHNAME"], ["LINUXBOX#03"]]:
        text = look(*asked, check=False)
        require(f"failed to find name {asked[-1].split('#')[0]}" in text, f"{asked}: {text}")


def nbtscan_reads_the_node_status(lan):
    box, peer, _ = _hosts(lan)
    mac = box.mac()
    output = peer.run("nbtscan", "-v", "-s", ":", box.address)
    equal(output.splitlines(), [
        f"{box.address}:LINUXBOX       :00U", f"{box.address}:WORKGROUP      :00G",
        f"{box.address}:LINUXBOX       :20U", f"{box.address}:MAC:{mac}"], "nbtscan -v")
    # Who of a whole network is there. The broadcast address is beyond it.
    table = peer.run("nbtscan", "10.77.0.0-254")
    hosts = [line.split() for line in table.splitlines() if line.startswith("10.77")]
    equal(hosts, [[box.address, "LINUXBOX", "<server>", "<unknown>", mac]], f"{table}\nhosts")
