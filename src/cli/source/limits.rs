//! What captures that are not files can make us keep or do.

use crate::capture::MAX_CAPTURED_LEN;

/// Most octets of pasted text (64 MiB): of a packet some hundred are enough, and all of it is in
/// memory.
pub(super) const MAX_TEXT: u64 = 64 << 20;

/// Most octets that the lines of `*` of a text may stand for (4 MiB): they take none of the text, so
/// that its length bounds nothing.
pub(super) const MAX_REPEATED: usize = 16 * MAX_CAPTURED_LEN;

/// Most octets of a line whose text is looked for. xxd writes 256, and whether it is text costs as
/// much as there are.
pub(super) const MAX_WITH_TEXT: usize = 1024;

/// Most octets that are kept of what a program that captures says (16 KiB).
pub(super) const MAX_SAID: u64 = 1 << 14;
