//! What the command line asks for: what the test harness understands, as far as it means something
//! here, and how long, how much and with which seed.

use std::time::Duration;

/// What is asked for. What is not, each run chooses: as little as tells something.
#[derive(Debug, Default)]
pub(crate) struct Options {
    filters: Vec<String>,
    ignored: bool,
    pub(crate) list: bool,
    pub(crate) time: Option<Duration>,
    pub(crate) seed: Option<u64>,
    pub(crate) clients: Option<u64>,
    pub(crate) slots: Option<u64>,
    pub(crate) rounds: Option<u64>,
}

impl Options {
    pub(crate) fn parse(args: &[String]) -> Self {
        let mut options = Self::default();
        let mut args = args.iter().map(String::as_str);
        while let Some(arg) = args.next() {
            let mut number = || {
                let value = args.next().unwrap_or_else(|| panic!("{arg} has a number"));
                value.parse::<u64>().unwrap_or_else(|_| panic!("{arg} {value}: no number"))
            };
            match arg {
                "--minutes" => options.time = Some(Duration::from_secs(60 * number())),
                "--seconds" => options.time = Some(Duration::from_secs(number())),
                "--seed" => options.seed = Some(number()),
                "--clients" => options.clients = Some(number()),
                "--slots" => options.slots = Some(number()),
                "--rounds" => options.rounds = Some(number()),
                "--list" => options.list = true,
                "--ignored" => options.ignored = true,
                // Their values would be taken for filters.
                "--format" | "--test-threads" | "--color" => drop(args.next()),
                flag if flag.starts_with('-') => {}
                filter => options.filters.push(filter.to_owned()),
            }
        }
        options
    }

    pub(crate) fn wants(&self, name: &str) -> bool {
        !self.ignored
            && (self.filters.is_empty() || self.filters.iter().any(|part| name.contains(part)))
    }

    /// The seed that was asked for, or one that nobody foresees.
    pub(crate) fn seed(&self) -> u64 {
        let nanos = || {
            let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
            u64::from(now.expect("after 1970").subsec_nanos())
        };
        self.seed.unwrap_or_else(nanos)
    }
}
