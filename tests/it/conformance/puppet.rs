//! Another process, which does what it is told: this test binary once more. A line in, a line out.

use std::env;
use std::io::{self, BufRead as _, BufReader, Lines, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use mailslot::blocking::{Mailslot, Mailslots};

use super::face::{self, Reading};
use super::server::Service;
use super::{Info, Server as _};

/// In its environment: the socket of its service.
const SOCKET: &str = "MAILSLOT_TEST_PUPPET";

/// What its answers begin with; the test harness prints too.
const ANSWER: &str = "=> ";

/// A process with a handle to read with, at most. Dropped, it is killed.
pub(super) struct Puppet {
    child: Child,
    strings: Option<ChildStdin>,
    says: Lines<BufReader<ChildStdout>>,
}

impl Puppet {
    /// What it is started with: to inherit something before.
    pub(super) fn command(service: &Service) -> Command {
        let mut command = Command::new(env::current_exe().expect("itself"));
        command.args(["--exact", "--nocapture", "conformance::puppet::does_as_it_is_told"]);
        command.env(SOCKET, service.socket()).stdin(Stdio::piped()).stdout(Stdio::piped());
        command
    }

    pub(super) fn start(mut command: Command) -> Self {
        let mut child = command.spawn().expect("starts");
        let says = BufReader::new(child.stdout.take().expect("piped")).lines();
        Self { strings: child.stdin.take(), child, says }
    }

    /// Tells it to do something; returns what it answers.
    pub(super) fn tell(&mut self, order: &str) -> String {
        let strings = self.strings.as_mut().expect("it has not ended");
        writeln!(strings, "{order}").expect("it runs");
        for line in self.says.by_ref() {
            if let Some((_, answer)) = line.expect("text").split_once(ANSWER) {
                return answer.into();
            }
        }
        panic!("{order}: it ended");
    }

    /// What its handle tells.
    pub(super) fn info(&mut self) -> Result<Info, u32> {
        let answer = self.tell("info");
        let numbers: Vec<u32> =
            answer.split(' ').map(|number| number.parse().expect("a number")).collect();
        match numbers[..] {
            [max_message_size, next_size, message_count, read_timeout] => {
                Ok(Info { max_message_size, next_size, message_count, read_timeout })
            }
            [code] => Err(code),
            _ => panic!("{answer}"),
        }
    }

    /// Lets it come to its end, with whatever handles it has.
    pub(super) fn end(mut self) {
        self.strings = None;
        assert!(self.child.wait().expect("ends").success());
    }
}

impl Drop for Puppet {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The handle of this process.
type Held = Option<Reading<Mailslot>>;

fn held(slot: Result<Mailslot, mailslot::blocking::Error>) -> Result<Held, u32> {
    let slot = slot.map_err(face::code)?;
    Ok(Some(Reading { slot, closed: face::Closed::default() }))
}

fn obey(mailslots: &Mailslots, server: &mut Held, order: &str) -> Result<String, u32> {
    let has = |server: &Held| if server.is_some() { "a handle" } else { "nothing" }.to_owned();
    let reads = || server.as_ref().expect("a handle");
    match order.split_once(' ').unwrap_or((order, "")) {
        ("create", path) => *server = held(mailslots.create(path))?,
        ("take", token) => *server = held(mailslots.take(token))?,
        ("inherited", _) => {
            let (slots, _) = Mailslots::inherited().map_err(face::code)?;
            *server = slots.into_iter().next().map(|slot| held(Ok(slot))).transpose()?.flatten();
        }
        ("close", _) => *server = None,
        ("write", path) => mailslots
            .open(path)
            .and_then(|writer| writer.write(path.as_bytes()))
            .map(drop)
            .map_err(face::code)?,
        ("read", capacity) => {
            let data = reads().read(capacity.parse().expect("a number"))?;
            return Ok(String::from_utf8(data).expect("text"));
        }
        ("set_read_timeout", timeout) => {
            reads().set_read_timeout(timeout.parse().expect("a number"))?;
        }
        ("info", _) => {
            let Info { max_message_size, next_size, message_count, read_timeout } =
                reads().info()?;
            return Ok(format!("{max_message_size} {next_size} {message_count} {read_timeout}"));
        }
        ("share", _) => return reads().slot.share().map_err(face::code),
        _ => panic!("{order}?"),
    }
    Ok(has(server))
}

/// Where nobody tells it anything, it tells another.
#[test]
fn does_as_it_is_told() {
    let Some(socket) = env::var_os(SOCKET) else {
        let service = Service::start();
        let mut puppet = Puppet::start(Puppet::command(&service));
        assert_eq!(puppet.tell("create alerts"), "a handle");
        assert_eq!(puppet.tell("write alerts"), "a handle");
        assert_eq!(puppet.tell("read 16"), "alerts");
        assert_eq!(puppet.tell("read 16"), "121");
        assert_eq!(puppet.tell("close"), "nothing");
        puppet.end();
        return;
    };
    let mailslots = Mailslots::connect(socket).expect("a service");
    let mut server = None;
    for order in io::stdin().lines() {
        let answer = obey(&mailslots, &mut server, &order.expect("text"));
        let answer = answer.unwrap_or_else(|code| code.to_string());
        writeln!(io::stdout(), "{ANSWER}{answer}").expect("somebody listens");
    }
}
