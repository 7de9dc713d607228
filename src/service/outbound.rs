//! Writes to other machines, as a request and its answer.

use std::sync::Arc;

use crate::ipc::{self, Code, Failure, Route};
use crate::node::{self, Destination, WriteError};
use crate::runtime::Live;
use crate::slot::Target;
use crate::wire::netbios::{Name, Suffix};

/// Writes one message to a mailslot of other machines. A host may have its suffix behind it,
/// `OFFICE<1e>`, which Windows does not know.
///
/// # Errors
///
/// [`Failure`]; nothing left the machine then.
pub async fn write(live: &Arc<Live>, target: &Target, data: &[u8]) -> Result<Route, Failure> {
    begin(live, target, data)?.await
}

/// The same, without the data: the node has it, or refuses it at once.
pub(super) fn begin(
    live: &Arc<Live>,
    target: &Target,
    data: &[u8],
) -> Result<impl Future<Output = Result<Route, Failure>> + Send + use<>, Failure> {
    let (destination, slot) = match target {
        Target::Local(_) => return Err(Failure::new(Code::WrongHandle, 87, "this machine's")),
        Target::OwnDomain(slot) => (Destination::OwnDomain, slot),
        Target::Remote { host, slot } => (Destination::Name(name(live, host)?), slot),
    };
    let written = live.begin_write(destination, slot, data)?;
    let live = Arc::clone(live);
    Ok(async move { Ok(route(&live, &written.await?)) })
}

fn name(live: &Live, host: &str) -> Result<Name, Failure> {
    let bracketed = host.strip_suffix('>').and_then(|host| host.rsplit_once('<'));
    let suffixed = bracketed.and_then(|(host, digits)| {
        let hex = digits.len() == 2 && digits.bytes().all(|digit| digit.is_ascii_hexdigit());
        Some((host, Suffix(u8::from_str_radix(digits, 16).ok().filter(|_| hex)?)))
    });
    let (text, suffix) = suffixed.unwrap_or((host, Suffix::WORKSTATION));
    if text == "*" {
        return Ok(Name::WILDCARD);
    }
    Name::in_page(text, suffix, live.code_page())
        // Such a host opens, as any, and is not found (row O9).
        .map_err(|why| Failure::new(Code::InvalidPath, 53, format!("the computer's name: {why}")))
}

fn route(live: &Live, route: &node::Route) -> Route {
    match *route {
        node::Route::Local { name } => Route::OwnName { name },
        node::Route::Host { name, address } => Route::Host { name, address },
        node::Route::Group { name, local, .. } => {
            let broadcasts =
                live.with_node(|node, _| node.attached().map(|on| on.broadcast).collect());
            Route::Group { name, broadcasts, local }
        }
    }
}

/// What others are told of a node.
pub fn node_of(live: &Live) -> Option<ipc::Node> {
    let (computer, workgroup) = live.names()?;
    let interfaces: Vec<_> =
        live.with_node(|node, _| node.attached().map(ToString::to_string).collect());
    Some(ipc::Node {
        computer,
        workgroup,
        interfaces: interfaces.join(", "),
        beside_nmbd: live.beside().map(|beside| beside.hears_broadcasts),
    })
}

impl From<WriteError> for Failure {
    fn from(error: WriteError) -> Self {
        let (code, win32_code) = match error {
            WriteError::Slot(error) => return error.into(),
            WriteError::NameNotFound(_) => (Code::NameNotFound, 53),
            // Documented for a domain (CreateMailslot); [MS-MAIL] 3.1.4.1 leaves it open for one
            // machine.
            WriteError::TooLong { .. } => (Code::TooLong, 53),
            WriteError::SlotName => (Code::InvalidPath, 123),
            _ => (Code::Network, 53),
        };
        let mut failure = Self::new(code, win32_code, error.to_string());
        if let WriteError::TooLong { size, max } = error {
            (failure.a, failure.b) = (size as u64, max as u64);
        }
        failure
    }
}
