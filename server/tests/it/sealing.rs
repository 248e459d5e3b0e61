//! Checkpoints over many events: each event is sealed once, and what is sealed is not looked at for ever.

use std::collections::HashSet;

use db::entities::event_checkpoint;
use serde_json::json;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;

use crate::util::TestApp;

async fn checkpoints(app: &TestApp) -> Vec<event_checkpoint::Model> {
    let all = db::checkpoints::since(&app.state.db, Uuid::nil(), 0, 1000);
    all.await.expect("checkpoints")
}

/// The ids that they seal, in order.
fn sealed(rows: &[event_checkpoint::Model]) -> Vec<Uuid> {
    let ids = rows.iter().flat_map(|row| row.leaves.chunks_exact(48));
    ids.map(|leaf| Uuid::from_slice(&leaf[..16]).expect("an id"))
        .collect()
}

#[tokio::test]
async fn more_than_one_checkpoint_holds_are_each_sealed_once() {
    let app = TestApp::new().await;
    let change = async |number: usize| {
        let call = app.call("PATCH", "/api/v0/repositories/alice/app");
        let form = json!({"shortDescription": number.to_string()});
        call.by("alice").json(&form).send().await.expect(200);
    };
    for number in 0..1_100 {
        change(number).await;
    }
    let soon = OffsetDateTime::now_utc() + Duration::minutes(1);
    server::custody::seal(&app.state, soon).await;
    let rows = checkpoints(&app).await;
    assert_eq!(rows.len(), 2, "1,024 are in one");
    let ids = sealed(&rows);
    assert!(ids.len() >= 1_100, "{}", ids.len());
    assert!(ids.is_sorted());
    // one more, and nothing twice, whether it is at once or much later
    for later in [Duration::minutes(1), Duration::hours(1)] {
        change(0).await;
        for _ in 0..2 {
            let now = OffsetDateTime::now_utc() + later;
            server::custody::seal(&app.state, now).await;
        }
    }
    let rows = checkpoints(&app).await;
    assert_eq!(rows.len(), 4);
    let all = sealed(&rows);
    assert_eq!(all.len(), ids.len() + 2);
    let distinct: HashSet<&Uuid> = all.iter().collect();
    assert_eq!(distinct.len(), all.len());
}
