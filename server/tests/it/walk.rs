//! Random walks through everything by which people give rights: after each step, whoever has more than before has it from somebody
//! who held admin access there, and no token is good for more than its maker was.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::util::TestApp;

const PEOPLE: [&str; 9] = [
    "bob", "oscar", "mia", "rob", "wanda", "rae", "nina", "olga", "alice",
];
const REPOSITORIES: [&str; 5] = [
    "acme/app",
    "acme/site",
    "other/app",
    "other/site",
    "alice/app",
];
const LEVELS: [&str; 3] = ["read-only", "read-write", "admin"];
const TEAMS: [&str; 4] = ["readers", "writers", "keepers", "namers"];
const STEPS: usize = 150;

/// Marsaglia's xorshift: the same walk for the same seed.
struct Dice(u64);

impl Dice {
    fn below(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % sides as u64).unwrap()
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }
}

/// Who has how much where: 0 is nothing, 3 is admin.
type Rights = BTreeMap<(&'static str, &'static str), usize>;

async fn rights(app: &TestApp) -> Rights {
    let mut rights = Rights::new();
    for person in PEOPLE {
        for repository in REPOSITORIES {
            let path = format!("/api/v0/repositories/{repository}/access/explain?user={person}");
            let answer = app.get(&path).by("admin").send().await.expect(200).json();
            let level = LEVELS
                .iter()
                .position(|level| answer["accessLevel"] == *level)
                .map_or(0, |level| level + 1);
            rights.insert((person, repository), level);
        }
    }
    rights
}

/// Something by which somebody might get more than they have.
fn step(dice: &mut Dice) -> (&'static str, String, Value) {
    let (repository, person) = (dice.of(&REPOSITORIES), dice.of(&PEOPLE));
    let (org, team) = (dice.of(&["acme", "other", "alice"]), dice.of(&TEAMS));
    let level = json!({ "accessLevel": dice.of(&LEVELS) });
    let is_admin = json!({ "isAdmin": dice.below(2) == 1 });
    match dice.below(11) {
        0 | 1 => (
            "PUT",
            format!("/api/v0/repositories/{repository}/teamAccess/{team}"),
            level,
        ),
        2 => (
            "PUT",
            format!("/api/v0/repositoryNamespaces/{org}/teamAccess/{team}"),
            level,
        ),
        3 => (
            "PUT",
            format!("/enzi/v0/accounts/{org}/members/{person}"),
            is_admin,
        ),
        4 => (
            "PUT",
            format!("/enzi/v0/accounts/{org}/teams/{team}/members/{person}"),
            json!({}),
        ),
        5 => (
            "PATCH",
            format!("/api/v0/repositories/{repository}"),
            json!({ "visibility": dice.of(&["public", "private"]) }),
        ),
        6 => (
            "PATCH",
            format!("/enzi/v0/accounts/{person}"),
            json!({ "isAdmin": true }),
        ),
        7 => (
            "DELETE",
            format!("/enzi/v0/accounts/{org}/members/{person}"),
            json!({}),
        ),
        8 => (
            "DELETE",
            format!("/api/v0/repositories/{repository}/teamAccess/{team}"),
            json!({}),
        ),
        _ => {
            let action = dice.of(&["pull", "push", "delete", "admin"]);
            let scope = json!([{ "repository": repository, "actions": [action] }]);
            (
                "POST",
                "/api/v0/api_tokens".to_owned(),
                json!({ "scope": scope }),
            )
        }
    }
}

fn needed(action: &str) -> usize {
    match action {
        "pull" => 1,
        "push" | "delete" => 2,
        _ => 3,
    }
}

async fn walk(seed: u64) -> usize {
    let app = TestApp::company().await;
    let mut dice = Dice(seed);
    let mut before = rights(&app).await;
    let mut done = 0;
    for number in 0..STEPS {
        let actor = dice.of(&PEOPLE);
        let (method, path, form) = step(&mut dice);
        let answer = app.call(method, &path).by(actor).json(&form).send().await;
        let what = format!("seed {seed}, step {number}: {method} {path} {form} by {actor}");
        assert!(answer.status.as_u16() < 500, "{what}: {}", answer.status);
        if !answer.status.is_success() {
            continue;
        }
        done += 1;
        if path.ends_with("api_tokens") {
            let (repository, action) = (
                form["scope"][0]["repository"].as_str().unwrap(),
                form["scope"][0]["actions"][0].as_str().unwrap(),
            );
            let held = before
                .iter()
                .find(|((person, name), _)| *person == actor && *name == repository);
            assert!(*held.unwrap().1 >= needed(action), "{what}");
            continue;
        }
        let after = rights(&app).await;
        for ((person, repository), level) in &after {
            if *level > before[&(*person, *repository)] {
                let held = before[&(actor, *repository)];
                assert_eq!(
                    held, 3,
                    "{what} gave {person} level {level} in {repository}"
                );
            }
        }
        before = after;
    }
    done
}

#[tokio::test]
async fn nobody_ever_gives_more_than_they_hold() {
    let mut done = 0;
    for seed in [0x5eed, 0xacce_55ed, 0x0dd_ba11] {
        done += walk(seed).await;
    }
    assert!(
        done > 40,
        "only {done} steps were allowed: the walk proves little"
    );
}
