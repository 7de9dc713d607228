//! Who may do what.

use mailslot::service::rights::{
    CreateRule, Pattern, PatternError, Peer, Quotas, Rights, SYSTEM_NAMES, Totals, Who,
};
use mailslot::slot::LocalName;

const ALICE: u32 = 1000;
const BOB: u32 = 1001;
const AUDIO: u32 = 29;

fn peer(uid: u32) -> Peer {
    Peer { uid, gid: uid, pid: Some(7), user: None, groups: Vec::new() }
}

fn alice() -> Peer {
    Peer { user: Some("alice".into()), ..peer(ALICE) }
}

fn name(text: &str) -> LocalName {
    LocalName::from_chars(text.chars()).expect("a name")
}

fn users(users: &[u32]) -> Who {
    Who::Some { users: users.to_vec(), groups: Vec::new() }
}

fn rule(names: &[&str], who: Who) -> CreateRule {
    let names = names.iter().map(|text| Pattern::parse(text).expect("a pattern")).collect();
    CreateRule::new(names, who)
}

fn rights(create: Vec<CreateRule>) -> Rights {
    let mut rights = Rights::of(999);
    rights.create = create;
    rights
}

#[test]
fn system_names_are_reserved() {
    let rights = rights(vec![]);
    let reserved = [
        "BROWSE",
        "browse",
        "Lanman",
        "MESSNGR",
        "ALERTER",
        r"NET\NETLOGON",
        r"net\getdc042",
        r"NET\a\b",
        r"NET\",
    ];
    for text in reserved {
        let name = name(text);
        assert!(rights.may_create(&alice(), &name).is_err(), "{text}");
        assert_eq!(rights.may_create(&peer(0), &name), Ok(()), "{text}");
        assert_eq!(rights.may_create(&peer(999), &name), Ok(()), "{text}: the service's own user");
    }
    for text in ["alerts", "NET", "NETLOGON", "BROWSER", r"x\BROWSE", r"TEMP\NETLOGON", "LANMAN2"] {
        assert_eq!(rights.may_create(&alice(), &name(text)), Ok(()), "{text}");
    }
    assert_eq!(SYSTEM_NAMES.len(), 5);
}

#[test]
fn a_refusal_says_what_would_grant_it() {
    let mut rights = rights(vec![rule(&[r"payroll\*"], users(&[BOB]))]);
    (rights.network, rights.see) = (users(&[BOB]), Who::NOBODY);
    let why = |text: &str| rights.may_create(&alice(), &name(text)).expect_err(text).to_string();
    assert_eq!(
        why("BROWSE"),
        "creating BROWSE is reserved to root and the service's own user: [[create]] names = \
         [\"BROWSE\"], users = [\"alice\"]"
    );
    assert_eq!(
        why(r"NET\NETLOGON"),
        r"creating NET\NETLOGON is reserved to root and the service's own user: ".to_owned()
            + r#"[[create]] names = ['NET\NETLOGON'], users = ["alice"]"#
    );
    assert_eq!(
        why(r"payroll\may"),
        r"creating payroll\may is for others, by the [[create]] of 'payroll\*': ".to_owned()
            + r#"add "alice" to its users"#
    );
    let refused = rights.may_write_network(&peer(4000)).expect_err("not in the list");
    assert_eq!(
        refused.to_string(),
        "writing to other machines is not for \"4000\": [network] write has to list it"
    );
    assert_eq!(refused.win32_code(), 5);
    assert_eq!(
        rights.may_see(&alice()).expect_err("nobody").to_string(),
        "listing mailslots and counters is not for \"alice\": [slots] see has to list it"
    );
}

#[test]
fn what_a_client_says_stays_on_a_line() {
    let rights = rights(vec![]);
    let why = |text: &str| rights.may_create(&alice(), &name(text)).expect_err(text).to_string();
    let said = why("NET\\\n\u{1b}[2J\u{202e}\"x");
    assert!(!said.contains(|c: char| c.is_control() || c == '\u{202e}'), "{said:?}");
    assert!(said.contains(r#"["NET\\\U0000000a\U0000001b[2J\U0000202e\"x"]"#), "{said}");
    let long = format!("NET\\{}", "x".repeat(30_000));
    let said = why(&long);
    assert!(said.len() < 400 && said.contains("xxx... is") && said.contains("[\"...\"]"), "{said}");
}

#[test]
fn patterns() {
    for (pattern, matching, others) in [
        (
            "alerts",
            vec!["alerts", "ALERTS", "Alerts"],
            vec!["alert", "alertsx", r"alerts\x", r"x\alerts"],
        ),
        ("pos*", vec!["pos", "POS", "pos1", r"pos\eod"], vec!["po", r"x\pos"]),
        (r"pos\*", vec![r"pos\eod", r"POS\a\b", r"pos\"], vec!["pos", "pose", r"posx\eod"]),
        (r"*\log", vec![r"a\log", r"B\LOG"], vec!["log", r"a\b\log", r"a\logs"]),
        (r"a\*\c*", vec![r"a\b\c", r"a\x\cd\e"], vec![r"a\c", r"a\b\x"]),
        ("*", vec!["a", r"a\b"], vec![]),
        ("grün/*", vec![r"GRÜN\x"], vec!["grün"]),
    ] {
        let parsed = Pattern::parse(pattern).expect("a pattern");
        assert_eq!(parsed.to_string(), pattern);
        for text in matching {
            assert!(parsed.matches(&name(text)), "{pattern} {text}");
        }
        for text in others {
            assert!(!parsed.matches(&name(text)), "{pattern} {text}");
        }
    }
    for (pattern, error) in [
        ("", PatternError::Empty),
        (r"\a", PatternError::EmptyLevel),
        (r"a\", PatternError::EmptyLevel),
        (r"a\\b", PatternError::EmptyLevel),
        (r"\\.\mailslot\a", PatternError::EmptyLevel),
        ("a*b", PatternError::Star),
        (r"a*\b", PatternError::Star),
        ("**", PatternError::Star),
    ] {
        assert_eq!(Pattern::parse(pattern), Err(error), "{pattern}");
    }
}

#[test]
fn the_first_rule_that_has_the_name_decides() {
    let rights = rights(vec![
        rule(&["browse", r"NET\NETLOGON"], users(&[ALICE])),
        rule(&[r"payroll\*"], users(&[BOB])),
        rule(&["BROWSE"], Who::Everyone),
        rule(&["*"], users(&[ALICE, BOB])),
    ]);
    let may = |uid: u32, text: &str| rights.may_create(&peer(uid), &name(text)).is_ok();
    assert!(may(ALICE, "BROWSE") && !may(BOB, "BROWSE"));
    assert!(may(ALICE, r"NET\NETLOGON") && !may(ALICE, r"NET\NTLOGON"));
    assert!(!may(ALICE, r"payroll\may") && may(BOB, r"PAYROLL\may"));
    assert!(may(ALICE, "alerts") && may(BOB, "alerts") && !may(1002, "alerts"));
    assert!(may(0, r"payroll\may") && may(999, r"payroll\may"));
}

#[test]
fn a_star_alone_leaves_nobody_a_system_s_name() {
    for pattern in ["*", "B*", r"*\*", r"*\NETLOGON", "N*"] {
        let rights = rights(vec![rule(&[pattern], Who::Everyone)]);
        for text in ["BROWSE", r"NET\NETLOGON"] {
            assert!(rights.may_create(&alice(), &name(text)).is_err(), "{pattern} {text}");
        }
    }
    let rights = rights(vec![rule(&[r"NET\*"], Who::Everyone)]);
    assert_eq!(rights.may_create(&alice(), &name(r"NET\NETLOGON")), Ok(()));
}

#[test]
fn members_of_groups_may() {
    let mut rights = rights(vec![]);
    rights.network = Who::Some { users: vec![], groups: vec![AUDIO] };
    let member = Peer { groups: vec![4, AUDIO], ..peer(BOB) };
    let primary = Peer { gid: AUDIO, ..peer(BOB) };
    assert_eq!(rights.may_write_network(&member), Ok(()));
    assert_eq!(rights.may_write_network(&primary), Ok(()));
    assert!(rights.may_write_network(&alice()).is_err());
    // A user of the group's number is no member.
    assert!(rights.may_write_network(&Peer { gid: 7, ..peer(AUDIO) }).is_err());
    assert_eq!(rights.may_write_network(&peer(999)), Ok(()));
    assert_eq!(Rights::default().may_write_network(&alice()), Ok(()));
    assert_eq!(Rights::default().may_see(&alice()), Ok(()));
}

#[test]
fn quotas_of_users_and_of_all() {
    let rights = Rights::of(999);
    let Quotas { slots, octets, connections, .. } = rights.quotas(ALICE);
    let all = Totals::default();
    assert!(slots < all.slots && octets < all.octets && connections < all.connections);
    let own = rights.quotas(999);
    assert_eq!((own.slots, own.octets, own.connections), (all.slots, all.octets, all.connections));
    assert_eq!(own, rights.quotas(0));
    assert_eq!(own.handles_per_connection, rights.quotas(ALICE).handles_per_connection);
}
