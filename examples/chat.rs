//! A chat with everyone in the workgroup, Windows programs too: what they write to
//! `\\*\mailslot\chat`, or to this computer's `chat`, is shown with its sender, and each line that is
//! typed goes to all. Ends with the end of input (Ctrl-D).
//!
//! `cargo run --example chat`; two of them on one machine, without a privilege:
//! `MAILSLOT_LOOPBACK=1 MAILSLOT_NAME=ANNA cargo run --example chat`, and another name in another
//! shell.

#![expect(clippy::print_stdout, reason = "what a chat shows")]

use std::error::Error;
use std::io;
use std::thread;

use mailslot::api::Notice;
use mailslot::blocking::Mailslots;
use mailslot::node::{Event, NameState};

fn main() -> Result<(), Box<dyn Error>> {
    let mailslots = Mailslots::auto()?;
    let chat = mailslots.create("chat")?;
    let everyone = mailslots.open(r"\\*\mailslot\chat")?;

    // It takes a second until the names are this computer's: then others are heard.
    let notices = mailslots.clone();
    thread::spawn(move || {
        loop {
            if let Notice::Node(Event::Name { own, state: NameState::Owned, .. }) = notices.notice()
            {
                show(&format!("* {} is ours", own.name));
            }
        }
    });
    thread::spawn(move || {
        for message in chat.messages().map_while(Result::ok) {
            let text = String::from_utf8_lossy(&message.data);
            match message.from {
                // As the datagram says: nobody proves it.
                Some(sender) => show(&format!("{}: {text}", sender.name)),
                None => show(&format!("here: {text}")),
            }
        }
    });
    for line in io::stdin().lines() {
        everyone.write(line?.as_bytes())?;
    }
    mailslots.leave();
    Ok(())
}

/// What strangers wrote is to do nothing to the terminal.
fn show(line: &str) {
    println!("{}", line.replace(char::is_control, "?"));
}
