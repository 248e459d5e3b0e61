//! Sign-in by an OIDC (`OpenID` Connect) provider: the authorization code flow (OIDC Core 1.0, section 3.1) with PKCE
//! (RFC 7636, `S256`), state and nonce, by way of the crate `openidconnect`.
//!
//! [`Discovery::fetch`] asks the provider where its endpoints and keys are; [`begin`] answers the address to send the browser
//! to, and the [`Pending`] to keep in the session; [`finish`] takes the answer that the browser brings back and says who
//! signed in. An [`Identity`] is known by its issuer and subject together; names and e-mail addresses are the provider's word,
//! can change, and link to no account by themselves.

mod error;
mod flow;
mod identity;
mod provider;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod token_tests;

pub use error::{Blame, OidcError};
pub use flow::{Callback, PENDING_FOR, Pending, begin, finish};
pub use identity::{Identity, MAX_GROUPS};
pub use provider::{Discovery, Provider, ProviderError};
