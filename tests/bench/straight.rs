//! The yardstick: a straight-line decoder that takes the commonest shape only. One length check,
//! fixed offsets, no scopes, no tolerance, no positions in errors.

/// What it finds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Straight<'a> {
    pub(crate) msg_type: u8,
    pub(crate) flags: u8,
    pub(crate) dgm_id: u16,
    pub(crate) source_ip: u32,
    pub(crate) source_port: u16,
    pub(crate) source_name: [u8; 16],
    pub(crate) destination_name: [u8; 16],
    pub(crate) priority: u16,
    pub(crate) class: u16,
    pub(crate) slot: &'a [u8],
    pub(crate) data: &'a [u8],
}

fn be_u16(octets: &[u8], at: usize) -> u16 {
    u16::from_be_bytes([octets[at], octets[at + 1]])
}

fn le_u16(octets: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([octets[at], octets[at + 1]])
}

fn name(letters: &[u8]) -> Option<[u8; 16]> {
    let letters: &[u8; 32] = letters.try_into().ok()?;
    let mut octets = [0; 16];
    let mut bad = 0;
    for i in 0..16 {
        let high = letters[2 * i].wrapping_sub(b'A');
        let low = letters[2 * i + 1].wrapping_sub(b'A');
        bad |= high | low;
        octets[i] = high << 4 | (low & 15);
    }
    (bad & 0xf0 == 0).then_some(octets)
}

/// Decodes one UDP payload of port 138.
#[inline(never)]
pub(crate) fn decode(payload: &[u8]) -> Option<Straight<'_>> {
    // 14 of header, two names of 34, 32 of SMB header, 37 of transaction.
    let head = payload.first_chunk::<151>()?;
    let data_len = payload.len() - 14;
    if !(0x10..=0x12).contains(&head[0])
        || usize::from(be_u16(head, 10)) != data_len
        || be_u16(head, 12) != 0
        || head[14] != 32
        || head[47] != 0
        || head[48] != 32
        || head[81] != 0
    {
        return None;
    }
    let (source_name, destination_name) = (name(&head[15..47])?, name(&head[49..81])?);
    if head[82..87] != *b"\xffSMB\x25"
        || head[114] != 17
        || head[141] != 3
        || le_u16(head, 143) != 1
    {
        return None;
    }
    let data_count = usize::from(le_u16(head, 137));
    let data_offset = usize::from(le_u16(head, 139));
    let body = payload.get(151..151 + usize::from(le_u16(head, 149)))?;
    let (prefix, rest) = body.split_first_chunk::<10>()?;
    let word = u64::from_le_bytes(*prefix.first_chunk()?) & 0xdfdf_dfdf_dfdf_dfdf;
    if word != u64::from_le_bytes(*b"\\MAILSLO") || prefix[8] & 0xdf != b'T' || prefix[9] != b'\\' {
        return None;
    }
    let end = rest.iter().position(|&octet| octet == 0)?;
    let data = payload[82..].get(data_offset..data_offset + data_count)?;
    if usize::from(le_u16(head, 117)) != data_count || data_offset < 69 + 10 + end + 1 {
        return None;
    }
    Some(Straight {
        msg_type: head[0],
        flags: head[1],
        dgm_id: be_u16(head, 2),
        source_ip: u32::from_be_bytes(*head[4..].first_chunk()?),
        source_port: be_u16(head, 8),
        source_name,
        destination_name,
        priority: le_u16(head, 145),
        class: le_u16(head, 147),
        slot: &rest[..end],
        data,
    })
}
