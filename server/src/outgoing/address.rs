//! Which addresses a request may go to: decided on the address that is connected to, after the name was resolved, so that no
//! name can point inside in the meantime.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::config::Network;

/// How far a request may go: by whose word the address came.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Reach {
    /// A site administrator's: anywhere but to what only a cloud's own machines should ask.
    Administrator,
    /// Somebody else's: to public addresses only.
    Public,
}

impl Reach {
    /// Whether `address` may be connected to. What the configuration allows, always may.
    pub(super) fn allows(self, address: IpAddr, allowed: &[Network]) -> bool {
        if allowed.iter().any(|network| network.contains(address)) {
            return true;
        }
        let address = within(address);
        let special = is_metadata(address)
            || address.is_multicast()
            || address.is_unspecified()
            || is_link_local(address);
        match self {
            Self::Administrator => !special,
            Self::Public => !special && is_public(address),
        }
    }
}

/// The IPv4 address that an IPv6 address leads to: mapped, or by NAT64 (RFC 6052) or 6to4 (RFC 3056); else the address.
fn within(address: IpAddr) -> IpAddr {
    let IpAddr::V6(v6) = address.to_canonical() else {
        return address.to_canonical();
    };
    let bits = v6.to_bits();
    let v4 = |bits: u128| {
        IpAddr::V4(Ipv4Addr::from_bits(
            u32::try_from(bits & 0xffff_ffff).unwrap_or(0),
        ))
    };
    match v6.segments() {
        [0x64, 0xff9b, 0, 0, 0, 0, _, _] => v4(bits),
        [0x2002, ..] => v4(bits >> 80),
        _ => IpAddr::V6(v6),
    }
}

/// Whether a name, which somebody else will look up, says itself that it leads inside: by an address in a form that only some programs
/// read as one (`127.1`, `0x7f000001`, `2130706433`, the URL standard's "ends in a number", and `127.0.0.1.`), or by the names of this
/// machine (RFC 6761, section 6.3) and of what tells a cloud's machines their credentials.
pub(super) fn is_inside(host: &str) -> bool {
    if host.parse::<IpAddr>().is_ok() {
        return false;
    }
    let name = host.trim_end_matches('.').to_ascii_lowercase();
    let last = name.rsplit('.').next().unwrap_or_default();
    let hexadecimal = last.strip_prefix("0x");
    let is_number = last.bytes().all(|byte| byte.is_ascii_digit())
        || hexadecimal.is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
    let is_metadata = ["metadata", "metadata.google.internal", "instance-data"];
    is_number || last == "localhost" || is_metadata.contains(&name.as_str())
}

/// Where clouds tell a machine its credentials, outside of the link-local networks: Azure, Alibaba, AWS.
fn is_metadata(address: IpAddr) -> bool {
    const AZURE: Ipv4Addr = Ipv4Addr::new(168, 63, 129, 16);
    const ALIBABA: Ipv4Addr = Ipv4Addr::new(100, 100, 100, 200);
    const AWS: Ipv6Addr = Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254);
    match address {
        IpAddr::V4(v4) => v4 == AZURE || v4 == ALIBABA,
        IpAddr::V6(v6) => v6 == AWS,
    }
}

fn is_link_local(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_unicast_link_local(),
    }
}

/// Whether the whole Internet has it: not in the registries of special purpose (IANA; RFC 6890).
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => !matches!(
            v4.octets(),
            [0 | 10 | 127 | 224..=255, ..]
                | [100, 64..=127, ..]
                | [169, 254, ..]
                | [172, 16..=31, ..]
                | [192, 0, 0 | 2, _]
                | [192, 88, 99, _]
                | [192, 168, ..]
                | [198, 18 | 19, ..]
                | [198, 51, 100, _]
                | [203, 0, 113, _]
        ),
        IpAddr::V6(v6) => match v6.segments() {
            [0x2001, second, ..] => second >= 0x200 && second != 0xdb8,
            [0x3fff, second, ..] => second >= 0x1000,
            [first, ..] => (0x2000..0x4000).contains(&first),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(reach: Reach, address: &str) -> bool {
        reach.allows(address.parse().expect(address), &[])
    }

    #[test]
    fn a_name_that_is_an_address_in_disguise_leads_inside() {
        for inside in [
            "2130706433",
            "0x7f000001",
            "0x7f.1",
            "127.1",
            "127.0.0.1.",
            "017700000001",
            "localhost",
            "LOCALHOST.",
            "a.localhost",
            "169.254.169.254.",
            "metadata.google.internal",
        ] {
            assert!(is_inside(inside), "{inside}");
        }
        for name in [
            "ci.example.com",
            "1.2.3.4",
            "::1",
            "4711.example",
            "0xabc.de",
            "metadata.example.com",
        ] {
            assert!(!is_inside(name), "{name}");
        }
    }

    #[test]
    fn organizations_reach_public_addresses_only() {
        for public in [
            "93.184.215.14",
            "172.32.0.1",
            "100.128.0.1",
            "2606:4700::1111",
            "2001:4860:4860::8888",
            "2002:5db8:d70e::1",
        ] {
            assert!(allows(Reach::Public, public), "{public}");
            assert!(allows(Reach::Administrator, public), "{public}");
        }
        for inside in [
            "127.0.0.1",
            "127.9.9.9",
            "::1",
            "10.0.0.1",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "100.64.0.1",
            "fc00::1",
            "fd12::1",
            "::ffff:10.0.0.1",
            "::ffff:127.0.0.1",
            "64:ff9b::10.0.0.1",
            "2002:a00:1::",
            "2002:7f00:1::",
            "198.18.0.1",
            "192.0.2.1",
            "203.0.113.9",
            "2001:db8::1",
            "3fff::1",
            "2001::1",
            "240.0.0.1",
            "fec0::1",
            "::127.0.0.1",
        ] {
            assert!(!allows(Reach::Public, inside), "{inside}");
        }
    }

    #[test]
    fn nobody_reaches_what_tells_a_machine_its_credentials() {
        for special in [
            "169.254.169.254",
            "::ffff:169.254.169.254",
            "64:ff9b::169.254.169.254",
            "2002:a9fe:a9fe::",
            "fd00:ec2::254",
            "100.100.100.200",
            "168.63.129.16",
            "fe80::1",
            "0.0.0.0",
            "::",
            "224.0.0.1",
            "ff02::1",
        ] {
            assert!(!allows(Reach::Administrator, special), "{special}");
            assert!(!allows(Reach::Public, special), "{special}");
        }
        for inside in ["10.0.0.1", "127.0.0.1", "::1", "fd12::1"] {
            assert!(allows(Reach::Administrator, inside), "{inside}");
        }
    }

    #[test]
    fn the_configuration_has_the_last_word() {
        let allowed = [Network::parse("10.1.0.0/16").expect("network")];
        let allows =
            |address: &str| Reach::Public.allows(address.parse().expect(address), &allowed);
        assert!(allows("10.1.2.3") && allows("::ffff:10.1.2.3"));
        assert!(!allows("10.2.0.1") && !allows("127.0.0.1"));
    }
}
