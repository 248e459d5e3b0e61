//! What the visitor may do in a whole namespace.

use api::{access::NamespaceTeams, repository::AccessLevel};

use crate::{client, paths};

/// Whether a team of the visitor's may make repositories in the namespace of an organization. Its owners may in any case.
pub async fn may_create(org: String) -> bool {
    let teams = paths::api::whole_page(&paths::api::namespace_teams(&org));
    let found = client::get(teams).await;
    let found = found.and_then(|reply| reply.json::<NamespaceTeams>());
    found.is_ok_and(|found| {
        let mut teams = found.team_access_list.into_iter();
        teams.any(|access| {
            access.access_level == AccessLevel::Admin && access.team.client_user_is_member
        })
    })
}
