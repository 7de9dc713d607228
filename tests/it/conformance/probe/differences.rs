//! Where the answers differ from Wine's, and the cases that cannot be put here.

/// Cases of one kind: `*` ends those that only begin alike.
type Cases = &'static [&'static str];

/// Where Wine 10 is not as Windows is known to be, or nobody knows; and one choice of ours. A case
/// that is answered like Wine's does not belong here.
pub(super) const DIFFERENT: &[(Cases, &str)] = &[
    (&["A09"], "ours: a name alone is a mailslot of this machine (C4 refuses other paths)"),
    (&["A10", "A11"], "open (C6): Wine says that the device exists"),
    (&["A18"], "open (N8): Wine keeps the backslash in the name"),
    (&["A32", "A33", "A34"], "documented (C5): the redirector refuses the name; Wine has none"),
    (&["A36"], "nothing public: for Wine it is another device; here all that C4 refuses is 123"),
    (&["A41", "A42", "A43"], "Wine's own limit of 260 (N7); NT takes 32,766 units"),
    (&["A44"], "NT refuses longer names as invalid (N6)"),
    (&["B20i"], "since Windows 8 a client is told (I6)"),
    (
        &["C06 acc=W share=0", "C06 acc=W share=2W", "C06 acc=W share=4D", "C06 acc=W share=6WD"],
        "since Vista no share mode is needed (O3)",
    ),
    (
        &[
            "C06 acc=RW share=0",
            "C06 acc=RW share=2W",
            "C06 acc=RW share=4D",
            "C06 acc=RW share=6WD",
        ],
        "since Vista no share mode is needed (O3)",
    ),
    (&["C22b", "C22c", "C23b"], "since Vista clients do not exclude each other (O4)"),
    (&["D01", "D02", "D03", "D04", "D05", "D10"], "a remote name always opens (O9)"),
    (&["E34", "E35"], "documented: longer than the maximum fails (W4); Wine does not look"),
    (&["E36i", "E39", "E40"], "what E34 and E35 wrote in Wine"),
    (&["F10", "F11"], "documented: the slot is gone with its last server (W8)"),
    (&["F12", "F13"], "documented: clients do not keep it (H2)"),
    (&["I25", "I26", "I27"], "documented: it has times (H8); Wine has none"),
    (&["K07", "K08"], "documented: the slot is gone with its last server (W8, H2)"),
    (&["J15 overlapped"], "on Windows the handle's read fails at once (R11)"),
];

/// What the record has and no program of ours can ask.
pub(super) const NOT_HERE: &[(Cases, &str)] = &[
    (&["B04"], "I3: out pointers that may be NULL"),
    (&["B11", "B12", "B13", "B14", "B15", "B16"], "I4: a handle is valid, by its type"),
    (&["B17", "B18"], "I5: handles of disk files"),
    (&["B21"], "I6: a client has no such method"),
    (&["B22", "B22i"], "O6: nobody opens to read"),
    (&["B23"], "H9: other functions"),
    (&["C02", "C03", "C13", "C14", "C15", "C16"], "O5: dispositions"),
    (&["C06 acc=0*", "C06 acc=R *", "C07", "C08", "C09*", "C11*", "C12"], "O7: access modes"),
    (&["C20", "C21"], "the device itself"),
    (&["C22d", "C22e", "C24*", "C25*", "C26r", "C27*"], "O6, O7: a client has no way to read"),
    (&["C28", "C29"], "W6: a server has no way to write"),
    (&["H09c", "H09r"], "R17: a handle that reads is not closed"),
    (&["I10", "I10w"], "W6: a server has no way to write"),
    (&["I15", "I15w"], "a duplicate that closes its source is the source, moved"),
    (&["I16b"], "H7: a closed handle is gone"),
    (&["I23", "I23g"], "C10: inheritance from the start"),
    (&["I29", "I30"], "H8: times are the server's"),
    (&["I31", "I32", "I33", "I34", "I35"], "H9: other functions"),
    (&["J08r"], "a result is taken once"),
    (&["J09r"], "R14: who cancels does not ask for the result"),
    (&["J15r"], "follows from J15"),
    (
        &["J18c", "J19 ReadFileEx", "J20*", "J21 ReadFileEx", "J22 WriteFileEx", "J22c"],
        "R13: routines",
    ),
    (&["J24 *", "J24b"], "R19: waiting on a handle"),
    (&["J30", "J31 NtQuery*", "J31c", "J32", "J33", "J34", "J36", "J37"], "I9: NT's own calls"),
    (
        &["J35*", "J41i", "J42*", "J43i"],
        "taken in Wine by the read of J34, which should have ended",
    ),
    (&["J38", "J39", "J40"], "R16, W9: a handle is valid, by its type"),
    (&["J41", "J43"], "buffers that are NULL"),
    (&["J50*", "J51", "J52", "J53"], "R17: a handle that reads is not closed"),
    (&["K00", "K06"], "C10: inheritance from the start; exit codes"),
    (&["L*"], "C12, C13, I9: NT's own calls"),
];
