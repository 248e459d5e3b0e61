//! For whom and for what a cluster asked whether an image may run. Any account that may pull it may ask as a cluster does, and name what
//! it likes: so the account is always said, and names are said only where a cluster could give them.

use api::event::Event;

/// Things to be run that are told of one account; of more only how many.
const MOST: usize = 3;
/// The longest name of an object (RFC 1123, "subdomain", as Kubernetes has it).
const LONGEST: usize = 253;

/// `, as cluster-prod asked for Pod shop/web`: of admissions of one account, the newest first. Empty where that is not told.
pub(super) fn asked(events: &[&Event]) -> String {
    let mut things: Vec<String> = Vec::new();
    for event in events {
        let thing = thing(event);
        if !things.contains(&thing) {
            things.push(thing);
        }
    }
    let more = match things.len().saturating_sub(MOST) {
        0 => String::new(),
        1 => " and one more".to_owned(),
        more => format!(" and {more} more"),
    };
    things.truncate(MOST);
    let of = things.join(", ");
    match events.first().map(|event| event.actor.as_str()) {
        None | Some("") => String::new(),
        Some(actor) => format!(", as {actor} asked for {of}{more}"),
    }
}

/// Kind, namespace and name of what was to run; a pod whose name the cluster makes up has none when it is asked for.
fn thing(event: &Event) -> String {
    let said = |name: &str| {
        let detail = event.detail.as_ref();
        detail.and_then(|detail| detail.get(name)?.as_str())
    };
    let kind = said("kind").filter(|kind| kind.bytes().all(|byte| byte.is_ascii_alphabetic()));
    let kind = kind.unwrap_or("something");
    let (namespace, name) = (
        said("namespace").unwrap_or_default(),
        said("name").unwrap_or_default(),
    );
    if !is_name(namespace) || !is_name(name) {
        return format!("{kind} of a name that no cluster gives");
    }
    match (namespace, name) {
        ("", "") => format!("{kind} without a name"),
        ("", name) => format!("{kind} {name}"),
        (namespace, "") => format!("{kind} in {namespace}"),
        (namespace, name) => format!("{kind} {namespace}/{name}"),
    }
}

fn is_name(name: &str) -> bool {
    let may_be =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-.".contains(&byte);
    name.len() <= LONGEST && name.bytes().all(may_be)
}
