//! `plimsoll verify-evidence`: is evidence of an image what the registry sealed? It asks nobody.

use std::{fs::File, io::Read as _, path::Path, process::ExitCode};

use anyhow::{Context as _, Result, bail};
use evidence::{Anchor, Bundle, PublicKey, Report};

use super::say;

/// Bytes of a file that are read.
const MOST: u64 = 256 << 20;

/// Says what is proved, and each thing that was changed. Fails, with 1, where there is one.
pub(super) fn run(file: &Path, key: &Path, noted: Option<Anchor>) -> Result<ExitCode> {
    let key = public(&String::from_utf8_lossy(&read(key)?))?;
    let bundle = Bundle::read(&read(file)?)?;
    let report = bundle.verify(&key, noted);
    say(&words(&bundle, &report))?;
    Ok(if report.problems.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn read(path: &Path) -> Result<Vec<u8>> {
    let name = path.display();
    let file = File::open(path).with_context(|| format!("{name} cannot be opened"))?;
    let mut bytes = Vec::new();
    file.take(MOST + 1)
        .read_to_end(&mut bytes)
        .with_context(|| format!("{name} cannot be read"))?;
    if bytes.len() as u64 > MOST {
        bail!("{name} is larger than {MOST} bytes");
    }
    Ok(bytes)
}

/// The key as PEM, or in the API's answer.
fn public(text: &str) -> Result<PublicKey> {
    let answer: Option<api::custody::AuditKey> = serde_json::from_str(text).ok();
    let pem = answer.map_or_else(|| text.to_owned(), |answer| answer.public_key);
    Ok(PublicKey::from_pem(&pem)?)
}

fn words(bundle: &Bundle, report: &Report) -> String {
    let mut lines = vec![format!("{}@{}", bundle.repository, bundle.digest)];
    lines.extend(
        report
            .problems
            .iter()
            .map(|problem| format!("CHANGED: {problem}")),
    );
    lines.push(format!(
        "{} of {} records are as they were sealed",
        report.proved,
        bundle.records.len()
    ));
    lines.extend(report.young.iter().map(|id| {
        format!("the record {id} is younger than the last checkpoint: download again in a minute")
    }));
    if report.withheld > 0 {
        lines.push(format!(
            "{} records were not shown to who downloaded this, and are not proved",
            report.withheld
        ));
    }
    if let Some(latest) = report.latest {
        lines.push(format!(
            "the chain ends with checkpoint {latest}, sealed {}; note it, to see later whether the end was cut off",
            report.sealed_at
        ));
    }
    lines.push(if report.problems.is_empty() {
        "nothing was changed".to_owned()
    } else {
        "this is not what the registry sealed".to_owned()
    });
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_read_as_pem_or_as_the_api_answers_it() {
        let key = evidence::AuditKey::from_seed(&[1; 32]).and_then(|key| key.public());
        let key = key.expect("a key");
        let answer = serde_json::json!({"id": key.id().to_string(), "publicKey": key.to_pem()});
        for text in [key.to_pem(), answer.to_string()] {
            assert_eq!(public(&text).expect("read"), key);
        }
        assert!(public("{}").is_err());
    }
}
