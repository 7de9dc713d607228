//! When two names are the same (semantics row N2).
//!
//! Windows compares mailslots' names ordinally, ignoring case: each UTF-16 unit after a simple
//! mapping to upper case, one unit to one unit, in no locale. So `ß` is not `SS`, and pairs of
//! surrogates are what they are.

/// The character that stands for `c` and all that equal it.
#[inline]
pub fn fold(c: char) -> char {
    if c.is_ascii() { c.to_ascii_uppercase() } else { fold_any(c) }
}

/// The same, without the fast way for ASCII.
#[cold]
fn fold_any(c: char) -> char {
    // Surrogate pairs are not mapped.
    if u32::from(c) > 0xffff {
        return c;
    }
    let mut upper = c.to_uppercase();
    match (upper.next(), upper.next()) {
        // A letter outside ASCII never equals one inside: not the dotless i (U+0131), not the
        // long s (U+017F).
        (Some(single), None) if c.is_ascii() || !single.is_ascii() => single,
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fast_way_is_the_same() {
        for c in '\0'..='\x7f' {
            assert_eq!(fold(c), fold_any(c));
        }
    }

    #[test]
    fn simple_mappings_only() {
        for (c, folded) in [
            ('п', 'П'),
            ('ü', 'Ü'),
            ('ÿ', 'Ÿ'),
            ('ß', 'ß'),
            ('ı', 'ı'),
            ('ſ', 'ſ'),
            ('ŉ', 'ŉ'),
            ('𐐨', '𐐨'),
        ] {
            assert_eq!(fold(c), folded, "{c}");
            assert_eq!(fold(folded), folded, "{c}: folding twice is folding once");
        }
    }
}
