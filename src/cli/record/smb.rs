//! The fields of an SMB that receivers ignore: only those that are not the profile's are shown.

use serde::{Deserialize, Serialize};

use super::Octets;
use crate::wire::smb::{Flags2, MailslotWrite};

macro_rules! smb_fields {
    ($($field:ident: $type:ty = $name:literal, $($place:ident).+;)*) => {
        /// Fields of the SMB that differ from the profile's, by their [MS-CIFS] names.
        #[derive(Debug, Default, Deserialize, Serialize)]
        #[serde(deny_unknown_fields)]
        pub(crate) struct SmbRecord<'a> {
            $(#[serde(default, rename = $name, skip_serializing_if = "Option::is_none")]
            $field: Option<$type>,)*
            #[serde(borrow, default, rename = "SecurityFeatures", skip_serializing_if = "Option::is_none")]
            security_features: Option<Octets<'a>>,
            /// Setup words beyond the three of a mailslot write.
            #[serde(borrow, default, rename = "Setup", skip_serializing_if = "Octets::is_empty")]
            setup: Octets<'a>,
        }

        impl<'a> SmbRecord<'a> {
            pub(crate) fn is_empty(&self) -> bool {
                $(self.$field.is_none() &&)* self.security_features.is_none() && self.setup.is_empty()
            }

            /// Where `write` differs from what its profile would have written.
            pub(crate) fn difference(write: &MailslotWrite<'a>, usual: &MailslotWrite<'_>) -> Self {
                let mut difference = Self::default();
                $(if write.$($place).+ != usual.$($place).+ {
                    difference.$field = Some(to_number(write.$($place).+));
                })*
                if write.header.security_features != usual.header.security_features {
                    let octets = write.header.security_features.to_vec();
                    difference.security_features = Some(Octets(octets.into()));
                }
                difference.setup = Octets(write.transaction.extra_setup.into());
                difference
            }

            /// Makes `write` differ in the same way.
            pub(crate) fn apply<'w>(&'w self, write: &mut MailslotWrite<'w>) {
                $(if let Some(value) = self.$field {
                    write.$($place).+ = from_number(value);
                })*
                if let Some(Octets(octets)) = &self.security_features {
                    let features = &mut write.header.security_features;
                    for (feature, octet) in features.iter_mut().zip(octets.iter()) {
                        *feature = *octet;
                    }
                }
                write.transaction.extra_setup = &self.setup.0;
            }
        }
    };
}

smb_fields! {
    status: u32 = "Status", header.status;
    flags: u8 = "Flags", header.flags;
    flags2: u16 = "Flags2", header.flags2;
    pid_high: u16 = "PIDHigh", header.pid_high;
    reserved: u16 = "Reserved", header.reserved;
    tid: u16 = "TID", header.tid;
    pid_low: u16 = "PIDLow", header.pid_low;
    uid: u16 = "UID", header.uid;
    mid: u16 = "MID", header.mid;
    total_parameter_count: u16 = "TotalParameterCount", transaction.total_parameter_count;
    total_data_count: u16 = "TotalDataCount", transaction.total_data_count;
    max_parameter_count: u16 = "MaxParameterCount", transaction.max_parameter_count;
    max_data_count: u16 = "MaxDataCount", transaction.max_data_count;
    max_setup_count: u8 = "MaxSetupCount", transaction.max_setup_count;
    reserved1: u8 = "Reserved1", transaction.reserved1;
    words_flags: u16 = "Words.Flags", transaction.flags;
    timeout: u32 = "Timeout", transaction.timeout;
    reserved2: u16 = "Reserved2", transaction.reserved2;
    parameter_count: u16 = "ParameterCount", transaction.parameter_count;
    parameter_offset: u16 = "ParameterOffset", transaction.parameter_offset;
    data_offset: u16 = "DataOffset", transaction.data_offset;
    reserved3: u8 = "Reserved3", transaction.reserved3;
    byte_count: u16 = "ByteCount", transaction.byte_count;
}

/// The number of a field that is a number or [`Flags2`].
trait Number<N> {
    fn to(self) -> N;
    fn from(number: N) -> Self;
}

macro_rules! numbers {
    ($($type:ty)*) => {$(
        impl Number<Self> for $type {
            fn to(self) -> Self { self }
            fn from(number: Self) -> Self { number }
        }
    )*};
}

numbers!(u8 u16 u32);

impl Number<u16> for Flags2 {
    fn to(self) -> u16 {
        self.bits()
    }
    fn from(number: u16) -> Self {
        Self::from_bits_retain(number)
    }
}

fn to_number<N, T: Number<N>>(value: T) -> N {
    value.to()
}

fn from_number<N, T: Number<N>>(number: N) -> T {
    T::from(number)
}
