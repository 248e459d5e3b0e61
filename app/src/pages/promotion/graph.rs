//! The picture of where images go from a repository by promotion, and where they come from: repositories in columns, one for each
//! promotion, and an arrow for the policies between two of them.

use std::collections::BTreeMap;

use api::promotion::{GraphPolicy, PromotionGraph};
use leptos::prelude::*;

use crate::{
    components::load::{load, shown_or_notice},
    pages::repository::Context,
    paths,
};

/// Where something is, from the left and from above.
type Point = (usize, usize);

/// Units of a box, and from one to the next.
const BOX: Point = (196, 40);
const STEP: Point = (330, 58);
/// Room around all of it.
const EDGE: usize = 8;
/// Room for what goes round.
const ROUND: usize = 32;
/// Letters for which there is room in a box, and over an arrow.
const NAME: usize = 25;
const LABEL: usize = 17;

/// The card; nothing where no policy leads from or to the repository.
pub(super) fn draw(context: Context) -> AnyView {
    let (namespace, name) = context.names();
    let loaded = load(move || paths::api::promotion_graph(&namespace, &name));
    shown_or_notice(loaded, move |graph: PromotionGraph| {
        let here = context.full_name();
        (!graph.policies.is_empty())
            .then(|| card(&graph, &here))
            .into_any()
    })
}

fn card(graph: &PromotionGraph, here: &str) -> AnyView {
    let picture = Picture::of(graph);
    let (width, height) = picture.size();
    let round = picture.round();
    let (whole, high) = (width + 2 * round, height + round);
    let boxes: Vec<AnyView> = picture.boxes.iter().map(|one| one.draw(here)).collect();
    let arrows: Vec<AnyView> = picture.arrows.iter().map(Arrow::draw).collect();
    view! {
        <section class="card" aria-labelledby="graph">
            <header>
                <h2 id="graph">"Where images go"</h2>
            </header>
            <div class="scroll" tabindex="0" role="group" aria-labelledby="graph">
                <svg class="graph" width=whole height=high viewBox=format!("-{round} 0 {whole} {high}")>
                    {arrows}
                    {boxes}
                </svg>
            </div>
            {(!graph.is_whole)
                .then(|| view! { <p class="body muted small">"There is more than is shown here."</p> })}
        </section>
    }
    .into_any()
}

/// Where everything is.
struct Picture {
    boxes: Vec<Node>,
    arrows: Vec<Arrow>,
}

/// A repository; without a name one that the reader may not see.
struct Node {
    name: String,
    at: Point,
}

/// The policies from one repository to another.
struct Arrow {
    from: Point,
    to: Point,
    class: &'static str,
    label: String,
    words: String,
}

impl Picture {
    fn of(graph: &PromotionGraph) -> Self {
        let first = graph
            .repositories
            .iter()
            .map(|one| one.step)
            .min()
            .unwrap_or_default();
        // policies whose other end is not seen have a box of their own, one column off
        let hidden_first = graph
            .policies
            .iter()
            .any(|policy| policy.source_repository.is_empty());
        let first = first - i32::from(hidden_first);
        let column = |step: i32| usize::try_from(step - first).unwrap_or_default();
        let mut filled: BTreeMap<usize, usize> = BTreeMap::new();
        let mut place = |column: usize| {
            let row = filled.entry(column).or_default();
            *row += 1;
            (EDGE + column * STEP.0, EDGE + (*row - 1) * STEP.1)
        };
        let mut boxes = Vec::new();
        let mut found: BTreeMap<&str, (usize, Point)> = BTreeMap::new();
        for one in &graph.repositories {
            let column = column(one.step);
            let at = place(column);
            found.insert(&one.name, (column, at));
            boxes.push(Node {
                name: one.name.clone(),
                at,
            });
        }
        let mut between: BTreeMap<(Point, Point), Vec<&GraphPolicy>> = BTreeMap::new();
        for policy in &graph.policies {
            let source = found.get(policy.source_repository.as_str()).copied();
            let target = found.get(policy.target_repository.as_str()).copied();
            let mut nameless = |column: usize| {
                let at = place(column);
                let name = String::new();
                boxes.push(Node { name, at });
                at
            };
            let ends = match (source, target) {
                (Some((_, from)), Some((_, to))) => (from, to),
                (Some((column, from)), None) => (from, nameless(column + 1)),
                (None, Some((column, to))) => (nameless(column.saturating_sub(1)), to),
                (None, None) => continue,
            };
            between.entry(ends).or_default().push(policy);
        }
        let arrows = between
            .into_iter()
            .map(|(ends, policies)| Arrow::of(ends, &policies));
        let arrows = arrows.collect();
        Self { boxes, arrows }
    }

    /// Room for arrows that go back, at both sides and below.
    fn round(&self) -> usize {
        let goes_back = self.arrows.iter().any(Arrow::goes_back);
        if goes_back { ROUND } else { 0 }
    }

    fn size(&self) -> (usize, usize) {
        let most = |side: fn(&Node) -> usize| self.boxes.iter().map(side).max().unwrap_or_default();
        (
            most(|one| one.at.0) + BOX.0 + EDGE,
            most(|one| one.at.1) + BOX.1 + EDGE,
        )
    }
}

impl Node {
    fn draw(&self, here: &str) -> AnyView {
        let (x, y) = self.at;
        let text = |text: String| {
            view! {
                <text x=x + 10 y=y + 25>
                    {text}
                </text>
            }
        };
        let frame = |class: &'static str| {
            view! { <rect class=class x=x y=y width=BOX.0 height=BOX.1 rx="6"></rect> }
        };
        let Some((namespace, name)) = self.name.split_once('/') else {
            return view! {
                <g class="unseen">{frame("node")} {text("not visible to you".to_owned())}</g>
            }
            .into_any();
        };
        let class = if self.name == here {
            "node here"
        } else {
            "node"
        };
        let href = paths::repository(namespace, name, "promotions");
        view! {
            <g>
                <a href=href aria-current=(self.name == here).then_some("true")>
                    <title>{self.name.clone()}</title>
                    {frame(class)}
                    {text(cut(&self.name, NAME))}
                </a>
            </g>
        }
        .into_any()
    }
}

/// Whether a policy works.
fn state(policy: &GraphPolicy) -> &'static str {
    match (policy.enabled, policy.is_stopped) {
        (false, _) => "off",
        (true, true) => "stopped",
        (true, false) => "on",
    }
}

/// A repository in words.
fn end(name: &str) -> &str {
    if name.is_empty() {
        "a repository that you may not see"
    } else {
        name
    }
}

impl Arrow {
    fn of((from, to): (Point, Point), policies: &[&GraphPolicy]) -> Self {
        let class = match policies {
            all if all.iter().any(|policy| state(policy) == "on") => "on",
            [first, ..] => state(first),
            [] => "off",
        };
        let named = match policies {
            [one] => one.tag_template.clone(),
            several => format!("{} policies", several.len()),
        };
        let label = match class {
            "on" => named,
            not => format!("{not}: {named}"),
        };
        let words = policies.iter().map(|policy| {
            format!(
                "{} to {} as {} ({})",
                end(&policy.source_repository),
                end(&policy.target_repository),
                policy.tag_template,
                state(policy)
            )
        });
        let words: Vec<String> = words.collect();
        Self {
            from: (from.0 + BOX.0, from.1 + BOX.1 / 2),
            to: (to.0, to.1 + BOX.1 / 2),
            class,
            label,
            words: words.join("; "),
        }
    }

    /// Whether it goes back, or stays in a column: then it goes round below the boxes.
    fn goes_back(&self) -> bool {
        self.to.0 <= self.from.0
    }

    fn draw(&self) -> AnyView {
        let ((x, y), (to, end)) = (self.from, self.to);
        let below = if self.goes_back() { STEP.1 } else { 0 };
        let bend = 60;
        let path = format!(
            "M{x} {y}C{} {} {} {} {} {end}",
            x + bend,
            y + below,
            to.saturating_sub(bend),
            end + below,
            to.saturating_sub(6)
        );
        let head = format!(
            "M{to} {end}L{} {}L{} {}Z",
            to.saturating_sub(8),
            end.saturating_sub(4),
            to.saturating_sub(8),
            end + 4
        );
        let middle = (
            usize::midpoint(x, to),
            (usize::midpoint(y, end) + below * 3 / 4).saturating_sub(6),
        );
        view! {
            <g class=format!("arrow {}", self.class) role="img" aria-label=self.words.clone()>
                <title>{self.words.clone()}</title>
                <path class="line" d=path></path>
                <path class="head" d=head></path>
                <text x=middle.0 y=middle.1 text-anchor="middle">
                    {cut(&self.label, LABEL)}
                </text>
            </g>
        }
        .into_any()
    }
}

/// What there is room for, with a sign that there was more.
fn cut(text: &str, room: usize) -> String {
    if text.chars().count() <= room {
        return text.to_owned();
    }
    text.chars()
        .take(room.saturating_sub(1))
        .chain(['…'])
        .collect()
}

#[cfg(test)]
mod tests {
    use api::promotion::GraphRepository;

    use super::*;

    fn graph(repositories: &[(&str, i32)], policies: &[(&str, &str)]) -> PromotionGraph {
        let repositories = repositories.iter().map(|(name, step)| GraphRepository {
            name: (*name).to_owned(),
            step: *step,
        });
        let policies = policies.iter().map(|(source, target)| GraphPolicy {
            source_repository: (*source).to_owned(),
            target_repository: (*target).to_owned(),
            tag_template: "%n".to_owned(),
            enabled: true,
            ..GraphPolicy::default()
        });
        PromotionGraph {
            repositories: repositories.collect(),
            policies: policies.collect(),
            is_whole: true,
        }
    }

    #[test]
    fn nothing_lies_on_something_else() {
        let circle = graph(
            &[("a/from", -1), ("a/here", 0), ("a/one", 1), ("a/two", 1)],
            &[
                ("a/from", "a/here"),
                ("a/here", "a/one"),
                ("a/here", "a/two"),
                ("a/two", "a/from"),
                ("a/here", ""),
                ("", "a/from"),
                ("a/here", "a/one"),
            ],
        );
        let picture = Picture::of(&circle);
        assert_eq!(
            picture.boxes.len(),
            6,
            "four that are seen, and two that are not"
        );
        let mut places: Vec<Point> = picture.boxes.iter().map(|one| one.at).collect();
        places.sort_unstable();
        places.dedup();
        assert_eq!(places.len(), 6, "{places:?}");
        assert_eq!(picture.arrows.len(), 6, "two policies are one arrow");
        let of_two = picture
            .arrows
            .iter()
            .filter(|arrow| arrow.label == "2 policies");
        assert_eq!(of_two.count(), 1);
    }
}
