use std::io;

use super::reload::Changes;
use super::*;

const NAMES: Names = Names { user: test_user, group: test_group };

fn test_user(name: &str) -> io::Result<Option<u32>> {
    match name {
        "alice" => Ok(Some(1000)),
        "far" => Err(io::ErrorKind::TimedOut.into()),
        _ => Ok(None),
    }
}

fn test_group(name: &str) -> io::Result<Option<u32>> {
    match name {
        "audio" => Ok(Some(29)),
        "far" => Err(io::ErrorKind::TimedOut.into()),
        _ => Ok(None),
    }
}

fn parse(text: &str) -> Config {
    Config::parse(text, &NAMES).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn refused(text: &str) -> String {
    Config::parse(text, &NAMES).expect_err(text).to_string()
}

fn example() -> String {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/mailslot.toml");
    std::fs::read_to_string(path).unwrap()
}

/// The example without the signs before its keys.
fn spelled_out() -> String {
    let key = |line: &str| {
        line.strip_prefix('#')
            .filter(|key| key.starts_with(|c: char| c.is_ascii_lowercase()))
            .map(str::to_owned)
    };
    let lines: Vec<_> =
        example().lines().map(|line| key(line).unwrap_or_else(|| line.into())).collect();
    lines.join("\n")
}

#[test]
fn nothing_said_is_the_default() {
    assert_eq!(parse(""), Config::default());
    assert_eq!(parse(&example()), Config::default());
}

#[test]
fn the_example_has_the_defaults() {
    let text = spelled_out().replace("group = \"mailslot\"", "group = \"audio\"");
    let Config { network, names, code_page, socket, level, rights } = parse(&text);
    assert_eq!((&rights, level), (&Rights::default(), Level::default()));
    assert_eq!(names, NameArgs::default());
    assert_eq!((socket.mode, socket.group), (SocketConfig::default().mode, Some(29)));
    assert_eq!(code_page, Some(CodePage::default()));
    assert_eq!(network.workgroup.as_deref(), Some(crate::cli::network::WORKGROUP));
    assert_eq!(network.scope.as_deref(), Some(""));
    assert!(network.interface.is_empty() && network.not_interface.is_empty());
    assert_eq!((network.name_port.unwrap(), network.dgram_port.unwrap()), crate::runtime::PORTS);
    // Those that have none.
    assert!(network.name.is_some() && network.bind.is_some());
}

#[test]
fn the_example_has_every_key() {
    let text = spelled_out();
    let sections = ["node", "socket", "log", "quotas", "network", "slots"];
    let allowed = |text: &str| -> Vec<String> {
        let message = refused(text);
        message.split('`').skip(3).step_by(2).map(Into::into).collect()
    };
    assert_eq!(allowed("x = 1"), [&sections[..4], &["create"], &sections[4..]].concat());
    for section in sections {
        let (_, keys) = text.split_once(&format!("[{section}]\n")).unwrap();
        let keys = keys.split("\n[").next().unwrap();
        let allowed = if section == "log" || section == "network" || section == "slots" {
            // One key: "expected `level`".
            allowed(&format!("[{section}]\nxyz = 1"))
        } else {
            let allowed = allowed(&format!("[{section}]\nxyz = 1"));
            assert!(allowed.len() > 2, "{allowed:?}");
            allowed
        };
        for key in &allowed {
            let said = keys.lines().filter(|line| line.starts_with(&format!("{key} = "))).count();
            assert_eq!(said, 1, "[{section}] {key}");
        }
        let said = keys.lines().filter(|line| line.contains(" = ") && !line.starts_with('#'));
        assert_eq!(said.count(), allowed.len(), "[{section}]");
    }
    // The rules of the example's comments are some, too.
    let rules = text.split_once("# [[create]]").unwrap().1.replace("\n# ", "\n");
    let rules = format!("[[create]]{}", rules.replace("\n#", "\n"))
        .replace("@browser", "@audio")
        .replace("\"payroll\"", "\"alice\"");
    let rights = parse(&rules).rights;
    assert_eq!(rights.create.len(), 2);
}

#[test]
fn every_key_is_taken() {
    let config = parse(
        r#"
        [node]
        name = "BOX"
        workgroup = "OFFICE"
        interface = ["eth0"]
        not_interface = ["eth1"]
        also = ["FILES#20"]
        also_group = ["OFFICE<1e>"]
        scope = "example.com"
        code_page = 437
        name_port = 1137
        dgram_port = 1138
        [socket]
        path = "/tmp/s"
        mode = 0o660
        group = "audio"
        [log]
        level = "debug"
        [quotas]
        slots_per_user = 1
        octets_per_user = 2
        connections_per_user = 3
        handles_per_connection = 4
        pending_reads_per_connection = 5
        total_slots = 6
        total_octets = 7
        total_connections = 8
        [network]
        write = ["alice", "@audio", "1001", "@30"]
        [slots]
        see = "nobody"
        [[create]]
        names = ["BROWSE", 'NET\*']
        users = ["alice"]
        [[create]]
        names = ["*"]
        users = "everyone"
        "#,
    );
    let network = &config.network;
    assert_eq!(network.name.as_deref(), Some("BOX"));
    assert_eq!(network.workgroup.as_deref(), Some("OFFICE"));
    assert_eq!(
        (&*network.interface, &*network.not_interface),
        (&["eth0".into()][..], &["eth1".into()][..])
    );
    assert_eq!(network.scope.as_deref(), Some("example.com"));
    assert_eq!((network.name_port, network.dgram_port), (Some(1137), Some(1138)));
    assert_eq!(
        (&*config.names.also, &*config.names.also_group),
        (&["FILES#20".into()][..], &["OFFICE<1e>".into()][..])
    );
    assert_eq!(config.code_page.unwrap().number(), 437);
    let socket = SocketConfig { path: Some("/tmp/s".into()), mode: 0o660, group: Some(29) };
    assert_eq!((config.socket, config.level), (socket, Level::Debug));
    let user = Quotas {
        slots: 1,
        octets: 2,
        connections: 3,
        handles_per_connection: 4,
        pending_reads_per_connection: 5,
    };
    let rights = config.rights;
    assert_eq!((rights.user, rights.total), (user, Totals { slots: 6, octets: 7, connections: 8 }));
    let some = Who::Some { users: vec![1000, 1001], groups: vec![29, 30] };
    assert_eq!((rights.network, rights.see), (some, Who::NOBODY));
    let alice = Who::Some { users: vec![1000], groups: vec![] };
    let rules: Vec<_> = rights.create.iter().map(|rule| (rule.names.len(), &rule.who)).collect();
    assert_eq!(rules, [(2, &alice), (1, &Who::Everyone)]);
    let bound = parse("[node]\nbind = \"10.0.0.1\"").network.bind;
    assert_eq!(bound, Some([10, 0, 0, 1].into()));
}

#[test]
fn errors_have_a_line_and_say_what_is_allowed() {
    for (text, error) in [
        (
            "\n[nod]\n",
            "2: unknown field `nod`, expected one of `node`, `socket`, `log`, `quotas`, \
             `create`, `network`, `slots`",
        ),
        (
            "[log]\n\nlevel = \"loud\"",
            "3: unknown variant `loud`, expected one of `error`, `warn`, \
             `info`, `debug`",
        ),
        ("[log]\nlvl = 1", "2: unknown field `lvl`, expected `level`"),
        ("[node]\nname = 1", "2: invalid type: integer `1`, expected a string"),
        ("[node]\nname = \"x", "2: "),
        (
            "[node]\nname = \"seventeen letters\"",
            "2: seventeen letters: a NetBIOS name has at most 15 characters",
        ),
        ("[node]\n\nworkgroup = \"\"", "3: "),
        ("[node]\nalso = [\n\"OK\",\n\"x#zz\"]", "4: x#zz: "),
        ("[node]\ncode_page = 851", "2: 851: one of 437, 850, 852, 858, 866"),
        ("[node]\nbind = \"10.0.0\"", "2: "),
        (
            "[node]\ninterface = [\"eth0\"]\nbind = \"10.0.0.1\"",
            "3: bind is an address, and with it \
             goes no interface",
        ),
        ("[node]\nname_port = 0", "2: "),
        ("[node]\ndgram_port = 65536", "2: "),
        ("[node]\nscope = \"..\"", "2: "),
        ("[socket]\nmode = 666", "2: a mode is at most 0o777, as 0o660"),
        ("[socket]\npath = \"s\"", "2: a path from the root is needed"),
        ("[socket]\ngroup = \"adio\"", "2: there is no group \"adio\""),
        (
            "[quotas]\noctets_per_user = \"1G\"",
            "2: invalid type: string \"1G\", expected a whole \
             number, at least 1",
        ),
        ("[quotas]\ntotal_slots = 0", "2: "),
        ("[quotas]\ntotal_slots = -1", "2: "),
        (
            "[network]\nwrite = \"some\"",
            "2: invalid value: string \"some\", expected \"everyone\", \
             \"nobody\" or a list as [\"alice\", \"1000\", \"@audio\"]",
        ),
        ("[network]\nwrite = [\n\"alice\",\n\"alcie\",\n]", "4: there is no user \"alcie\""),
        ("[network]\nwrite = [\"@alice\"]", "2: there is no group \"alice\""),
        ("[network]\nwrite = [\"\"]", "2: there is no user \"\""),
        ("[slots]\nsee = [\"far\"]", "2: the user far cannot be looked up: timed out"),
        ("[slots]\nsee = [\"@far\"]", "2: the group far cannot be looked up: timed out"),
        ("[slots]\nsee = [\"4294967295\"]", "2: 4294967295: no user has so large a number"),
        ("[[create]]\nnames = [\"x\"]", "1: missing field `users`"),
        ("\n[[create]]\nnames = []\nusers = []", "2: names is empty"),
        (
            "[[create]]\nnames = [\"x\",\n\"a*b\"]\nusers = []",
            "3: a*b: * is a whole level or at the \
             end: NET\\*, pos*, *\\log",
        ),
        ("[create]\nnames = []\nusers = []", "1: "),
        ("[log]\nlevel = \"a\u{1b}[2J\"", "2: "),
    ] {
        let said = refused(text);
        let begins = error.len() == 3 || error.ends_with("zz: ");
        assert!(if begins { said.starts_with(error) } else { said == error }, "{text}\n{said}");
        assert!(said.len() > 10 && !said.contains(char::is_control), "{said:?}");
    }
}

#[test]
fn rules_are_bounded() {
    let rule = "[[create]]\nnames = [\"x\"]\nusers = []\n";
    assert_eq!(parse(&rule.repeat(MAX_RULES)).rights.create.len(), MAX_RULES);
    assert_eq!(
        refused(&rule.repeat(MAX_RULES + 1)),
        format!("{}: more than 1024", 3 * MAX_RULES + 1)
    );
    let many = "\"1\",\n".repeat(MAX_RULES + 1);
    assert_eq!(refused(&format!("[slots]\nsee = [\n{many}]")), "1027: more than 1024");
    let text = format!("[[create]]\nusers = []\nnames = [\n{many}]");
    assert_eq!(refused(&text), "1028: more than 1024");
}

#[test]
fn what_a_reload_changes() {
    let old = parse("");
    assert_eq!(old.changes(&parse(&example())), Changes::default());
    let changes = |text| {
        let Changes { now, at_restart } = old.changes(&parse(text));
        (now, at_restart)
    };
    assert_eq!(changes("[log]\nlevel = \"warn\""), (vec!["[log] level"], vec![]));
    assert_eq!(
        changes("[node]\nname = \"X\"\n[quotas]\ntotal_octets = 1\n[slots]\nsee = \"nobody\""),
        (vec!["[quotas]", "[slots] see"], vec!["[node] name"])
    );
    // Every key of the example, with something that is not its default.
    let all = spelled_out()
        .replace("= []", "= [\"x\"]")
        .replace("= \"\"", "= \"s\"")
        .replace("0o666", "0o600")
        .replace("= 1", "= 2")
        .replace("= 6", "= 7")
        .replace("= 8", "= 9")
        .replace("= 4", "= 5")
        .replace("950", "437")
        .replace("\"info\"", "\"debug\"")
        .replace("\"everyone\"", "\"nobody\"")
        .replace("\"mailslot\"", "\"audio\"")
        .replace("bind = ", "# ");
    let all = format!("{all}\n[[create]]\nnames = [\"x\"]\nusers = []\n");
    let (now, at_restart) = changes(&all);
    assert_eq!((now.len(), at_restart.len()), (5, 13), "{now:?} {at_restart:?}");
    assert_eq!(changes("[node]\nbind = \"10.0.0.1\"").1, ["[node] bind"]);
}
