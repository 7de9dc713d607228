//! A program that outlives its service. When that ends, its mailslots do: then `Mailslots::auto()`
//! finds another one, or this process takes its place, and the program creates its mailslot again.

#![expect(clippy::print_stdout, reason = "what it is for")]

use std::error::Error;
use std::thread::sleep;
use std::time::Duration;

use mailslot::blocking::{ErrorKind, Mailslots};

fn main() -> Result<(), Box<dyn Error>> {
    let mailslots = Mailslots::auto()?;
    loop {
        let lost = match mailslots.create("alerts") {
            Ok(alerts) => alerts.messages().find_map(|message| {
                message.map(|message| println!("{}", message.data.escape_ascii())).err()
            }),
            Err(error) => Some(error),
        };
        match lost {
            Some(error) if error.kind() != ErrorKind::ServiceLost => return Err(error.into()),
            // Somebody will have the mailslots again; until then there are none.
            _ => sleep(Duration::from_millis(200)),
        }
    }
}
