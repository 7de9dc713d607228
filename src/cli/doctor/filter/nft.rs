//! nftables' rules, as `nft -j list ruleset` shows them.

use std::collections::HashMap;
use std::net::Ipv4Addr;

use serde_json::Value as Json;

use super::{Action, Base, Condition, Field, Hook, Rule, Table, Tool, Value};

/// Sets by family, table and name.
type Sets<'a> = HashMap<(&'a str, &'a str, &'a str), &'a Json>;

/// The tables that IPv4 passes; none where the text is not what it should be. `listing` is what
/// `nft -a list ruleset` shows, for the rules' text.
pub(in super::super) fn tables(json: &str, listing: &str) -> Option<Vec<Table>> {
    let whole: Json = serde_json::from_str(json).ok()?;
    let items = whole.get("nftables")?.as_array()?;
    let mut sets = Sets::new();
    for set in items.iter().filter_map(|item| item.get("set")) {
        if let (Some(table), Some(name)) = (key(set), text(set, "name")) {
            sets.insert((table.0, table.1, name), set);
        }
    }
    let texts = texts(listing);
    let mut tables: Vec<((&str, &str), Table)> = Vec::new();
    for item in items {
        if let Some((family, name)) =
            item.get("table").and_then(|table| Some((text(table, "family")?, text(table, "name")?)))
        {
            if matches!(family, "ip" | "inet") {
                tables.push(((family, name), new_table(family, name)));
            }
            continue;
        }
        let Some(of) = item.get("chain").or_else(|| item.get("rule")).and_then(key) else {
            continue;
        };
        let Some((_, table)) = tables.iter_mut().find(|(key, _)| *key == of) else { continue };
        if let Some(chain) = item.get("chain") {
            let name = text(chain, "name")?.to_owned();
            table.bases.extend(base(chain, &name));
            table.chains.entry(name).or_default();
        } else if let Some(rule) = item.get("rule") {
            let chain = text(rule, "chain")?;
            let handle = rule.get("handle").and_then(Json::as_u64).unwrap_or_default();
            let id = (of.0.to_owned(), of.1.to_owned(), handle);
            let text =
                texts.get(&id).cloned().unwrap_or_else(|| format!("rule {handle} of {chain}"));
            let rules = table.chains.entry(chain.to_owned()).or_default();
            rules.extend(self::rules(rule, &text, of, &sets));
        }
    }
    Some(tables.into_iter().map(|(_, table)| table).collect())
}

fn new_table(family: &str, name: &str) -> Table {
    let tool = if name == "firewalld" {
        Tool::Firewalld
    } else {
        Tool::Nft { family: family.to_owned(), table: name.to_owned() }
    };
    Table { tool, bases: Vec::new(), chains: HashMap::new() }
}

fn text<'a>(object: &'a Json, field: &str) -> Option<&'a str> {
    object.get(field)?.as_str()
}

fn key(object: &Json) -> Option<(&str, &str)> {
    Some((text(object, "family")?, text(object, "table")?))
}

/// Lines of the listing by family, table and handle.
fn texts(listing: &str) -> HashMap<(String, String, u64), String> {
    let mut texts = HashMap::new();
    let mut table = None;
    for line in listing.lines().map(str::trim) {
        let Some((what, handle)) = line.rsplit_once(" # handle ") else { continue };
        let mut words = what.split_whitespace();
        if let (Some("table"), Some(family), Some(name)) =
            (words.next(), words.next(), words.next())
        {
            table = Some((family.to_owned(), name.to_owned()));
        } else if let (Some((family, name)), Ok(handle)) = (&table, handle.parse()) {
            // Chains and sets have handles too, from the same row of numbers.
            texts.insert((family.clone(), name.clone(), handle), what.to_owned());
        }
    }
    texts
}

fn base(chain: &Json, name: &str) -> Option<Base> {
    let hook = match text(chain, "hook")? {
        "prerouting" => Hook::Prerouting,
        "input" => Hook::Input,
        "output" => Hook::Output,
        "postrouting" => Hook::Postrouting,
        _ => return None,
    };
    Some(Base {
        chain: name.to_owned(),
        hook,
        priority: chain.get("prio").and_then(Json::as_i64).unwrap_or_default(),
        drops: text(chain, "policy") == Some("drop"),
    })
}

/// One rule; several where it looks its action up in a map.
fn rules(rule: &Json, text: &str, of: (&str, &str), sets: &Sets<'_>) -> Vec<Rule> {
    let mut conditions = Vec::new();
    let mut rules = Vec::new();
    let statements = rule.get("expr").and_then(Json::as_array);
    for statement in statements.into_iter().flatten() {
        let Some((kind, body)) = statement.as_object().and_then(|object| object.iter().next())
        else {
            continue;
        };
        let action = match &**kind {
            "match" => {
                conditions.push(condition(body, of, sets));
                continue;
            }
            "vmap" => {
                for (condition, action) in mapped(body, of, sets) {
                    let conditions = [&*conditions, &[condition]].concat();
                    rules.push(Rule { conditions, action, text: text.to_owned() });
                }
                continue;
            }
            "limit" | "quota" | "xt" | "connlimit" | "ct count" => {
                conditions.push(Condition::UNKNOWN);
                continue;
            }
            _ => action(kind, body),
        };
        if action != Action::Continue {
            let conditions = conditions.clone();
            rules.push(Rule { conditions, action, text: text.to_owned() });
        }
    }
    rules
}

fn action(kind: &str, body: &Json) -> Action {
    let target = || text(body, "target").unwrap_or_default().to_owned();
    match kind {
        "accept" => Action::Accept,
        "drop" | "reject" => Action::Drop,
        "jump" => Action::Jump(target()),
        "goto" => Action::Goto(target()),
        "return" => Action::Return,
        "queue" | "redirect" | "dnat" | "tproxy" => Action::Unknown,
        _ => Action::Continue,
    }
}

fn condition(body: &Json, of: (&str, &str), sets: &Sets<'_>) -> Condition {
    let (Some(left), Some(right)) = (body.get("left"), body.get("right")) else {
        return Condition::UNKNOWN;
    };
    let negated = match text(body, "op") {
        Some("==" | "in") => false,
        Some("!=") => true,
        _ => return Condition::UNKNOWN,
    };
    let Some(field) = field(left) else {
        return if is_of_others(left) { never() } else { Condition::UNKNOWN };
    };
    let mut values = Vec::new();
    if collect(right, field, of, sets, &mut values).is_none() {
        return Condition::UNKNOWN;
    }
    Condition { field: Some(field), negated, values }
}

/// What no UDP packet over IPv4 is.
fn never() -> Condition {
    Condition::new(Field::Family, Vec::new())
}

/// A field of a header that UDP over IPv4 has not.
fn is_of_others(left: &Json) -> bool {
    let protocol = left.get("payload").and_then(|payload| text(payload, "protocol"));
    matches!(
        protocol,
        Some("tcp" | "icmp" | "icmpv6" | "ip6" | "arp" | "sctp" | "dccp" | "esp" | "ah" | "igmp")
    )
}

fn field(left: &Json) -> Option<Field> {
    let (kind, body) = left.as_object()?.iter().next()?;
    match &**kind {
        "payload" => match (text(body, "protocol")?, text(body, "field")?) {
            ("udp" | "th", "dport") => Some(Field::DestinationPort),
            ("udp" | "th", "sport") => Some(Field::SourcePort),
            ("ip", "saddr") => Some(Field::Source),
            ("ip", "daddr") => Some(Field::Destination),
            ("ip", "protocol") => Some(Field::Protocol),
            _ => None,
        },
        "meta" => match text(body, "key")? {
            "l4proto" => Some(Field::Protocol),
            "iif" | "iifname" => Some(Field::Input),
            "oif" | "oifname" => Some(Field::Output),
            "nfproto" | "protocol" => Some(Field::Family),
            "pkttype" => Some(Field::Cast),
            _ => None,
        },
        "ct" => match text(body, "key")? {
            "state" => Some(Field::State),
            "status" => Some(Field::Status),
            _ => None,
        },
        "fib" if text(body, "result") == Some("type") => {
            let flags = body.get("flags")?;
            let daddr = |flag: &Json| flag.as_str() == Some("daddr");
            let is = daddr(flags)
                || matches!(flags.as_array(), Some(list) if matches!(&**list, [one] if daddr(one)));
            is.then_some(Field::AddressType)
        }
        _ => None,
    }
}

/// The values of an expression; none where one is not understood.
fn collect(
    right: &Json,
    field: Field,
    of: (&str, &str),
    sets: &Sets<'_>,
    values: &mut Vec<Value>,
) -> Option<()> {
    match right {
        Json::Number(number) => {
            let number = u32::try_from(number.as_u64()?).ok()?;
            values.push(Value::Range(number, number));
        }
        Json::String(name) if name.starts_with('@') => {
            let set = sets.get(&(of.0, of.1, name.trim_start_matches('@')))?;
            // A set of no elements holds nothing.
            if let Some(elements) = set.get("elem") {
                collect(elements, field, of, sets, values)?;
            }
        }
        Json::String(text) => values.push(scalar(text, field)?),
        Json::Array(list) => {
            for element in list {
                collect(element, field, of, sets, values)?;
            }
        }
        Json::Object(object) => {
            let (kind, body) = object.iter().next()?;
            match &**kind {
                "set" => collect(body, field, of, sets, values)?,
                "elem" => collect(body.get("val")?, field, of, sets, values)?,
                "prefix" => {
                    let address: Ipv4Addr = text(body, "addr")?.parse().ok()?;
                    let length = u32::try_from(body.get("len")?.as_u64()?).ok()?;
                    values.push(network(address, length));
                }
                "range" => {
                    let [first, last] = &**body.as_array()? else { return None };
                    let mut ends = Vec::new();
                    collect(first, field, of, sets, &mut ends)?;
                    collect(last, field, of, sets, &mut ends)?;
                    let [Value::Range(first, _), Value::Range(_, last)] = *ends else {
                        return None;
                    };
                    values.push(Value::Range(first, last));
                }
                _ => return None,
            }
        }
        _ => return None,
    }
    Some(())
}

/// Every address of a network.
pub(super) fn network(address: Ipv4Addr, length: u32) -> Value {
    let hosts = u32::MAX.checked_shr(length).unwrap_or_default();
    let first = u32::from(address) & !hosts;
    Value::Range(first, first | hosts)
}

/// A word or an address.
pub(super) fn scalar(text: &str, field: Field) -> Option<Value> {
    let number = match field {
        Field::Protocol => match text {
            "udp" => 17,
            "tcp" => 6,
            "icmp" => 1,
            "ipv6-icmp" | "icmpv6" => 58,
            "all" => return Some(Value::Range(0, 255)),
            // Any other that has a name is not UDP.
            _ => text.parse().unwrap_or(255),
        },
        Field::SourcePort | Field::DestinationPort => match text {
            "netbios-ns" => 137,
            "netbios-dgm" => 138,
            _ => text.parse().ok()?,
        },
        Field::Source | Field::Destination => u32::from(text.parse::<Ipv4Addr>().ok()?),
        _ => return Some(Value::Text(text.to_owned())),
    };
    Some(Value::Range(number, number))
}

/// The elements of a verdict map, each with its condition.
fn mapped(body: &Json, of: (&str, &str), sets: &Sets<'_>) -> Vec<(Condition, Action)> {
    let unknown = || vec![(Condition::UNKNOWN, Action::Unknown)];
    let (Some(key), Some(data)) = (body.get("key"), body.get("data")) else { return unknown() };
    let pairs = data.get("set").and_then(Json::as_array);
    let (Some(field), Some(pairs)) = (field(key), pairs) else {
        // By a field that ours has not: no element is for it.
        return if is_of_others(key) { Vec::new() } else { unknown() };
    };
    let pair = |pair: &Json| {
        let [key, verdict] = &**pair.as_array()? else { return None };
        let mut values = Vec::new();
        let known = collect(key, field, of, sets, &mut values).is_some();
        let condition = if known { Condition::new(field, values) } else { Condition::UNKNOWN };
        let (kind, body) = verdict.as_object()?.iter().next()?;
        Some((condition, action(kind, body)))
    };
    pairs.iter().filter_map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::super::{Outcome, Packet};
    use super::*;

    fn packet(interface: &str, port: u32, broadcast: bool) -> Packet<'_> {
        let network = u32::from(Ipv4Addr::new(192, 0, 2, 0));
        Packet {
            interface,
            leaves: false,
            source: (network, network + 255),
            destination: if broadcast {
                (network + 255, network + 255)
            } else {
                (network + 5, network + 5)
            },
            source_port: (port, port),
            destination_port: (port, port),
            broadcast,
        }
    }

    /// What `nft -j list ruleset` says of one table with an input chain of these rules.
    fn ruleset(policy: &str, rules: &[&str], more: &str) -> Vec<Table> {
        let rules: Vec<_> = rules
            .iter()
            .enumerate()
            .map(|(i, expr)| {
                format!(
                    r#",{{"rule":{{"family":"inet","table":"filter","chain":"input","handle":{},"expr":[{expr}]}}}}"#,
                    i + 10
                )
            })
            .collect();
        let json = format!(
            r#"{{"nftables":[{{"metainfo":{{}}}},{{"table":{{"family":"inet","name":"filter","handle":1}}}},
            {{"chain":{{"family":"inet","table":"filter","name":"input","handle":1,"type":"filter","hook":"input","prio":0,"policy":"{policy}"}}}}{more}{}]}}"#,
            rules.concat()
        );
        let listing = "table inet filter { # handle 1\n\tchain input { # handle 1\n\t\tudp dport 138 drop # handle 10\n\t}\n}\n";
        tables(&json, listing).expect("as nft writes it")
    }

    fn outcome(tables: &[Table], packet: &Packet<'_>) -> &'static str {
        match packet.outcome(tables) {
            Outcome::Passes => "passes",
            Outcome::Dropped(_) => "dropped",
            Outcome::MayBeDropped(_) => "may be dropped",
        }
    }

    const DROP: &str = r#"{"counter":{"packets":0,"bytes":0}},{"drop":null}"#;
    const ACCEPT: &str = r#"{"accept":null}"#;

    fn dport(right: &str) -> String {
        format!(
            r#"{{"match":{{"op":"==","left":{{"payload":{{"protocol":"udp","field":"dport"}}}},"right":{right}}}}}"#
        )
    }

    #[test]
    fn ports_are_compared() {
        let (name, datagram) = (packet("eth0", 137, true), packet("eth0", 138, true));
        for (right, first, second) in [
            ("138", "passes", "dropped"),
            (r#"{"range":[137,138]}"#, "dropped", "dropped"),
            (r#"{"set":[53,137]}"#, "dropped", "passes"),
            (r#"{"set":[{"range":[100,137]},5353]}"#, "dropped", "passes"),
            (r#""@unknown""#, "may be dropped", "may be dropped"),
        ] {
            let tables = ruleset("accept", &[&format!("{},{DROP}", dport(right))], "");
            assert_eq!((outcome(&tables, &name), outcome(&tables, &datagram)), (first, second));
        }
        let tables = ruleset("accept", &[&format!("{},{DROP}", dport("138"))], "");
        let Outcome::Dropped(site) = datagram.outcome(&tables) else { panic!() };
        assert_eq!((&*site.text, &*site.base), ("udp dport 138 drop", "input"));
    }

    /// Debian's example of a workstation, and what mends it.
    #[test]
    fn a_policy_drops_what_nothing_accepts() {
        let state = r#"{"vmap":{"key":{"ct":{"key":"state"}},"data":{"set":[["established",{"accept":null}],["related",{"accept":null}],["invalid",{"drop":null}]]}}}"#;
        let lo = r#"{"match":{"op":"==","left":{"meta":{"key":"iifname"}},"right":"lo"}},{"accept":null}"#;
        let ssh = r#"{"match":{"op":"==","left":{"payload":{"protocol":"tcp","field":"dport"}},"right":22}},{"accept":null}"#;
        let tables = ruleset("drop", &[state, lo, ssh], "");
        assert_eq!(outcome(&tables, &packet("eth0", 138, true)), "dropped");
        assert_eq!(outcome(&tables, &packet("lo", 138, true)), "passes");
        let accept = format!("{},{ACCEPT}", dport(r#"{"range":[137,138]}"#));
        let tables = ruleset("drop", &[&accept, state, lo, ssh], "");
        assert_eq!(outcome(&tables, &packet("eth0", 138, true)), "passes");
    }

    #[test]
    fn what_is_not_understood_is_no_verdict() {
        let mark = r#"{"match":{"op":"==","left":{"meta":{"key":"mark"}},"right":7}}"#;
        let accept = format!("{mark},{ACCEPT}");
        let drop = format!("{},{DROP}", dport("138"));
        let any = packet("eth0", 138, false);
        assert_eq!(outcome(&ruleset("drop", &[&accept], ""), &any), "may be dropped");
        assert_eq!(outcome(&ruleset("accept", &[&accept], ""), &any), "passes");
        assert_eq!(outcome(&ruleset("accept", &[&accept, &drop], ""), &any), "may be dropped");
        assert_eq!(
            outcome(&ruleset("accept", &[&format!("{mark},{DROP}")], ""), &any),
            "may be dropped"
        );
        assert_eq!(
            outcome(&ruleset("drop", &[&format!("{},{ACCEPT}", dport("138"))], ""), &any),
            "passes"
        );
    }

    #[test]
    fn sets_networks_and_jumps() {
        let more = r#",{"chain":{"family":"inet","table":"filter","name":"lan","handle":2}},
            {"set":{"family":"inet","table":"filter","name":"ports","type":"inet_service","handle":3,"elem":[{"range":[137,139]}]}},
            {"rule":{"family":"inet","table":"filter","chain":"lan","handle":5,"expr":[{"match":{"op":"!=","left":{"payload":{"protocol":"udp","field":"dport"}},"right":"@ports"}},{"return":null}]}},
            {"rule":{"family":"inet","table":"filter","chain":"lan","handle":6,"expr":[{"accept":null}]}}"#;
        let from = |right: &str, verdict: &str| {
            format!(
                r#"{{"match":{{"op":"==","left":{{"payload":{{"protocol":"ip","field":"saddr"}}}},"right":{right}}}}},{{"{verdict}":{{"target":"lan"}}}}"#
            )
        };
        let lan = r#"{"prefix":{"addr":"192.0.2.0","len":24}}"#;
        let tables = ruleset("drop", &[&from(lan, "jump")], more);
        assert_eq!(outcome(&tables, &packet("eth0", 138, true)), "passes");
        assert_eq!(outcome(&tables, &packet("eth0", 5353, true)), "dropped");
        let half = r#"{"prefix":{"addr":"192.0.2.0","len":25}}"#;
        let tables = ruleset("drop", &[&from(half, "goto")], more);
        assert_eq!(outcome(&tables, &packet("eth0", 138, true)), "may be dropped");
        let other = r#"{"prefix":{"addr":"198.51.100.0","len":24}}"#;
        let tables = ruleset("drop", &[&from(other, "goto")], more);
        assert_eq!(outcome(&tables, &packet("eth0", 138, true)), "dropped");
    }

    /// Chains that jump into each other, twice each.
    #[test]
    fn loops_end() {
        let jump = r#"{"jump":{"target":"input"}}"#;
        let tables = ruleset("drop", &[jump, jump, jump], "");
        assert_eq!(outcome(&tables, &packet("eth0", 138, true)), "may be dropped");
    }
}
