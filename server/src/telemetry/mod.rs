//! What an operator sees of the running program: logs and metrics.
//!
//! Logs go to standard error, as text or as one JSON object a line. Every answer carries `x-request-id`; every line that
//! belongs to a request other than a pull carries it too. Never logged: headers, query strings, bodies, secrets.

mod endpoint;
mod meters;
mod request_id;
mod watch;

use std::io::IsTerminal as _;

use tracing_subscriber::{EnvFilter, fmt::format::FmtSpan, util::SubscriberInitExt as _};

use crate::config::{Log, LogFormat};

pub use endpoint::{open_router, router};
pub use meters::{Meters, Route};
pub use request_id::RequestId;
pub(crate) use request_id::current as current_request;
pub use watch::{Watch, Watched};

/// Starts logging, for the whole process, once. A filter that is not readable becomes `info`; the configuration has
/// refused such a one before.
pub fn init(log: &Log) {
    // What the migrations say of themselves is not for `info`; a filter that names them still counts.
    let filter = EnvFilter::try_new(format!("sea_orm_migration=warn,{}", log.level))
        .unwrap_or_else(|_| EnvFilter::new("info"));
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        // a line that cannot be written is lost; to say so on the same standard error would panic
        .log_internal_errors(false)
        .with_span_events(FmtSpan::NONE);
    let result = match log.format {
        LogFormat::Text => builder
            .with_ansi(std::io::stderr().is_terminal())
            .finish()
            .try_init(),
        LogFormat::Json => builder
            .json()
            .flatten_event(true)
            .with_current_span(true)
            .with_span_list(false)
            .finish()
            .try_init(),
    };
    if let Err(error) = result {
        tracing::debug!(%error, "logging was started already");
    }
}
