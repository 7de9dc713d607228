//! What a new configuration changes while the service runs.

use super::Config;

/// What is otherwise in a new configuration.
#[derive(Debug, Default, PartialEq, Eq)]
pub(in crate::cli::serve) struct Changes {
    /// What takes effect, by the sections' names.
    pub(in crate::cli::serve) now: Vec<&'static str>,
    /// Keys that take effect when the service is started again.
    pub(in crate::cli::serve) at_restart: Vec<&'static str>,
}

impl Config {
    /// What takes effect where this one, with the options of the command line, becomes the other.
    pub(in crate::cli::serve) fn changes(&self, new: &Self) -> Changes {
        let differ = |keys: &[(&'static str, bool)]| {
            keys.iter().filter(|(_, differs)| *differs).map(|(key, _)| *key).collect()
        };
        let (rights, new_rights) = (&self.rights, &new.rights);
        let quotas = |config: &Self| (config.rights.user, config.rights.total);
        let now = differ(&[
            ("[log] level", self.level != new.level),
            ("[quotas]", quotas(self) != quotas(new)),
            ("[[create]]", rights.create != new_rights.create),
            ("[network] write", rights.network != new_rights.network),
            ("[slots] see", rights.see != new_rights.see),
        ]);
        let (old, network) = (&self.network, &new.network);
        let at_restart = differ(&[
            ("[node] name", old.name != network.name),
            ("[node] workgroup", old.workgroup != network.workgroup),
            ("[node] interface", old.interface != network.interface),
            ("[node] not_interface", old.not_interface != network.not_interface),
            ("[node] bind", old.bind != network.bind),
            ("[node] also", self.names.also != new.names.also),
            ("[node] also_group", self.names.also_group != new.names.also_group),
            ("[node] scope", old.scope != network.scope),
            ("[node] code_page", self.code_page != new.code_page),
            ("[node] name_port", old.name_port != network.name_port),
            ("[node] dgram_port", old.dgram_port != network.dgram_port),
            ("[socket] path", self.socket.path != new.socket.path),
            ("[socket] mode", self.socket.mode != new.socket.mode),
            ("[socket] group", self.socket.group != new.socket.group),
        ]);
        Changes { now, at_restart }
    }
}
