//! Pasted octets: what people copy out of terminals, analysers and programs.

mod dump;
mod program;

/// Octets that belong together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pasted {
    /// Where they begin.
    pub(crate) line: usize,
    pub(crate) octets: Vec<u8>,
    /// Which of them begin a line; none where lines have offsets, or are of a program.
    pub(crate) begins: Vec<usize>,
}

/// What cannot be meant, and where; both count from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Bad {
    pub(crate) line: usize,
    pub(crate) column: usize,
    pub(crate) reason: String,
}

/// Reads octets in whatever form they are: plain digits, dumps with offsets (xxd, `hexdump -C`,
/// `od -A x -t x1`, tcpdump, Wireshark), arrays of C, escaped strings. Packets before
/// something bad come too.
pub(crate) fn parse(text: &str) -> (Vec<Pasted>, Option<Bad>) {
    let mut packets = Packets::default();
    let result = if text.contains('{') {
        program::arrays(text, &mut packets)
    } else if text.contains("\\x") {
        program::strings(text, &mut packets)
    } else {
        dump::lines(text, &mut packets)
    };
    if result.is_err() {
        // Half a packet would be shown as a damaged one.
        packets.octets.clear();
    }
    (packets.finish(), result.err())
}

/// Packets in the making.
#[derive(Debug, Default)]
struct Packets {
    done: Vec<Pasted>,
    octets: Vec<u8>,
    line: usize,
    begins: Vec<usize>,
}

impl Packets {
    /// What comes now begins a line.
    fn begin_line(&mut self) {
        self.begins.push(self.octets.len());
    }

    /// One more octet, on that line; the reason where it is one too many.
    fn push(&mut self, octet: u8, line: usize) -> Result<(), String> {
        if self.octets.is_empty() {
            self.line = line;
        }
        if self.octets.len() >= crate::capture::MAX_CAPTURED_LEN {
            let most = crate::capture::MAX_CAPTURED_LEN;
            return Err(format!("more than {most} octets: no packet is as long"));
        }
        self.octets.push(octet);
        Ok(())
    }

    fn end_packet(&mut self) {
        if !self.octets.is_empty() {
            let octets = std::mem::take(&mut self.octets);
            let begins = std::mem::take(&mut self.begins);
            self.done.push(Pasted { line: self.line, octets, begins });
        }
        self.begins.clear();
    }

    fn finish(mut self) -> Vec<Pasted> {
        self.end_packet();
        self.done
    }
}

#[cfg(test)]
mod tests;
