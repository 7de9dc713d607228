//! Standard output.

use std::io::{self, BufWriter, StdoutLock, Write};

/// Standard output, buffered; flushed after each line where somebody waits for it.
pub(crate) struct Output {
    to: BufWriter<StdoutLock<'static>>,
    live: bool,
}

impl Output {
    pub(crate) fn new(live: bool) -> Self {
        Self { to: BufWriter::with_capacity(1 << 16, io::stdout().lock()), live }
    }

    /// To be called after each message.
    pub(crate) fn message_done(&mut self) -> io::Result<()> {
        if self.live { self.to.flush() } else { Ok(()) }
    }
}

impl Write for Output {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.to.write(octets)
    }

    fn write_all(&mut self, octets: &[u8]) -> io::Result<()> {
        self.to.write_all(octets)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

/// A line on standard error, which may be gone.
pub(crate) fn remark(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}
