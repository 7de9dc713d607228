//! A capture of datagrams that UDP does not carry, of which testdata has none.

const MAC: [u8; 6] = [2, 0, 0, 0, 0, 1];
const NAMES: &[u8; 32] = b"OFFICE         \x1eWINBOX         \0";

/// A pcap file: an Ethernet frame of each way that there is, around `smb`.
pub fn capture(smb: &[u8]) -> Vec<u8> {
    let nmpi = ipx(20, 0x0553, &[&[0; 32][..], &[0xfc, 2, 0, 0], NAMES, smb].concat());
    let netbios = ipx(4, 0x0455, &[&[0, 0x0b][..], NAMES, smb].concat());
    let nbf = [0xf0, 0xf0, 3, 44, 0, 0xff, 0xef, 8, 0, 0, 0, 0, 0, 0, 0];
    let datagram = ip(17, &[&[0, 138, 0, 138][..], &length(8 + smb.len()), &[0, 0], smb].concat());
    let session = [0x11, 0, 0, 1, 0, 0, 0, 0x21];
    let frames = [
        ethernet([0x81, 0x37], &nmpi),
        ethernet(length(nmpi.len()), &nmpi),
        ethernet(length(3 + netbios.len()), &[&[0xe0, 0xe0, 3], &netbios[..]].concat()),
        ethernet(length(47 + smb.len()), &[&nbf[..], NAMES, smb].concat()),
        ethernet([8, 0], &ip(1, &[&[3, 3, 0, 0, 0, 0, 0, 0], &datagram[..]].concat())),
        ethernet([0x88, 0x64], &[&session, &datagram[..]].concat()),
    ];
    let mut file = b"\xd4\xc3\xb2\xa1\x02\0\x04\0\0\0\0\0\0\0\0\0\0\0\x04\0\x01\0\0\0".to_vec();
    for frame in frames {
        let len = u32::try_from(frame.len()).expect("a short frame").to_le_bytes();
        file.extend([&[0; 8][..], &len, &len, &frame].concat());
    }
    file
}

fn length(len: usize) -> [u8; 2] {
    u16::try_from(len).expect("a short datagram").to_be_bytes()
}

fn ethernet(kind: [u8; 2], payload: &[u8]) -> Vec<u8> {
    [&[0xff; 6][..], &MAC, &kind, payload].concat()
}

fn ipx(packet_type: u8, socket: u16, payload: &[u8]) -> Vec<u8> {
    let socket = socket.to_be_bytes();
    let ends = [&[0, 0, 0, 10][..], &[0xff; 6], &socket, &[0, 0, 0, 10], &MAC, &socket].concat();
    let head = [&[0xff, 0xff][..], &length(30 + payload.len()), &[0, packet_type]].concat();
    [&head, &ends, payload].concat()
}

fn ip(protocol: u8, payload: &[u8]) -> Vec<u8> {
    let length = length(20 + payload.len());
    let rest = [0, 0, 0, 0, 64, protocol, 0, 0, 192, 0, 2, 1, 192, 0, 2, 255];
    [&[0x45, 0][..], &length, &rest, payload].concat()
}
