//! The inputs that fuzzing starts from, and those that it found: none breaks a parser, and each target has some.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[expect(unreachable_pub, reason = "the fuzzers' programs reach it")]
#[path = "../../../fuzz/src/lib.rs"]
mod targets;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn directory(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fuzz")
        .join(name)
}

fn inside(directory: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<_> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    paths
}

fn stems(directory: &Path) -> BTreeSet<String> {
    inside(directory)
        .iter()
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect()
}

#[test]
fn no_input_breaks_its_parser() {
    for target in names() {
        let inputs = inside(&directory("corpus").join(&target));
        assert!(!inputs.is_empty(), "{target}");
        for input in inputs {
            let content = fs::read(&input).unwrap();
            targets::run(&target, &content);
            // cut and changed, as a fuzzer begins
            for part in 0..32 {
                let at = content.len() * part / 32;
                targets::run(&target, &content[..at]);
                let mut changed = content.clone();
                if let Some(byte) = changed.get_mut(at) {
                    *byte ^= 0xff;
                    targets::run(&target, &changed);
                }
            }
        }
    }
}

#[test]
fn every_target_has_a_program_and_a_corpus_and_no_other_is_there() {
    assert_eq!(stems(&directory("fuzz_targets")), names());
    assert_eq!(stems(&directory("corpus")), names());
    let manifest = fs::read_to_string(directory("Cargo.toml")).unwrap();
    for target in names() {
        assert!(
            manifest.contains(&format!("name = \"{target}\"")),
            "{target}"
        );
    }
}

fn names() -> BTreeSet<String> {
    targets::names().map(str::to_owned).collect()
}
