//! Icons: one stroke, 16 × 16, drawn inline so that they take the colour of the text beside them.

use leptos::prelude::*;

/// A picture for a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Icon {
    /// A repository.
    Box,
    /// An account.
    User,
    /// An organization or a team.
    People,
    /// Settings.
    Gear,
    /// Done, or granted.
    Check,
    /// Close, or not granted.
    Cross,
    /// Find.
    Search,
    /// Copy to the clipboard.
    Copy,
    /// Not for everyone.
    Lock,
    /// Who may sign in, and how.
    Shield,
    /// For everyone.
    Globe,
    /// Open the navigation.
    Menu,
    /// Attention.
    Warning,
    /// The API.
    Flow,
    /// The theme.
    Sun,
    /// Make a new one.
    Plus,
    /// Leave.
    Leave,
    /// Throw away.
    Bin,
    /// Change a word.
    Pencil,
    /// A key.
    Key,
    /// One account and another.
    Link,
    /// Not known.
    Question,
    /// A commit.
    Branch,
    /// It came in.
    Up,
    /// It went out.
    Down,
}

impl Icon {
    const fn paths(self) -> &'static str {
        match self {
            Self::Box => "M2 5l6-3 6 3v6l-6 3-6-3zM2 5l6 3 6-3M8 8v6",
            Self::User => {
                "M5 5a3 3 0 1 0 6 0a3 3 0 1 0-6 0M2.5 14c.6-3 2.8-4.5 5.5-4.5s4.9 1.5 5.5 4.5"
            }
            Self::People => {
                "M3.5 5.2a2.5 2.5 0 1 0 5 0a2.5 2.5 0 1 0-5 0M1.5 13.5c.4-2.9 2.2-4.2 4.5-4.2s4.1 1.3 4.5 4.2M10.5 2.9a2.4 2.4 0 0 1 0 4.6M12 9.6c1.4.5 2.3 1.8 2.5 3.9"
            }
            Self::Gear => {
                "M5.8 8a2.2 2.2 0 1 0 4.4 0a2.2 2.2 0 1 0-4.4 0M8 1.5v2M8 12.5v2M1.5 8h2M12.5 8h2M3.4 3.4l1.4 1.4M11.2 11.2l1.4 1.4M12.6 3.4l-1.4 1.4M4.8 11.2l-1.4 1.4"
            }
            Self::Link => {
                "M6.3 9.7l3.4-3.4M7 4.6l1.3-1.3a3.1 3.1 0 0 1 4.4 4.4L11.4 9M9 11.4l-1.3 1.3a3.1 3.1 0 0 1-4.4-4.4L4.6 7"
            }
            Self::Check => "M3 8.5l3.2 3.2L13 5",
            Self::Cross => "M4 4l8 8M12 4l-8 8",
            Self::Shield => {
                "M8 1.8l5 1.9v3.9c0 3.2-2.1 5.4-5 6.6c-2.9-1.2-5-3.4-5-6.6V3.7zM5.8 8l1.6 1.6l2.8-3"
            }
            Self::Search => "M2.5 7a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0-9 0M10.5 10.5L14 14",
            Self::Copy => {
                "M6.5 5h6a1.5 1.5 0 0 1 1.5 1.5v6a1.5 1.5 0 0 1-1.5 1.5h-6A1.5 1.5 0 0 1 5 12.5v-6A1.5 1.5 0 0 1 6.5 5zM11 5V2.5H2V11h3"
            }
            Self::Lock => {
                "M4.5 7h7A1.5 1.5 0 0 1 13 8.5v4a1.5 1.5 0 0 1-1.5 1.5h-7A1.5 1.5 0 0 1 3 12.5v-4A1.5 1.5 0 0 1 4.5 7zM5 7V5a3 3 0 0 1 6 0v2"
            }
            Self::Globe => {
                "M2 8a6 6 0 1 0 12 0a6 6 0 1 0-12 0M2 8h12M8 2c4 4 4 8 0 12c-4-4-4-8 0-12"
            }
            Self::Menu => "M2 4h12M2 8h12M2 12h12",
            Self::Warning => "M8 2l6.5 11.5h-13zM8 6.5v3M8 11.6v.1",
            Self::Flow => {
                "M1.3 8a1.7 1.7 0 1 0 3.4 0a1.7 1.7 0 1 0-3.4 0M11.3 3.5a1.7 1.7 0 1 0 3.4 0a1.7 1.7 0 1 0-3.4 0M11.3 12.5a1.7 1.7 0 1 0 3.4 0a1.7 1.7 0 1 0-3.4 0M4.7 8H8c2 0 1.5-4.5 3.3-4.5M8 8c2 0 1.5 4.5 3.3 4.5"
            }
            Self::Sun => {
                "M5 8a3 3 0 1 0 6 0a3 3 0 1 0-6 0M8 1v2M8 13v2M1 8h2M13 8h2M3 3l1.5 1.5M11.5 11.5L13 13M13 3l-1.5 1.5M4.5 11.5L3 13"
            }
            Self::Plus => "M8 3v10M3 8h10",
            Self::Question => "M6 6a2 2 0 1 1 2.8 1.8c-.6.3-.8.7-.8 1.4M8 12v.1",
            Self::Branch => {
                "M3.3 4a1.7 1.7 0 1 0 3.4 0a1.7 1.7 0 1 0-3.4 0M3.3 12a1.7 1.7 0 1 0 3.4 0a1.7 1.7 0 1 0-3.4 0M9.8 6a1.7 1.7 0 1 0 3.4 0a1.7 1.7 0 1 0-3.4 0M5 5.7v4.6M11.5 7.7c0 2-2.5 2.3-6.3 2.8"
            }
            Self::Up => "M8 13V3M4 7l4-4l4 4",
            Self::Down => "M8 3v10M4 9l4 4l4-4",
            Self::Leave => "M6 2H2.5v12H6M10 4.5L13.5 8 10 11.5M13.5 8H6",
            Self::Bin => "M2.5 4.5h11M6 4.5V2.5h4v2M4 4.5l.7 9h6.6l.7-9",
            Self::Pencil => "M3 13l.6-2.9L10.4 3.3l2.3 2.3L5.9 12.4zM9 4.7L11.3 7",
            Self::Key => "M2 11a3 3 0 1 0 6 0a3 3 0 1 0-6 0M7.2 8.8L13.5 2.5M11 5l2 2",
        }
    }

    /// Draws it; a word beside it, or a label on the button around it, says what it means.
    #[must_use]
    pub fn draw(self) -> AnyView {
        view! {
            <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
                <path d=self.paths()></path>
            </svg>
        }
        .into_any()
    }
}

/// The Plimsoll mark: the logo.
#[must_use]
pub fn mark() -> AnyView {
    view! {
        <svg class="mark" viewBox="0 0 26 26" aria-hidden="true">
            <circle cx="13" cy="13" r="9"></circle>
            <path d="M1 13h24"></path>
        </svg>
    }
    .into_any()
}
