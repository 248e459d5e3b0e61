//! Signatures: whether there are any, and whose they are.

use super::{
    Answer, counted,
    search::{Search, Shown},
};
use crate::{Facts, facts::Signature, text::plain, verdict::Found};

const UNKNOWN: &str = "the signatures are not known";

pub(super) fn signed(wanted: bool, facts: &Facts<'_>) -> Answer {
    let Some(signatures) = facts.signatures else {
        return Answer::unknown(UNKNOWN);
    };
    let mut shown = Shown::default();
    for signature in signatures {
        shown.add(|| found(signature, signature.signer));
    }
    let is_signed = !signatures.is_empty();
    let reason = if is_signed {
        let count = counted(signatures.len(), "signature", "signatures");
        format!("{count}: {}", shown.listed())
    } else {
        "there is no valid signature".to_owned()
    };
    Answer {
        found: shown.into_found(),
        ..Answer::new(is_signed == wanted, reason)
    }
}

pub(super) fn signers(mut search: Search<'_>, facts: &Facts<'_>) -> Answer {
    let Some(signatures) = facts.signatures else {
        return Answer::unknown(UNKNOWN);
    };
    for signature in signatures {
        search.see([signature.signer], || found(signature, signature.signer));
    }
    search.about(
        "valid signature",
        "valid signatures",
        "the signer's name is too long",
    )
}

pub(super) fn teams(mut search: Search<'_>, facts: &Facts<'_>) -> Answer {
    let Some(signatures) = facts.signatures else {
        return Answer::unknown(UNKNOWN);
    };
    for signature in signatures {
        // Not in which teams: who reads the reason need not know of the others.
        search.see(signature.teams.iter().copied(), || {
            found(signature, signature.signer)
        });
    }
    search.about(
        "valid signature",
        "valid signatures",
        "a team's name is too long",
    )
}

fn found(signature: &Signature<'_>, what: &str) -> Found {
    Found {
        what: plain(what),
        place: Some(plain(signature.format)),
    }
}
