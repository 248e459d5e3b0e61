//! Addresses in the configuration: where to listen, and which networks to believe.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

/// A network in CIDR notation (RFC 4632, RFC 4291), such as `10.0.0.0/8`, `::1` or `2001:db8::/32`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    prefix: u8,
}

impl Network {
    /// Reads `address/prefix`, or an address alone. The message of an error says what is wrong.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (address, prefix) = text
            .split_once('/')
            .map_or((text, None), |(a, p)| (a, Some(p)));
        let address: IpAddr = address.parse().map_err(|_| {
            format!("`{text}` is not an address or network, such as 10.0.0.0/8 or ::1")
        })?;
        let bits = if address.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix.map(str::parse) {
            None => bits,
            Some(Ok(prefix)) if prefix <= bits => prefix,
            Some(_) => {
                return Err(format!(
                    "`{text}` needs a number from 0 to {bits} after the slash"
                ));
            }
        };
        let network = Self { address, prefix };
        if network.mask(bits_of(address)) != bits_of(address) {
            return Err(format!(
                "`{text}` has bits set after its first {prefix}: the network of it begins earlier, or the number after the slash is wrong"
            ));
        }
        Ok(network)
    }

    /// Whether `address` lies in the network. An IPv4 address written as IPv6 counts as IPv4.
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        address.is_ipv4() == self.address.is_ipv4()
            && self.mask(bits_of(address)) == bits_of(self.address)
    }

    /// The first `prefix` bits of left-aligned address bits.
    fn mask(&self, bits: u128) -> u128 {
        bits & u128::MAX
            .checked_shl(128 - u32::from(self.prefix))
            .unwrap_or(0)
    }
}

impl std::fmt::Display for Network {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

/// An address as 128 bits, aligned to the left.
fn bits_of(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => u128::from(v4.to_bits()) << 96,
        IpAddr::V6(v6) => v6.to_bits(),
    }
}

/// Where to listen: `address:port`, `:port` for every address, or `off`.
pub(super) fn listen(text: &str) -> Result<Option<SocketAddr>, String> {
    if text == "off" {
        return Ok(None);
    }
    let port = text.strip_prefix(':').map(str::parse::<u16>);
    match (port, text.parse::<SocketAddr>()) {
        (Some(Ok(port)), _) => Ok(Some((Ipv4Addr::UNSPECIFIED, port).into())),
        (_, Ok(address)) => Ok(Some(address)),
        _ => Err(format!(
            "`{text}` is not an address with a port, such as 127.0.0.1:8080, [::1]:8080 or :8080 (every address), nor off"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_contain_their_addresses() {
        let cases = [
            ("10.0.0.0/8", "10.255.0.1", true),
            ("10.0.0.0/8", "11.0.0.1", false),
            ("10.0.0.0/8", "::ffff:10.1.2.3", true),
            ("10.0.0.0/8", "a00::", false),
            ("192.0.2.1", "192.0.2.1", true),
            ("192.0.2.1", "192.0.2.2", false),
            ("0.0.0.0/0", "203.0.113.9", true),
            ("0.0.0.0/0", "2001:db8::1", false),
            ("::/0", "2001:db8::1", true),
            ("::/0", "192.0.2.1", false),
            ("2001:db8::/32", "2001:db8:ffff::1", true),
            ("2001:db8::/32", "2001:db9::1", false),
            ("::1", "::1", true),
        ];
        for (network, address, expected) in cases {
            let network = Network::parse(network).expect(network);
            assert_eq!(
                network.contains(address.parse().expect(address)),
                expected,
                "{network} {address}"
            );
        }
    }

    #[test]
    fn refuses_what_is_not_a_network() {
        for text in [
            "",
            "10.0.0.0/33",
            "10.0.0.0/-1",
            "10.0.0.0/",
            "::/129",
            "example.com",
            "10.0.0.1/8",
            "10.0.0.0/8/8",
        ] {
            assert!(Network::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn reads_where_to_listen() {
        assert_eq!(listen("off"), Ok(None));
        assert_eq!(
            listen("127.0.0.1:80"),
            Ok(Some(SocketAddr::from(([127, 0, 0, 1], 80))))
        );
        assert_eq!(
            listen(":443"),
            Ok(Some(SocketAddr::from(([0, 0, 0, 0], 443))))
        );
        assert!(
            listen("[::]:443")
                .expect("address")
                .is_some_and(|address| address.is_ipv6())
        );
        for text in [
            "",
            "on",
            "8080",
            "localhost:80",
            "127.0.0.1",
            "127.0.0.1:99999",
            ":",
            ":x",
            "http://127.0.0.1:80",
        ] {
            assert!(listen(text).is_err(), "{text}");
        }
    }
}
