//! Whatever is changed in evidence is told: a record, its place, a checkpoint, the chain, its end.

use std::collections::BTreeSet;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use evidence::{
    Anchor, AuditKey, Bundle, Checkpoint, FORMAT, Gone, Hash, Manifest, Problem, Proof, Proved,
    PublicKey, Report, Sealed, back, canonical, sealed_hash, tree, walk,
};
use proptest::prelude::*;
use serde_json::{Value, json};

const CONTENT: &[u8] = b"{}";

fn key() -> AuditKey {
    AuditKey::from_seed(&[7; 32]).expect("a key")
}

fn public() -> PublicKey {
    key().public().expect("a public key")
}

fn id(number: usize) -> String {
    // November 2025, a millisecond each
    format!("{:08x}-{:04x}-7000-8000-000000000000", 0x019a_c8b5, number)
}

fn record(number: usize) -> Value {
    json!({"id": id(number), "actor": "ada", "kind": "CREATE", "detail": {"b": 1, "a": [true, null, "é\""]}})
}

/// Checkpoints over records, so many in each.
fn sealed(sizes: &[usize]) -> (Vec<Sealed>, Vec<Vec<Hash>>) {
    let (mut all, mut leaves): (Vec<Sealed>, Vec<Vec<Hash>>) = Default::default();
    let mut next = 0;
    for size in sizes {
        let of: Vec<Hash> = (next..next + size)
            .map(|number| sealed_hash(&record(number)))
            .collect();
        next += size;
        let number = all.len() as u64 + 1;
        let at = |number: u64| {
            let index = usize::try_from(number).expect("small").checked_sub(1)?;
            all.get(index).map(|sealed| &sealed.checkpoint)
        };
        let checkpoint = Checkpoint::after(
            at(number - 1),
            at(back(number)),
            &of,
            "2026-11-28T00:00:00Z".to_owned(),
        );
        all.push(Sealed::new(checkpoint, &key(), public().id()));
        leaves.push(of);
    }
    (all, leaves)
}

/// Evidence of these records.
fn bundle(sizes: &[usize], wanted: &BTreeSet<usize>) -> Bundle {
    let (all, leaves) = sealed(sizes);
    let digest = oci::Digest::of(oci::Algorithm::Sha256, CONTENT).to_string();
    let mut needed = BTreeSet::new();
    let mut records = Vec::new();
    for number in wanted {
        let (mut index, mut at) = (*number, 0);
        while index >= sizes[at] {
            index -= sizes[at];
            at += 1;
        }
        needed.insert(at as u64 + 1);
        records.push(Proved {
            record: record(*number),
            proof: Some(Proof {
                checkpoint: at as u64 + 1,
                index: index as u64,
                path: tree::path(&leaves[at], index).expect("it is there"),
            }),
        });
    }
    let numbers = walk(all.len() as u64, &needed);
    let checkpoints = numbers
        .iter()
        .map(|number| all[usize::try_from(*number).expect("small") - 1].clone());
    let stations: Vec<Value> = wanted
        .iter()
        .map(|number| json!({"event": id(*number)}))
        .collect();
    Bundle {
        format: FORMAT.to_owned(),
        made_at: String::new(),
        repository: "ada/app".to_owned(),
        manifest: Some(Manifest {
            media_type: "x".to_owned(),
            content: STANDARD.encode(CONTENT),
        }),
        custody: json!({"repository": "ada/app", "digest": digest, "stations": stations}),
        digest,
        records,
        withheld: Vec::new(),
        gone: Vec::new(),
        checkpoints: checkpoints.collect(),
    }
}

fn verify(bundle: &Bundle) -> Report {
    let file = serde_json::to_vec(bundle).expect("JSON");
    let read = Bundle::read(&file).expect("a bundle");
    assert_eq!(&read, bundle);
    read.verify(&public(), None)
}

fn problems(bundle: &Bundle) -> Vec<String> {
    verify(bundle)
        .problems
        .iter()
        .map(Problem::to_string)
        .collect()
}

fn cases() -> impl Strategy<Value = (Vec<usize>, BTreeSet<usize>)> {
    prop::collection::vec(1_usize..9, 1..40).prop_flat_map(|sizes| {
        let all: usize = sizes.iter().sum();
        (Just(sizes), prop::collection::btree_set(0..all, 1..12))
    })
}

proptest! {
    #[test]
    fn what_is_untouched_is_proved_with_few_checkpoints((sizes, wanted) in cases()) {
        let bundle = bundle(&sizes, &wanted);
        let report = verify(&bundle);
        prop_assert_eq!(&report.problems, &[]);
        prop_assert_eq!(report.proved, wanted.len());
        prop_assert!(bundle.checkpoints.len() <= 12 * wanted.len() + 12);
    }

    #[test]
    fn a_changed_record_is_named((sizes, wanted) in cases(), which: prop::sample::Index, text in "\\PC{0,8}") {
        prop_assume!(text != "ada");
        let mut bundle = bundle(&sizes, &wanted);
        let at = which.index(bundle.records.len());
        bundle.records[at].record["actor"] = json!(text);
        let named = bundle.records[at].id().to_owned();
        let said = problems(&bundle);
        prop_assert_eq!(said.len(), 1);
        prop_assert!(said[0].contains(&named) && said[0].contains("changed"), "{}", said[0]);
    }

    #[test]
    fn a_record_that_is_taken_out_is_named((sizes, wanted) in cases(), which: prop::sample::Index) {
        let mut bundle = bundle(&sizes, &wanted);
        let taken = bundle.records.remove(which.index(bundle.records.len()));
        let said = problems(&bundle);
        prop_assert_eq!(said.len(), 1);
        prop_assert!(said[0].contains(taken.id()), "{}", said[0]);
    }

    #[test]
    fn records_in_another_place_are_told((sizes, wanted) in cases(), a: prop::sample::Index, b: prop::sample::Index) {
        let mut bundle = bundle(&sizes, &wanted);
        let (a, b) = (a.index(bundle.records.len()), b.index(bundle.records.len()));
        prop_assume!(a != b);
        let (one, other) = (bundle.records[a].record.clone(), bundle.records[b].record.clone());
        bundle.records[a].record = other;
        bundle.records[b].record = one;
        prop_assert!(problems(&bundle).len() >= 2);
    }

    #[test]
    fn a_checkpoint_that_is_changed_or_taken_out_is_told((sizes, wanted) in cases(), which: prop::sample::Index) {
        let whole = bundle(&sizes, &wanted);
        let at = which.index(whole.checkpoints.len());
        let mut changed = whole.clone();
        changed.checkpoints[at].checkpoint.sealed_at.push('x');
        prop_assert!(!problems(&changed).is_empty());
        // the first may go if nothing is proved by it, and the last is what only an anchor can miss
        prop_assume!(at > 0 && at + 1 < whole.checkpoints.len());
        let mut without = whole;
        without.checkpoints.remove(at);
        let said = problems(&without);
        prop_assert!(!said.is_empty(), "one in the middle");
    }

    #[test]
    fn trees_prove_every_leaf_and_no_other(count in 1_usize..70, index: prop::sample::Index, other: prop::sample::Index) {
        let leaves: Vec<Hash> = (0..count).map(|number| tree::leaf(&number.to_be_bytes())).collect();
        let root = tree::root(&leaves);
        let (index, other) = (index.index(count), other.index(count));
        let path = tree::path(&leaves, index).expect("a path");
        let by = |leaf: usize, at: usize| tree::root_by_path(leaves[leaf], at as u64, count as u64, &path);
        prop_assert_eq!(by(index, index), Some(root));
        if other != index {
            prop_assert_ne!(by(other, index), Some(root));
            prop_assert_ne!(by(index, other), Some(root));
        }
        prop_assert_eq!(tree::path(&leaves, count), None);
    }

    #[test]
    fn any_bytes_are_refused_without_harm(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(Bundle::read(&bytes).is_err());
    }
}

#[test]
fn the_tree_is_that_of_the_rfc() {
    // RFC 6962's reference vectors: the empty tree, and one empty leaf
    let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    assert_eq!(tree::root(&[]).to_string(), empty);
    let leaf = "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d";
    assert_eq!(tree::root(&[tree::leaf(b"")]).to_string(), leaf);
    let two = "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125";
    assert_eq!(
        tree::root(&[tree::leaf(b""), tree::leaf(&[0])]).to_string(),
        two
    );
}

#[test]
fn another_key_proves_nothing() {
    let bundle = bundle(&[1], &BTreeSet::from([0]));
    let other = AuditKey::from_seed(&[8; 32])
        .and_then(|key| key.public())
        .expect("a key");
    let report = bundle.verify(&other, None);
    assert_eq!(report.problems, [Problem::Signature(1)]);
    let pem = public().to_pem();
    assert_eq!(PublicKey::from_pem(&pem), Ok(public()));
    for bad in [
        "",
        "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
        &pem.replace("PUBLIC", "PRIVATE"),
    ] {
        assert!(PublicKey::from_pem(bad).is_err(), "{bad}");
    }
}

#[test]
fn a_chain_that_was_cut_off_or_made_anew_is_told_to_who_noted_a_checkpoint() {
    let (all, _) = sealed(&[1, 2, 3, 1]);
    let whole = bundle(&[1, 2, 3, 1], &BTreeSet::from([0]));
    let anchor = |number: usize| {
        let checkpoint = &all[number - 1].checkpoint;
        Anchor {
            number: checkpoint.number,
            hash: checkpoint.hash(),
        }
    };
    let noted: Anchor = anchor(4).to_string().parse().expect("an anchor");
    assert_eq!(whole.verify(&public(), Some(noted)).problems, []);
    let cut = bundle(&[1, 2, 3], &BTreeSet::from([0]));
    assert_eq!(
        cut.verify(&public(), None).problems,
        [],
        "this is what is not seen without an anchor"
    );
    assert_eq!(
        cut.verify(&public(), Some(noted)).problems,
        [Problem::CutOff { last: 3, noted: 4 }]
    );
    let anew = bundle(&[1, 2, 3, 2], &BTreeSet::from([0]));
    assert_eq!(
        anew.verify(&public(), Some(noted)).problems,
        [Problem::OtherAnchor(4)]
    );
    let (six, _) = sealed(&[1; 6]);
    let leads_past = bundle(&[1; 6], &BTreeSet::from([3]));
    let fifth = Anchor {
        number: 5,
        hash: six[4].checkpoint.hash(),
    };
    let problems = leads_past.verify(&public(), Some(fifth)).problems;
    assert_eq!(problems, [Problem::NoAnchor(5)]);
    for bad in ["", "4", "4:", "x:y", ":"] {
        assert!(bad.parse::<Anchor>().is_err(), "{bad}");
    }
}

#[test]
fn what_is_gone_added_or_of_another_image_is_told() {
    let mut bundle = bundle(&[2], &BTreeSet::from([0, 1]));
    bundle.gone.push(Gone {
        checkpoint: 1,
        index: 1,
        id: "lost".to_owned(),
    });
    assert_eq!(
        problems(&bundle),
        ["the record lost was sealed by checkpoint 1 and is gone"]
    );
    bundle.gone.clear();
    bundle.records[0].proof = None;
    assert!(problems(&bundle)[0].ends_with("was never sealed: it was put in later"));
    // what happened after the last checkpoint waits for the next
    bundle.records[0].proof = None;
    for sealed in &mut bundle.checkpoints {
        sealed.checkpoint.sealed_at = "2025-01-01T00:00:00Z".to_owned();
        *sealed = Sealed::new(sealed.checkpoint.clone(), &key(), public().id());
    }
    let report = verify(&bundle);
    assert_eq!((report.problems, report.young), (Vec::new(), vec![id(0)]));
    bundle.manifest = Some(Manifest {
        media_type: String::new(),
        content: STANDARD.encode("[]"),
    });
    bundle.custody["digest"] = json!("sha256:other");
    let said = problems(&bundle);
    assert!(
        said[0].starts_with("the manifest is not") && said[1].contains("another image"),
        "{said:?}"
    );
    bundle.checkpoints.clear();
    assert!(problems(&bundle).contains(&Problem::NoChain.to_string()));
}

#[test]
fn the_canonical_form_depends_on_no_order() {
    let one: Value =
        serde_json::from_str(r#"{ "b": [1, 2.5], "a": {"y": "\u00e9\n", "x": null} }"#)
            .expect("JSON");
    let other: Value =
        serde_json::from_str(r#"{"a":{"x":null,"y":"é\n"},"b":[1,2.5]}"#).expect("JSON");
    assert_eq!(canonical(&one), canonical(&other));
    assert_eq!(
        String::from_utf8(canonical(&one)).expect("text"),
        r#"{"a":{"x":null,"y":"é\n"},"b":[1,2.5]}"#
    );
}
