//! iptables' rules, as `iptables -S` shows those of its table `filter`.

use std::collections::HashMap;
use std::net::Ipv4Addr;

use super::nft::{network, scalar};
use super::{Action, Base, Condition, Field, Hook, Rule, Table, Tool, Value};

/// The table that a listing of `program` shows.
pub(in super::super) fn table(listing: &str, program: &'static str) -> Table {
    let mut table =
        Table { tool: Tool::Iptables { program }, bases: Vec::new(), chains: HashMap::new() };
    for line in listing.lines() {
        let words = words(line);
        let mut words = words.iter().map(|word| &**word);
        match (words.next(), words.next()) {
            (Some("-P"), Some(chain)) => {
                let hook = match chain {
                    "INPUT" => Hook::Input,
                    "OUTPUT" => Hook::Output,
                    _ => continue,
                };
                let drops = words.next() == Some("DROP");
                table.bases.push(Base { chain: chain.to_owned(), hook, priority: 0, drops });
                table.chains.entry(chain.to_owned()).or_default();
            }
            (Some("-N"), Some(chain)) => {
                if chain.starts_with("ufw-") {
                    table.tool = Tool::Ufw;
                }
                table.chains.entry(chain.to_owned()).or_default();
            }
            (Some("-A"), Some(chain)) => {
                let rule = rule(words.collect(), line);
                table.chains.entry(chain.to_owned()).or_default().push(rule);
            }
            _ => {}
        }
    }
    table
}

/// Words as the shell parts them: comments stand in quotes.
fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quoted = false;
    let mut chars = line.chars();
    while let Some(c) = chars.next() {
        match c {
            '"' => {
                quoted = !quoted;
                word.get_or_insert_default();
            }
            '\\' if quoted => word.get_or_insert_default().extend(chars.next()),
            c if c.is_whitespace() && !quoted => words.extend(word.take()),
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

fn rule(words: Vec<&str>, line: &str) -> Rule {
    let mut conditions = Vec::new();
    let mut action = Action::Continue;
    let mut negated = false;
    let mut words = words.into_iter().peekable();
    while let Some(word) = words.next() {
        match word {
            "!" => {
                negated = true;
                continue;
            }
            "-j" => action = verdict(words.next().unwrap_or_default()),
            "-g" => action = Action::Goto(words.next().unwrap_or_default().to_owned()),
            // The match's own options say what it wants.
            "-m" => {
                words.next();
            }
            _ => {
                let mut values = Vec::new();
                while let Some(value) = words.next_if(|next| !next.starts_with('-') && *next != "!")
                {
                    values.push(value);
                }
                let of_target = !matches!(action, Action::Continue);
                if of_target || matches!(word, "--comment" | "--log-prefix" | "--log-level") {
                    continue;
                }
                conditions.push(condition(word, &values, negated));
            }
        }
        negated = false;
    }
    Rule { conditions, action, text: line.to_owned() }
}

fn verdict(target: &str) -> Action {
    match target {
        "ACCEPT" => Action::Accept,
        "DROP" | "REJECT" => Action::Drop,
        "RETURN" => Action::Return,
        "LOG" | "NFLOG" | "ULOG" | "MARK" | "CONNMARK" | "CT" | "SET" | "TRACE" | "AUDIT"
        | "CLASSIFY" | "TCPMSS" | "DSCP" | "TOS" | "CHECKSUM" => Action::Continue,
        "NFQUEUE" | "QUEUE" | "DNAT" | "REDIRECT" | "TPROXY" => Action::Unknown,
        chain => Action::Jump(chain.to_owned()),
    }
}

fn condition(option: &str, values: &[&str], negated: bool) -> Condition {
    let field = match option {
        "-p" => Field::Protocol,
        "-i" => Field::Input,
        "-o" => Field::Output,
        "-s" => Field::Source,
        "-d" => Field::Destination,
        "--sport" | "--sports" => Field::SourcePort,
        "--dport" | "--dports" => Field::DestinationPort,
        "--ctstate" | "--state" => Field::State,
        "--dst-type" => Field::AddressType,
        "--pkt-type" => Field::Cast,
        _ => return Condition::UNKNOWN,
    };
    let [list] = values else { return Condition::UNKNOWN };
    let values: Option<Vec<_>> = list.split(',').map(|text| value(text, field)).collect();
    values.map_or(Condition::UNKNOWN, |values| Condition { field: Some(field), negated, values })
}

fn value(text: &str, field: Field) -> Option<Value> {
    match field {
        Field::SourcePort | Field::DestinationPort => {
            let (first, last) = text.split_once(':').unwrap_or((text, text));
            let (Value::Range(first, _), Value::Range(_, last)) =
                (scalar(first, field)?, scalar(last, field)?)
            else {
                return None;
            };
            Some(Value::Range(first, last))
        }
        Field::Source | Field::Destination => match text.split_once('/') {
            None => scalar(text, field),
            Some((address, length)) => {
                let address: Ipv4Addr = address.parse().ok()?;
                // A mask with holes has no length.
                let length = length.parse().ok().or_else(|| {
                    let mask = u32::from(length.parse::<Ipv4Addr>().ok()?);
                    (mask.leading_ones() == mask.count_ones()).then_some(mask.leading_ones())
                })?;
                Some(network(address, length))
            }
        },
        Field::Input | Field::Output => Some(Value::Text(text.replace('+', "*"))),
        _ => scalar(text, field),
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Outcome, Packet};
    use super::*;

    fn outcome(listing: &str, port: u32, broadcast: bool) -> String {
        let network = u32::from(Ipv4Addr::new(192, 0, 2, 0));
        let packet = Packet {
            interface: "eth0",
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
        };
        match packet.outcome(&[table(listing, "iptables")]) {
            Outcome::Passes => "passes".into(),
            Outcome::Dropped(site) => site.text,
            Outcome::MayBeDropped(site) => format!("maybe {}", site.text),
        }
    }

    #[test]
    fn rules_are_read() {
        let accept = "-P INPUT ACCEPT\n-P FORWARD ACCEPT\n-P OUTPUT ACCEPT\n";
        let drop = "-A INPUT -i eth0 -p udp -m udp --dport 137:138 -j DROP";
        assert_eq!(outcome(&format!("{accept}{drop}"), 138, true), drop);
        assert_eq!(outcome(&format!("{accept}{drop}"), 139, true), "passes");
        for rule in [
            "-A INPUT -i eth1 -p udp -j DROP",
            "-A INPUT ! -i eth+ -j DROP",
            "-A INPUT -p tcp -m multiport --dports 137,138 -j DROP",
            "-A INPUT -s 198.51.100.0/255.255.255.0 -j DROP",
            "-A INPUT -m conntrack --ctstate INVALID -j DROP",
            "-A INPUT -m pkttype --pkt-type multicast -j REJECT --reject-with icmp-port-unreachable",
            "-A INPUT -m comment --comment \"-j DROP \\\" -p udp\" -j LOG --log-prefix \"x y\"",
        ] {
            assert_eq!(outcome(&format!("{accept}{rule}"), 138, true), "passes", "{rule}");
        }
        for rule in [
            "-A INPUT -p udp -m multiport --dports 53,137:138 -m comment --comment \"no names\" -j DROP",
            "-A INPUT -m addrtype --dst-type BROADCAST -j DROP",
            "-A INPUT ! -d 192.0.2.5/32 -i e+ -j REJECT --reject-with icmp-port-unreachable",
        ] {
            assert_eq!(outcome(&format!("{accept}{rule}"), 138, true), rule);
        }
        let rule = "-A INPUT -p udp -m limit --limit 5/min -j DROP";
        assert_eq!(outcome(&format!("{accept}{rule}"), 138, true), format!("maybe {rule}"));
        let rule = "-A INPUT -m addrtype --dst-type BROADCAST -j DROP";
        assert_eq!(outcome(&format!("{accept}{rule}"), 138, false), "passes");
    }

    /// The bones of ufw's chains: the policy takes what no rule of the user accepts.
    #[test]
    fn ufw_drops_by_its_policy() {
        let ufw = "-P INPUT DROP\n-P OUTPUT ACCEPT\n-N ufw-before-input\n-N ufw-user-input\n\
                   -N ufw-not-local\n-A INPUT -j ufw-before-input\n\
                   -A ufw-before-input -i lo -j ACCEPT\n\
                   -A ufw-before-input -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT\n\
                   -A ufw-before-input -j ufw-not-local\n\
                   -A ufw-before-input -j ufw-user-input\n\
                   -A ufw-not-local -m addrtype --dst-type LOCAL -j RETURN\n\
                   -A ufw-not-local -m addrtype --dst-type BROADCAST -j RETURN\n\
                   -A ufw-not-local -j DROP\n";
        for broadcast in [false, true] {
            assert_eq!(outcome(ufw, 138, broadcast), "policy of chain INPUT");
            let allowed =
                format!("{ufw}-A ufw-user-input -p udp -m multiport --dports 137:138 -j ACCEPT\n");
            assert_eq!(outcome(&allowed, 138, broadcast), "passes");
        }
        assert_eq!(table(ufw, "iptables").tool, Tool::Ufw);
    }
}
