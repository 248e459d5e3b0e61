//! A decision and a page cost the same number of statements however many teams, rights and rows there are: counted where they are handed
//! to the database.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use db::{Action, grants::Level};
use time::OffsetDateTime;
use tracing::{Subscriber, callsite, span};
use tracing_subscriber::{
    Layer,
    layer::{Context, SubscriberExt as _},
};

use crate::util::TestApp;

/// What sea-orm calls it when a statement goes to the database.
const STATEMENTS: [&str; 4] = [
    "execute_raw",
    "execute_unprepared",
    "query_all_raw",
    "query_one_raw",
];

/// Counts statements by sea-orm's own spans.
#[derive(Clone, Default)]
struct Counter(Arc<AtomicU64>);

impl<S: Subscriber> Layer<S> for Counter {
    fn on_new_span(&self, span: &span::Attributes<'_>, _: &span::Id, _: Context<'_, S>) {
        let about = span.metadata();
        if about.target().starts_with("sea_orm::database") && STATEMENTS.contains(&about.name()) {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl Counter {
    /// Counts what this thread does, on which all of a test runs.
    fn start(&self) -> tracing::subscriber::DefaultGuard {
        let subscriber = tracing_subscriber::registry().with(self.clone());
        tracing::subscriber::set_default(subscriber)
    }

    /// Statements for one answer, but for the first time: some of what is found is remembered for a while. It is asked for twice,
    /// because some of what is used is noted to the minute.
    async fn of(&self, app: &TestApp, (who, path): (&str, &str)) -> u64 {
        let ask = async || app.get(path).by(who).send().await.expect(200);
        ask().await;
        // Where another test came to one of sea-orm's spans first, on its own thread, nobody may have listened to it.
        callsite::rebuild_interest_cache();
        let mut least = u64::MAX;
        for _ in 0..2 {
            let before = self.0.load(Ordering::Relaxed);
            ask().await;
            least = least.min(self.0.load(Ordering::Relaxed) - before);
        }
        assert!(least > 0, "{path} is not counted");
        least
    }

    async fn all(&self, app: &TestApp, answers: &[(&str, &str)]) -> Vec<u64> {
        let mut counts = Vec::new();
        for answer in answers {
            counts.push(self.of(app, *answer).await);
        }
        counts
    }
}

/// The answers whose numbers of statements differ.
fn differing(answers: &[(&str, &str)], few: &[u64], many: &[u64]) -> Vec<String> {
    let counts = few.iter().zip(many);
    answers
        .iter()
        .zip(counts)
        .filter(|(_, (few, many))| few != many)
        .map(|((who, path), (few, many))| format!("{path} by {who}: {few}, and then {many}"))
        .collect()
}

async fn account(app: &TestApp, name: &str) -> db::entities::account::Model {
    let found = db::accounts::find(&app.state.db, name).await.unwrap();
    found.unwrap()
}

async fn repository(app: &TestApp, name: &str) -> db::entities::repository::Model {
    let name = name.parse().unwrap();
    let found = db::repositories::find(&app.state.db, &name).await.unwrap();
    found.unwrap()
}

/// More teams of acme, all with rob in them and with a right in acme/app, every second one in all of acme.
async fn add_teams(app: &TestApp, numbers: std::ops::Range<u32>) {
    let (db, now) = (&app.state.db, OffsetDateTime::now_utc());
    let acme = account(app, "acme").await.id;
    let rob = account(app, "rob").await.id;
    let granted = repository(app, "acme/app").await;
    for number in numbers {
        let name = format!("team{number:03}");
        let team = db::teams::create(db, acme, name, String::new(), now).await;
        let team = team.unwrap();
        db::teams::put_member(db, &team, rob, now).await.unwrap();
        let level = Level::ReadWrite;
        db::grants::grant_repository(db, &team, &granted, level)
            .await
            .unwrap();
        if number % 2 == 0 {
            db::grants::grant_namespace(db, &team, level).await.unwrap();
        }
    }
}

#[tokio::test]
async fn a_decision_costs_the_same_with_three_teams_and_with_three_hundred() {
    const ANSWERS: &[(&str, &str)] = &[
        ("rob", "/api/v0/repositories/acme/app"),
        ("rob", "/api/v0/repositories/acme/app/access/explain"),
        (
            "admin",
            "/api/v0/repositories/acme/app/access/explain?user=rob",
        ),
        ("rob", "/api/v0/accounts/rob/repositoryAccess/acme/app"),
        ("rob", "/api/v0/repositories?pageSize=1000"),
        (
            "rob",
            "/auth/token?service=plimsoll&scope=repository:acme/app:pull,push",
        ),
    ];
    let app = TestApp::company().await;
    let counter = Counter::default();
    let _counting = counter.start();
    add_teams(&app, 0..3).await;
    let few = counter.all(&app, ANSWERS).await;
    add_teams(&app, 3..300).await;
    let many = counter.all(&app, ANSWERS).await;
    let wrong = differing(ANSWERS, &few, &many);
    assert!(wrong.is_empty(), "{wrong:#?}");
    let explained = app
        .get("/api/v0/repositories/acme/app/access/explain")
        .by("rob");
    let explained = explained.send().await.expect(200).json();
    assert!(
        explained["sources"].as_array().unwrap().len() > 300,
        "all of them were read"
    );
}

/// One more of everything that lists show.
async fn add_rows(app: &TestApp, numbers: std::ops::Range<u32>) {
    let (db, now) = (&app.state.db, OffsetDateTime::now_utc());
    let acme = account(app, "acme").await;
    let olga = account(app, "olga").await.id;
    let readers = db::teams::find(db, acme.id, "readers")
        .await
        .unwrap()
        .unwrap();
    let app_of_acme = repository(app, "acme/app").await;
    for number in numbers {
        let name = format!("row{number:03}");
        let new = db::repositories::New::private(acme.clone(), name.clone());
        let made = db::repositories::create(db, new, now).await.unwrap();
        let level = Level::ReadOnly;
        db::grants::grant_repository(db, &readers, &made, level)
            .await
            .unwrap();
        let person = app.person(&name).await.id;
        db::teams::put_member(db, &readers, person, now)
            .await
            .unwrap();
        let team = db::teams::create(db, acme.id, name.clone(), String::new(), now).await;
        let team = team.unwrap();
        db::teams::put_member(db, &team, olga, now).await.unwrap();
        db::grants::grant_repository(db, &team, &app_of_acme, level)
            .await
            .unwrap();
        db::grants::grant_namespace(db, &team, level).await.unwrap();
        let org = db::accounts::New {
            name: format!("org{number:03}"),
            is_org: true,
            ..db::accounts::New::default()
        };
        let org = db::accounts::create(db, org, now).await.unwrap().id;
        db::organizations::put_member(db, org, olga, Some(true), now)
            .await
            .unwrap();
        let actions = [Action::Pull].into_iter().collect();
        let token = db::api_tokens::New {
            account: olga,
            hash: name.clone(),
            label: name,
            creator: String::new(),
            expires_at: None,
            scope: Some(vec![(made.id, actions)]),
        };
        db::api_tokens::create(db, token, now).await.unwrap();
        let form = serde_json::json!({
            "type": "TAG_PUSH",
            "key": format!("acme/{}", made.name),
            "endpoint": "https://receiver.example/",
        });
        let hook = app.call("POST", "/api/v0/webhooks").by("olga").json(&form);
        hook.send().await.expect(200);
    }
}

#[tokio::test]
async fn a_page_costs_the_same_with_ten_rows_and_with_two_hundred() {
    const ANSWERS: &[(&str, &str)] = &[
        ("admin", "/api/v0/repositories?pageSize=1000&count=true"),
        ("olga", "/api/v0/repositories?pageSize=1000&count=true"),
        ("olga", "/api/v0/repositories/acme?pageSize=1000"),
        ("olga", "/enzi/v0/accounts/acme/members?limit=1000"),
        ("olga", "/enzi/v0/accounts/acme/teams?limit=1000"),
        (
            "olga",
            "/enzi/v0/accounts/acme/teams/readers/members?limit=1000",
        ),
        (
            "olga",
            "/enzi/v0/accounts/acme/members/olga/teams?limit=1000",
        ),
        ("olga", "/api/v0/api_tokens?pageSize=1000&count=true"),
        ("admin", "/api/v0/api_tokens?pageSize=1000&count=true"),
        ("admin", "/enzi/v0/accounts?limit=1000"),
        ("olga", "/enzi/v0/accounts/olga/organizations?limit=1000"),
        ("olga", "/enzi/v0/accounts/olga/memberTeams?limit=1000"),
        (
            "olga",
            "/api/v0/repositories/acme/app/teamAccess?pageSize=1000&count=true",
        ),
        (
            "olga",
            "/api/v0/repositoryNamespaces/acme/teamAccess?pageSize=1000&count=true",
        ),
        (
            "olga",
            "/api/v0/accounts/acme/teams/readers/repositoryAccess?pageSize=1000&count=true",
        ),
        ("olga", "/api/v0/index/autocomplete?query=row"),
        ("olga", "/api/v0/webhooks?pageSize=1000"),
        ("admin", "/api/v0/webhooks?pageSize=1000"),
        ("admin", "/api/v0/events?pageSize=1000&count=true"),
    ];
    let app = TestApp::company().await;
    let counter = Counter::default();
    let _counting = counter.start();
    add_rows(&app, 0..10).await;
    let few = counter.all(&app, ANSWERS).await;
    add_rows(&app, 10..200).await;
    let many = counter.all(&app, ANSWERS).await;
    let wrong = differing(ANSWERS, &few, &many);
    assert!(wrong.is_empty(), "{wrong:#?}");
    let members = app
        .get("/enzi/v0/accounts/acme/members?limit=1000")
        .by("olga");
    let members = members.send().await.expect(200).json();
    assert!(
        members["members"].as_array().unwrap().len() > 200,
        "all of them were read"
    );
}
