//! Who is in a group, for a team that follows it.

use std::{
    collections::{BTreeMap, HashSet},
    time::Duration,
};

use ldap3::Scope;
use serde::{Deserialize, Serialize};

use super::{
    LdapError, MAX_ENTRIES, Person, Settings,
    connection::{Connection, Entry, guarded},
    dn::Dn,
    settings::{is_attribute, is_filter},
};

/// How long it may take to read a group.
const LIMIT: Duration = Duration::from_mins(5);

/// Which part of a directory a team follows: the shape of the accounts API's `memberSyncConfig`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct MemberSync {
    /// Whether the team follows it at all.
    pub enable_sync: bool,
    /// The members of a group (`true`), or whoever a search finds.
    pub select_group_members: bool,
    /// The group.
    #[serde(rename = "groupDN")]
    pub group_dn: String,
    /// The group's attribute with its members: `member`, `uniqueMember` (names of entries) or `memberUid` (names of users).
    pub group_member_attr: String,
    /// Where to search; empty for where people are.
    #[serde(rename = "searchBaseDN")]
    pub search_base_dn: String,
    /// The whole tree, or the base's own children.
    pub search_scope_subtree: bool,
    /// What to search for, besides what the user filter asks: `(memberOf=cn=team,dc=example)`.
    pub search_filter: String,
}

/// Why a team cannot follow this.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the message of each says it")]
pub enum MemberSyncError {
    #[error("groupDN is not the name of an entry")]
    Group,
    #[error("groupMemberAttr is not the name of an attribute")]
    Attribute,
    #[error("searchBaseDN is not the name of an entry")]
    Base,
    #[error("searchFilter is not an LDAP filter in parentheses")]
    Filter,
}

impl MemberSync {
    /// Whether it can be saved; what is not in use is not looked at. Nothing is sent.
    pub fn check(&self) -> Result<(), MemberSyncError> {
        if !self.enable_sync {
            return Ok(());
        }
        if self.select_group_members {
            Dn::parse(&self.group_dn).ok_or(MemberSyncError::Group)?;
            if !is_attribute(&self.group_member_attr) {
                return Err(MemberSyncError::Attribute);
            }
        } else {
            if !self.search_base_dn.is_empty() {
                Dn::parse(&self.search_base_dn).ok_or(MemberSyncError::Base)?;
            }
            if !is_filter(&self.search_filter) {
                return Err(MemberSyncError::Filter);
            }
        }
        Ok(())
    }
}

/// The people who are in what `sync` names and may sign in by the user filter, by user name. Groups in the group are not
/// followed. Nobody at all where the sync is off.
pub async fn members(settings: &Settings, sync: &MemberSync) -> Result<Vec<Person>, LdapError> {
    settings.check()?;
    sync.check()?;
    if !sync.enable_sync {
        return Ok(Vec::new());
    }
    let people = guarded(LIMIT, async {
        let mut connection = Connection::for_reading(settings).await?;
        if sync.select_group_members {
            let values = group_values(&mut connection, sync).await?;
            let everybody = people(&mut connection, settings, None).await?;
            Ok(select(everybody, &values))
        } else {
            people(&mut connection, settings, Some(sync)).await
        }
    })
    .await?;
    let by_name: BTreeMap<String, Person> = people
        .into_iter()
        .map(|person| (person.username.to_lowercase(), person))
        .collect();
    Ok(by_name.into_values().collect())
}

/// Everybody who may sign in, or those of them whom a sync's search finds. An entry without a user name is nobody.
async fn people(
    connection: &mut Connection,
    settings: &Settings,
    sync: Option<&MemberSync>,
) -> Result<Vec<Person>, LdapError> {
    let all = settings.filter_for_all();
    let (base, scope, filter) = match sync {
        None => (settings.base_dn.as_str(), settings.scope.into(), all),
        Some(sync) => {
            let base = match sync.search_base_dn.as_str() {
                "" => settings.base_dn.as_str(),
                base => base,
            };
            let scope = if sync.search_scope_subtree {
                Scope::Subtree
            } else {
                Scope::OneLevel
            };
            (base, scope, format!("(&{all}{})", sync.search_filter))
        }
    };
    let attributes = Person::attributes(settings);
    let (entries, more) = connection
        .pages(base, scope, &filter, attributes, MAX_ENTRIES)
        .await?;
    if more {
        return Err(LdapError::TooMany);
    }
    let read = |entry| Person::read(settings, entry).ok();
    Ok(entries.iter().filter_map(read).collect())
}

/// The people whom a group's values name, by their entry or by their user name.
fn select(everybody: Vec<Person>, values: &[String]) -> Vec<Person> {
    let entries: HashSet<Dn> = values.iter().filter_map(|value| Dn::parse(value)).collect();
    let names: HashSet<String> = values.iter().map(|value| value.to_lowercase()).collect();
    everybody
        .into_iter()
        .filter(|person| {
            names.contains(&person.username.to_lowercase())
                || Dn::parse(&person.dn).is_some_and(|dn| entries.contains(&dn))
        })
        .collect()
}

/// The values of a group's member attribute. Active Directory gives the first 1,500 as `member;range=0-1499`, and the others
/// when it is asked for `member;range=1500-*` ([MS-ADTS] section 3.1.1.3.1.3.3, "Range Retrieval of Attribute Values").
async fn group_values(
    connection: &mut Connection,
    sync: &MemberSync,
) -> Result<Vec<String>, LdapError> {
    let attribute = &sync.group_member_attr;
    let mut asked = attribute.clone();
    let mut values = Vec::new();
    loop {
        let entries = connection
            .search(
                &sync.group_dn,
                Scope::Base,
                "(objectClass=*)",
                vec![asked.clone()],
                1,
            )
            .await?;
        let Some(group) = entries.first() else {
            return Err(LdapError::Search("there is no such group".to_owned()));
        };
        let range = group
            .names()
            .find_map(|name| Some((name, range(name, attribute)?)));
        let name = range.map_or(attribute.as_str(), |(name, _)| name);
        let before = values.len();
        values.extend(texts(group, name));
        if values.len() > MAX_ENTRIES {
            return Err(LdapError::TooMany);
        }
        match range {
            Some((_, Next::From(next))) if values.len() > before => {
                asked = format!("{attribute};range={next}-*");
            }
            _ => return Ok(values),
        }
    }
}

fn texts(entry: &Entry, name: &str) -> Vec<String> {
    entry
        .values(name)
        .filter_map(|value| String::from_utf8(value.to_vec()).ok())
        .collect()
}

/// What follows one range of values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Next {
    /// Another range, from here on.
    From(u32),
    /// Nothing.
    End,
}

/// What follows, if `name` is a range of `attribute`.
fn range(name: &str, attribute: &str) -> Option<Next> {
    let (found, option) = name.split_once(';')?;
    let (_, last) = option
        .to_ascii_lowercase()
        .strip_prefix("range=")?
        .split_once('-')
        .map(|(first, last)| (first.to_owned(), last.to_owned()))?;
    if !found.eq_ignore_ascii_case(attribute) {
        return None;
    }
    match last.as_str() {
        "*" => Some(Next::End),
        last => Some(Next::From(last.parse::<u32>().ok()?.checked_add(1)?)),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn person(username: &str, dn: &str) -> Person {
        Person {
            dn: dn.to_owned(),
            id: None,
            username: username.to_owned(),
            full_name: None,
            email: None,
        }
    }

    #[test]
    fn has_the_shape_of_the_accounts_api() {
        let sync = MemberSync {
            enable_sync: true,
            select_group_members: true,
            group_dn: "cn=team,dc=example".to_owned(),
            group_member_attr: "member".to_owned(),
            ..MemberSync::default()
        };
        let json = json!({
            "enableSync": true, "selectGroupMembers": true, "groupDN": "cn=team,dc=example",
            "groupMemberAttr": "member", "searchBaseDN": "", "searchScopeSubtree": false,
            "searchFilter": "",
        });
        assert_eq!(serde_json::to_value(&sync).expect("json"), json);
        assert_eq!(
            serde_json::from_value::<MemberSync>(json).expect("sync"),
            sync
        );
        assert!(serde_json::from_value::<MemberSync>(json!({"groupDn": ""})).is_err());
    }

    #[test]
    fn is_checked_where_it_is_in_use() {
        let check = |value| {
            serde_json::from_value::<MemberSync>(value)
                .expect("sync")
                .check()
        };
        assert_eq!(check(json!({})), Ok(()));
        let group = |dn, attr| {
            check(
                json!({"enableSync": true, "selectGroupMembers": true, "groupDN": dn,
                "groupMemberAttr": attr}),
            )
        };
        assert_eq!(group("cn=team,dc=example", "member"), Ok(()));
        assert_eq!(group("", "member"), Err(MemberSyncError::Group));
        assert_eq!(group("cn=a", "member)("), Err(MemberSyncError::Attribute));
        let search = |base, filter| {
            check(json!({"enableSync": true, "searchBaseDN": base, "searchFilter": filter}))
        };
        assert_eq!(search("", "(ou=a)"), Ok(()));
        assert_eq!(search("nowhere", "(ou=a)"), Err(MemberSyncError::Base));
        for filter in ["", "ou=a", "(ou=a", "(ou=a)(ou=b)", "(ou=a))(|(ou=b)"] {
            assert_eq!(search("", filter), Err(MemberSyncError::Filter), "{filter}");
        }
    }

    #[test]
    fn selects_by_entry_or_by_name() {
        let everybody = || {
            vec![
                person("ada", "uid=ada,ou=People,dc=example"),
                person("bob", "uid=bob,ou=People,dc=example"),
                person("eve", "uid=eve,ou=People,dc=example"),
            ]
        };
        let names = |values: &[&str]| {
            let values: Vec<String> = values.iter().map(|&value| value.to_owned()).collect();
            let selected = select(everybody(), &values).into_iter();
            selected.map(|person| person.username).collect::<Vec<_>>()
        };
        let dns = ["UID=Ada, OU=people, DC=example", "cn=group,dc=example"];
        assert_eq!(names(&dns), ["ada"]);
        assert_eq!(names(&["bob", "Eve", "nobody"]), ["bob", "eve"]);
        assert!(names(&[]).is_empty());
    }

    #[test]
    fn follows_ranges() {
        let cases = [
            ("member;range=0-1499", Some(Next::From(1500))),
            ("Member;Range=1500-2999", Some(Next::From(3000))),
            ("member;range=3000-*", Some(Next::End)),
            ("member", None),
            ("memberOf;range=0-1499", None),
            ("member;binary", None),
            ("member;range=0-", None),
            ("member;range=0-4294967295", None),
        ];
        for (name, expected) in cases {
            assert_eq!(range(name, "member"), expected, "{name}");
        }
    }
}
