//! Licences as they are compared: an expression, and each name in it.

/// The expression itself and, if it joins several, each licence and exception in it: SPDX, annex D. Whoever forbids a licence
/// means a component that can be had under it or another as well.
pub(super) fn names(expression: &str) -> impl Iterator<Item = &str> {
    let is_joined = words(expression).any(is_operator);
    let parts = words(expression).filter(move |word| is_joined && !is_operator(word));
    std::iter::once(expression).chain(parts)
}

fn words(expression: &str) -> impl Iterator<Item = &str> {
    expression
        .split(|c: char| c.is_ascii_whitespace() || matches!(c, '(' | ')'))
        .filter(|word| !word.is_empty())
}

fn is_operator(word: &str) -> bool {
    ["AND", "OR", "WITH"]
        .iter()
        .any(|operator| word.eq_ignore_ascii_case(operator))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn joined_licences_are_taken_apart() {
        let cases: [(&str, &[&str]); 5] = [
            ("MIT", &[]),
            ("GPL-2.0-only OR MIT", &["GPL-2.0-only", "MIT"]),
            (
                "(MIT and (Apache-2.0 WITH LLVM-exception))",
                &["MIT", "Apache-2.0", "LLVM-exception"],
            ),
            ("Apache License, Version 2.0", &[]),
            ("", &[]),
        ];
        for (expression, parts) in cases {
            let mut names = names(expression);
            assert_eq!(names.next(), Some(expression));
            assert_eq!(names.collect::<Vec<_>>(), parts, "{expression}");
        }
    }
}
