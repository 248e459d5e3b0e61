//! Findings by severity over time, as stacked bars, one for each day that was noted; the same numbers are there as a table.

use api::security::Day;
use leptos::prelude::*;

use super::numbers;

/// Units of the drawing, from its foot to its top.
const HEIGHT: u64 = 1000;
/// Units between two days, of which a bar leaves some free.
const STEP: u64 = 10;
const BAR: u64 = 8;
/// Days for which there is room: fewer do not make the bars wider.
const LEAST: usize = 30;

/// How many findings of a severity a day has.
type Count = fn(&Day) -> u64;

/// From the foot of a bar to its top, with the words.
const PARTS: [(&str, &str, Count); 4] = [
    ("critical", "Critical", |day| day.critical),
    ("major", "Major", |day| day.major),
    ("minor", "Minor", |day| day.minor),
    ("unspecified", "Unspecified", |day| day.unspecified),
];

pub(super) fn draw(days: &[Day]) -> AnyView {
    let most = days.iter().map(Day::findings).max().unwrap_or_default();
    let width = STEP * u64::try_from(days.len().max(LEAST)).unwrap_or_default();
    let words = summary(days, most);
    let ends = (days.first(), days.last());
    let first = ends.0.map(|day| day.day.clone());
    let last = ends.1.map(|day| day.day.clone()).filter(|_| days.len() > 1);
    view! {
        <figure class="trend stack tight">
            <div>
                <svg
                    viewBox=format!("0 0 {width} {HEIGHT}")
                    preserveAspectRatio="none"
                    role="img"
                    aria-label=words
                >
                    {bars(days, most)}
                </svg>
                <p class="ends">
                    <span>{first}</span>
                    <span>{last}</span>
                </p>
            </div>
            <ul class="legend">{PARTS.map(|(class, word, _)| legend(class, word)).into_iter().collect_view()}</ul>
            <details>
                <summary>"The same as a table"</summary>
                {numbers::table(days)}
            </details>
        </figure>
    }
    .into_any()
}

fn legend(class: &'static str, word: &'static str) -> AnyView {
    view! {
        <li>
            <svg viewBox="0 0 10 10" aria-hidden="true">
                <rect class=class width="10" height="10"></rect>
            </svg>
            {word}
        </li>
    }
    .into_any()
}

fn summary(days: &[Day], most: u64) -> String {
    match (days.first(), days.last()) {
        (Some(first), Some(last)) if days.len() > 1 => format!(
            "Findings by day, from {} on {} to {} on {}; at most {most}",
            first.findings(),
            first.day,
            last.findings(),
            last.day
        ),
        _ => format!("Findings today: {most}"),
    }
}

/// Room for fewer days is at the left, so that today is at the right.
fn bars(days: &[Day], most: u64) -> Vec<AnyView> {
    let free = u64::try_from(LEAST.saturating_sub(days.len())).unwrap_or_default();
    let mut rects = Vec::new();
    for (day, index) in days.iter().zip(free..) {
        let mut below = 0;
        for (class, _, count) in PARTS {
            let (foot, top) = (scaled(below, most), scaled(below + count(day), most));
            below += count(day);
            if top > foot {
                let rect = view! {
                    <rect class=class x=index * STEP y=HEIGHT - top width=BAR height=top - foot></rect>
                };
                rects.push(rect.into_any());
            }
        }
    }
    rects
}

/// How high a number of findings is drawn.
fn scaled(count: u64, most: u64) -> u64 {
    (count * HEIGHT).checked_div(most).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_scaled_to_the_highest_day() {
        assert_eq!(scaled(0, 0), 0);
        assert_eq!(scaled(50, 100), 500);
        assert_eq!(scaled(100, 100), HEIGHT);
    }

    #[test]
    fn a_day_is_as_high_as_its_parts() {
        let day = Day {
            critical: 1,
            major: 2,
            minor: 3,
            unspecified: 4,
            ..Day::default()
        };
        assert_eq!(day.findings(), 10);
        let all: u64 = PARTS.iter().map(|(_, _, count)| count(&day)).sum();
        assert_eq!(all, day.findings());
    }
}
