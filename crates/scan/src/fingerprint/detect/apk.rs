//! apk: the installed database, a line per field, with the files and their SHA-1 sums.

use crate::fingerprint::found::{Fault, Found};
use crate::fingerprint::licence::Licence;
use crate::fingerprint::path::LayerPath;
use crate::fingerprint::report::{Component, Evidence, Kind, Recorded, SourcePackage};
use data_encoding::{BASE64, HEXLOWER};

pub(super) fn detect(_: &LayerPath, bytes: &[u8], found: &mut Found) -> Result<(), Fault> {
    let text = String::from_utf8_lossy(bytes);
    let mut package = Component::new(Kind::Apk, "", None, Evidence::Database, "apk");
    let (mut directory, mut file) = (String::new(), None);
    for line in text.lines() {
        if line.is_empty() {
            let next = Component::new(Kind::Apk, "", None, Evidence::Database, "apk");
            push(std::mem::replace(&mut package, next), found);
            continue;
        }
        let Some((field, value)) = line.split_once(':') else {
            return Err(Fault::Malformed("a line without a field"));
        };
        match field {
            "P" => value.clone_into(&mut package.name),
            "V" => {
                package.version = Some(value.to_owned());
                package.exact = true;
            }
            "A" => package.architecture = Some(value.to_owned()),
            "L" => package.licences.extend(Licence::parse(value)),
            "o" => {
                package.source = Some(SourcePackage {
                    name: value.to_owned(),
                    version: None,
                });
            }
            "F" => value.clone_into(&mut directory),
            "R" => file = own(&directory, value, &package.name, found),
            "Z" => record(file.take(), value, found),
            _ => {}
        }
    }
    push(package, found);
    Ok(())
}

fn push(mut package: Component, found: &mut Found) {
    if package.name.is_empty() {
        return;
    }
    package.source.get_or_insert_with(|| SourcePackage {
        name: package.name.clone(),
        version: None,
    });
    found.add(package);
}

/// Adds a file and says where in the list it is, for its checksum is on another line.
fn own(directory: &str, name: &str, package: &str, found: &mut Found) -> Option<usize> {
    let path = format!("{directory}/{name}");
    found
        .own(path.as_bytes(), Kind::Apk, package, None)
        .then(|| found.owned.len() - 1)
}

/// `Q1` and the SHA-1 in base64; `Q2` is a SHA-256.
fn record(file: Option<usize>, value: &str, found: &mut Found) {
    let Some(owned) = file.and_then(|at| found.owned.get_mut(at)) else {
        return;
    };
    let digest = |text: &str| {
        BASE64
            .decode(text.as_bytes())
            .ok()
            .map(|digest| HEXLOWER.encode(&digest))
    };
    owned.recorded = match (value.strip_prefix("Q1"), value.strip_prefix("Q2")) {
        (Some(sha1), _) => digest(sha1).map(Recorded::Sha1),
        (_, Some(sha256)) => digest(sha256).map(Recorded::Sha256),
        _ => None,
    };
}

#[cfg(test)]
mod tests {
    use crate::fingerprint::report::Recorded;
    use crate::fingerprint::testing::{Layer, names};

    const INSTALLED: &str = "C:Q1qKcZ+j23xssAXmgQhkOO8dHnbWw=\nP:libcrypto3\nV:3.3.2-r0\nA:x86_64\nL:Apache-2.0\no:openssl\nF:lib\n\
        R:libcrypto.so.3\na:0:0:755\nZ:Q12jmj7l5rSw0yVb/vlWAYkK/YBwk=\n\nP:musl\nV:1.2.5-r0\nL:MIT\n";

    #[test]
    fn packages_are_found_with_origin_licence_and_files() {
        let layer = Layer::default()
            .file("lib/libcrypto.so.3", b"\x7fELF".repeat(32))
            .file("lib/apk/db/installed", INSTALLED);
        let report = layer.scan();
        assert_eq!(
            names(&report),
            ["apk libcrypto3 3.3.2-r0", "apk musl 1.2.5-r0"]
        );
        let crypto = &report.components[0];
        assert_eq!(crypto.source.as_ref().unwrap().name, "openssl");
        assert_eq!(crypto.licences[0].spdx.as_deref(), Some("Apache-2.0"));
        assert_eq!(
            report.owned[0].recorded,
            Some(Recorded::Sha1(
                "da39a3ee5e6b4b0d3255bfef95601890afd80709".into()
            ))
        );
    }

    #[test]
    fn what_is_no_database_is_a_fault() {
        let report = Layer::default()
            .file("lib/apk/db/installed", "garbage\n")
            .scan();
        assert_eq!((report.faults.len(), report.databases.len()), (1, 1));
    }
}
