//! Bits with names.

use core::fmt;

/// A type of bits, each of which has a name and a meaning; the others are kept without one.
macro_rules! named_flags {
    (
        $(#[$doc:meta])*
        $type:ident: $number:ty {
            $($flag:ident $bit:literal $name:literal $meaning:literal)*
        }
    ) => {
        ::bitflags::bitflags! {
            $(#[$doc])*
            #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
            pub struct $type: $number {
                $(#[doc = concat!("`", $name, "`: ", $meaning, ".")] const $flag = $bit;)*
                /// The others have no name.
                const _ = !0;
            }
        }

        impl $type {
            /// The bits that have names.
            pub(crate) const NAMES: &'static [(u32, &'static str)] = &[$(($bit, $name),)*];
        }

        impl ::core::fmt::Display for $type {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                $crate::wire::structure::write_flags(f, Self::NAMES, u32::from(self.bits()))
            }
        }
    };
}

pub(crate) use named_flags;

/// The names of the bits that are set, and the rest as a number.
pub(crate) fn write_flags(
    f: &mut impl fmt::Write,
    names: &[(u32, &str)],
    bits: u32,
) -> fmt::Result {
    let mut rest = bits;
    let mut separator = "";
    for (bit, name) in names {
        if bits & bit != 0 {
            write!(f, "{separator}{name}")?;
            separator = ", ";
            rest &= !bit;
        }
    }
    if rest != 0 || bits == 0 {
        write!(f, "{separator}{rest:#x}")?;
    }
    Ok(())
}
