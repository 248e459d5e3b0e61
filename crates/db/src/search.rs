//! Looking for a text in columns, as the search fields of lists do.

use std::collections::BTreeSet;

use sea_orm::{
    ColumnTrait, Condition,
    sea_query::{Expr, ExprTrait, Func, LikeExpr, SimpleExpr},
};

/// Bytes of the longest text that is looked for. `SQLite` refuses patterns beyond 50,000, and nothing that is searched is that long.
const LONGEST: usize = 1000;
/// Letters beyond ASCII in one text that are found in the other case too. `SQLite` knows the cases of ASCII only, so each of them
/// costs a call of a function for each row.
const FOLDED: usize = 32;

/// True of a row where one of `columns` contains `text`; of every row where there is no text.
pub(crate) fn containing<C: ColumnTrait>(text: Option<&str>, columns: &[C]) -> Condition {
    let Some(text) = text.filter(|text| !text.is_empty()) else {
        return Condition::all();
    };
    let each = columns.iter().map(|column| contains_text(*column, text));
    each.fold(Condition::any(), Condition::add)
}

/// `column` contains `text`, whatever the case; the wildcards of LIKE in `text` are only letters.
pub(crate) fn contains_text<C: ColumnTrait>(column: C, text: &str) -> SimpleExpr {
    if text.len() > LONGEST {
        return Expr::val(false);
    }
    let text = text.to_lowercase();
    let column = Expr::col((column.entity_name(), column));
    let folded = beyond_ascii(&text).fold(column, |folded, (lower, upper)| {
        let arguments = [folded, Expr::val(upper), Expr::val(lower)];
        Func::cust("replace").args(arguments).into()
    });
    Expr::expr(Func::lower(folded)).like(LikeExpr::new(pattern(&text)).escape('\\'))
}

fn pattern(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 2);
    pattern.push('%');
    for letter in text.chars() {
        if matches!(letter, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(letter);
    }
    pattern.push('%');
    pattern
}

/// The letters of a lower-case text that are not ASCII and have another case, each once: lower and upper.
fn beyond_ascii(text: &str) -> impl Iterator<Item = (String, String)> {
    let letters: BTreeSet<char> = text.chars().filter(|letter| !letter.is_ascii()).collect();
    letters
        .into_iter()
        .map(|letter| (letter.to_string(), letter.to_uppercase().to_string()))
        .filter(|(lower, upper)| lower != upper && upper.chars().count() == 1)
        .take(FOLDED)
}

#[cfg(test)]
mod tests {
    use time::OffsetDateTime;

    use crate::{
        Db, Options,
        accounts::{self, Kind, New},
    };

    /// Accounts of these names, each with the full name behind it.
    async fn with(people: &[(&str, &str)]) -> (tempfile::TempDir, Db) {
        let dir = tempfile::tempdir().expect("a directory");
        let options = Options::Sqlite(dir.path().join("test.db"));
        let db = Db::open(&options).await.expect("a database");
        for (name, full_name) in people {
            let new = New {
                name: (*name).to_owned(),
                full_name: (*full_name).to_owned(),
                ..New::default()
            };
            accounts::create(&db, new, OffsetDateTime::UNIX_EPOCH)
                .await
                .expect("an account");
        }
        (dir, db)
    }

    async fn found(db: &Db, text: &str) -> Vec<String> {
        let rows = accounts::list(db, Kind::All, Some(text), None, 10).await;
        let rows = rows.expect("a list").into_iter();
        rows.map(|row| row.name).collect()
    }

    #[tokio::test]
    async fn wildcards_are_letters() {
        let full = [("a", "100% _sure_"), ("b", "C:\\temp"), ("c", "plain")];
        let (_dir, db) = with(&full).await;
        for (text, expected) in [
            ("%", "a"),
            ("0% _S", "a"),
            ("_sure_", "a"),
            ("\\", "b"),
            ("\\TEMP", "b"),
            ("p_ain", ""),
            ("p%n", ""),
        ] {
            assert_eq!(found(&db, text).await.concat(), expected, "{text}");
        }
    }

    #[tokio::test]
    async fn every_letter_is_found_in_the_other_case() {
        let (_dir, db) = with(&[("a", "Ärger im BÜRO"), ("b", "Жук"), ("c", "straße")]).await;
        for (text, expected) in [
            ("ärger", "a"),
            ("ÄRGER IM büro", "a"),
            ("Büro", "a"),
            ("жУК", "b"),
            ("STRAßE", "c"),
            ("buro", ""),
        ] {
            assert_eq!(found(&db, text).await.concat(), expected, "{text}");
        }
    }

    #[tokio::test]
    async fn a_text_of_any_length_is_no_error() {
        let (_dir, db) = with(&[("a", "A")]).await;
        let letters: String = ('\u{3b1}'..='\u{4ff}').collect();
        for text in ["x".repeat(60_000), "_".repeat(900), letters] {
            assert!(found(&db, &text).await.is_empty());
        }
        assert_eq!(found(&db, "").await, ["a"]);
    }
}
