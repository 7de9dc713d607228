//! `examples/chat.rs`: two computers talk.

use super::{Computer, Program, example};

#[test]
fn everyone_hears_everyone() {
    let computers = [Computer::new("CHATA", "CHATTERS"), Computer::new("CHATB", "CHATTERS")];
    let [mut anna, mut bert] = computers.each_ref().map(|computer| {
        let mut command = example("chat");
        computer.set(&mut command);
        let mut chat = Program::start(command);
        chat.wait_for(&format!("* {}<00> is ours", computer.name));
        chat.wait_for("* CHATTERS<00> is ours");
        chat
    });
    anna.say("lunch?");
    for heard in [anna.line(), bert.line()] {
        assert_eq!(heard, "CHATA<00>: lunch?");
    }
    bert.say("f\u{fc}nf minutes");
    for heard in [anna.line(), bert.line()] {
        assert_eq!(heard, "CHATB<00>: f\u{fc}nf minutes");
    }
    // To one of them, with what would clear a terminal.
    computers[1].send("CHATA:chat", "\u{1b}[2Jonly you");
    assert_eq!(anna.line(), "CHATB<00>: ?[2Jonly you");
    computers[1].send(".:chat", "at home");
    assert_eq!(bert.line(), "here: at home");
    assert_eq!((anna.end(), bert.end()), (Some(0), Some(0)));
}
