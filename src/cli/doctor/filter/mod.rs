//! What a packet filter does with a packet, told from its rules.
//!
//! Rules are read into conditions on a handful of fields. What is not understood is neither true
//! nor false, so there are three outcomes: it passes, it is dropped, it may be dropped.

pub(super) mod iptables;
pub(super) mod nft;

use std::collections::HashMap;

/// How deep chains jump into each other; the kernel allows 16.
const MAX_DEPTH: usize = 16;

/// Rules that are looked at for one packet: chains that jump twice into each other multiply.
const MAX_RULES: usize = 100_000;

/// What a condition looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Field {
    Protocol,
    SourcePort,
    DestinationPort,
    Source,
    Destination,
    /// In which it came.
    Input,
    /// By which it leaves.
    Output,
    /// Of its connection.
    State,
    /// `DNAT` and its like.
    Status,
    /// Whether it is to everyone, by its frame or by its address.
    Cast,
    /// Whether its destination is this machine's or a broadcast address.
    AddressType,
    Family,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    /// From the first to the last: ports, addresses, protocols.
    Range(u32, u32),
    /// Interfaces (`*` at the end: all that begin so), states, kinds.
    Text(String),
}

/// One condition of a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Condition {
    /// None where it is not understood.
    pub(super) field: Option<Field>,
    pub(super) negated: bool,
    /// One of these.
    pub(super) values: Vec<Value>,
}

impl Condition {
    pub(super) const UNKNOWN: Self = Self { field: None, negated: false, values: Vec::new() };

    pub(super) fn new(field: Field, values: Vec<Value>) -> Self {
        Self { field: Some(field), negated: false, values }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Action {
    Accept,
    Drop,
    Jump(String),
    Goto(String),
    Return,
    /// It counts, logs, marks.
    Continue,
    /// Nobody knows.
    Unknown,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rule {
    pub(super) conditions: Vec<Condition>,
    pub(super) action: Action,
    /// As its tool shows it.
    pub(super) text: String,
}

/// Where packets pass rules.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hook {
    Prerouting,
    Input,
    Output,
    Postrouting,
}

/// A chain that packets come to by themselves.
#[derive(Clone, Debug)]
pub(super) struct Base {
    pub(super) chain: String,
    pub(super) hook: Hook,
    pub(super) priority: i64,
    pub(super) drops: bool,
}

/// Whose rules they are, so which command mends them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Tool {
    Nft { family: String, table: String },
    Iptables { program: &'static str },
    Ufw,
    Firewalld,
}

#[derive(Clone, Debug)]
pub(super) struct Table {
    pub(super) tool: Tool,
    pub(super) bases: Vec<Base>,
    pub(super) chains: HashMap<String, Vec<Rule>>,
}

/// A packet, or all packets of a kind: ranges from the first to the last.
#[derive(Clone, Copy, Debug)]
pub(super) struct Packet<'a> {
    /// Comes in through it, or leaves by it.
    pub(super) interface: &'a str,
    pub(super) leaves: bool,
    pub(super) source: (u32, u32),
    pub(super) destination: (u32, u32),
    pub(super) source_port: (u32, u32),
    pub(super) destination_port: (u32, u32),
    pub(super) broadcast: bool,
}

/// Where a packet ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Site {
    pub(super) tool: Tool,
    /// The chain that packets come to by themselves, and to whose head an exception belongs.
    pub(super) base: String,
    /// The rule, or the policy.
    pub(super) text: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Passes,
    Dropped(Site),
    MayBeDropped(Site),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Truth {
    Yes,
    No,
    Maybe,
}

impl Packet<'_> {
    /// What becomes of it.
    pub(super) fn outcome(&self, tables: &[Table]) -> Outcome {
        let hooks = if self.leaves {
            [Hook::Output, Hook::Postrouting]
        } else {
            [Hook::Prerouting, Hook::Input]
        };
        let mut doubt = None;
        for hook in hooks {
            let mut bases: Vec<_> = tables
                .iter()
                .flat_map(|table| table.bases.iter().map(move |base| (table, base)))
                .filter(|(_, base)| base.hook == hook)
                .collect();
            bases.sort_by_key(|(_, base)| base.priority);
            for (table, base) in bases {
                match Walk::new(self, table, base).outcome() {
                    Outcome::Passes => {}
                    Outcome::Dropped(site) => return Outcome::Dropped(site),
                    Outcome::MayBeDropped(site) => doubt = doubt.or(Some(site)),
                }
            }
        }
        doubt.map_or(Outcome::Passes, Outcome::MayBeDropped)
    }

    fn meets(&self, rule: &Rule) -> Truth {
        rule.conditions.iter().fold(Truth::Yes, |all, condition| match self.is(condition) {
            Truth::No => Truth::No,
            Truth::Maybe if all == Truth::Yes => Truth::Maybe,
            _ => all,
        })
    }

    fn is(&self, condition: &Condition) -> Truth {
        let Some(field) = condition.field else { return Truth::Maybe };
        let value = |value: &Value| match (self.number(field), value) {
            (Some(own), Value::Range(first, last)) => within(own, (*first, *last)),
            (None, Value::Text(text)) => self.text(field, text),
            _ => Truth::Maybe,
        };
        let any = condition.values.iter().map(value).fold(Truth::No, |any, one| match one {
            Truth::Yes => Truth::Yes,
            Truth::Maybe if any == Truth::No => Truth::Maybe,
            _ => any,
        });
        match (any, condition.negated) {
            (Truth::Yes, true) => Truth::No,
            (Truth::No, true) => Truth::Yes,
            _ => any,
        }
    }

    fn number(&self, field: Field) -> Option<(u32, u32)> {
        match field {
            Field::Protocol => Some((17, 17)),
            Field::SourcePort => Some(self.source_port),
            Field::DestinationPort => Some(self.destination_port),
            Field::Source => Some(self.source),
            Field::Destination => Some(self.destination),
            _ => None,
        }
    }

    fn text(&self, field: Field, text: &str) -> Truth {
        let equal = match field {
            Field::Input | Field::Output if (field == Field::Output) != self.leaves => false,
            Field::Input | Field::Output => match text.strip_suffix('*') {
                Some(head) => self.interface.starts_with(head),
                None => self.interface == text,
            },
            // What comes is the first of its kind: answers to broadcasts belong to no connection.
            Field::State => text.eq_ignore_ascii_case("new"),
            Field::Cast | Field::AddressType => {
                let own = match (self.broadcast, field) {
                    (true, _) => "broadcast",
                    (false, Field::Cast) => "host",
                    (false, _) => "local",
                };
                // The tools call a frame for this machine by several names.
                text.eq_ignore_ascii_case(own) || (own == "host" && text == "unicast")
            }
            Field::Family => matches!(text, "ipv4" | "ip"),
            _ => false,
        };
        if equal { Truth::Yes } else { Truth::No }
    }
}

fn within(own: (u32, u32), wanted: (u32, u32)) -> Truth {
    if wanted.0 <= own.0 && own.1 <= wanted.1 {
        Truth::Yes
    } else if own.1 < wanted.0 || wanted.1 < own.0 {
        Truth::No
    } else {
        Truth::Maybe
    }
}

/// The way of a packet through the chains of one base chain.
struct Walk<'a> {
    packet: &'a Packet<'a>,
    table: &'a Table,
    base: &'a Base,
    /// A rule that is not understood may have let it pass.
    may_pass: bool,
    may_drop: Option<Site>,
    rules: usize,
}

enum Flow {
    Accepted,
    Dropped(Site),
    /// To the end of the chain, or back from it.
    On,
}

impl<'a> Walk<'a> {
    fn new(packet: &'a Packet<'a>, table: &'a Table, base: &'a Base) -> Self {
        Self { packet, table, base, may_pass: false, may_drop: None, rules: 0 }
    }

    fn outcome(mut self) -> Outcome {
        let flow = match self.chain(&self.base.chain, true, 0) {
            Flow::On if self.base.drops => {
                Flow::Dropped(self.site(format!("policy of chain {}", self.base.chain)))
            }
            flow => flow,
        };
        match (flow, self.may_drop) {
            (Flow::Dropped(site), _) if !self.may_pass => Outcome::Dropped(site),
            (Flow::Dropped(site), None) | (_, Some(site)) => Outcome::MayBeDropped(site),
            _ => Outcome::Passes,
        }
    }

    fn site(&self, text: String) -> Site {
        Site { tool: self.table.tool.clone(), base: self.base.chain.clone(), text }
    }

    /// `certain`: whether the packet comes here at all.
    fn chain(&mut self, name: &str, certain: bool, depth: usize) -> Flow {
        let rules = self.table.chains.get(name).filter(|_| depth <= MAX_DEPTH);
        for rule in rules.into_iter().flatten() {
            self.rules += 1;
            if self.rules > MAX_RULES {
                self.may_pass = true;
                return Flow::On;
            }
            let certain = match self.packet.meets(rule) {
                Truth::No => continue,
                Truth::Yes => certain,
                Truth::Maybe => false,
            };
            match &rule.action {
                Action::Accept if certain => return Flow::Accepted,
                Action::Drop if certain => return Flow::Dropped(self.site(rule.text.clone())),
                Action::Accept => self.may_pass = true,
                Action::Drop => self.may_be_dropped(&rule.text),
                Action::Jump(target) => match self.chain(target, certain, depth + 1) {
                    Flow::On => {}
                    end => return end,
                },
                Action::Goto(target) => match self.chain(target, certain, depth + 1) {
                    Flow::On if !certain => {}
                    end => return end,
                },
                Action::Return if certain => return Flow::On,
                Action::Return | Action::Continue => {}
                Action::Unknown => {
                    self.may_pass = true;
                    self.may_be_dropped(&rule.text);
                }
            }
        }
        Flow::On
    }

    fn may_be_dropped(&mut self, text: &str) {
        if self.may_drop.is_none() {
            self.may_drop = Some(self.site(text.to_owned()));
        }
    }
}
