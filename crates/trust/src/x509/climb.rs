//! From a certificate up to one that is trusted, with those that a signature brings and those that are registered.

use std::ops::ControlFlow;

use super::{
    Certificate, MAX_CERTIFICATES,
    chain::{is_issued, parse},
};
use crate::attached::VerifyingKey;

/// So many signatures of certificates are verified for one of an image: many certificates may have one name.
const MAX_TRIED: usize = 100;

/// Where to go from a chain.
pub(crate) enum Step<T> {
    /// It is what was looked for.
    Found(T),
    /// To those that issued its last certificate.
    Up,
    /// Nothing above it can be good.
    Down,
}

/// Goes up from `leaf` by all ways there are in `known`, of which none is trusted for being there, until `at` has found something. `at` is
/// asked of each chain, from the leaf alone on; each of its certificates is issued by the next one.
pub(crate) fn climb<'c, T>(
    leaf: &'c Certificate,
    known: &[&'c Certificate],
    at: &mut dyn FnMut(&[&'c Certificate]) -> Step<T>,
) -> Option<T> {
    let mut left = MAX_TRIED;
    go_on(&mut vec![leaf], known, &mut left, at).break_value()
}

fn go_on<'c, T>(
    path: &mut Vec<&'c Certificate>,
    known: &[&'c Certificate],
    left: &mut usize,
    at: &mut dyn FnMut(&[&'c Certificate]) -> Step<T>,
) -> ControlFlow<T> {
    match at(path) {
        Step::Found(found) => return ControlFlow::Break(found),
        Step::Down => return ControlFlow::Continue(()),
        Step::Up => {}
    }
    let Some(last) = path
        .last()
        .copied()
        .filter(|_| path.len() < MAX_CERTIFICATES)
    else {
        return ControlFlow::Continue(());
    };
    let mut seen: Vec<&Certificate> = path.clone();
    for issuer in known {
        if issuer.name != last.issuer || seen.contains(issuer) {
            continue;
        }
        seen.push(issuer);
        let Some(fewer) = left.checked_sub(1) else {
            return ControlFlow::Continue(());
        };
        *left = fewer;
        if issued(last, issuer) {
            path.push(issuer);
            go_on(path, known, left, at)?;
            path.pop();
        }
    }
    ControlFlow::Continue(())
}

fn issued(certificate: &Certificate, issuer: &Certificate) -> bool {
    let (Ok(certificate), Ok(issuer)) = (parse(certificate.der()), parse(issuer.der())) else {
        return false;
    };
    VerifyingKey::of(issuer.public_key()).is_ok_and(|key| is_issued(&certificate, &issuer, &key))
}
