//! The images of what a cluster is to run: of pods, and of what makes pods.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::review::Request;

/// Images of one object; more are refused.
const MOST: usize = 100;
/// Bytes of an image's name; a reference has fewer (OCI Distribution Specification 1.1, "Pulling manifests").
const LONGEST: usize = 1024;

/// Each image, and where it is named in the object (JSON pointers).
pub(super) type Images = BTreeMap<String, Vec<String>>;

/// The images that are to be run and were not before; or why that cannot be said. What runs may run on when somebody changes something
/// else of it, as its labels: where it is started anew, that is asked for.
pub(super) fn of(request: &Request) -> Result<Images, String> {
    let path = pod_of(request)?;
    let mut images = BTreeMap::new();
    collect(&request.object, path, &mut images)?;
    if request.operation == "UPDATE" {
        let mut before = BTreeMap::new();
        collect(&request.old_object, path, &mut before)?;
        let before: BTreeSet<&String> = before.keys().collect();
        images.retain(|image, _| !before.contains(image));
    }
    if images.len() > MOST {
        return Err(format!(
            "it has {} images, and {MOST} at most are judged at once",
            images.len()
        ));
    }
    Ok(images)
}

/// Where the specification of pods is.
fn pod_of(request: &Request) -> Result<&'static str, String> {
    let kind = &request.kind;
    match (kind.group.as_str(), kind.kind.as_str()) {
        ("", "Pod") => Ok("/spec"),
        ("", "ReplicationController")
        | ("apps", "Deployment" | "ReplicaSet" | "StatefulSet" | "DaemonSet")
        | ("batch", "Job") => Ok("/spec/template/spec"),
        ("", "PodTemplate") => Ok("/template/spec"),
        ("batch", "CronJob") => Ok("/spec/jobTemplate/spec/template/spec"),
        (group, kind) => Err(format!(
            "it is a {kind} of the group \"{group}\", whose images this registry does not know: leave it out of the webhook's rules"
        )),
    }
}

fn collect(object: &Value, path: &str, images: &mut Images) -> Result<(), String> {
    let pod = object
        .pointer(path)
        .filter(|pod| pod.is_object())
        .ok_or_else(|| format!("it has no pod at {path}"))?;
    for list in ["initContainers", "containers", "ephemeralContainers"] {
        add(pod, path, list, "/image", images)?;
    }
    add(pod, path, "volumes", "/image/reference", images)
}

/// Adds what is named in a list. What names no image runs none by this; the cluster itself asks a pod's containers for one.
fn add(
    pod: &Value,
    path: &str,
    list: &str,
    within: &str,
    images: &mut Images,
) -> Result<(), String> {
    let Some(all) = pod.get(list).filter(|all| !all.is_null()) else {
        return Ok(());
    };
    let all = all
        .as_array()
        .ok_or_else(|| format!("{path}/{list} is no list"))?;
    for (at, one) in all.iter().enumerate() {
        let place = format!("{path}/{list}/{at}{within}");
        match one.pointer(within) {
            None | Some(Value::Null) => {}
            Some(Value::String(image)) if image.is_empty() => {}
            Some(Value::String(image)) if may_name(image) => {
                images.entry(image.clone()).or_default().push(place);
            }
            Some(_) => return Err(format!("{place} is no name of an image")),
        }
    }
    Ok(())
}

fn may_name(image: &str) -> bool {
    image.len() <= LONGEST && image.bytes().all(|byte| byte.is_ascii_graphic())
}
