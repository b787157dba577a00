//! `inet` and `cidr`: an address and how many bits of it are the network's.
//!
//! | offset | bytes   | meaning                                                        |
//! |--------|---------|----------------------------------------------------------------|
//! | 0      | 1       | family: 2 = IPv4, 3 = IPv6 (not the operating system's number) |
//! | 1      | 1       | bits of the network, 0 to 32 or 128                            |
//! | 2      | 1       | 1 for `cidr`; its other bits of the address are zero           |
//! | 3      | 1       | bytes of the address, 4 or 16                                  |
//! | 4      | 4 or 16 | the address                                                    |
//!
//! Source: PostgreSQL 18, `src/backend/utils/adt/network.c` `network_send`, `network_recv`;
//! `src/port/inet_net_ntop.c` for the words.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::{Codec, Kind, Nesting, push_display};
use crate::encode::value::Value;
use crate::error::ValueError;

const CUT: ValueError = ValueError::new("expected an address of 8 or 20 bytes, found another length");
const HEAD: ValueError = ValueError::new("expected an address family 2 or 3 with its length, found others");
const BITS: ValueError = ValueError::new("expected network bits within the address, found more");
const HOST: ValueError = ValueError::new("expected a cidr with nothing behind its network, found host bits");
const VALUE: ValueError = ValueError::new("expected an address, found a value of another type");
const TEXT: ValueError = ValueError::new("expected an IPv4 or IPv6 address, found another text");

/// The codec of `inet`.
pub const INET: Codec = Codec {
    names: &["inet"],
    kind: Kind::Inet,
    source: "src/backend/utils/adt/network.c, network_send",
    is_text_as_sent: false,
    nesting: Nesting::Both,
    to_text,
    from_text: |text, out| from_text(false, text, out),
    from_value: |value, _, out| from_value(false, value, out),
};

/// The codec of `cidr`.
pub const CIDR: Codec = Codec {
    names: &["cidr"],
    kind: Kind::Inet,
    source: "src/backend/utils/adt/network.c, network_send",
    is_text_as_sent: false,
    nesting: Nesting::Both,
    to_text,
    from_text: |text, out| from_text(true, text, out),
    from_value: |value, _, out| from_value(true, value, out),
};

/// An address with its network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Inet {
    /// The address; IPv4 in the lowest 32 bits.
    pub address: u128,
    /// Whether it is IPv6.
    pub is_v6: bool,
    /// Bits of the network.
    pub network_bits: u32,
    /// Whether it is a `cidr`.
    pub is_cidr: bool,
}

impl Inet {
    /// Bits of an address of its family.
    #[must_use]
    pub fn bits(&self) -> u32 {
        if self.is_v6 { 128 } else { 32 }
    }

    /// The bits of the address that are not the network's.
    fn host(&self) -> u128 {
        let host_bits = self.bits().saturating_sub(self.network_bits);
        self.address & 1u128.checked_shl(host_bits).map_or(u128::MAX, |end| end - 1)
    }

    /// Append the send format.
    pub fn write(&self, out: &mut Vec<u8>) {
        let network_bits = u8::try_from(self.network_bits).unwrap_or(u8::MAX);
        let bytes = self.address.to_be_bytes();
        let (family, length) = if self.is_v6 { (3, 16) } else { (2, 4) };
        out.extend_from_slice(&[family, network_bits, u8::from(self.is_cidr), length]);
        out.extend_from_slice(if self.is_v6 { &bytes } else { &bytes[12..] });
    }

    /// Append the words, with the network's bits where they are not all or it is a `cidr`.
    pub fn push_text(&self, out: &mut Vec<u8>) {
        if self.is_v6 {
            push_v6(self.address, out);
        } else {
            let [.., a, b, c, d] = self.address.to_be_bytes();
            push_display(out, format_args!("{a}.{b}.{c}.{d}"));
        }
        if self.is_cidr || self.network_bits != self.bits() {
            push_display(out, format_args!("/{}", self.network_bits));
        }
    }
}

/// An address from its send format.
///
/// # Errors
/// If the bytes are no such thing.
pub fn read(value: &[u8]) -> Result<Inet, ValueError> {
    let (&[family, network_bits, is_cidr, length], address) = value.split_first_chunk::<4>().ok_or(CUT)?;
    let (is_v6, address) = match (family, length) {
        (2, 4) => (false, address.try_into().map(|bytes| u128::from(u32::from_be_bytes(bytes)))),
        (3, 16) => (true, address.try_into().map(u128::from_be_bytes)),
        _ => return Err(HEAD),
    };
    let inet = Inet {
        address: address.map_err(|_| CUT)?,
        is_v6,
        network_bits: u32::from(network_bits),
        is_cidr: is_cidr != 0,
    };
    if inet.network_bits > inet.bits() {
        return Err(BITS);
    }
    if inet.is_cidr && inet.host() != 0 { Err(HOST) } else { Ok(inet) }
}

/// An address as people write it, with or without its network's bits.
#[must_use]
pub fn parse(text: &str) -> Option<Inet> {
    let (address, bits) = text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
    let (address, is_v6) = match address.parse::<Ipv4Addr>() {
        Ok(address) => (u128::from(address.to_bits()), false),
        Err(_) => (address.parse::<Ipv6Addr>().ok()?.to_bits(), true),
    };
    let mut inet = Inet { address, is_v6, network_bits: 0, is_cidr: false };
    inet.network_bits = match bits {
        None => inet.bits(),
        Some(bits) if bits.len() <= 3 && bits.bytes().all(|byte| byte.is_ascii_digit()) => {
            bits.parse().ok()?
        }
        Some(_) => return None,
    };
    (inet.network_bits <= inet.bits()).then_some(inet)
}

fn to_text(value: &[u8], out: &mut Vec<u8>) -> Result<(), ValueError> {
    read(value)?.push_text(out);
    Ok(())
}

fn from_text(is_cidr: bool, text: &str, out: &mut Vec<u8>) -> Result<(), ValueError> {
    let inet = Inet { is_cidr, ..parse(text).ok_or(TEXT)? };
    if is_cidr && inet.host() != 0 {
        return Err(HOST);
    }
    inet.write(out);
    Ok(())
}

fn from_value(is_cidr: bool, value: &Value<'_>, out: &mut Vec<u8>) -> Result<(), ValueError> {
    match value {
        Value::Str(text) => from_text(is_cidr, text, out),
        _ => Err(VALUE),
    }
}

/// The longest run of two or more zero words, the first of them, becomes "::"; addresses that hold an
/// IPv4 one by the rules of the 1990s show it as such.
fn push_v6(address: u128, out: &mut Vec<u8>) {
    let mut words = [0u16; 8];
    for (word, pair) in words.iter_mut().zip(address.to_be_bytes().chunks_exact(2)) {
        *word = u16::from_be_bytes([pair[0], pair[1]]);
    }
    let (start, length) = longest_zeros(&words);
    let is_inside = |at: usize| length > 0 && (start..start + length).contains(&at);
    for (at, word) in words.iter().enumerate() {
        if is_inside(at) {
            if at == start {
                out.push(b':');
            }
            continue;
        }
        if at > 0 {
            out.push(b':');
        }
        let holds_v4 = start == 0
            && (length == 6 || (length == 7 && words[7] != 1) || (length == 5 && words[5] == 0xffff));
        if at == 6 && holds_v4 {
            let [.., a, b, c, d] = address.to_be_bytes();
            push_display(out, format_args!("{a}.{b}.{c}.{d}"));
            return;
        }
        push_display(out, format_args!("{word:x}"));
    }
    if length > 0 && start + length == words.len() {
        out.push(b':');
    }
}

/// Start and length of the longest run of zeros, the first of equals; length 0 if none has two.
fn longest_zeros(words: &[u16; 8]) -> (usize, usize) {
    let mut best = (0, 0);
    let mut at = 0;
    while let Some(rest) = words.get(at..).filter(|rest| !rest.is_empty()) {
        let length = rest.iter().take_while(|&&word| word == 0).count();
        if length > best.1 {
            best = (at, length);
        }
        at += length.max(1);
    }
    if best.1 >= 2 { best } else { (0, 0) }
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn inet_is_written_as_the_server_does() {
        // PostgreSQL 15.18 and 18.6: select v, encode(inet_send(v), 'hex')
        let addresses = [
            ("0.0.0.0", "02 20 00 04 00000000"),
            ("192.168.1.5", "02 20 00 04 c0a80105"),
            ("192.168.1.5/24", "02 18 00 04 c0a80105"),
            ("0.0.0.0/0", "02 00 00 04 00000000"),
            ("::1", "03 80 00 10 00000000000000000000000000000001"),
            ("::", "03 80 00 10 00000000000000000000000000000000"),
            ("::/0", "03 00 00 10 00000000000000000000000000000000"),
            ("::2", "03 80 00 10 00000000000000000000000000000002"),
            ("2001:db8::1", "03 80 00 10 20010db8000000000000000000000001"),
            ("2001:db8:0:1::1", "03 80 00 10 20010db8000000010000000000000001"),
            ("fe80::1/64", "03 40 00 10 fe800000000000000000000000000001"),
            ("::ffff:1.2.3.4", "03 80 00 10 00000000000000000000ffff01020304"),
            ("::1.2.3.4", "03 80 00 10 00000000000000000000000001020304"),
            ("::0.1.0.2", "03 80 00 10 00000000000000000000000000010002"),
            ("1:0:0:2::3", "03 80 00 10 00010000000000020000000000000003"),
            ("1:0:2:0:3:0:4:0", "03 80 00 10 00010000000200000003000000040000"),
            ("0:1:2:3:4:5:6:7", "03 80 00 10 00000001000200030004000500060007"),
            ("::2:3:4:5:6:7", "03 80 00 10 00000000000200030004000500060007"),
            ("1:2:3:4:5:6::", "03 80 00 10 00010002000300040005000600000000"),
            ("64:ff9b::102:304", "03 80 00 10 0064ff9b000000000000000001020304"),
            ("::ffff:1.2.3.4/120", "03 78 00 10 00000000000000000000ffff01020304"),
        ];
        samples::check(&INET, &addresses);
    }

    #[test]
    fn cidr_is_written_as_the_server_does() {
        // PostgreSQL 15.18 and 18.6: select v, encode(cidr_send(v), 'hex')
        let networks = [
            ("10.0.0.0/8", "02 08 01 04 0a000000"),
            ("192.168.1.5/32", "02 20 01 04 c0a80105"),
            ("0.0.0.0/0", "02 00 01 04 00000000"),
            ("2001:db8::/32", "03 20 01 10 20010db8000000000000000000000000"),
            ("::1/128", "03 80 01 10 00000000000000000000000000000001"),
            ("::ffff:1.2.3.0/120", "03 78 01 10 00000000000000000000ffff01020300"),
        ];
        samples::check(&CIDR, &networks);
        samples::check_refused(&CIDR, &["10.0.0.1/8", "::1/64"]);
    }

    #[test]
    fn other_bytes_and_texts_are_refused() {
        samples::check_fixed_length(&INET, "02 20 00 04 c0 a8 01 05");
        samples::check_fixed_length(&INET, "03 80 00 10 20010db8000000000000000000000001");
        for hex in
            ["0a 80 00 10 20010db8000000000000000000000001", "02 21 00 04 00000000", "02 08 01 04 0a000001"]
        {
            assert_eq!(None, samples::to_text(&INET, &samples::bytes(hex)), "{hex}");
        }
        samples::check_refused(
            &INET,
            &[
                "",
                "1.2.3",
                "1.2.3.256",
                "1.2.3.4/33",
                "1.2.3.4/",
                "1.2.3.4/-1",
                ":::",
                "::1/129",
                "fe80::1%eth0",
            ],
        );
    }

    proptest! {
        #[test]
        fn texts_come_back_as_the_same_bytes(address: u128, zeroed: u16, is_v6: bool, bits in 0u32..=128) {
            let mut address = address;
            for bit in 0..16 {
                if zeroed >> bit & 1 == 1 {
                    address &= !(0xff << (bit * 8));
                }
            }
            let address = if is_v6 { address } else { address & 0xffff_ffff };
            let inet = Inet { address, is_v6, network_bits: if is_v6 { bits } else { bits / 4 }, is_cidr: false };
            let mut value = Vec::new();
            inet.write(&mut value);

            let text = samples::to_text(&INET, &value).expect("text");

            prop_assert_eq!(Ok(inet), read(&value));
            prop_assert_eq!(Some(value), samples::from_text(&INET, &text));
        }
    }
}
