use std::fmt::Write as _;

use super::*;

fn packets(text: &str) -> Vec<Vec<u8>> {
    let (packets, bad) = parse(text);
    assert_eq!(bad, None, "{text}");
    packets.into_iter().map(|packet| packet.octets).collect()
}

fn octets(length: u8) -> Vec<u8> {
    (0..length).map(|i| i.wrapping_mul(7).wrapping_add(0x10)).collect()
}

fn bad(text: &str) -> (usize, usize, String) {
    let (_, bad) = parse(text);
    let bad = bad.unwrap_or_else(|| panic!("nothing wrong with {text}"));
    (bad.line, bad.column, bad.reason)
}

#[test]
fn plain_digits() {
    let expected = [vec![0x10, 0x02, 0x80, 0xc1]];
    for text in [
        "100280c1",
        "100280C1\n",
        "10 02 80 c1",
        "10:02:80:c1",
        "10-02-80-C1",
        "10,02,80,c1",
        "0x10, 0x02, 0x80, 0xc1",
        "[0x10, 0x2, 0x80, 0xc1]",
        "0x100280c1",
        "1002 80c1",
        "1002\n80c1\n",
        "# a comment\n10 02\n# another\n80 c1",
        "  10 02 80 c1  ",
    ] {
        assert_eq!(packets(text), expected, "{text}");
    }
}

#[test]
fn blank_lines_separate() {
    assert_eq!(packets("10 02\n\n80\n \n\nc1\n"), [vec![0x10, 2], vec![0x80], vec![0xc1]]);
    assert_eq!(packets(""), Vec::<Vec<u8>>::new());
    let (packets, _) = parse("10\n\n\n20\n21\n");
    assert_eq!(packets.iter().map(|packet| packet.line).collect::<Vec<_>>(), [1, 4]);
}

/// What programs write of "DISPATCH desk 12 ab cd": letters that look like digits.
#[test]
fn dumps() {
    let text = b"DISPATCH desk 12 ab cd\x00\xff";
    for dump in [
        // xxd
        "00000000: 4449 5350 4154 4348 2064 6573 6b20 3132  DISPATCH desk 12\n\
         00000010: 2061 6220 6364 00ff                       ab cd..\n",
        // xxd -g 1
        "00000000: 44 49 53 50 41 54 43 48 20 64 65 73 6b 20 31 32  DISPATCH desk 12\n\
         00000010: 20 61 62 20 63 64 00 ff                           ab cd..\n",
        // hexdump -C
        "00000000  44 49 53 50 41 54 43 48  20 64 65 73 6b 20 31 32  |DISPATCH desk 12|\n\
         00000010  20 61 62 20 63 64 00 ff                           | ab cd..|\n\
         00000018\n",
        // od -A x -t x1
        "000000 44 49 53 50 41 54 43 48 20 64 65 73 6b 20 31 32\n\
         000010 20 61 62 20 63 64 00 ff\n\
         000018\n",
        // od -A x -t x1z
        "000000 44 49 53 50 41 54 43 48 20 64 65 73 6b 20 31 32  >DISPATCH desk 12<\n\
         000010 20 61 62 20 63 64 00 ff                          > ab cd..<\n\
         000018\n",
        // Wireshark
        "0000   44 49 53 50 41 54 43 48 20 64 65 73 6b 20 31 32   DISPATCH desk 12\n\
         0010   20 61 62 20 63 64 00 ff                            ab cd..\n",
        "0000  44 49 53 50 41 54 43 48  20 64 65 73 6b 20 31 32   DISPATCH  desk 12\n\
         0010  20 61 62 20 63 64 00 ff                             ab cd··\n",
        // tcpdump -X
        "09:14:02.118000 IP 192.0.2.1.138 > 192.0.2.255.138: UDP, length 24\n\
         \t0x0000:  4449 5350 4154 4348 2064 6573 6b20 3132  DISPATCH.desk.12\n\
         \t0x0010:  2061 6220 6364 00ff                      .ab.cd..\n",
        "0000: 44 49 53 50 41 54 43 48 20 64 65 73 6b 20 31 32\n0010: 20616220 636400ff\n",
    ] {
        assert_eq!(packets(dump), [text.to_vec()], "{dump}");
        // Each offset that is 0 again is another packet.
        assert_eq!(packets(&dump.repeat(2)).len(), 2, "{dump}");
    }
}

/// A column of text that is nothing but hex digits, and of each length of a last line.
#[test]
fn text_that_looks_like_octets() {
    for length in 1..=40_usize {
        let text: Vec<u8> = b"abcdef0123456789".iter().copied().cycle().take(length).collect();
        for group in [1, 2] {
            let mut dump = String::new();
            for (i, line) in text.chunks(16).enumerate() {
                let digits: Vec<_> = line.chunks(group).map(hex::encode).collect();
                let column = String::from_utf8_lossy(line);
                let width = 16 / group * (2 * group + 1);
                let digits = digits.join(" ");
                writeln!(dump, "{:08x}: {digits:<width$} {column}", 16 * i).unwrap();
            }
            assert_eq!(packets(&dump), std::slice::from_ref(&text), "{dump}");
        }
    }
}

#[test]
fn repeated_lines() {
    let dump = "00000000  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|\n\
                *\n\
                00000040  01                                                |.|\n\
                00000041\n";
    assert_eq!(packets(dump), [[&[0; 64][..], &[1]].concat()]);
    assert_eq!(bad("0000  00 01\n*\nffffff00  01\n").0, 3);
}

#[test]
fn programs() {
    let expected = [vec![0x10, 0x02, 0x80, 0xc1]];
    for text in [
        "/* Frame (4 bytes) */\nstatic const unsigned char pkt1[4] = {\n0x10, 0x02, 0x80, /* { */\n0xc1 /* .... */\n};\n",
        "{16,2,128,193}",
        "char x[] = {0X10, '\\x02', // }\n 0x80, 0xC1,};",
        "\"\\x10\\x02\" \\\n\"\\x80\\xc1\"\n",
        "\\x10\\x02\\x80\\xc1",
        "data = b'\\x10\\x02\\x80\\xc1'",
        "char x[] = \"\\020\\x02\\x80\\xc1\";",
    ] {
        assert_eq!(packets(text), expected, "{text}");
    }
    assert_eq!(
        packets("b'\\x10\\n\\'\\\\a {'".replace(" {", "").as_str()),
        [b"\x10\n'\\a".to_vec()]
    );
    assert_eq!(packets("a[] = {1}; b[] = {2, 3};"), [vec![1], vec![2, 3]]);
    assert_eq!(packets("{{1, 2}, {3}}"), [vec![1, 2], vec![3]]);
    assert_eq!(packets("\"\\x01\"\n\n\"\\x02\"\n"), [vec![1], vec![2]]);
}

#[test]
fn what_is_wrong_and_where() {
    for (text, line, column, reason) in [
        ("10 02\n80 zz", 2, 4, "'z' is no hex digit"),
        ("10 02\n80 1g", 2, 5, "'g' is no hex digit"),
        ("100", 1, 1, "3 hex digits are no whole number of octets"),
        ("0000  10 02\n0004  80 c1", 2, 1, "offset 0x4, where 0x2 is next"),
        ("0000: 10 02\n80 c1", 2, 1, "no offset, as the lines before have"),
        ("0000: 10 0\u{fc}", 1, 11, "'ü' is no hex digit"),
        ("0x", 1, 1, "0x without digits"),
        ("{0x10, 256}", 1, 8, "256 is more than an octet"),
        ("{0x10,\n nonsense}", 2, 2, "\"nonsense\" is no number"),
        ("{0x10", 1, 6, "the brace is not closed"),
        ("\"\\x10", 1, 6, "the string is not closed"),
        ("\\x10 zz", 1, 6, "'z' is no escape"),
        ("\"\\x10\\y\"", 1, 7, "an escape that is not known"),
    ] {
        assert_eq!(bad(text), (line, column, reason.into()), "{text}");
    }
    for machine in ["0000000 0210 0180 c000\n", "000000 001020 100200\n", "0000000 001020 100200"] {
        assert!(bad(machine).2.contains("hexdump -C"), "{machine}");
    }
    // What was read before it comes too.
    let (packets, bad) = parse("10 02\n\n80 zz");
    assert_eq!(packets, [Pasted { line: 1, octets: vec![0x10, 2], begins: vec![0] }]);
    assert!(bad.is_some());
}

#[test]
fn no_packet_is_without_end() {
    let most = crate::capture::MAX_CAPTURED_LEN;
    assert_eq!(packets(&"00".repeat(most))[0].len(), most);
    assert!(bad(&"00".repeat(most + 1)).2.contains("no packet is as long"));
    let far = format!("0000  {}\n*\n{:x}  00\n", hex::encode(octets(16)), 1 << 30);
    assert!(
        bad(&far.replace(&hex::encode(octets(16)), "10 17")).2.contains("no packet is as long")
    );
}

/// Each of these is small, and took a minute or all of the memory.
#[test]
fn a_text_costs_what_is_there() {
    // Half a gigabyte.
    let repeated = "00000000  00\n*\n00040000\n".repeat(2000);
    assert!(bad(&repeated).2.contains("lines of * stand for more than"));
    // Nothing but gaps, before which a column of text may begin: none, or octets that look like it.
    let zeros = vec!["00"; 50_000].join("\t");
    assert_eq!(packets(&format!("00000000: {zeros}"))[0].len(), 50_000);
    let looks = [["33", "33", "00"].repeat(20_000), vec!["33"; 60_000]].concat();
    assert_eq!(packets(&looks.join("\t"))[0].len(), 120_000);
    let spaces = format!("{}{}", "00  ".repeat(50_000), " ".repeat(1 << 22));
    assert_eq!(packets(&spaces)[0].len(), 50_000);
}
