//! What happens to images: pushed, pulled, deleted, promoted.

use std::sync::Arc;

use ::webhooks::{
    Contents, Kind,
    contents::{Image, ImageDeleted, ImagePulled, ImagePushed, Promoted},
};
use db::{
    entities::{manifest, repository},
    manifests::Summary,
    promotions::perform::Order,
    scans::summary,
};
use time::OffsetDateTime;

use super::{Alone, Told, image_name, platform};
use crate::{config::Config, state::AppState, webhooks::hear::Listeners};

/// What is about to be pushed.
pub(crate) struct Pushing<'p> {
    pub(crate) repository: &'p repository::Model,
    pub(crate) manifest: &'p manifest::Model,
    pub(crate) tags: &'p [String],
    /// Name of who pushes.
    pub(crate) author: &'p str,
}

/// An image without a tag of a repository.
fn image(
    config: &Config,
    repository: &repository::Model,
    (os, architecture): (String, String),
    digest: &str,
    author: &str,
) -> Image {
    Image {
        namespace: repository.namespace.clone(),
        repository: repository.name.clone(),
        tag: None,
        digest: digest.to_owned(),
        image_name: image_name(config, repository, None, digest),
        os,
        architecture,
        author: author.to_owned(),
    }
}

/// The same image, by a tag.
fn tagged(config: &Config, repository: &repository::Model, image: &Image, tag: &str) -> Image {
    Image {
        tag: Some(tag.to_owned()),
        image_name: image_name(config, repository, Some(tag), &image.digest),
        ..image.clone()
    }
}

/// Of a push: its manifest, and each tag that it sets.
pub(crate) fn pushed(state: &AppState, listeners: &Listeners, push: &Pushing<'_>) -> Vec<Told> {
    if listeners.is_empty() {
        return Vec::new();
    }
    let Pushing {
        repository,
        manifest,
        tags,
        author,
    } = push;
    let now = manifest.pushed_at;
    let digest = &manifest.digest;
    let alone = image(
        &state.config,
        repository,
        platform(manifest),
        digest,
        author,
    );
    let with = |image| ImagePushed {
        image,
        pushed_at: now,
    };
    let contents = Contents::ManifestPush(with(alone.clone()));
    let mut told = listeners.told_of_any(&contents, tags.iter().map(String::as_str), now);
    for tag in *tags {
        let image = tagged(&state.config, repository, &alone, tag);
        let contents = Contents::TagPush(with(image));
        told.extend(listeners.told(&contents, Some(tag), now));
    }
    told
}

/// What was pulled.
pub(crate) struct Pulled {
    pub(crate) repository: Arc<repository::Model>,
    pub(crate) digest: String,
    pub(crate) tag: Option<String>,
    /// Name of who pulled; empty for the public.
    pub(crate) author: String,
    pub(crate) at: OffsetDateTime,
}

impl Pulled {
    /// What is pulled just now.
    pub(crate) fn now(
        repository: &Arc<repository::Model>,
        digest: String,
        tag: Option<String>,
        author: String,
    ) -> Self {
        Self {
            repository: Arc::clone(repository),
            digest,
            tag,
            author,
            at: OffsetDateTime::now_utc(),
        }
    }
}

/// Whether somebody listens to pulls from a repository.
pub(crate) async fn hears_pulls(
    state: &AppState,
    repository: &repository::Model,
) -> db::Result<bool> {
    let listeners = state.listeners(Some(repository)).await?;
    Ok(listeners.take(Kind::TagPull) || listeners.take(Kind::ManifestPull))
}

/// Of a pull: the manifest, and the tag that it was pulled by.
pub(crate) async fn pulled(state: &AppState, pull: &Pulled) -> db::Result<Vec<Told>> {
    let listeners = state.listeners(Some(&pull.repository)).await?;
    let alone = there(state, &pull.repository, &pull.digest, &pull.author).await?;
    let with = |image| ImagePulled {
        image,
        pulled_at: pull.at,
    };
    let contents = Contents::ManifestPull(with(alone.clone()));
    let mut told = listeners.told(&contents, pull.tag.as_deref(), pull.at);
    if let Some(tag) = &pull.tag {
        let image = tagged(&state.config, &pull.repository, &alone, tag);
        let contents = Contents::TagPull(with(image));
        told.extend(listeners.told(&contents, Some(tag), pull.at));
    }
    Ok(told)
}

/// Of a tag that is about to be deleted by the account of that name.
pub(crate) async fn deleted_tag(
    state: &AppState,
    repository: &repository::Model,
    tag: &str,
    author: &str,
) -> db::Result<Vec<Told>> {
    let listeners = state.listeners(Some(repository)).await?;
    if !listeners.take(Kind::TagDelete) {
        return Ok(Vec::new());
    }
    let Some(row) = db::tags::find(&state.db, repository.id, tag).await? else {
        return Ok(Vec::new());
    };
    let alone = there(state, repository, &row.digest, author).await?;
    let now = OffsetDateTime::now_utc();
    let contents = Contents::TagDelete(ImageDeleted {
        image: tagged(&state.config, repository, &alone, tag),
        deleted_at: now,
    });
    Ok(listeners.told(&contents, Some(tag), now))
}

/// Of a manifest that is about to be deleted, with the tags that point to it.
pub(crate) async fn deleted_manifest(
    state: &AppState,
    repository: &repository::Model,
    digest: &str,
    author: &str,
) -> db::Result<Vec<Told>> {
    let listeners = state.listeners(Some(repository)).await?;
    if !listeners.take(Kind::TagDelete) && !listeners.take(Kind::ManifestDelete) {
        return Ok(Vec::new());
    }
    let alone = there(state, repository, digest, author).await?;
    let tags = db::tags::of_manifest(&state.db, repository.id, digest).await?;
    let now = OffsetDateTime::now_utc();
    let with = |image| ImageDeleted {
        image,
        deleted_at: now,
    };
    let mut told = Vec::new();
    for tag in &tags {
        let contents = Contents::TagDelete(with(tagged(&state.config, repository, &alone, tag)));
        told.extend(listeners.told(&contents, Some(tag), now));
    }
    let contents = Contents::ManifestDelete(with(alone));
    told.extend(listeners.told_of_any(&contents, tags.iter().map(String::as_str), now));
    Ok(told)
}

/// An image that is in the database, without a tag.
async fn there(
    state: &AppState,
    repository: &repository::Model,
    digest: &str,
    author: &str,
) -> db::Result<Image> {
    let found = db::manifests::summaries(&state.db, repository.id, [digest]).await?;
    let platform = found.get(digest).map(of_summary).unwrap_or_default();
    Ok(image(&state.config, repository, platform, digest, author))
}

fn of_summary(row: &Summary) -> (String, String) {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    (text(&row.os), text(&row.architecture))
}

/// Of a promotion: the source's listeners hear that an image left it, those of the target that a tag came. The second of the answer is held
/// until that is written.
pub(crate) async fn promoted<'s>(
    state: &'s AppState,
    (source, target): (&repository::Model, &repository::Model),
    order: &Order,
    now: OffsetDateTime,
) -> db::Result<(Vec<Told>, Option<Alone<'s>>)> {
    let at_source = state.listeners(Some(source)).await?;
    let at_target = state.listeners(Some(target)).await?;
    if !at_source.take(Kind::Promotion) && at_target.is_empty() {
        return Ok((Vec::new(), None));
    }
    let digest = order.tag.digest.as_str();
    let found = db::manifests::summaries(&state.db, source.id, [digest]).await?;
    let platform = found.get(digest).map(of_summary).unwrap_or_default();
    let alone = image(&state.config, target, platform, digest, &order.actor);
    let pushed = ImagePushed {
        image: tagged(&state.config, target, &alone, &order.target_tag),
        pushed_at: now,
    };
    let contents = Contents::Promotion(Promoted {
        pushed: pushed.clone(),
        source_repository: order.source.clone(),
        source_tag: order.tag.name.clone(),
        target_repository: order.target.1.clone(),
        target_tag: order.target_tag.clone(),
        promotion_policy_id: order
            .policy
            .map(|(id, _)| id.to_string())
            .unwrap_or_default(),
    });
    let mut told = at_source.told(&contents, Some(&order.tag.name), now);
    let tag = Some(order.target_tag.as_str());
    let contents = Contents::ManifestPush(ImagePushed {
        image: alone,
        pushed_at: now,
    });
    told.extend(at_target.told(&contents, tag, now));
    let contents = Contents::TagPush(pushed);
    told.extend(at_target.told(&contents, tag, now));
    let listed = summary::listed_in(&state.db, [source.id], [digest]).await?;
    let images = listed.values().flatten().map(String::as_str);
    let mut images: Vec<&str> = images.collect();
    if images.is_empty() {
        images.push(digest);
    }
    let at = (target, std::slice::from_ref(&order.target_tag));
    let (known, alone) = super::known_already(state, &at_target, at, (&images, None), now).await?;
    told.extend(known);
    Ok((told, alone))
}
