//! Bits that have names.

/// A type of flags: `NAME value "name" "meaning"`, one a line. Bits without a name survive.
/// `Display` has the names, unknown bits as a number.
macro_rules! named_flags {
    ($(#[$about:meta])* $type:ident: $($flag:ident $bit:literal $name:literal $meaning:literal)*) => {
        bitflags::bitflags! {
            $(#[$about])*
            #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
            pub struct $type: u32 {
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
                visitor.le_u32(name, $crate::wire::structure::Form::Flags(Self::NAMES), &mut bits)?;
                *self = Self::from_bits_retain(bits);
                Ok(())
            }
        }

        impl core::fmt::Display for $type {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                $crate::wire::structure::write_flags(f, Self::NAMES, self.bits())
            }
        }
    };
}

pub(crate) use named_flags;
