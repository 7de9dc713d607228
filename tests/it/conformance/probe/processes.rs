//! Section K: a child that inherits.

use super::{Probe, local};
use crate::conformance::face;
use crate::conformance::processes::until;
use crate::conformance::puppet::Puppet;
use crate::conformance::server::Service;
use crate::conformance::tasks::{Tasks, wait};

#[test]
fn a_child_inherits() {
    let service = Service::start();
    let space = Tasks::of(&service);
    let mut probe = Probe::new(&space);
    let path = local("inh");
    let server = wait(space.mailslots().create(face::options(&path, 0, 1000))).expect("free");
    let client = probe.open("K01", &path).expect("there");
    probe.write("K02", &*client, b"for child");
    let mut command = Puppet::command(&service);
    wait(server.inherit(&mut command)).expect("handed over");
    let mut child = Puppet::start(command);
    probe.answer("K03", "TRUE".into());
    probe.done("K04", server.close(), |(_, error)| error.win32_code());
    probe.write("K05", &*client, b"second");
    assert_eq!(child.tell("inherited"), "a handle");
    let info = child.info();
    probe.info("K-child info", info);
    for case in ["K-child read 1", "K-child read 2"] {
        probe.was_read(case, &Ok(child.tell("read 64").into_bytes()));
    }
    child.end();
    until(|| client.info().is_err());
    probe.write("K07", &*client, b"third");
    probe.open("K08", &path);
    probe.compare("K");
}
