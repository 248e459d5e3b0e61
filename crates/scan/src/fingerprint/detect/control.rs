//! Paragraphs of `Field: value` lines, as dpkg's status and Python's metadata have them.

/// The fields of one paragraph; lines that continue one begin with a blank and are not needed.
#[derive(Default)]
pub(super) struct Paragraph<'t> {
    fields: Vec<(&'t str, &'t str)>,
}

impl<'t> Paragraph<'t> {
    /// The first field of that name.
    pub(super) fn get(&self, name: &str) -> Option<&'t str> {
        self.all(name).next()
    }

    /// Whether there is a field of that name, though all that it says be on the lines below.
    pub(super) fn has(&self, name: &str) -> bool {
        let mut fields = self.fields.iter();
        fields.any(|(field, _)| field.eq_ignore_ascii_case(name))
    }

    /// All fields of that name that say something.
    pub(super) fn all<'s>(&'s self, name: &'s str) -> impl Iterator<Item = &'t str> + 's {
        let fields = self
            .fields
            .iter()
            .filter(move |(field, _)| field.eq_ignore_ascii_case(name));
        fields
            .map(|(_, value)| *value)
            .filter(|value| !value.is_empty())
    }
}

/// The paragraphs of a text, one at a time.
pub(super) fn paragraphs(text: &str) -> impl Iterator<Item = Paragraph<'_>> {
    let mut lines = text.lines();
    std::iter::from_fn(move || {
        let mut paragraph = Paragraph::default();
        for line in lines.by_ref() {
            if line.trim().is_empty() {
                if paragraph.fields.is_empty() {
                    continue;
                }
                return Some(paragraph);
            }
            if line.starts_with([' ', '\t']) {
                continue;
            }
            if let Some((name, value)) = line.split_once(':') {
                paragraph.fields.push((name, value.trim()));
            }
        }
        (!paragraph.fields.is_empty()).then_some(paragraph)
    })
}
