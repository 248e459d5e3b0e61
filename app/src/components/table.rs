//! Tables of lists. On a narrow screen each row is a card.

use leptos::prelude::*;

/// The head of a column.
#[derive(Clone, Copy, Debug)]
pub enum Column {
    /// What is in it.
    Text(&'static str),
    /// Numbers, which stand at the right.
    Number(&'static str),
    /// Buttons, which say themselves what they do: the head is for those who hear the table.
    Buttons(&'static str),
}

impl Column {
    fn head(self) -> AnyView {
        match self {
            Self::Text(label) => view! { <th scope="col">{label}</th> }.into_any(),
            Self::Number(label) => view! {
                <th scope="col" class="num">
                    {label}
                </th>
            }
            .into_any(),
            Self::Buttons(label) => view! {
                <th scope="col" class="fit">
                    <span class="sr">{label}</span>
                </th>
            }
            .into_any(),
        }
    }
}

/// A table alone.
pub fn bare(columns: Vec<Column>, rows: Vec<AnyView>) -> AnyView {
    let heads: Vec<AnyView> = columns.into_iter().map(Column::head).collect();
    view! {
        <table class="cards">
            <thead>
                <tr>{heads}</tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
    }
    .into_any()
}

/// A table in a card, with what stands below it: its pager.
pub fn table(columns: Vec<Column>, rows: Vec<AnyView>, foot: AnyView) -> AnyView {
    view! { <div class="card">{bare(columns, rows)} {foot}</div> }.into_any()
}

/// Said in the place of a table that would be empty.
pub fn empty(text: &'static str) -> AnyView {
    view! {
        <div class="card">
            <div class="body">
                <p class="muted">{text}</p>
            </div>
        </div>
    }
    .into_any()
}
