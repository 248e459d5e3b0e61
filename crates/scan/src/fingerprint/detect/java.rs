//! Java archives, and wheels and eggs, which are zips too: the records within, archives within archives included. A shaded
//! jar has several `pom.properties`, and each is a component.

use super::python;
use crate::fingerprint::found::{Fault, Found};
use crate::fingerprint::licence::Licence;
use crate::fingerprint::limits::{Limits, Reason};
use crate::fingerprint::path::{LayerPath, escape};
use crate::fingerprint::report::{Component, Evidence, Kind};
use crate::fingerprint::zip::{self, Budget};

/// Records are small; what is larger is none.
const MAX_RECORD: usize = 1 << 20;

/// Takes an archive apart.
pub(in super::super) fn archive(
    path: &LayerPath,
    bytes: &[u8],
    limits: &Limits,
    found: &mut Found,
) -> Result<(), Fault> {
    let mut budget = Budget::new(limits);
    let mut walk = Walk {
        found,
        budget: &mut budget,
        nested: Vec::new(),
    };
    let result = walk.archive(path.name(), bytes, limits.window);
    if budget.exceeded {
        found.reasons.push(Reason::Nested);
    }
    result
}

struct Walk<'w> {
    found: &'w mut Found,
    budget: &'w mut Budget,
    nested: Vec<String>,
}

impl Walk<'_> {
    /// `room` is what archives inside this one may take in memory at once.
    fn archive(&mut self, name: &str, bytes: &[u8], room: usize) -> Result<(), Fault> {
        let members =
            zip::members(bytes).ok_or(Fault::Malformed("no end of the central directory"))?;
        let (mut manifest, mut has_record, mut has_code) = (None, false, false);
        for member in members {
            if self.budget.entries == 0 {
                self.budget.exceeded = true;
                break;
            }
            self.budget.entries -= 1;
            let member_name = String::from_utf8_lossy(member.name);
            let ending = |text: &str| member_name.ends_with(text);
            has_code |= ending(".class");
            if ending("/pom.properties") {
                has_record |= member
                    .read(MAX_RECORD, self.budget)
                    .is_some_and(|content| self.maven(&content));
            } else if member_name == "META-INF/MANIFEST.MF" {
                manifest = member.read(MAX_RECORD, self.budget);
            } else if ending(".dist-info/METADATA") || member_name == "EGG-INFO/PKG-INFO" {
                has_record |= member
                    .read(MAX_RECORD, self.budget)
                    .is_some_and(|content| self.python(&content));
            } else if zip::has_archive_name(&member_name) {
                self.inner(&member, room);
            }
        }
        let is_java = manifest.is_some() || has_code;
        if !has_record
            && is_java
            && let Some(component) = described(name, manifest.as_deref().unwrap_or_default())
        {
            self.add(component);
        }
        Ok(())
    }

    fn inner(&mut self, member: &zip::Member<'_>, room: usize) {
        if self.budget.depth == 0 {
            self.budget.exceeded = true;
            return;
        }
        let Some(content) = member.read(room, self.budget) else {
            return;
        };
        let mut name = String::new();
        escape(member.name, &mut name);
        let last = name.rsplit('/').next().unwrap_or_default().to_owned();
        self.budget.depth -= 1;
        self.nested.push(name);
        if let Err(fault) = self.archive(&last, &content, room.saturating_sub(content.len())) {
            self.found.faults.push(("java", fault));
        }
        self.nested.pop();
        self.budget.depth += 1;
    }

    fn add(&mut self, mut component: Component) {
        component.nested.clone_from(&self.nested);
        self.found.add(component);
    }

    fn maven(&mut self, content: &[u8]) -> bool {
        let text = String::from_utf8_lossy(content);
        let value = |key: &str| {
            text.lines().find_map(|line| {
                Some(
                    line.trim()
                        .strip_prefix(key)?
                        .trim_start()
                        .strip_prefix('=')?
                        .trim(),
                )
            })
        };
        let (Some(group), Some(artifact)) = (value("groupId"), value("artifactId")) else {
            return false;
        };
        self.add(Component::new(
            Kind::Maven,
            &format!("{group}:{artifact}"),
            value("version"),
            Evidence::Metadata,
            "java",
        ));
        true
    }

    fn python(&mut self, content: &[u8]) -> bool {
        python::parse(content).is_ok_and(|component| {
            self.add(component);
            true
        })
    }
}

/// What the manifest says, else what the file is called.
fn described(file: &str, manifest: &[u8]) -> Option<Component> {
    let text = String::from_utf8_lossy(manifest)
        .replace("\r\n", "\n")
        .replace("\n ", "");
    let main = text.split("\n\n").next().unwrap_or_default();
    let value = |key: &str| {
        main.lines()
            .find_map(|line| Some(line.strip_prefix(key)?.strip_prefix(':')?.trim()))
    };
    let (stem, from_name) = split_name(file);
    let version = value("Implementation-Version")
        .or_else(|| value("Bundle-Version"))
        .filter(|text| text.starts_with(|c: char| c.is_ascii_digit()));
    let stated = value("Bundle-SymbolicName")
        .and_then(|name| name.split(';').next())
        .or_else(|| value("Automatic-Module-Name"));
    let artifact = if stem.is_empty() {
        value("Implementation-Title").or(stated)?
    } else {
        stem
    };
    let name = match value("Implementation-Vendor-Id") {
        Some(group) => format!("{group}:{artifact}"),
        None => artifact.to_owned(),
    };
    let evidence = if version.is_some() {
        Evidence::Metadata
    } else {
        Evidence::FileName
    };
    // the name has the artifact's version where the manifest has a specification's
    let mut component = Component::new(Kind::Maven, &name, from_name.or(version), evidence, "java");
    component.licences = value("Bundle-License")
        .and_then(|text| Licence::parse(text.split(';').next().unwrap_or(text)))
        .into_iter()
        .collect();
    Some(component)
}

/// `guava-27.1-jre.jar`: the version begins at the first dash that a digit follows.
fn split_name(file: &str) -> (&str, Option<&str>) {
    let stem = file.rsplit_once('.').map_or(file, |(stem, _)| stem);
    let dash = stem.match_indices('-').find(|(at, _)| {
        stem.get(at + 1..)
            .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
    });
    match dash.and_then(|(at, _)| stem.split_at_checked(at)) {
        Some((name, version)) => (name, version.strip_prefix('-')),
        None => (stem, None),
    }
}

#[cfg(test)]
mod tests {
    use crate::fingerprint::limits::{Limits, Reason};
    use crate::fingerprint::testing::{Layer, names, scan, zip};

    const GUAVA: &[u8] = b"#made\nversion=27.1-jre\ngroupId=com.google.guava\nartifactId=guava\n";
    const POM: &str = "META-INF/maven/com.google.guava/guava/pom.properties";

    #[test]
    fn jars_are_found_in_jars_and_shaded_ones_hold_several() {
        let inner = zip(&[(POM, GUAVA)]);
        let gson = b"groupId=com.google.code.gson\nartifactId=gson\nversion=2.7\n";
        let fat = zip(&[
            ("BOOT-INF/lib/guava.jar", &inner),
            ("META-INF/maven/g/gson/pom.properties", gson),
        ]);
        let report = Layer::default()
            .file("app/app.jar", &fat)
            .file("app/renamed", &inner)
            .scan();
        assert_eq!(
            names(&report),
            [
                "maven com.google.code.gson:gson 2.7",
                "maven com.google.guava:guava 27.1-jre",
                "maven com.google.guava:guava 27.1-jre"
            ]
        );
        let nested = report
            .components
            .iter()
            .find(|found| !found.nested.is_empty())
            .unwrap();
        assert_eq!(
            (nested.nested[0].as_str(), nested.paths[0].as_str()),
            ("BOOT-INF/lib/guava.jar", "app/app.jar")
        );
    }

    #[test]
    fn without_a_record_the_manifest_and_the_name_speak() {
        let manifest = b"Manifest-Version: 1.0\r\nBundle-License: http://www.apache.org/\r\n licenses/LICENSE-2.0.txt\r\nImplementation-Vendor-Id: org.x\r\n\r\nName: y\r\n";
        let jar = zip(&[("META-INF/MANIFEST.MF", manifest)]);
        let report = Layer::default().file("lib/x-core-1.2.3.jar", &jar).scan();
        assert_eq!(names(&report), ["maven org.x:x-core 1.2.3"]);
        assert_eq!(
            report.components[0].licences[0].spdx.as_deref(),
            Some("Apache-2.0")
        );
    }

    #[test]
    fn wheels_are_python() {
        let wheel = zip(&[("x-1.dist-info/METADATA", b"Name: x\nVersion: 1\n")]);
        assert_eq!(
            names(&Layer::default().file("x.whl", &wheel).scan()),
            ["pypi x 1"]
        );
    }

    #[test]
    fn a_zip_of_anything_else_is_nothing() {
        let report = Layer::default()
            .file("data.zip", zip(&[("a.txt", b"a")]))
            .scan();
        assert_eq!(
            (
                report.components.len(),
                report.faults.len(),
                report.executables.len()
            ),
            (0, 0, 0)
        );
    }

    #[test]
    fn a_jar_cut_anywhere_is_a_fault_at_most() {
        let jar = zip(&[("lib/a.jar", &zip(&[(POM, GUAVA)])), (POM, GUAVA)]);
        for end in 0..jar.len() {
            Layer::default().file("a.jar", &jar[..end]).scan();
            let mut flipped = jar.clone();
            flipped[end] ^= 0xff;
            Layer::default().file("a.jar", &flipped).scan();
        }
    }

    #[test]
    fn what_nests_too_deep_or_expands_too_much_is_incomplete() {
        let mut jar = zip(&[(POM, GUAVA)]);
        for _ in 0..9 {
            jar = zip(&[("a.jar", &jar)]);
        }
        let report = Layer::default().file("a.jar", &jar).scan();
        assert!(report.incomplete.contains(&Reason::Nested));
        let bomb = zip(&[("b.jar", &vec![0; 4 << 20])]);
        let limits = Limits {
            nested_bytes: 1 << 20,
            ..Limits::default()
        };
        assert!(
            scan(&Layer::default().file("a.jar", &bomb).bytes(), &limits)
                .incomplete
                .contains(&Reason::Nested)
        );
    }
}
