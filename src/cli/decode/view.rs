//! What is shown of one datagram, as text.

use super::Args;
use crate::cli::failure::Failure;
use crate::cli::record::{self, Context, ErrorRecord, Protocol, Raw, Record};
use crate::cli::{json, line, tree};

/// How datagrams are shown, and which.
#[derive(Clone, Copy)]
pub(super) struct View<'a>(pub(super) &'a Args);

impl View<'_> {
    /// Appends a datagram's line, tree or object to `to`, and says whether the filters let it.
    pub(super) fn write(
        self,
        to: &mut Vec<u8>,
        context: &Context,
        payload: &[u8],
        raw: Option<Raw<'_>>,
    ) -> Result<bool, Failure> {
        let Args { verbose, json, filter, text, .. } = self.0;
        let packet = context.protocol == Protocol::Nbns && !json;
        // A tree and a packet's line need no record; a filter does.
        let needs_one = !filter.is_empty() || !(*verbose || packet);
        let record = needs_one.then(|| whole_record(context, payload, raw));
        if record.as_ref().is_some_and(|record| !filter.matches(record)) {
            return Ok(false);
        }
        match record {
            _ if *verbose => tree::write(to, context, payload)?,
            Some(record) if *json => {
                json::write(&mut *to, &record)?;
                to.push(b'\n');
            }
            Some(record) if !packet => line::write(to, &record, text.full)?,
            _ => line::write_packet(to, context, payload, text.full)?,
        }
        Ok(true)
    }
}

/// The record of a datagram; `raw` where its parts came by themselves.
pub(super) fn whole_record<'a>(
    context: &Context,
    payload: &'a [u8],
    raw: Option<Raw<'a>>,
) -> Record<'a> {
    let mut record = record::record(context, payload);
    if raw.is_some() {
        record.raw = raw;
    }
    if context.missing > 0 {
        record.error = Some(ErrorRecord::cut(payload.len(), context));
    }
    record
}
