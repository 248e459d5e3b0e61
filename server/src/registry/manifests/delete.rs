//! DELETE of manifests and tags.

use axum::http::{HeaderValue, StatusCode, header};
use db::{entities::repository, manifests::Deleted, trust::signed::Rule};
use oci::name::Reference;
use time::OffsetDateTime;

use crate::{
    events::{Event, Kind, ObjectType},
    immutability, origin,
    registry::{empty, error::Outcome, identity::Visitor},
    webhooks::tell,
};

/// What may not be deleted.
fn kept(why: String) -> oci::Error {
    oci::Error::new(oci::error::Code::Denied, why).with_status(409)
}

/// DELETE: a tag alone, or a manifest with the tags that point to it.
pub(in crate::registry) async fn delete(
    visitor: &Visitor<'_>,
    repository: &repository::Model,
    reference: &Reference,
) -> Outcome {
    let state = visitor.state;
    let repository_name = format!("{}/{}", repository.namespace, repository.name);
    let event = |object, name: &str| {
        Event::new(Kind::Delete, object, None, name).with(
            ObjectType::Repository,
            repository.id,
            repository_name,
        )
    };
    let is_ours = origin::ours(&state.config);
    let rule = Rule {
        now: OffsetDateTime::now_utc(),
        is_ours: &is_ours,
    };
    let is_gone = match reference {
        Reference::Tag(tag) => {
            if let Some(why) = immutability::cannot_be_deleted(repository, tag.as_str()) {
                return Err(kept(why).into());
            }
            let event = event(ObjectType::Tag, tag.as_str());
            let told = tell::deleted_tag(state, repository, tag.as_str(), visitor.name()).await?;
            let db = visitor.recording(event).await?.telling(told);
            db::tags::delete(&db, repository.id, tag.as_str(), rule).await?
        }
        Reference::Digest(digest) => {
            let event = event(ObjectType::Manifest, &digest.to_string());
            let name = visitor.name();
            let told = tell::deleted_manifest(state, repository, &digest.to_string(), name).await?;
            let db = visitor.recording(event).await?.telling(told);
            let stays = |tag: &str| immutability::cannot_be_deleted(repository, tag);
            let is_kept = |tag: &str| stays(tag).is_some();
            match db::manifests::delete(&db, repository.id, digest, is_kept, rule).await? {
                Deleted::Yes(_) => true,
                Deleted::Missing => false,
                Deleted::Kept(tag) => {
                    return Err(kept(stays(&tag).unwrap_or_default()).into());
                }
            }
        }
    };
    if is_gone {
        state.webhooks.wake();
        Ok(empty(
            StatusCode::ACCEPTED,
            [(header::CONTENT_LENGTH, HeaderValue::from(0))],
        ))
    } else {
        Err(oci::Error::manifest_unknown(reference).into())
    }
}
