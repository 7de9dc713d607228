//! The cases of testdata/wine10/probe.c, performed through a [`Namespace`] and compared with what
//! Wine 10 answered, line by line. Where the two differ, `differences` says why, and they must;
//! what has no counterpart here is listed there too.

mod differences;
mod handles;
mod names;
mod open;
mod parameters;
mod processes;
mod queue;
mod reads;
mod record;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::{Client, Info, Namespace, Read, Server};
use differences::{DIFFERENT, NOT_HERE};
use record::Record;

use handles::handles;
use names::names;
use open::{open, remote};
use parameters::parameters;
use queue::{queue, two_writers};
use reads::{overlapped, timeouts};

/// The probe's sections as tests, each in a namespace of its own.
macro_rules! probe {
    ($face:ident: $($section:ident $letters:literal,)*) => {
        mod $face {
            $(#[test]
            fn $section() {
                let space = crate::conformance::tasks::Tasks::$face();
                let mut probe = super::Probe::new(&space);
                super::$section(&mut probe);
                probe.compare($letters);
            })*
        }
    };
    ($($face:ident)*) => {
        $(probe! { $face:
            names "A", parameters "B", open "C", remote "D", queue "E", two_writers "FG",
            timeouts "H", handles "I", overlapped "J",
        })*
    };
}

probe! { local service }

/// The path of a mailslot of this machine.
fn local(name: &str) -> String {
    format!(r"\\.\mailslot\{name}")
}

/// A probe of a namespace, and what it answered.
struct Probe<'a> {
    space: &'a dyn Namespace,
    record: &'static Record,
    /// By the record's own words for a case.
    answers: BTreeMap<&'static str, String>,
}

impl<'a> Probe<'a> {
    fn new(space: &'a dyn Namespace) -> Self {
        Self { space, record: Record::wine(), answers: BTreeMap::new() }
    }

    /// Holds the answers against those of the record whose cases begin with one of `sections`.
    fn compare(&self, sections: &str) {
        let mut wrong = Vec::new();
        for (case, recorded) in self.record.cases(sections) {
            let here = self.answers.get(case);
            let different = DIFFERENT.iter().any(|(cases, _)| covers(cases, case));
            let not_here = NOT_HERE.iter().any(|(cases, _)| covers(cases, case));
            let right = match here {
                Some(here) => !not_here && different == (here != recorded),
                None => not_here && !different,
            };
            if !right {
                wrong.push(format!("{case}: {here:?}, Wine: {recorded}"));
            }
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    fn answer(&mut self, case: &str, answer: String) {
        let case = self.record.case(case);
        let before = self.answers.insert(case, answer);
        assert_eq!(before, None, "{case}: answered before");
    }

    fn done<T, E>(
        &mut self,
        case: &str,
        result: Result<T, E>,
        code: impl Fn(&E) -> u32,
    ) -> Option<T> {
        let answer = match &result {
            Ok(_) => "TRUE".into(),
            Err(error) => format!("FALSE {}", code(error)),
        };
        self.answer(case, answer);
        result.ok()
    }

    fn handle<T>(&mut self, case: &str, handle: Result<T, u32>) -> Option<T> {
        let answer = match &handle {
            Ok(_) => "handle".into(),
            Err(code) => format!("INVALID_HANDLE {code}"),
        };
        self.answer(case, answer);
        handle.ok()
    }

    fn create_with(
        &mut self,
        case: &str,
        path: &str,
        most: u32,
        timeout: u32,
    ) -> Option<Box<dyn Server>> {
        let server = self.space.create_with(path, most, timeout);
        self.handle(case, server)
    }

    fn create(&mut self, case: &str, path: &str) -> Option<Box<dyn Server>> {
        self.create_with(case, path, 0, 0)
    }

    fn open(&mut self, case: &str, path: &str) -> Option<Box<dyn Client>> {
        let client = self.space.open(path);
        self.handle(case, client)
    }

    fn write(&mut self, case: &str, client: &dyn Client, data: &[u8]) {
        let answer = match client.write(data) {
            Ok(written) => format!("TRUE written={written}"),
            Err(code) => format!("FALSE {code}"),
        };
        self.answer(case, answer);
    }

    /// Returns how long it took.
    fn read(&mut self, case: &str, server: &dyn Server, capacity: usize) -> Duration {
        let begin = Instant::now();
        let read = server.read(capacity);
        let took = begin.elapsed();
        self.was_read(case, &read);
        took
    }

    fn was_read(&mut self, case: &str, read: &Result<Vec<u8>, u32>) {
        let answer = match read.as_deref() {
            Ok([]) => "TRUE read=0".into(),
            Ok(data @ [first, ..]) => format!("TRUE read={} first={first:02x}", data.len()),
            Err(code) => format!("FALSE {code}"),
        };
        self.answer(case, answer);
    }

    /// A read with an `OVERLAPPED`; none where it is done at once.
    fn begin_read(
        &mut self,
        case: &str,
        server: &dyn Server,
        capacity: usize,
    ) -> Option<Box<dyn Read>> {
        let mut read = server.begin_read(capacity);
        if read.is_pending() {
            self.answer(case, "FALSE 997".into());
            return Some(read);
        }
        self.finish(case, read);
        None
    }

    /// `GetOverlappedResult`.
    fn finish(&mut self, case: &str, read: Box<dyn Read>) {
        let answer = match read.finish() {
            Ok(data) => format!("TRUE n={}", data.len()),
            Err(code) => format!("FALSE {code}"),
        };
        self.answer(case, answer);
    }

    fn info(&mut self, case: &str, info: Result<Info, u32>) {
        let answer = match info {
            Ok(Info { max_message_size, next_size, message_count, read_timeout }) => format!(
                "TRUE max={} next={} count={message_count} timeout={}",
                signed(max_message_size),
                signed(next_size),
                signed(read_timeout),
            ),
            Err(code) => format!("FALSE {code}"),
        };
        self.answer(case, answer);
    }

    fn set_timeout(&mut self, case: &str, server: &dyn Server, timeout: u32) {
        self.done(case, server.set_read_timeout(timeout), |code| *code);
    }

    fn close(&mut self, case: &str, server: Box<dyn Server>) {
        self.done(case, server.close(), |(_, code)| *code);
    }

    fn close_client(&mut self, case: &str, client: Box<dyn Client>) {
        self.done(case, client.close(), |(_, code)| *code);
    }
}

/// A number as the probe prints it.
fn signed(number: u32) -> i32 {
    i32::from_ne_bytes(number.to_ne_bytes())
}

/// Whether `cases`, of which `*` ends those that only begin alike, has that case.
fn covers(cases: &[&str], case: &str) -> bool {
    cases.iter().any(|listed| match listed.strip_suffix('*') {
        Some(start) => case.starts_with(start),
        None => {
            case == *listed || case.strip_prefix(listed).is_some_and(|rest| rest.starts_with(' '))
        }
    })
}

/// None of the lists' cases is a slip of the pen, and every section is somebody's.
#[test]
fn the_lists_name_cases() {
    let record = Record::wine();
    for (cases, why) in DIFFERENT.iter().chain(NOT_HERE) {
        for listed in *cases {
            assert!(
                record.cases("ABCDEFGHIJKL").any(|(case, _)| covers(&[listed], case)),
                "{listed}: {why}"
            );
        }
    }
    let space = super::tasks::Tasks::local();
    Probe::new(&space).compare("L");
}
