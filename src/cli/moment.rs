//! Moments in messages: numbers that count from two eras.

use super::when::When;
use crate::capture::Timestamp;
use crate::wire::Form;

/// Seconds from 1601, Windows' era, to 1970.
const WINDOWS_ERA: i128 = 11_644_473_600;

/// Nanoseconds that one of the number is, and seconds from its era to 1970.
const fn unit(form: Form) -> Option<(i128, i128)> {
    match form {
        Form::UnixTime => Some((1_000_000_000, 0)),
        Form::FileTime => Some((100, WINDOWS_ERA)),
        _ => None,
    }
}

/// What a number of that form stands for; none where it is 0 or no capture could have that time.
pub(crate) fn of(form: Form, number: u64) -> Option<When> {
    let (nanos, era) = unit(form)?;
    let nanos = i128::from(number) * nanos - era * 1_000_000_000;
    let nanos = i64::try_from(nanos).ok()?;
    (number != 0).then_some(When(Timestamp::from_nanos(nanos)))
}

/// The number of that form, to what it can tell apart.
pub(crate) fn number(form: Form, when: When) -> Option<u64> {
    let (nanos, era) = unit(form)?;
    u64::try_from((i128::from(when.0.as_nanos()) + era * 1_000_000_000).div_euclid(nanos)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eras() {
        let morning = "2003-06-30T16:00:00.000000Z";
        let when = morning.parse().unwrap();
        assert_eq!(number(Form::UnixTime, when), Some(1_056_988_800));
        assert_eq!(number(Form::FileTime, when), Some(127_014_624_000_000_000));
        for form in [Form::UnixTime, Form::FileTime] {
            let number = number(form, when).unwrap();
            assert_eq!(of(form, number).unwrap().to_string(), morning);
            assert_eq!(of(form, 0), None);
        }
        assert_eq!(of(Form::FileTime, u64::MAX), None);
        assert_eq!(of(Form::Decimal, 1), None);
    }
}
