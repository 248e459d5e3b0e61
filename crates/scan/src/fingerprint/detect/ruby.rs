//! Ruby: the gemspecs that `RubyGems` writes below `specifications/`. They are Ruby; the lines it writes are always the same.

use crate::fingerprint::found::{Fault, Found};
use crate::fingerprint::licence::Licence;
use crate::fingerprint::path::LayerPath;
use crate::fingerprint::report::{Component, Evidence, Kind};

pub(super) fn detect(_: &LayerPath, bytes: &[u8], found: &mut Found) -> Result<(), Fault> {
    let text = String::from_utf8_lossy(bytes);
    let line = |field: &str| {
        text.lines().find_map(|line| {
            line.trim()
                .strip_prefix("s.")?
                .strip_prefix(field)?
                .trim_start()
                .strip_prefix('=')
        })
    };
    let name = line("name")
        .and_then(|value| strings(value).next())
        .ok_or(Fault::Malformed("no name"))?;
    let version = line("version").and_then(|value| strings(value).next());
    let mut component = Component::new(Kind::Gem, name, version, Evidence::Metadata, "ruby");
    component.licences = line("licenses")
        .or_else(|| line("license"))
        .into_iter()
        .flat_map(strings)
        .filter_map(Licence::parse)
        .collect();
    found.add(component);
    Ok(())
}

/// The quoted strings of an expression.
fn strings(value: &str) -> impl Iterator<Item = &str> {
    value.split(['"', '\'']).skip(1).step_by(2)
}

#[cfg(test)]
mod tests {
    use crate::fingerprint::testing::{Layer, names};

    #[test]
    fn gems_are_found() {
        let spec = "Gem::Specification.new do |s|\n  s.name = \"rack\".freeze\n  s.version = \"2.2.3\"\n  s.licenses = [\"MIT\".freeze, \"Ruby\".freeze]\nend\n";
        let report = Layer::default()
            .file(
                "usr/lib/ruby/gems/3.1.0/specifications/rack-2.2.3.gemspec",
                spec,
            )
            .scan();
        assert_eq!(names(&report), ["gem rack 2.2.3"]);
        assert_eq!(report.components[0].licences.len(), 2);
    }
}
