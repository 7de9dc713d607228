//! The messages of testdata, by what they are.

use std::fs;
use std::path::Path;

use mailslot::wire::datagram::{Body, Datagram};
use mailslot::wire::smb::MailslotWrite;
use mailslot::wire::{Decoded, Payload};

use crate::fuzz::seeds::{NBDGM, payloads};

/// A datagram of testdata that has a message which can be read.
pub(crate) struct Sample {
    /// Its folder and name.
    pub(crate) case: String,
    /// What the message is.
    pub(crate) kind: &'static str,
    /// The UDP payload.
    pub(crate) payload: Vec<u8>,
    /// Where the SMB begins in it.
    pub(crate) smb_at: usize,
}

impl Sample {
    fn new(case: String, payload: Vec<u8>) -> Option<Self> {
        let Body::Data(data) = Datagram::decode(&payload).ok()?.value.body else { return None };
        let smb_at = payload.len() - data.user_data.len();
        let mut sample = Self { case, kind: "raw", payload, smb_at };
        let write = MailslotWrite::decode_at(&sample.payload, smb_at).ok()?.value;
        let Decoded { value, .. } = Payload::decode(write.mailslot_name, write.data).ok()?;
        sample.kind = value.kind();
        Some(sample)
    }

    /// The mailslot write.
    pub(crate) fn write(&self) -> MailslotWrite<'_> {
        MailslotWrite::decode_at(&self.payload, self.smb_at).expect("it was read").value
    }

    /// Where the message begins in the payload, to the end of which it reaches.
    pub(crate) fn data_at(&self) -> usize {
        self.payload.len() - self.write().data.len()
    }
}

/// All of them, by their names: each kind has one, or this fails.
pub(crate) fn samples() -> Vec<Sample> {
    let testdata = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata");
    let mut samples = Vec::new();
    for folder in ["ms-adts", "ms-brws", "synthetic"] {
        for entry in fs::read_dir(testdata.join(folder)).expect("a folder of testdata") {
            let path = entry.expect("an entry").path();
            if path.extension().is_none_or(|extension| extension != "hex") {
                continue;
            }
            let case = path.file_stem().expect("a name").to_string_lossy();
            for (_, payload) in payloads(&path).into_iter().filter(|(port, _)| *port == NBDGM) {
                samples.extend(Sample::new(format!("{folder}/{case}"), payload));
            }
        }
    }
    samples.sort_by(|a, b| a.case.cmp(&b.case));
    for kind in kinds() {
        let has_one = samples.iter().any(|sample| sample.kind == kind);
        assert!(has_one, "{kind}: no message of testdata is one");
    }
    samples
}

/// Every kind that there is.
pub(crate) fn kinds() -> impl Iterator<Item = &'static str> {
    Payload::KINDS.iter().copied().chain(["raw"])
}
