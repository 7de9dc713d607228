//! Handles on a network: the LAN inside this machine.

use mailslot::api::{ErrorKind, Mailslots, Notice, Role, Route};
use mailslot::node::{Event, NameState};
use mailslot::runtime::{LiveConfig, Network};

/// A computer on a LAN of these tests' own.
fn config(name: &str, workgroup: &str) -> LiveConfig {
    let network = Network::Loopback { name: name.into() };
    let mut config = LiveConfig::new(name, workgroup, network).expect("names");
    (config.node.name_port, config.node.datagram_port) = (11_837, 11_838);
    config
}

async fn owned(mailslots: &Mailslots, name: &str) {
    loop {
        match mailslots.notice().await {
            Notice::Node(Event::Name { own, state: NameState::Owned, .. })
                if own.name.to_string() == name =>
            {
                return;
            }
            _ => {}
        }
    }
}

#[tokio::test]
async fn what_is_written_goes_to_other_machines() {
    let one = Mailslots::embedded(config("APIONE", "APIWG")).expect("ports");
    let two = Mailslots::embedded(config("APITWO", "APIWG")).expect("ports");
    assert_eq!(one.role(), Role::Own { network: true });
    tokio::join!(
        async {
            owned(&one, "APIONE<00>").await;
            owned(&one, "APIWG<00>").await;
        },
        async {
            owned(&two, "APITWO<00>").await;
            owned(&two, "APIWG<00>").await;
        }
    );
    let node = one.node().await.expect("here").expect("a network");
    assert_eq!(
        (node.computer.to_string(), node.workgroup.to_string()),
        ("APIONE<00>".into(), "APIWG<00>".into())
    );
    let slot = two.create("alerts").await.expect("free");
    let own = one.create("alerts").await.expect("free");

    let writer = one.open(r"\\apitwo\mailslot\alerts").await.expect("always");
    let route = writer.send(b"to one").await.expect("found");
    assert!(
        matches!(&route, Route::Host { name, .. } if name.to_string() == "APITWO<00>"),
        "{route:?}"
    );
    let message = slot.recv().await.expect("a message");
    assert_eq!(message.data, "to one");
    assert_eq!(message.from.expect("a sender").name.to_string(), "APIONE<00>");
    assert_eq!(message.to.expect("a name").to_string(), "APITWO<00>");

    // All of the domain, this machine once.
    let everyone = one.open(r"\\*\mailslot\alerts").await.expect("always");
    let route = everyone.send(b"to all").await.expect("a network");
    assert!(
        matches!(&route, Route::Group { local: true, broadcasts, .. } if broadcasts.len() == 1),
        "{route:?}"
    );
    assert_eq!(slot.recv().await.expect("a message").data, "to all");
    assert_eq!(own.recv().await.expect("a message").data, "to all");

    // Its own name is itself.
    let itself = one.open(r"\\APIONE\mailslot\alerts").await.expect("always");
    assert!(matches!(itself.send(b"me").await, Ok(Route::OwnName { .. })));
    assert_eq!(own.recv().await.expect("a message").data, "me");

    let nobody = one.open(r"\\APINONE\mailslot\alerts").await.expect("always");
    let error = nobody.write(b"x").await.expect_err("nobody");
    assert_eq!((error.kind(), error.win32_code()), (ErrorKind::NameNotFound, 53));
    let error = writer.write(&[0; 425]).await.expect_err("too long");
    assert_eq!((error.kind(), error.win32_code()), (ErrorKind::MessageTooLong, 53));
    let error = writer.info().await.expect_err("it tells nothing");
    assert_eq!(error.kind(), ErrorKind::NoNetwork);
    tokio::join!(one.leave(), two.leave());
}
