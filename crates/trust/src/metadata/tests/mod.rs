mod root;

use proptest::prelude::*;
use time::macros::datetime;

use super::*;
use crate::KeyId;

const ROOT: &str = include_str!("../../../testdata/notary/root.json");
const TARGETS: &str = include_str!("../../../testdata/notary/targets.json");
const SNAPSHOT: &str = include_str!("../../../testdata/notary/snapshot.json");
const TIMESTAMP: &str = include_str!("../../../testdata/notary/timestamp.json");

fn read<T: Payload>(role: Role, json: &str) -> Result<Signed<T>, String> {
    let envelope = Envelope::read(role, json.into()).map_err(|error| error.to_string())?;
    envelope.checked().map_err(|error| error.to_string())
}

fn root(json: &str) -> Result<Signed<Root>, String> {
    read(Role::Root, json)
}

fn targets(json: &str) -> Result<Signed<Targets>, String> {
    read(Role::Targets, json)
}

#[test]
fn files_of_the_real_client() {
    let file = root(ROOT).expect("root");
    assert_eq!(file.bytes(), ROOT.as_bytes());
    assert_eq!(file.version(), 4);
    assert_eq!(
        file.expires(),
        datetime!(2036-11-20 03:23:32.291_544_206 UTC)
    );
    let payload = file.payload();
    assert!(!payload.consistent_snapshot);
    assert_eq!(payload.keys.len(), 5);
    let id: KeyId = "8fc25e79aca1816c1cfba46b4d2dd708cd3e70921e36b077d5e4cea9ce780589"
        .parse()
        .expect("id");
    assert_eq!(payload.targets.keys.keys().collect::<Vec<_>>(), [&id]);
    assert_eq!(payload.targets.threshold, 1);
    for (id, key) in &payload.keys {
        assert_eq!(key.id(), *id);
    }

    let file = targets(TARGETS).expect("targets");
    let payload = file.payload();
    assert_eq!(payload.targets["v1"].length, 6);
    assert_eq!(
        payload.targets["v1"].hashes.keys().collect::<Vec<_>>(),
        ["sha256", "sha512"]
    );
    let names: Vec<_> = payload
        .delegations
        .roles
        .iter()
        .map(|role| role.role.as_str())
        .collect();
    assert_eq!(names, ["targets/releases", "targets/alice"]);
    let alice = payload
        .delegation(&"targets/alice".parse().expect("role"))
        .expect("declared");
    assert_eq!(
        (alice.paths.as_slice(), alice.signers.threshold),
        (&[String::new()][..], 1)
    );

    let snapshot: Signed<Snapshot> = read(Role::Snapshot, SNAPSHOT).expect("snapshot");
    assert_eq!(snapshot.payload().meta.len(), 4);
    snapshot.payload().meta[&Role::Root]
        .check(&Role::Root, ROOT.as_bytes())
        .expect("hash");
    let timestamp: Signed<Timestamp> = read(Role::Timestamp, TIMESTAMP).expect("timestamp");
    assert_eq!(
        timestamp.payload().snapshot,
        FileMeta::of(SNAPSHOT.as_bytes())
    );
    // The client writes what is signed in its canonical form.
    for (file, message) in [
        (SNAPSHOT, snapshot.message()),
        (TIMESTAMP, timestamp.message()),
    ] {
        assert!(file.contains(std::str::from_utf8(message).expect("text")));
    }
}

#[test]
fn what_targets_have_to_say() {
    let role = r#"{"keyids":["daaa48d3d325c5b512faeb12f996c8fc64d951f24be5da98bce22e6e09c2624f"],"name":"targets/alice","#;
    for (from, to, why) in [
        (
            r#""_type":"Targets""#,
            r#""_type":"Root""#,
            "expected type Targets, not Root",
        ),
        (
            r#""version":4"#,
            r#""version":0"#,
            "version cannot be less than one",
        ),
        (
            "\"targets/alice\"",
            "\"targets/Alice\"",
            "delegation role targets/Alice invalid",
        ),
        (
            "\"targets/alice\"",
            "\"targets\"",
            "delegation role targets invalid",
        ),
        (
            "\"targets/alice\"",
            "\"root\"",
            "delegation role root invalid",
        ),
        (
            "\"targets/alice\"",
            "\"targets/releases\"",
            "delegation role targets/releases comes twice",
        ),
        (
            role,
            &role.replace("daaa", "0aaa"),
            "key ID 0aaa48d3d325c5b512faeb12f996c8fc64d951f24be5da98bce22e6e09c2624f specified in targets/alice without corresponding key",
        ),
        (
            "\"keys\":{\"daaa",
            "\"keys\":{\"DAAA",
            "a key id has 64 lower-case hexadecimal digits, not \"DAAA48d3d325c5b512faeb12f996c8fc64d951f24be5da98bce22e6e09c2624f\"",
        ),
        ("\"length\":6", "\"length\":-6", "\"length\" is less than 0"),
        (
            "\"length\":6",
            "\"length\":6.0",
            "\"length\" is not an integer",
        ),
        ("\"sha256\":\"WJ", "\"sha256\":\"!J", "a hash is not base64"),
        (
            "\"paths\":[\"\"]",
            "\"paths\":\"\"",
            "\"paths\" is not an array",
        ),
        (
            "\"targets\":{\"v1",
            "\"targets\":[],\"x\":{\"v1",
            "\"targets\" is not an object",
        ),
    ] {
        assert!(TARGETS.contains(from), "{from}");
        let error = targets(&TARGETS.replacen(from, to, 1)).expect_err(to);
        assert_eq!(
            error,
            format!("targets type metadata invalid: {why}"),
            "{to}"
        );
    }
}

/// Go leaves out what is empty, or writes `null`.
#[test]
fn what_is_empty_may_be_absent() {
    let key = "\"daaa48d3d325c5b512faeb12f996c8fc64d951f24be5da98bce22e6e09c2624f\"";
    let file = TARGETS.replacen("\"paths\":[\"\"],", "", 1).replacen(
        &format!("\"keyids\":[{key}],\"name\":\"targets/alice\""),
        "\"keyids\":null,\"name\":\"targets/alice\"",
        1,
    );
    let file = targets(&file).expect("targets");
    let [releases, alice] = &file.payload().delegations.roles[..] else {
        panic!("two")
    };
    assert!(releases.paths.is_empty());
    assert!(alice.signers.keys.is_empty());
    let json = r#"{"signed":{"_type":"Targets","version":1,"targets":null,"delegations":{"keys":null,"roles":null}},"signatures":null}"#;
    let empty = targets(json).expect("targets");
    assert!(empty.payload().targets.is_empty() && empty.signatures().is_empty());
    assert_eq!(empty.expires(), datetime!(0001-01-01 0:00 UTC));
}

#[test]
fn what_a_snapshot_has_to_say() {
    for (from, to, why) in [
        (
            "\"root\":{\"hashes\"",
            "\"targets/root\":{\"hashes\"",
            "missing root sha256 checksum information",
        ),
        (
            "\"targets\":{\"hashes\":{\"sha256\"",
            "\"targets\":{\"hashes\":{\"sha384\"",
            "missing targets sha256 checksum information",
        ),
        (
            "\"sha256\":\"0L+j",
            "\"sha256\":\"",
            "invalid root checksum information, sha256 checksum invalid",
        ),
        (
            "\"sha512\":\"c2TS",
            "\"sha512\":\"",
            "invalid root checksum information, sha512 checksum invalid",
        ),
        (
            "\"targets/alice\":",
            "\"targets/Alice\":",
            "\"targets/Alice\" is no role",
        ),
    ] {
        assert!(SNAPSHOT.contains(from), "{from}");
        let file = read::<Snapshot>(Role::Snapshot, &SNAPSHOT.replacen(from, to, 1));
        assert_eq!(
            file.expect_err(to),
            format!("snapshot type metadata invalid: {why}"),
            "{to}"
        );
    }
    let file = read::<Timestamp>(
        Role::Timestamp,
        &TIMESTAMP.replacen("\"snapshot\"", "\"root\"", 1),
    );
    assert_eq!(
        file.expect_err("no snapshot"),
        "timestamp type metadata invalid: missing snapshot sha256 checksum information"
    );
}

#[test]
fn signatures_are_bounded() {
    let signature = r#"{"keyid":"","method":"","sig":""},"#;
    let more = |count: usize| {
        TARGETS.replacen(
            "\"signatures\":[",
            &format!("\"signatures\":[{}", signature.repeat(count)),
            1,
        )
    };
    assert!(targets(&more(MAX_SIGNATURES - 1)).is_ok());
    let error = targets(&more(MAX_SIGNATURES)).expect_err("many");
    assert_eq!(
        error,
        "targets type metadata invalid: 65 signatures, and there may be 64"
    );
}

#[test]
fn every_hash_has_to_fit_and_one_has_to_be_there() {
    let role = Role::Targets;
    let good = FileMeta::of(b"x");
    assert_eq!(good.check(&role, b"x"), Ok(()));
    for name in ["sha256", "sha512"] {
        let mut wrong = good.clone();
        wrong.hashes.insert(name.to_owned(), vec![0; 32]);
        assert!(wrong.check(&role, b"x").is_err(), "{name}");
        let mut one = good.clone();
        one.hashes.remove(name);
        assert_eq!(one.check(&role, b"x"), Ok(()), "{name}");
        assert!(one.check(&role, b"y").is_err(), "{name}");
    }
    let mut none = good.clone();
    none.hashes = [("md5".to_owned(), vec![0; 16])].into();
    assert_eq!(none.check(&role, b"x"), Err(Invalid::NoChecksum(role)));
}

proptest! {
    #[test]
    fn any_change_is_answered(which in 0usize..4, at in 0usize..4000, with in any::<u8>()) {
        let mut file = [ROOT, TARGETS, SNAPSHOT, TIMESTAMP][which].as_bytes().to_vec();
        let at = at % file.len();
        file[at] = with;
        let _ = Envelope::<Root>::read(Role::Root, file.clone()).map(Envelope::checked);
        let _ = Envelope::<Targets>::read(Role::Targets, file.clone()).map(Envelope::checked);
        let _ = Envelope::<Snapshot>::read(Role::Snapshot, file.clone()).map(Envelope::checked);
        let _ = Envelope::<Timestamp>::read(Role::Timestamp, file).map(Envelope::checked);
    }

    #[test]
    fn anything_in_place_of_a_value_is_answered(which in 0usize..4, at in 0usize..400, with in "null|true|7|-1|\"\"|\\[\\]|\\{\\}|\\[\\{\\}\\]|1e9") {
        let file = [ROOT, TARGETS, SNAPSHOT, TIMESTAMP][which];
        let colons: Vec<_> = file.match_indices(':').map(|(at, _)| at).collect();
        let at = colons[at % colons.len()];
        let end = file[at..].find([',', '}']).map_or(file.len(), |end| at + end);
        let file = format!("{}:{with}{}", &file[..at], &file[end..]);
        let _ = root(&file);
        let _ = targets(&file);
        let _ = read::<Snapshot>(Role::Snapshot, &file);
        let _ = read::<Timestamp>(Role::Timestamp, &file);
    }
}

/// A file of targets that delegates to these roles, by these keys.
fn delegating(keys: &str, roles: &str) -> Result<Signed<Targets>, String> {
    targets(&format!(
        r#"{{"signed":{{"_type":"Targets","delegations":{{"keys":{{{keys}}},"roles":[{roles}]}},"expires":"2036-01-01T00:00:00Z","targets":{{}},"version":1}},"signatures":[{{"keyid":"","method":"","sig":""}}]}}"#
    ))
}

#[test]
fn what_is_delegated_is_bounded() {
    let role = |name: &str, ids: usize, paths: usize| {
        let list = |text: &str, count: usize| vec![format!("\"{text}\""); count].join(",");
        let (ids, paths) = (list("00", ids), list("p", paths));
        format!(r#"{{"keyids":[{ids}],"name":"targets/{name}","paths":[{paths}],"threshold":1}}"#)
    };
    assert!(delegating("", &role("a", 0, 256)).is_ok());
    let many: Vec<String> = (0..1001).map(|at| role(&format!("r{at}"), 0, 0)).collect();
    assert!(delegating("", &many[..1000].join(",")).is_ok());
    let public = "A".repeat(96 << 10);
    let key = |kind: &str, public: &str| {
        format!(
            r#""{}":{{"keytype":"{kind}","keyval":{{"private":null,"public":"{public}"}}}}"#,
            "0".repeat(64)
        )
    };
    for (file, said) in [
        (delegating("", &many.join(",")), "1001 delegations"),
        (delegating("", &role("a", 0, 257)), "257 paths"),
        (delegating("", &role("a", 65, 0)), "65 keys"),
        (delegating(&key("rsa", &public), ""), "73728 bytes"),
        (
            delegating(&key(&"x".repeat(65), "AAAA"), ""),
            "key type is too long",
        ),
    ] {
        let error = file.expect_err(said);
        assert!(error.contains(said), "{error}");
    }
}
