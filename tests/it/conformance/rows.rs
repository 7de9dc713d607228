//! The table: which rows there are, how Windows is known to be so, and which function proves it.

/// A row, as docs/windows.md shows it.
pub(super) struct Row {
    /// Its letter and number in the table of semantics.
    pub(super) id: &'static str,
    /// What Windows does.
    pub(super) windows: &'static str,
    /// In the words of docs/windows.md.
    pub(super) known_from: &'static str,
    /// The test of every face; one at the slot may have the same name.
    pub(super) test: &'static str,
    /// Tests that have other names.
    pub(super) more: &'static [&'static str],
}

/// Hands all rows, behind what it is given, to the macro that is named first.
macro_rules! rows {
    ($macro:ident $($arguments:tt)*) => {
        $macro! { $($arguments)*;
            "N1", r"a name is `\\.\mailslot\[path\]name`; `//./` and `\\?\` reach the same names",
                "doc, wine 10", names::n1_name_form;
            "N2", "no case: each UTF-16 unit in upper case, one to one, without locale; ß is not SS",
                "doc, wine 10", names::n2_case, "semantics::names::n2_the_wire_folds_the_same";
            "N3", r"folders need no creation; `a` and `a\b` are two names",
                "doc", names::n3_pseudo_directories;
            "N4", r"`\\.\` paths are normalised: slashes, `.`, `..`, repeated `\`, dots and spaces at the end; `\\?\` are not",
                "wine 10", names::n4_path_normalisation;
            "N5", "any character",
                "wine", names::n5_characters;
            "N6", "32,766 UTF-16 units with the prefix",
                "wine", names::n6_length;
            "N7", "Wine's limit of 260 is Wine's",
                "wine", names::n7_no_limit_of_260;
            "N8", "a backslash at the end: refused, 123",
                "open", names::n8_trailing_backslash;
            "C1", "a new slot is there at once, empty",
                "doc", create::c1_a_new_slot_is_there_at_once_and_empty;
            "C2", "a name that is taken, in any case, if only by a duplicate: 183",
                "doc, wine", create::c2_a_name_that_is_taken, "conformance::processes::c2_a_duplicate_elsewhere_keeps_the_name";
            "C3", "no name: 3",
                "wine", create::c3_no_name;
            "C4", "no mailslot's path: 123",
                "wine", create::c4_no_mailslots_path;
            "C5", "on another machine: 123",
                "doc", create::c5_no_slot_is_created_elsewhere;
            "C6", r"nothing behind `\\.\mailslot\`: 123",
                "open", create::c6_nothing_behind_mailslot;
            "C7", "maximum 0: any size",
                "doc, wine", create::c7_any_size;
            "C8", "any maximum, told as given",
                "doc, wine", create::c8_sizes_are_reported_as_given;
            "C9", "any read timeout, told as given; only 0xFFFFFFFF is for ever",
                "wine", create::c9_timeouts_are_reported_as_given;
            "C11", "the handle reads, and is asynchronous",
                "doc", create::c11_the_handle_reads_and_is_asynchronous;
            "I1", "empty: no next message, 0 messages",
                "wine", info::i1_empty;
            "I2", "messages of no octets count; next size 0 is one",
                "wine", info::i2_after_writes;
            "I6", "a writer's handle tells the same (since Windows 8); sets nothing: 87",
                "wine; open", info::i6_get_on_a_writer, "semantics::info::i6_set_on_a_writer";
            "I7", "a read that waits is not counted",
                "wine 10", info::i7_reads_that_wait_are_not_counted;
            "I8", "a new read timeout is for all handles, and for later reads",
                "doc", info::i8_set_is_for_the_slot_and_for_later_reads;
            "O1", "opening never creates: 2",
                "doc, wine", open::o1_opening_never_creates;
            "O6", "a writer's handle does not read: 87 on a service's socket, else no such method",
                "wine, doc", open::o6_a_client_takes_nothing, "service::handles::who_opened_does_not_read", "semantics::create::o6_o7_r18_nobody_reads_by_name";
            "O7", "who may not write gets 5: every handle that opens may",
                "wine 10", open::o7_who_opens_may_write;
            "O9", "a remote name opens without any traffic",
                "doc", open::o9_remote_forms_always_open, "semantics::create::o9_remote_forms_are_always_paths";
            "W1", "one write, one message, at the end, over all writers",
                "doc, wine", write::w1_fifo_over_all_writers;
            "W2", "no octets are a message",
                "wine", write::w2_no_octets_are_a_message;
            "W3", "no limit of 424 on one machine",
                "doc", write::w3_no_limit_of_424_on_this_machine;
            "W4", "longer than the slot's maximum: refused, 87",
                "doc; code open", write::w4_longer_than_the_slot_takes;
            "W5", "a writer never waits; no bound (ours: 65,536 messages, 64 MiB a slot, 256 MiB a user)",
                "doc, wine 10", write::w5_a_writer_never_waits,
                "semantics::write::w5_bounds_of_our_own", "semantics::write::w5_the_users_bound_is_over_all_slots";
            "W6", "the server's handle does not write (5): no such method",
                "wine", write::w6_the_server_does_not_write, "service::handles::who_created_does_not_write";
            "W7", "messages outlive their writer",
                "doc", write::w7_messages_outlive_their_writer;
            "W8", "after the last server: refused, 38",
                "doc; code open", write::w8_after_the_last_server;
            "W10", "a write is done when it returns",
                "wine 10", write::w10_a_write_is_done_when_it_returns,
                "semantics::write::w10_w11_a_write_is_done_when_it_returns_and_appends";
            "W11", "no priorities: a write appends",
                "doc", write::w11_a_write_appends;
            "R1", "one read, one whole message",
                "wine", read::r1_one_read_one_whole_message;
            "R2", "too small a buffer: 122, the message stays",
                "wine", read::r2_too_small_a_buffer;
            "R3", "a message of no octets is read, by a buffer of none too",
                "wine", read::r3_a_message_of_no_octets;
            "R4", "empty, timeout 0: 121 at once",
                "wine", read::r4_empty_and_no_timeout, "semantics::read::r4_r5_r11_empty_and_no_timeout";
            "R5", "the same for a buffer of no octets",
                "wine", read::r5_a_buffer_of_no_octets_and_no_timeout;
            "R6", "empty, a timeout: 121 then, unless a write comes before",
                "wine", read::r6_a_timeout;
            "R7", "empty, for ever: waits",
                "doc", read::r7_for_ever;
            "R8", "reads wait in order; one too small fails and the next is tried",
                "wine 10", read::r8_waiting_reads_in_order;
            "R9", "overlapped, a message is there: done",
                "doc", read::r9_overlapped_with_a_message;
            "R10", "overlapped, empty: pending, then completed by a write, or 121",
                "wine", read::r10_overlapped_and_empty;
            "R11", "overlapped, empty, timeout 0: 121 at once",
                "wine", read::r11_overlapped_empty_and_no_timeout;
            "R18", "nobody else reads by name",
                "doc, wine", open::r18_nobody_reads_by_name, "conformance::processes::r18_who_was_given_a_handle_reads";
            "H1", "the slot lives until its last server handle; then name and messages are gone",
                "doc", handles::h1_the_slot_lives_until_its_last_server,
                "conformance::processes::h1_processes_that_end";
            "H2", "writers do not keep it",
                "doc", handles::h2_writers_do_not_keep_it_open;
            "H3", "old writers do not reach a new slot of the name",
                "inferred", handles::h3_stale_writers_do_not_reach_a_new_slot;
            "H4", "duplicates share queue and timeout",
                "doc, wine 10", handles::h4_duplicates_share_the_slot, "conformance::processes::h4_a_duplicate_in_another_process";
            "H6", "flags INHERIT 1, PROTECT_FROM_CLOSE 2; a protected handle's close: 6",
                "wine 10", handles::h6_flags;
            "H7", "a handle closes once",
                "wine 10", handles::h7_closing_is_the_end;
            "H8", "times of creation, last read and last write; creation can be set",
                "doc; setting open", handles::h8_times;
            "X7", "a write to a name that nobody has: 53",
                "doc", open::x7_nobody_of_that_name;
        }
    };
}

/// Those that take a task.
macro_rules! rows_of_tasks {
    ($macro:ident $($arguments:tt)*) => {
        $macro! { $($arguments)*;
            "R14", "cancelled: 995",
                "doc", tasks_alone::r14_cancel;
            "R17", "the last server is closed while a read waits: 995",
                "open", tasks_alone::r17_closed_while_a_read_waits;
        }
    };
}

macro_rules! table {
    ($rows:ident; $($id:literal, $windows:literal, $known_from:literal, $module:ident::$test:ident $(, $more:literal)*;)*) => {
        pub(super) const $rows: &[Row] = &[$(Row {
            id: $id,
            windows: $windows,
            known_from: $known_from,
            test: stringify!($test),
            more: &[$($more),*],
        }),*];
    };
}

rows! { table ROWS }
rows_of_tasks! { table ROWS_OF_TASKS }

/// Rows that no namespace shows, and what proves them.
pub(super) const ELSEWHERE: &[Row] = &[
    Row {
        id: "C10",
        windows: "a child inherits what it is given (`inherit`; the flag alone gives nothing)",
        known_from: "doc",
        test: "conformance::processes::c10_a_child_inherits_what_it_was_given_alone",
        more: &[],
    },
    Row {
        id: "I4",
        windows: "what is no handle tells nothing: 6 (on a service's socket; else types rule it out)",
        known_from: "wine",
        test: "service::handles::what_is_no_handle_is_refused",
        more: &[],
    },
    Row {
        id: "R16",
        windows: "nor is it read: 6",
        known_from: "wine",
        test: "service::handles::what_is_no_handle_is_refused",
        more: &[],
    },
    Row {
        id: "W9",
        windows: "nor written to: 6",
        known_from: "wine",
        test: "service::handles::what_is_no_handle_is_refused",
        more: &[],
    },
    Row {
        id: "H5",
        windows: "a child goes on with the queue of the handle that it inherited",
        known_from: "doc, wine 10",
        test: "conformance::processes::h5_a_child_goes_on_with_the_queue",
        more: &["api::handing::h5_children_inherit"],
    },
    Row {
        id: "O8",
        windows: "a slot says who may write to it: 5 (ours: everyone, or the owner alone)",
        known_from: "doc",
        test: "conformance::rights::o8_a_slot_says_who_may_write",
        more: &[],
    },
    Row {
        id: "X4",
        windows: "longer than other machines take: 53, and nothing leaves",
        known_from: "doc; one machine open",
        test: "node::writing::what_is_too_long_is_refused_before_anything_leaves",
        more: &[],
    },
];

/// Every row as a test of its own, in a namespace that nobody else uses.
macro_rules! tests {
    ($space:expr; $($id:literal, $windows:literal, $known_from:literal, $module:ident::$test:ident $(, $more:literal)*;)*) => {
        $(#[test]
        fn $test() {
            super::$module::$test(&$space);
        })*
    };
}
