//! JSON that is written element by element, so that no document is ever whole in memory.

use serde::Serialize;
use std::io::{self, Write};

/// An object whose members are written one after the other.
pub(crate) struct Object<W: Write> {
    out: W,
    has_members: bool,
}

impl<W: Write> Object<W> {
    pub(crate) fn open(mut out: W) -> io::Result<Self> {
        out.write_all(b"{")?;
        Ok(Self {
            out,
            has_members: false,
        })
    }

    pub(crate) fn member(&mut self, name: &str, value: &impl Serialize) -> io::Result<()> {
        self.name(name)?;
        Ok(serde_json::to_writer(&mut self.out, value)?)
    }

    /// A list, a line for each element.
    pub(crate) fn list(&mut self, name: &str) -> io::Result<List<'_, W>> {
        self.name(name)?;
        self.out.write_all(b"[")?;
        Ok(List {
            out: &mut self.out,
            has_elements: false,
        })
    }

    pub(crate) fn close(mut self) -> io::Result<()> {
        self.out.write_all(b"}\n")?;
        self.out.flush()
    }

    fn name(&mut self, name: &str) -> io::Result<()> {
        if self.has_members {
            self.out.write_all(b",\n")?;
        }
        self.has_members = true;
        serde_json::to_writer(&mut self.out, name)?;
        self.out.write_all(b":")
    }
}

/// A list within it, which must be closed.
pub(crate) struct List<'o, W: Write> {
    out: &'o mut W,
    has_elements: bool,
}

impl<W: Write> List<'_, W> {
    pub(crate) fn push(&mut self, element: &impl Serialize) -> io::Result<()> {
        let before: &[u8] = if self.has_elements { b",\n" } else { b"\n" };
        self.out.write_all(before)?;
        self.has_elements = true;
        Ok(serde_json::to_writer(&mut *self.out, element)?)
    }

    pub(crate) fn close(self) -> io::Result<()> {
        self.out.write_all(b"]")
    }
}
