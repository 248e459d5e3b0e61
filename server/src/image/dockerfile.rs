//! Says which Dockerfile line made which layer.
//!
//! The configuration's `history` has one entry per step; the steps that are not `empty_layer` made the manifest's layers, in
//! the same order (OCI image specification, `config.md`). Each builder writes the step in its own way; [`line`] turns it back
//! into what stood in the Dockerfile.

use api::manifest::DockerfileLine;

use oci::Descriptor;

use super::config::Step;

/// More steps than this are not believed; the layers are then shown without lines.
const MAX_STEPS: usize = 1000;

/// Steps and layers, first step first. Where the history is missing, or speaks of another number of layers than there are, each
/// layer stands alone, with an empty line.
pub(crate) fn lines(history: &[Step], layers: &[Descriptor]) -> Vec<DockerfileLine> {
    let made = history.iter().filter(|step| !step.empty_layer).count();
    if history.len() > MAX_STEPS || made != layers.len() {
        return layers
            .iter()
            .map(|layer| with_layer(String::new(), layer))
            .collect();
    }
    let mut layers = layers.iter();
    history
        .iter()
        .map(|step| {
            let layer = if step.empty_layer {
                None
            } else {
                layers.next()
            };
            let line = line(step);
            match layer {
                Some(layer) => with_layer(line, layer),
                None => without_layer(line),
            }
        })
        .collect()
}

fn with_layer(line: String, layer: &Descriptor) -> DockerfileLine {
    DockerfileLine {
        is_empty: false,
        layer_digest: layer.digest.to_string(),
        line,
        media_type: Some(layer.media_type.clone()),
        size: layer.size,
        urls: layer.urls.clone(),
        annotations: layer.annotations.clone(),
    }
}

fn without_layer(line: String) -> DockerfileLine {
    DockerfileLine {
        is_empty: true,
        layer_digest: String::new(),
        line,
        media_type: None,
        size: 0,
        urls: Vec::new(),
        annotations: std::collections::BTreeMap::new(),
    }
}

/// Shells as builders write them before the command.
const SHELLS: [&str; 3] = ["/bin/sh -c ", "cmd /S /C ", "cmd /s /c "];

/// The Dockerfile's line of a step: the shell that the builder put around it is taken off again.
///
/// The classic builder writes `/bin/sh -c #(nop)  CMD ["x"]` and `/bin/sh -c make`, `BuildKit` writes `CMD ["x"]` and
/// `RUN /bin/sh -c make # buildkit`; with build arguments either puts `|2 A=1 B=2` before the shell.
pub(crate) fn line(step: &Step) -> String {
    let text = step.created_by.trim();
    let text = text.strip_suffix("# buildkit").map_or(text, str::trim_end);
    if text.is_empty() {
        return step.comment.trim().to_owned();
    }
    let (command, is_run) = match text.strip_prefix("RUN ") {
        Some(command) => (command.trim_start(), true),
        None => (text, text.starts_with('|')),
    };
    let Some(command) = without_shell(without_arguments(command)) else {
        return text.to_owned();
    };
    match command.strip_prefix("#(nop)") {
        Some(instruction) if !is_run => instruction.trim().to_owned(),
        _ => format!("RUN {command}"),
    }
}

/// Takes off `|N name=value …`. Values may hold blanks, so the end is where a known shell begins.
fn without_arguments(command: &str) -> &str {
    if !command.starts_with('|') {
        return command;
    }
    SHELLS
        .iter()
        .filter_map(|shell| command.find(shell))
        .min()
        .and_then(|at| command.get(at..))
        .unwrap_or(command)
}

fn without_shell(command: &str) -> Option<&str> {
    SHELLS
        .iter()
        .find_map(|shell| command.strip_prefix(shell))
        .map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(created_by: &str, empty_layer: bool) -> Step {
        Step {
            created_by: created_by.to_owned(),
            comment: String::new(),
            empty_layer,
        }
    }

    fn layer(content: &str, size: u64) -> Descriptor {
        Descriptor {
            media_type: "application/vnd.oci.image.layer.v1.tar+gzip".to_owned(),
            digest: digest(content),
            size,
            urls: Vec::new(),
            annotations: std::collections::BTreeMap::new(),
            platform: None,
            artifact_type: None,
            data: None,
        }
    }

    fn digest(content: &str) -> oci::Digest {
        oci::Digest::of(oci::Algorithm::Sha256, content.as_bytes())
    }

    #[test]
    fn the_line_is_what_stood_in_the_dockerfile() {
        for (written, meant) in [
            (
                r#"/bin/sh -c #(nop)  CMD ["nginx" "-g"]"#,
                r#"CMD ["nginx" "-g"]"#,
            ),
            (
                "/bin/sh -c #(nop) ADD file:1a2b in / ",
                "ADD file:1a2b in /",
            ),
            ("/bin/sh -c apt-get update", "RUN apt-get update"),
            ("RUN /bin/sh -c make install # buildkit", "RUN make install"),
            ("COPY a b # buildkit", "COPY a b"),
            ("ENV A=1", "ENV A=1"),
            (
                "RUN |2 A=1 B=two words /bin/sh -c echo $A # buildkit",
                "RUN echo $A",
            ),
            ("|1 A=1 /bin/sh -c echo", "RUN echo"),
            ("|1 A=1 /bin/zsh -c echo", "|1 A=1 /bin/zsh -c echo"),
            ("cmd /S /C #(nop)  ENV A=1", "ENV A=1"),
            ("RUN cmd /S /C dir # buildkit", "RUN dir"),
            (
                "RUN /bin/bash -o pipefail -c x # buildkit",
                "RUN /bin/bash -o pipefail -c x",
            ),
            (
                "# debian.sh --arch 'amd64' out/ 'bookworm'",
                "# debian.sh --arch 'amd64' out/ 'bookworm'",
            ),
            ("RUN /bin/sh -c #(nop) x", "RUN #(nop) x"),
            ("bazel build ...", "bazel build ..."),
            ("RUN ", "RUN"),
            ("", ""),
        ] {
            assert_eq!(line(&step(written, false)), meant, "{written}");
        }
        let jib = Step {
            comment: "classes ".to_owned(),
            ..Step::default()
        };
        assert_eq!(line(&jib), "classes");
    }

    #[test]
    fn each_layer_stands_beside_the_step_that_made_it() {
        let history = [
            step("ADD x /", false),
            step("ENV A=1", true),
            step("COPY y /", false),
        ];
        let lines = lines(&history, &[layer("x", 10), layer("y", 20)]);
        let seen: Vec<_> = lines
            .iter()
            .map(|line| {
                (
                    line.line.as_str(),
                    line.is_empty,
                    line.layer_digest.clone(),
                    line.size,
                )
            })
            .collect();
        assert_eq!(
            seen,
            [
                ("ADD x /", false, digest("x").to_string(), 10),
                ("ENV A=1", true, String::new(), 0),
                ("COPY y /", false, digest("y").to_string(), 20)
            ]
        );
    }

    #[test]
    fn a_history_that_does_not_fit_is_left_out() {
        let layers = [layer("x", 10), layer("y", 20)];
        let endless = vec![step("ENV", true); MAX_STEPS + 1];
        for history in [&[][..], &[step("ADD", false)], &[step("A", true)], &endless] {
            let lines = lines(history, &layers);
            assert_eq!(lines.len(), 2);
            assert!(
                lines
                    .iter()
                    .all(|line| line.line.is_empty() && !line.is_empty)
            );
        }
        assert!(lines(&endless, &[]).is_empty());
    }
}
