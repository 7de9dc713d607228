//! `mailslot serve`: one node, and its mailslots, for all programs of this machine.

mod config;
