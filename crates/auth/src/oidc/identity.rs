//! Who a provider says somebody is.

use serde_json::{Map, Value};

use super::{Discovery, OidcError, Provider};
use crate::issuer::{Claims, Fetch, get};

/// The most groups that one person may be in.
pub const MAX_GROUPS: usize = 2000;

/// A person as a provider knows them. Issuer and subject together are who it is (OIDC Core 1.0, section 5.7); the
/// rest is for reading, and to suggest a name for a new account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The provider's issuer.
    pub issuer: String,
    /// The person's id there: never given to another person, but opaque.
    pub subject: String,
    /// What the username claim says, unchecked: it may be anybody's name, `admin` among them.
    pub username: Option<String>,
    /// The claim `name`.
    pub full_name: Option<String>,
    /// The claim `email`. It proves nothing about an account.
    pub email: Option<String>,
    /// The groups, without duplicates, sorted. `None` where the provider says nothing about groups, which is not the same as
    /// being in none.
    pub groups: Option<Vec<String>>,
}

impl Identity {
    /// Who `claims` are about.
    pub(super) fn of(
        provider: &Provider,
        issuer: &str,
        claims: &Claims,
    ) -> Result<Self, OidcError> {
        Ok(Self {
            issuer: issuer.to_owned(),
            subject: claims
                .text("sub")
                .ok_or(crate::issuer::IdTokenError::Malformed)?,
            username: claims.text(&provider.username_claim),
            full_name: claims.text("name"),
            email: claims.text("email"),
            groups: groups(claims.get(&provider.groups_claim))?,
        })
    }
}

/// The claims of the ID token, with those of the user information endpoint where something is missing. Many providers put only
/// the subject into the ID token (OIDC Core 1.0, section 5.4); its `sub` must be the same (section 5.3.2).
pub(super) async fn complete(
    mut claims: Claims,
    provider: &Provider,
    discovery: &Discovery,
    access_token: &str,
    fetch: &dyn Fetch,
) -> Result<Claims, OidcError> {
    let wanted = [
        provider.username_claim.as_str(),
        provider.groups_claim.as_str(),
        "name",
    ];
    let (true, Some(userinfo)) = (
        wanted.iter().any(|claim| claims.get(claim).is_none()),
        &discovery.userinfo,
    ) else {
        return Ok(claims);
    };
    let more: Map<String, Value> = get(fetch, userinfo, Some(access_token)).await?;
    if more.get("sub") != claims.get("sub") {
        return Err(OidcError::OtherSubject);
    }
    claims.complete(more);
    Ok(claims)
}

/// A list of names, or one name as a string: providers do both. What is not text, or is empty or longer than 1,024 bytes, names
/// no group.
fn groups(claim: Option<&Value>) -> Result<Option<Vec<String>>, OidcError> {
    let name = |value: &Value| {
        let name = value.as_str()?;
        let fits = !name.is_empty() && name.len() <= 1024 && !name.contains(char::is_control);
        fits.then(|| name.to_owned())
    };
    let mut names: Vec<String> = match claim {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Array(names)) if names.len() > MAX_GROUPS => {
            return Err(OidcError::TooManyGroups);
        }
        Some(Value::Array(names)) => names.iter().filter_map(name).collect(),
        Some(one) => name(one).into_iter().collect(),
    };
    names.sort_unstable();
    names.dedup();
    Ok(Some(names))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn groups_come_in_several_forms() {
        let of = |value: Value| groups(Some(&value)).expect("groups");
        let names = |names: &[&str]| Some(names.iter().map(|&n| n.to_owned()).collect::<Vec<_>>());
        assert_eq!(of(json!(["b", "a", "b"])), names(&["a", "b"]));
        assert_eq!(
            of(json!("admins and others")),
            names(&["admins and others"])
        );
        assert_eq!(of(json!([])), names(&[]));
        assert_eq!(of(json!("")), names(&[]));
        assert_eq!(
            of(json!(["a", 7, null, {"name": "b"}, "c\n"])),
            names(&["a"])
        );
        assert_eq!(of(json!({"a": true})), names(&[]));
        assert_eq!(of(json!(null)), None);
        assert_eq!(groups(None), Ok(None));
        let many = json!(vec!["a"; MAX_GROUPS + 1]);
        assert_eq!(groups(Some(&many)), Err(OidcError::TooManyGroups));
    }
}
