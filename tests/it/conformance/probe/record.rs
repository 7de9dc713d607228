//! What the probe printed: `case | ret=.. err=.. NAME | arguments and outputs`, a line a case.

use std::collections::BTreeMap;
use std::sync::OnceLock;

/// Outputs that count: of reads, of writes, of `GetMailslotInfo`, of the rest.
const OUTPUTS: &[&str] =
    &["read", "first", "written", "max", "next", "count", "timeout", "n", "flags"];

/// A run of the probe: each case and its answer.
pub(super) struct Record(BTreeMap<String, String>);

impl Record {
    /// Wine 10's.
    pub(super) fn wine() -> &'static Self {
        static RECORD: OnceLock<Record> = OnceLock::new();
        RECORD.get_or_init(|| Self::parse(include_str!("../../../../testdata/wine10/probe.txt")))
    }

    fn parse(text: &str) -> Self {
        let mut cases = BTreeMap::new();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let (case, answer) = line.split_once(" | ret=").expect("a case and its answer");
            let before = cases.insert(case.to_owned(), normalise(answer));
            assert_eq!(before, None, "{case} is one case");
        }
        assert!(cases.len() > 400, "{} cases", cases.len());
        Self(cases)
    }

    /// The cases of sections, by their letters.
    pub(super) fn cases(&self, sections: &str) -> impl Iterator<Item = (&str, &str)> {
        let of = move |case: &str| case.starts_with(|letter| sections.contains(letter));
        self.0.iter().filter(move |(case, _)| of(case)).map(|(case, answer)| (&**case, &**answer))
    }

    /// The one case that has these words first.
    pub(super) fn case(&self, words: &str) -> &str {
        if let Some((case, _)) = self.0.get_key_value(words) {
            return case;
        }
        let start = format!("{words} ");
        let mut found = self.0.keys().filter(|case| case.starts_with(&start));
        let case = found.next().unwrap_or_else(|| panic!("no case {words}"));
        assert_eq!(found.next(), None, "{words}: which?");
        case
    }
}

/// `TRUE err=.. | WriteFile(1) written=1` to `TRUE written=1`; where a call failed, to its error
/// alone.
fn normalise(answer: &str) -> String {
    let (answer, outputs) = answer.split_once(" |").expect("its outputs, or none");
    let (ret, error) = answer.split_once(" err=").expect("what it returned, and an error");
    let (error, _name) = error.split_once(' ').expect("its name");
    match ret {
        "FALSE" | "INVALID_HANDLE" => return format!("{ret} {error}"),
        "handle" => return ret.into(),
        _ => {}
    }
    let mut normal = ret.to_owned();
    for word in outputs.split(' ') {
        let Some((name, _)) = word.split_once('=') else { continue };
        // Of no octets there is no first.
        let of_none = name == "first" && normal.ends_with("read=0");
        if OUTPUTS.contains(&name) && !of_none {
            normal.extend([" ", word]);
        }
    }
    normal
}
