//! What a client is told that has to prove who it is: where the tokens are, and what to ask for.

use std::fmt;

use crate::token;

/// `WWW-Authenticate: Bearer …` (RFC 6750, section 3).
#[derive(Debug)]
pub(crate) struct Challenge {
    pub(crate) base: String,
    pub(crate) scope: Option<String>,
    pub(crate) error: Option<&'static str>,
}

impl fmt::Display for Challenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Bearer realm=\"{}/auth/token\",service=\"{}\"",
            self.base,
            token::SERVICE
        )?;
        if let Some(scope) = &self.scope {
            write!(f, ",scope=\"{scope}\"")?;
        }
        if let Some(error) = self.error {
            write!(f, ",error=\"{error}\"")?;
        }
        Ok(())
    }
}
