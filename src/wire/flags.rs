//! Bits that have names.

/// A type of flags: `NAME value "name" "meaning"`, one a line. Bits without a name survive.
/// `Display` has the names, unknown bits as a number, `none` where none is set. Of 32 bits, or where it says so of 8.
macro_rules! named_flags {
    ($(#[$about:meta])* $type:ident: $($flags:tt)*) => {
        named_flags!(@ $(#[$about])* $type u32 le_u32 $($flags)*);
    };
    ($(#[$about:meta])* $type:ident u8: $($flags:tt)*) => {
        named_flags!(@ $(#[$about])* $type u8 octet $($flags)*);
    };
    (
        @ $(#[$about:meta])* $type:ident $number:ident $field:ident
        $($flag:ident $bit:literal $name:literal $meaning:literal)*
    ) => {
        bitflags::bitflags! {
            $(#[$about])*
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

            /// A field of these bits.
            pub(crate) fn visit<'a, V: $crate::wire::structure::Visitor<'a>>(
                &mut self,
                name: &'static str,
                visitor: &mut V,
            ) -> Result<(), V::Error> {
                let mut bits = self.bits();
                visitor.$field(name, $crate::wire::structure::Form::Flags(Self::NAMES), &mut bits)?;
                *self = Self::from_bits_retain(bits);
                Ok(())
            }
        }

        impl core::fmt::Display for $type {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                $crate::wire::structure::write_flags(f, Self::NAMES, self.bits().into())
            }
        }
    };
}

pub(crate) use named_flags;
