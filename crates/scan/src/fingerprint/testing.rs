//! Archives for tests, written by hand so that they can be wrong.

use super::{LayerReport, Limits, scan_layer};
use std::io::Write as _;

/// One block of a header.
pub(super) fn header(name: &[u8], flag: u8, size: u64, link: &[u8]) -> [u8; 512] {
    let mut block = [0_u8; 512];
    let mut put = |at: usize, bytes: &[u8]| block[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, &name[..name.len().min(100)]);
    put(100, b"0000755\0");
    put(124, format!("{size:011o}\0").as_bytes());
    put(156, &[flag]);
    put(157, &link[..link.len().min(100)]);
    put(257, b"ustar\x0000");
    seal(&mut block);
    block
}

/// Writes the checksum.
pub(super) fn seal(block: &mut [u8; 512]) {
    block[148..156].copy_from_slice(b"        ");
    let sum: u64 = block.iter().map(|byte| u64::from(*byte)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
}

/// A tar that grows.
#[derive(Default)]
pub(super) struct Layer(pub(super) Vec<u8>);

impl Layer {
    pub(super) fn entry(mut self, name: &[u8], flag: u8, content: &[u8], link: &[u8]) -> Self {
        self.0
            .extend(header(name, flag, content.len() as u64, link));
        self.0.extend(content);
        self.0.resize(self.0.len().next_multiple_of(512), 0);
        self
    }

    pub(super) fn file(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        if name.len() > 100 {
            return self.entry(b"long", b'L', name.as_bytes(), b"").entry(
                b"",
                b'0',
                content.as_ref(),
                b"",
            );
        }
        self.entry(name.as_bytes(), b'0', content.as_ref(), b"")
    }

    pub(super) fn symlink(self, name: &str, target: &str) -> Self {
        self.entry(name.as_bytes(), b'2', b"", target.as_bytes())
    }

    pub(super) fn bytes(&self) -> Vec<u8> {
        let mut bytes = self.0.clone();
        bytes.resize(bytes.len() + 1024, 0);
        bytes
    }

    pub(super) fn scan(&self) -> LayerReport {
        scan(&self.bytes(), &Limits::default())
    }
}

pub(super) fn scan(bytes: &[u8], limits: &Limits) -> LayerReport {
    scan_layer(
        bytes,
        "application/vnd.oci.image.layer.v1.tar",
        limits,
        || false,
    )
    .unwrap()
}

/// Scans the file cut at each of its bytes: the scan goes on, whatever the detector says.
pub(super) fn survives_cuts(path: &str, content: &[u8]) {
    for end in 0..content.len() {
        let report = Layer::default().file(path, &content[..end]).scan();
        assert!(report.incomplete.is_empty(), "{end}");
        assert!(
            report
                .faults
                .iter()
                .all(|fault| fault.error != "the detector failed on it"),
            "{end}"
        );
    }
}

pub(super) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub(super) fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A zip of deflated members.
pub(super) fn zip(members: &[(&str, &[u8])]) -> Vec<u8> {
    let (mut archive, mut central) = (Vec::new(), Vec::new());
    for (name, content) in members {
        let packed = deflate(content);
        let offset = u32::try_from(archive.len()).unwrap();
        let sizes =
            [packed.len(), content.len()].map(|size| u32::try_from(size).unwrap().to_le_bytes());
        let name_length = u16::try_from(name.len()).unwrap().to_le_bytes();
        let common = [
            &[20, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0][..],
            &sizes[0],
            &sizes[1],
            &name_length,
            &[0, 0],
        ]
        .concat();
        archive.extend([&b"PK\x03\x04"[..], &common, name.as_bytes(), &packed].concat());
        let rest = [&[0; 10][..], &offset.to_le_bytes(), name.as_bytes()].concat();
        central.extend([&b"PK\x01\x02\x14\x00"[..], &common, &rest].concat());
    }
    let count = u16::try_from(members.len()).unwrap().to_le_bytes();
    let place =
        [central.len(), archive.len()].map(|number| u32::try_from(number).unwrap().to_le_bytes());
    archive.extend(central);
    archive.extend(
        [
            &b"PK\x05\x06\0\0\0\0"[..],
            &count,
            &count,
            &place[0],
            &place[1],
            &[0, 0],
        ]
        .concat(),
    );
    archive
}

/// An ELF file of two sections: a dynamic table that holds nothing but its own name, and the name.
pub(super) fn library(soname: &str) -> Vec<u8> {
    let word = |number: usize| (number as u64).to_le_bytes();
    let strings = soname.len() + 2;
    let mut file = vec![0; 64];
    file[..7].copy_from_slice(b"\x7fELF\x02\x01\x01");
    file[16..24].copy_from_slice(&[3, 0, 62, 0, 1, 0, 0, 0]);
    file[40..48].copy_from_slice(&word(64 + 2 * 16 + strings));
    file[58..64].copy_from_slice(&[64, 0, 3, 0, 2, 0]);
    // DT_SONAME and the end of the table
    file.extend([14, 1, 0, 0].map(word).concat());
    file.extend([&b"\0"[..], soname.as_bytes(), b"\0"].concat());
    for (kind, at, size) in [(0, 0, 0), (6, 64, 2 * 16), (3, 64 + 2 * 16, strings)] {
        file.extend([0, 0, 0, 0, kind, 0, 0, 0]);
        file.extend([0, 0, at, size].map(word).concat());
        // the names of a dynamic table are in section 2
        file.extend([2, 0, 0, 0, 0, 0, 0, 0]);
        file.extend([1, 16].map(word).concat());
    }
    file
}

/// What was found, as `kind name version`.
pub(super) fn names(report: &LayerReport) -> Vec<String> {
    let version =
        |component: &super::Component| component.version.clone().unwrap_or_else(|| "?".into());
    let mut names: Vec<String> = report
        .components
        .iter()
        .map(|component| {
            format!(
                "{} {} {}",
                component.kind.purl_type(),
                component.name,
                version(component)
            )
        })
        .collect();
    names.sort();
    names
}
