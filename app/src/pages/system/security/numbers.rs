//! The registry in numbers: findings today and over time, and the repositories with the most of them.

use api::security::{Dashboard, Day, WorstRepository};
use leptos::prelude::*;

use super::trend;
use crate::{
    components::{
        clock::ago,
        table::{self, Column},
    },
    format, paths,
};

pub(super) fn draw(dashboard: &Dashboard) -> AnyView {
    let mut days = dashboard.days.clone();
    days.push(dashboard.today.clone());
    view! {
        <section class="card">
            <header>
                <h2>"Findings"</h2>
                <span class="muted small">"Counted in each image"</span>
            </header>
            <div class="body stack">{figures(dashboard)} {trend::draw(&days)}</div>
        </section>
        {worst(&dashboard.worst)}
    }
    .into_any()
}

fn figures(dashboard: &Dashboard) -> AnyView {
    let today = &dashboard.today;
    let newest = match dashboard.data_updated_at {
        Some(time) => ago(time),
        None => "none yet".into_any(),
    };
    view! {
        <dl class="figures">
            <div>
                <dt>"findings"</dt>
                <dd>{today.findings()}</dd>
            </div>
            <div>
                <dt>"of them critical"</dt>
                <dd>{today.critical}</dd>
            </div>
            <div>
                <dt>"can be fixed by a newer version"</dt>
                <dd>{share(today.fixable, today.findings())}</dd>
            </div>
            <div>
                <dt>{format!("clean, of {}", format::counted(today.images, "image"))}</dt>
                <dd>{today.clean}</dd>
            </div>
            <div>
                <dt>"newest data"</dt>
                <dd>{newest}</dd>
            </div>
        </dl>
    }
    .into_any()
}

/// A part in per cent.
fn share(part: u64, all: u64) -> String {
    match (part * 100).checked_div(all) {
        Some(percent) => format!("{percent} %"),
        None => "–".to_owned(),
    }
}

fn worst(repositories: &[WorstRepository]) -> AnyView {
    if repositories.is_empty() {
        return ().into_any();
    }
    let rows = repositories.iter().map(|repository| {
        let href = paths::repository(&repository.namespace, &repository.repository, "tags");
        let images = if repository.images == 1 {
            " image with findings"
        } else {
            " images with findings"
        };
        view! {
            <tr>
                <td class="wide">
                    <a class="name" href=href>
                        <span class="part">{repository.namespace.clone()} " / "</span>
                        {repository.repository.clone()}
                    </a>
                </td>
                <td class="num">{repository.images} <span class="unit">{images}</span></td>
                <td class="num">{repository.critical} <span class="unit">" critical"</span></td>
                <td class="num">{repository.major} <span class="unit">" major"</span></td>
                <td class="num">{repository.minor} <span class="unit">" minor"</span></td>
                <td class="num">{repository.fixable} <span class="unit">" fixable"</span></td>
            </tr>
        }
        .into_any()
    });
    let columns = vec![
        Column::Text("Repository"),
        Column::Number("Images"),
        Column::Number("Critical"),
        Column::Number("Major"),
        Column::Number("Minor"),
        Column::Number("Fixable"),
    ];
    view! {
        <section class="card">
            <header>
                <h2>"Worst repositories"</h2>
            </header>
            {table::bare(columns, rows.collect())}
        </section>
    }
    .into_any()
}

/// The days as a table.
pub(super) fn table(days: &[Day]) -> AnyView {
    let rows = days.iter().rev().map(|day| {
        view! {
            <tr>
                <td>{day.day.clone()}</td>
                <td class="num">{day.critical} <span class="unit">" critical"</span></td>
                <td class="num">{day.major} <span class="unit">" major"</span></td>
                <td class="num">{day.minor} <span class="unit">" minor"</span></td>
                <td class="num">{day.unspecified} <span class="unit">" unspecified"</span></td>
                <td class="num">{day.fixable} <span class="unit">" fixable"</span></td>
                <td class="num">{day.images} <span class="unit">" images"</span></td>
            </tr>
        }
        .into_any()
    });
    let columns = vec![
        Column::Text("Day"),
        Column::Number("Critical"),
        Column::Number("Major"),
        Column::Number("Minor"),
        Column::Number("Unspecified"),
        Column::Number("Fixable"),
        Column::Number("Images"),
    ];
    table::bare(columns, rows.collect())
}
