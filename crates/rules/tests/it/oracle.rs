//! The engine against a naive one, on random images and rules; and what has to be true of any image and any rule.

mod naive;
mod world;

use proptest::prelude::*;
use rules::{Criteria, Facts, Verdict, facts::Scan};

use crate::image::{not, tag};
use naive::expected;
use world::{rule, world};

fn as_verdict(known: Option<bool>) -> Verdict {
    known.map_or(Verdict::Unknown, Verdict::from)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn it_answers_as_a_naive_engine_does(world in world(), rules in prop::collection::vec(rule(), 0..4)) {
        let criteria = Criteria::new(rules.clone()).expect("rules");
        let evaluation = world.with_facts(|facts| criteria.evaluate(facts));
        let naive: Vec<_> = rules.iter().map(|rule| expected(rule, &world)).collect();
        for ((line, naive), rule) in evaluation.lines.iter().zip(&naive).zip(&rules) {
            prop_assert_eq!(line.verdict, as_verdict(*naive), "{:?}: {}", rule, line);
        }
        let all = if naive.contains(&Some(false)) {
            Some(false)
        } else if naive.contains(&None) {
            None
        } else {
            Some(true)
        };
        prop_assert_eq!(evaluation.verdict, as_verdict(all));
    }

    #[test]
    fn not_turns_round_what_is_known_and_nothing_else(world in world(), rule in rule()) {
        let verdict = |rule| world.with_facts(|facts| Criteria::new(vec![rule]).unwrap().evaluate(facts).verdict);
        let (plain, negated) = (verdict(rule.clone()), verdict(not(rule)));
        prop_assert_eq!(plain.negated_if(true), negated);
        prop_assert!(!(plain.holds() && negated.holds()));
    }

    /// Whoever knows less says the same or "unknown"; a gate never opens because something was lost.
    #[test]
    fn forgetting_never_decides(world in world(), rules in prop::collection::vec(rule(), 1..4), forget in 0..6_usize) {
        let criteria = Criteria::new(rules).expect("rules");
        let (before, after) = world.with_facts(|facts| {
            let less = forgotten(facts, forget);
            (criteria.evaluate(facts), criteria.evaluate(&less))
        });
        for (before, after) in before.lines.iter().zip(&after.lines) {
            // a scan's status is always known, and changes with it
            if before.rule.field != "scan_status" {
                prop_assert!(after.verdict == before.verdict || after.verdict == Verdict::Unknown, "{before}\n{after}");
            }
        }
    }

    #[test]
    fn what_the_tag_decides_no_image_changes(world in world(), rules in prop::collection::vec(rule(), 0..4)) {
        let criteria = Criteria::new(rules.clone()).expect("rules");
        let by_tag = criteria.decide_tag(tag(&world.tag));
        let by_all = world.with_facts(|facts| criteria.evaluate(facts)).verdict;
        prop_assert!(by_tag == Verdict::Unknown || by_tag == by_all);
        if rules.iter().all(|rule| rule.field == "tag") {
            prop_assert_eq!(by_tag, by_all);
        }
    }
}

fn forgotten<'a>(facts: &Facts<'a>, what: usize) -> Facts<'a> {
    match what {
        0 => Facts {
            labels: None,
            ..*facts
        },
        1 => Facts {
            author: None,
            ..*facts
        },
        2 => Facts {
            scan: Scan::Incomplete("a limit"),
            ..*facts
        },
        3 => Facts {
            signatures: None,
            ..*facts
        },
        4 => Facts {
            size: None,
            updated_at: None,
            ..*facts
        },
        _ => Facts {
            platforms: None,
            ..*facts
        },
    }
}
