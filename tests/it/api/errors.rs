//! What errors say.

use std::os::unix::net::UnixListener;
use std::sync::Arc;

use mailslot::api::{ErrorKind, HandleFlags, MailslotOptions, Mailslots};
use mailslot::service::rights::Rights;
use mailslot::service::{Config, Service};

/// What a newcomer writes who knows the command.
#[tokio::test]
async fn the_commands_targets_are_refused_with_what_to_write() {
    let mailslots = Mailslots::local();
    for target in [".:chat", "WINBOX:chat"] {
        for error in [
            mailslots.create(target).await.expect_err("no path"),
            mailslots.open(target).await.expect_err("no path"),
        ] {
            assert_eq!((error.kind(), error.win32_code()), (ErrorKind::InvalidPath, 123));
            let text = error.to_string();
            assert!(text.contains(&format!("mailslot \"{target}\": ")), "{text}");
            assert!(
                text.contains(r"write name, \\.\mailslot\name or \\host\mailslot\name"),
                "{text}"
            );
        }
    }
}

/// Whoever has the mailslots, a call that fails says of which it did.
#[tokio::test]
async fn errors_name_the_mailslot() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("socket");
    let listener = UnixListener::bind(&path).expect("a socket");
    let config = Config::new(Arc::default(), Rights::default(), &path);
    let (_service, _notes) = Service::start(config, vec![listener]).expect("threads");
    for mailslots in [Mailslots::local(), Mailslots::connect(&path).await.expect("a service")] {
        let options = MailslotOptions::new("small\u{1b}").max_message_size(1);
        let slot = mailslots.create(options).await.expect("free");
        let writer = mailslots.open("small\u{1b}").await.expect("there");
        slot.set_flags(HandleFlags::PROTECT_FROM_CLOSE, HandleFlags::all());
        let (slot, protected) = slot.close().expect_err("protected");
        let said = [
            mailslots.create("SMALL\u{1b}").await.expect_err("taken"),
            mailslots.open("other").await.expect_err("missing"),
            slot.read(&mut []).await.expect_err("nothing there"),
            writer.write(b"12").await.expect_err("too long"),
            protected,
        ]
        .map(|error| error.to_string());
        assert_eq!(
            said,
            [
                r#"cannot create mailslot "SMALL\u{1b}": a mailslot of that name exists"#,
                r#"cannot open mailslot "other": no mailslot of that name exists"#,
                r#"cannot read mailslot "small\u{1b}": no message came in time"#,
                r#"cannot write to mailslot "small\u{1b}": the message has 2 octets, the mailslot takes 1"#,
                r#"cannot close mailslot "small\u{1b}": the handle is protected from being closed"#,
            ]
        );
        let writer = mailslots.open(r"\\HOST\mailslot\x").await.expect("always");
        let error = writer.write(b"x").await.expect_err("no network");
        assert_eq!(
            error.to_string(),
            r#"cannot write to mailslot "\\HOST\mailslot\x": the mailslot is on another machine, no network here"#
        );
    }
}
