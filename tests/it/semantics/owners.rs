//! Slots that have owners, and what owners may have.

use std::sync::atomic::{AtomicBool, Ordering};

use mailslot::slot::{Options, ReadTimeout, User, limits};

use super::{ERROR_NOT_ENOUGH_QUOTA, Face, done};

const OVERHEAD: u64 = limits::MESSAGE_OVERHEAD;

fn owner(id: u32, max_slots: usize, max_octets: u64) -> Options {
    Options::default().owner(User { id, max_slots, max_octets })
}

#[test]
fn an_owner_has_so_many_slots() {
    let face = Face::new();
    let alice = owner(1000, 2, 1 << 20);
    let first = face.create_with("1", &alice).expect("free");
    let second = face.create_with("2", &alice).expect("free");
    let third = face.create_with("3", &alice);
    assert_eq!(third.err(), Some(ERROR_NOT_ENOUGH_QUOTA));
    // Others have their own, and a name that is taken costs nothing.
    let _other = face.create_with("3", &owner(1001, 1, 1 << 20)).expect("free");
    let taken = face.create_with("3", &alice);
    assert_eq!(taken.err(), Some(super::ERROR_ALREADY_EXISTS));
    // A duplicate is no slot; its end is not the slot's.
    drop(first.clone());
    assert!(face.create_with("4", &alice).is_err());
    drop(first);
    let _fourth = face.create_with("4", &alice).expect("one less");
    assert!(face.create_with("5", &alice).is_err());
    // What he may have can change.
    let _fifth = face.create_with("5", &owner(1000, 3, 1 << 20)).expect("more are allowed");
    assert!(face.create_with("6", &alice).is_err());
    drop(second);
    assert_eq!(face.open("2").err(), Some(super::ERROR_FILE_NOT_FOUND));
}

#[test]
fn an_owners_messages_take_so_much_in_all_his_slots() {
    let face = Face::new();
    let alice = owner(1000, 9, 3 * (OVERHEAD + 100));
    let slots = ["1", "2"].map(|name| face.create_with(name, &alice).expect("free"));
    let writers = ["1", "2"].map(|name| face.open(name).expect("there"));
    let other = face.create_with("other", &owner(1001, 9, 1 << 20)).expect("free");
    for writer in [&writers[0], &writers[1], &writers[0]] {
        face.write(writer, &[7; 100]).expect("room");
    }
    for writer in &writers {
        assert_eq!(face.write(writer, b""), Err(ERROR_NOT_ENOUGH_QUOTA));
    }
    // Another's slots have room.
    face.write(&face.open("other").expect("there"), b"x").expect("room");
    assert_eq!(face.octets(), 3 * (OVERHEAD + 100) + OVERHEAD + 1);
    // What is read makes room in any of his.
    assert_eq!(face.read(&slots[1], 100), done(&[7; 100]));
    face.write(&writers[0], &[7; 101]).expect_err("too much by one");
    face.write(&writers[0], &[7; 100]).expect("room");
    // What is held does not.
    let held = slots[0].slot().hold(face.now, 100, None).expect("not too many");
    assert_eq!(face.write(&writers[1], b""), Err(ERROR_NOT_ENOUGH_QUOTA));
    let mailslot::slot::Hold::Held { ticket, .. } = held else { panic!("{held:?}") };
    assert!(slots[0].slot().release(face.now, ticket));
    face.write(&writers[1], &[7; 100]).expect("room");
    // A slot's end gives all back.
    let [first, second] = slots;
    drop(first);
    assert_eq!(face.octets(), (OVERHEAD + 100) + (OVERHEAD + 1));
    drop((second, other));
    assert_eq!(face.octets(), 0);
}

#[test]
fn an_owner_who_had_no_slots_begins_anew() {
    let face = Face::new();
    let slot = face.create_with("1", &owner(1000, 1, OVERHEAD)).expect("free");
    face.write(&face.open("1").expect("there"), b"").expect("room");
    drop(slot);
    let slot = face.create_with("1", &owner(1000, 1, 2 * OVERHEAD)).expect("free");
    let writer = face.open("1").expect("there");
    face.write(&writer, b"").expect("room");
    face.write(&writer, b"").expect("room");
    face.write(&writer, b"").expect_err("full");
    assert_eq!(slot.info().message_count, 2);
    // What he may have is what was last said.
    let _other = face.create_with("2", &owner(1000, 2, 3 * OVERHEAD)).expect("free");
    face.write(&writer, b"").expect("room");
    face.write(&writer, b"").expect_err("full");
}

#[test]
fn all_owners_together_take_so_much() {
    let face = Face::new();
    face.set_max_octets(2 * OVERHEAD);
    let _slots = [1000, 1001]
        .map(|id| face.create_with(&id.to_string(), &owner(id, 1, 1 << 20)).expect("free"));
    let [one, other] = ["1000", "1001"].map(|name| face.open(name).expect("there"));
    face.write(&one, b"").expect("room");
    face.write(&other, b"").expect("room");
    assert_eq!(face.write(&one, b""), Err(ERROR_NOT_ENOUGH_QUOTA));
    // Who was refused by all has nothing more of his own.
    face.set_max_octets(1 << 30);
    let fits = (1 << 20) - OVERHEAD - OVERHEAD;
    face.write(&one, &vec![0; usize::try_from(fits).expect("small")]).expect("all of his own");
    assert_eq!(face.octets(), (1 << 20) + OVERHEAD);
}

/// Who is refused takes nothing, not for a moment either: who fits is never refused for him.
#[test]
fn a_refused_write_takes_no_room_from_another() {
    let face = Face::new();
    let alice = owner(1000, 9, 64 << 10);
    let slots = ["big", "small"].map(|name| face.create_with(name, &alice).expect("free"));
    let [big, small] = ["big", "small"].map(|name| face.open(name).expect("there"));
    let now = face.now;
    let (begun, ended) = (std::sync::Barrier::new(2), AtomicBool::new(false));
    std::thread::scope(|scope| {
        let refused = scope.spawn(|| {
            let data = vec![0; 64 << 10];
            begun.wait();
            let refused = (0..500_000).filter(|_| big.write(now, &data).is_err()).count();
            ended.store(true, Ordering::Relaxed);
            refused
        });
        begun.wait();
        while !ended.load(Ordering::Relaxed) {
            assert_eq!(small.write(now, b"").err(), None, "there is room");
            assert_eq!(face.read(&slots[1], 0), done(b""));
        }
        assert_eq!(refused.join().expect("no panic"), 500_000);
    });
}

#[test]
fn a_slot_tells_whose_it_is() {
    let face = Face::new();
    let user = User { id: 1000, max_slots: 7, max_octets: 4096 };
    let options = Options::default().owner(user).process(42).owner_only(true);
    let slot = face.create_with("alerts", &options).expect("free");
    let found = slot.slot();
    assert_eq!((found.owner(), found.process(), found.is_owner_only()), (user, 42, true));
    let duplicate = slot.clone();
    assert_eq!(slot.slot().servers(), 2);
    drop(duplicate);
    assert_eq!(slot.slot().servers(), 1);
    let other = face.create_with("other", &Options::default().read_timeout(ReadTimeout(7)));
    let other = other.expect("free");
    assert_eq!((other.slot().owner(), other.slot().process()), (User::default(), 0));
    assert!(!other.slot().is_owner_only());
    // Whoever opens slots for others looks; in a process they are all its own.
    face.write(&face.open("alerts").expect("there"), b"x").expect("room");
}
