//! Operations of the API: routes, each with the description that `#[utoipa::path]` made of its handler. utoipa-axum's router has the
//! same shape, but makes the whole document whenever it makes the routes: four megabytes and as much time as the rest of a start.
//! Here the description is only made when it is asked for.

mod query;

use std::sync::Arc;

use axum::{
    Router, extract::DefaultBodyLimit, handler::Handler, middleware, routing::MethodRouter,
};
use utoipa::openapi::{
    Components, OpenApi, RefOr,
    path::{HttpMethod, Paths},
    schema::Schema,
};

use utoipa_axum::PathItemExt;

use crate::state::AppState;

/// What an operation says of itself: the schemas it uses, and its path with what is done there.
pub(crate) type Description = (Vec<(String, RefOr<Schema>)>, Paths);

/// What is done at one path.
pub(crate) struct AtPath {
    pub(crate) path: String,
    pub(crate) methods: MethodRouter<AppState>,
    pub(crate) describe: fn() -> Description,
}

/// Routes, and what describes them.
#[derive(Default)]
pub(crate) struct Operations {
    routes: Router<AppState>,
    describing: Vec<fn() -> Description>,
}

impl Operations {
    /// Adds what is done at one path, as the macro `routes` makes it.
    pub(crate) fn routes(mut self, added: AtPath) -> Self {
        let known = Arc::new(query::Known::new(added.describe));
        let methods = added
            .methods
            .route_layer(middleware::from_fn_with_state(known, query::refuse_unknown));
        self.routes = self.routes.route(&added.path, methods);
        self.describing.push(added.describe);
        self
    }

    /// Adds all of `other`.
    pub(crate) fn merge(mut self, other: Self) -> Self {
        self.routes = self.routes.merge(other.routes);
        self.describing.extend(other.describing);
        self
    }

    /// Takes bodies of so many bytes, instead of what the API takes elsewhere.
    pub(crate) fn with_max_body(mut self, bytes: usize) -> Self {
        self.routes = self.routes.layer(DefaultBodyLimit::max(bytes));
        self
    }

    /// The routes alone.
    pub(crate) fn into_router(self) -> Router<AppState> {
        self.routes
    }

    /// Adds what describes them to `document`.
    pub(crate) fn describe(&self, document: &mut OpenApi) {
        let components = document.components.get_or_insert_with(Components::new);
        for describe in &self.describing {
            let (schemas, paths) = describe();
            components.schemas.extend(schemas);
            for (path, item) in paths.paths {
                match document.paths.paths.get_mut(&path) {
                    Some(known) => known.merge_operations(item),
                    None => drop(document.paths.paths.insert(path, item)),
                }
            }
        }
    }
}

/// The handler's place in axum for a method as utoipa names it.
pub(crate) fn add_method<H, T>(
    router: MethodRouter<AppState>,
    methods: &[HttpMethod],
    handler: H,
) -> MethodRouter<AppState>
where
    H: Handler<T, AppState>,
    T: 'static,
{
    methods.iter().fold(router, |router, method| {
        router.on(method.to_method_filter(), handler.clone())
    })
}

/// What is done at one path, of handlers that have the same `#[utoipa::path]`: as utoipa-axum's macro of that name, whose own rule
/// finds the description of a handler here too.
macro_rules! routes {
    ( $first:ident $(, $more:ident)* $(,)? ) => {{
        let path = utoipa_axum::routes!(@path [path()] of $first);
        let methods = $crate::operations::add_method(
            axum::routing::MethodRouter::new(),
            &utoipa_axum::routes!(@path [methods()] of $first),
            $first,
        );
        $(
            let methods = $crate::operations::add_method(
                methods,
                &utoipa_axum::routes!(@path [methods()] of $more),
                $more,
            );
        )*
        $crate::operations::AtPath {
            path,
            methods,
            describe: || {
                let (schemas, paths, _): utoipa_axum::router::UtoipaMethodRouter<
                    $crate::state::AppState,
                > = utoipa_axum::routes!($first $(, $more)*);
                (schemas, paths)
            },
        }
    }};
}
pub(crate) use routes;
