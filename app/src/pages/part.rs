//! Parts of the interface whose code a browser fetches with the first of their pages, not with its first visit.
//!
//! The build splits the browser's module at the functions marked `wasm_split`, one for each part (`xtask/src/site`): what
//! only that function reaches is a file of its own. On the server they are functions like any other.

#![expect(
    clippy::unnecessary_wraps,
    reason = "`fallible` makes a Result of it: a part may not be there to be fetched"
)]

use leptos::prelude::*;
use leptos_router::ChooseView;
use wasm_split_helpers::{SplitLoaderError, wasm_split};

use super::{
    events, image, organizations, promotion, reference, repository, security, signing, system,
    trust as trust_page, trust_policy as policy_page, users,
};

/// A page in one of the parts, as the table of pages names it.
#[derive(Clone, Copy)]
pub enum Part {
    /// One image: its layers.
    Image,
    /// Of one image: what is in it, and what is wrong with it.
    Components,
    /// Of one image: its configuration, its manifest, what refers to it, and another one beside it.
    Details(image::Details),
    /// Of one image: its chain of custody.
    Custody,
    /// People: the list, and who one of them is.
    Users(users::Page),
    /// How somebody comes in: password, second factor, tokens, keys, linked identities.
    Access(users::Access),
    /// Organizations and their teams.
    Organizations(organizations::Page),
    /// Settings of the registry.
    System(system::Page),
    /// How people, and CI jobs, come into the registry.
    Identity(system::Identity),
    /// What is in all images, and what is wrong with it.
    Security(security::Page),
    /// Images that go from one repository to another by rule.
    Promotion(promotion::Page),
    /// Who signed what a repository has.
    Trust,
    /// Which images may be pulled, by who signed them.
    TrustPolicy(policy_page::Page),
    /// What waits for the visitor's signature, and what their keys signed.
    Signing(signing::Page),
    /// Who is told of what happens.
    Events(events::Page),
    /// What happened.
    Activity(events::Activity),
    /// What who administers a repository sets.
    Upkeep(repository::Upkeep),
    /// The description of the API.
    Reference,
}

/// A page, unless the part that it is in could not be fetched.
type Drawn = Result<AnyView, SplitLoaderError>;

#[wasm_split(image, fallible, preload(fetch_image))]
fn image() -> Drawn {
    Ok(image::page())
}

#[wasm_split(components, fallible, preload(fetch_components))]
fn components() -> Drawn {
    Ok(image::components())
}

#[wasm_split(details, fallible, preload(fetch_details))]
fn details(of: image::Details) -> Drawn {
    Ok(image::details(of))
}

#[wasm_split(custody, fallible, preload(fetch_custody))]
fn custody() -> Drawn {
    Ok(image::custody())
}

#[wasm_split(users, fallible, preload(fetch_users))]
fn users(page: users::Page) -> Drawn {
    Ok(users::draw(page))
}

#[wasm_split(access, fallible, preload(fetch_access))]
fn access(page: users::Access) -> Drawn {
    Ok(users::access(page))
}

#[wasm_split(organizations, fallible, preload(fetch_organizations))]
fn organizations(page: organizations::Page) -> Drawn {
    Ok(organizations::draw(page))
}

#[wasm_split(system, fallible, preload(fetch_system))]
fn system(page: system::Page) -> Drawn {
    Ok(system::draw(page))
}

#[wasm_split(identity, fallible, preload(fetch_identity))]
fn identity(of: system::Identity) -> Drawn {
    Ok(system::identity(of))
}

#[wasm_split(security, fallible, preload(fetch_security))]
fn security(page: security::Page) -> Drawn {
    Ok(security::draw(page))
}

#[wasm_split(promotion, fallible, preload(fetch_promotion))]
fn promotion(page: promotion::Page) -> Drawn {
    Ok(promotion::draw(page))
}

#[wasm_split(events, fallible, preload(fetch_events))]
fn events(page: events::Page) -> Drawn {
    Ok(events::draw(page))
}

#[wasm_split(activity, fallible, preload(fetch_activity))]
fn activity(of: events::Activity) -> Drawn {
    Ok(events::activity(of))
}

#[wasm_split(trust, fallible, preload(fetch_trust))]
fn trust() -> Drawn {
    Ok(trust_page::page())
}

#[wasm_split(trust_policy, fallible, preload(fetch_trust_policy))]
fn trust_policy(page: policy_page::Page) -> Drawn {
    Ok(policy_page::draw(page))
}

#[wasm_split(signing, fallible, preload(fetch_signing))]
fn signing(page: signing::Page) -> Drawn {
    Ok(signing::draw(page))
}

#[wasm_split(upkeep, fallible, preload(fetch_upkeep))]
fn upkeep(of: repository::Upkeep) -> Drawn {
    Ok(repository::upkeep(of))
}

#[wasm_split(reference, fallible, preload(fetch_reference))]
fn reference() -> Drawn {
    Ok(reference::page())
}

impl ChooseView for Part {
    async fn choose(self) -> AnyView {
        #[cfg(feature = "ssr")]
        self.announce();
        let drawn = match self {
            Self::Image => image().await,
            Self::Components => components().await,
            Self::Details(of) => details(of).await,
            Self::Custody => custody().await,
            Self::Users(page) => users(page).await,
            Self::Access(page) => access(page).await,
            Self::Organizations(page) => organizations(page).await,
            Self::System(page) => system(page).await,
            Self::Identity(of) => identity(of).await,
            Self::Security(page) => security(page).await,
            Self::Promotion(page) => promotion(page).await,
            Self::Events(page) => events(page).await,
            Self::Activity(of) => activity(of).await,
            Self::Trust => trust().await,
            Self::TrustPolicy(page) => trust_policy(page).await,
            Self::Signing(page) => signing(page).await,
            Self::Upkeep(of) => upkeep(of).await,
            Self::Reference => reference().await,
        };
        // It is there: the router has called `preload` before.
        drawn.unwrap_or_else(|_| ().into_any())
    }

    async fn preload(&self) {
        let fetched = match self {
            Self::Image => fetch_image().await,
            Self::Components => fetch_components().await,
            Self::Details(_) => fetch_details().await,
            Self::Custody => fetch_custody().await,
            Self::Users(_) => fetch_users().await,
            Self::Access(_) => fetch_access().await,
            Self::Organizations(_) => fetch_organizations().await,
            Self::System(_) => fetch_system().await,
            Self::Identity(_) => fetch_identity().await,
            Self::Security(_) => fetch_security().await,
            Self::Promotion(_) => fetch_promotion().await,
            Self::Events(_) => fetch_events().await,
            Self::Activity(_) => fetch_activity().await,
            Self::Trust => fetch_trust().await,
            Self::TrustPolicy(_) => fetch_trust_policy().await,
            Self::Signing(_) => fetch_signing().await,
            Self::Upkeep(_) => fetch_upkeep().await,
            Self::Reference => fetch_reference().await,
        };
        if fetched.is_err() {
            visit_anew();
            std::future::pending::<()>().await;
        }
    }
}

#[cfg(feature = "ssr")]
impl Part {
    /// The name of the part in the build.
    const fn name(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Components => "components",
            Self::Details(_) => "details",
            Self::Custody => "custody",
            Self::Users(_) => "users",
            Self::Access(_) => "access",
            Self::Organizations(_) => "organizations",
            Self::System(_) => "system",
            Self::Identity(_) => "identity",
            Self::Security(_) => "security",
            Self::Promotion(_) => "promotion",
            Self::Events(_) => "events",
            Self::Activity(_) => "activity",
            Self::Trust => "trust",
            Self::TrustPolicy(_) => "trust_policy",
            Self::Signing(_) => "signing",
            Self::Upkeep(_) => "upkeep",
            Self::Reference => "reference",
        }
    }

    /// Has the browser fetch the part at once, together with the rest, and not when the rest is running.
    fn announce(self) {
        use leptos_meta::Link;

        let assets: crate::document::Assets = use_context().unwrap_or_default();
        for href in assets.parts.get(self.name()).into_iter().flatten() {
            let href = href.clone();
            // Drawing it is what puts it into the head.
            let _ = view! { <Link rel="preload" href as_="fetch" type_="application/wasm" crossorigin="" /> }
                .to_html();
        }
    }
}

/// The part is not to be had, most likely because the registry was upgraded while this page was open: the page is loaded as a
/// whole, with the script that belongs to it. A page that the browser has just got is not asked for again: it stays as the
/// server drew it, and its links lead on without the router, which waits for the part.
#[cfg(feature = "hydrate")]
fn visit_anew() {
    use wasm_bindgen::{JsCast as _, prelude::Closure};

    let is_first = Owner::current_shared_context().is_some_and(|shared| shared.during_hydration());
    if is_first {
        let keep = Closure::<dyn Fn(web_sys::Event)>::new(|event: web_sys::Event| {
            event.stop_propagation();
        });
        let _ = window().add_event_listener_with_callback_and_bool(
            "click",
            keep.as_ref().unchecked_ref(),
            true,
        );
        keep.forget();
    } else {
        let address = untrack(|| crate::paths::here(&leptos_router::hooks::use_location()));
        let _ = window().location().assign(&address);
    }
}

/// On the server there is nothing to fetch.
#[cfg(not(feature = "hydrate"))]
fn visit_anew() {}
