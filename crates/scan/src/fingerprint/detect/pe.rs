//! PE: the version resource that compilers for Windows put into a file. Of an assembly of .NET it has the name and version
//! of its `NuGet` package.

use crate::fingerprint::found::{Fault, Found};
use crate::fingerprint::path::LayerPath;
use crate::fingerprint::report::{Component, Evidence, Kind, OsRelease};
use object::LittleEndian as LE;
use object::pe;
use object::read::pe::{ImageNtHeaders, PeFile, ResourceDirectoryEntryData};
use std::collections::BTreeMap;

/// One of each language; files have one or two.
const MAX_RESOURCES: usize = 16;
/// Names and versions are short.
const MAX_STRING: usize = 256;
/// Strings of one resource beyond these say nothing new.
const MAX_STRINGS: usize = 64;
/// The file whose version is the system's.
const KERNEL: &str = "Files/Windows/System32/ntoskrnl.exe";

pub(super) fn version<P: ImageNtHeaders>(
    file: &PeFile<'_, P>,
    found: &mut Found,
) -> Result<(), Fault> {
    let Some(resource) = resource(file)? else {
        return Ok(());
    };
    let Some(root) = Node::parse(resource) else {
        return Err(Fault::Malformed("the version resource is cut"));
    };
    let strings = strings(&root);
    let stated = ["ProductVersion", "FileVersion"]
        .iter()
        .find_map(|key| release(strings.get(*key)?.as_str()));
    let version = stated.or_else(|| fixed(root.value));
    let is_assembly = file
        .data_directory(pe::IMAGE_DIRECTORY_ENTRY_COM_DESCRIPTOR)
        .is_some_and(|directory| directory.virtual_address.get(LE) != 0);
    let name = if is_assembly {
        ["InternalName", "OriginalFilename"]
            .iter()
            .find_map(|key| strings.get(*key))
            .map(|name| name.trim_end_matches(".dll").trim_end_matches(".exe"))
    } else {
        strings.get("ProductName").map(String::as_str)
    };
    let kind = if is_assembly {
        Kind::Nuget
    } else {
        Kind::Generic
    };
    if let Some(name) = name {
        found.add(Component::new(
            kind,
            name,
            version.as_deref(),
            Evidence::Metadata,
            "pe",
        ));
    }
    Ok(())
}

/// Windows does not say in text which release it is; its kernel does.
pub(in super::super) fn system(path: &LayerPath, found: &mut Found) {
    if !path.as_str().eq_ignore_ascii_case(KERNEL) {
        return;
    }
    let kernel = found.components.iter().find(|file| file.detector == "pe");
    found.os = kernel.map(|kernel| OsRelease {
        id: "windows".into(),
        id_like: Vec::new(),
        version_id: kernel.version.clone(),
        codename: None,
        pretty_name: Some(kernel.name.clone()),
        path: path.clone(),
    });
}

/// The first version resource, of whatever language: type, name and language are the three levels of the tree.
fn resource<'d, P: ImageNtHeaders>(file: &PeFile<'d, P>) -> Result<Option<&'d [u8]>, Fault> {
    let sections = file.section_table();
    let directories = file.data_directories();
    let Some(tree) = directories.resource_directory(file.data(), &sections)? else {
        return Ok(None);
    };
    let versions = tree
        .root()?
        .entries
        .iter()
        .find(|entry| entry.name_or_id().id() == Some(pe::RT_VERSION));
    let mut level: Vec<_> = versions.into_iter().collect();
    for _ in 0..3 {
        let mut below = Vec::new();
        for entry in level {
            match entry.data(tree)? {
                ResourceDirectoryEntryData::Table(table) => {
                    below.extend(table.entries.iter().take(MAX_RESOURCES));
                }
                ResourceDirectoryEntryData::Data(data) => {
                    let size = usize::try_from(data.size.get(LE)).unwrap_or_default();
                    let at = sections.pe_data_at(file.data(), data.offset_to_data.get(LE));
                    return Ok(at.map(|bytes| bytes.get(..size).unwrap_or(bytes)));
                }
            }
        }
        below.truncate(MAX_RESOURCES);
        level = below;
    }
    Ok(None)
}

/// `wLength`, `wValueLength`, `wType`, a key, a value, and nodes of the same form below it.
struct Node<'b> {
    key: String,
    value: &'b [u8],
    below: &'b [u8],
    length: usize,
}

impl<'b> Node<'b> {
    fn parse(bytes: &'b [u8]) -> Option<Self> {
        let length = word(bytes, 0)?;
        let bytes = bytes.get(..length)?;
        let is_text = word(bytes, 4)? == 1;
        let key = units(bytes.get(6..)?);
        let start = (6 + 2 * key.len() + 2).next_multiple_of(4);
        let size = word(bytes, 2)? * if is_text { 2 } else { 1 };
        let rest = bytes.get(start..).unwrap_or_default();
        let value = rest.get(..size).unwrap_or(rest);
        let below = (start + size).next_multiple_of(4);
        Some(Self {
            key: String::from_utf16_lossy(&key),
            value,
            below: bytes.get(below..).unwrap_or_default(),
            length,
        })
    }

    fn children(&self) -> impl Iterator<Item = Node<'b>> + use<'b> {
        let mut rest = self.below;
        std::iter::from_fn(move || {
            let node = Node::parse(rest).filter(|node| node.length > 6)?;
            rest = rest
                .get(node.length.next_multiple_of(4)..)
                .unwrap_or_default();
            Some(node)
        })
    }
}

fn word(bytes: &[u8], at: usize) -> Option<usize> {
    Some(usize::from(u16::from_le_bytes(
        *bytes.get(at..)?.first_chunk()?,
    )))
}

/// UTF-16 up to its NUL.
fn units(bytes: &[u8]) -> Vec<u16> {
    bytes
        .chunks_exact(2)
        .filter_map(|pair| Some(u16::from_le_bytes(*pair.first_chunk()?)))
        .take_while(|unit| *unit != 0)
        .take(MAX_STRING)
        .collect()
}

fn strings(root: &Node<'_>) -> BTreeMap<String, String> {
    root.children()
        .filter(|node| node.key == "StringFileInfo")
        .flat_map(|info| info.children())
        .flat_map(|table| table.children())
        .take(MAX_STRINGS)
        .map(|node| {
            let value = String::from_utf16_lossy(&units(node.value));
            (node.key, value.trim().to_owned())
        })
        .filter(|(_, value)| !value.is_empty())
        .collect()
}

/// `13.0.3+0a2e291c0d9c`, `1, 2, 11, 0`, `10.0.1 (WinBuild.160101)`: only the numbers.
fn release(text: &str) -> Option<String> {
    let text = text.replace(", ", ".").replace(',', ".");
    let version = text.split([' ', '+', '(']).next()?;
    version
        .starts_with(|first: char| first.is_ascii_digit())
        .then(|| version.to_owned())
}

/// `VS_FIXEDFILEINFO`: the product's version in four numbers.
fn fixed(value: &[u8]) -> Option<String> {
    let info = value
        .get(16..24)
        .filter(|_| value.starts_with(&[0xbd, 0x04, 0xef, 0xfe]))?;
    let [minor, major, patch, build] = [0, 2, 4, 6].map(|at| word(info, at).unwrap_or_default());
    Some(format!("{major}.{minor}.{build}.{patch}"))
}

#[cfg(test)]
mod tests {
    use crate::fingerprint::testing::{Layer, names, survives_cuts};

    fn node(key: &str, is_text: bool, value: &[u8], below: &[u8]) -> Vec<u8> {
        let units = |text: &str| -> Vec<u8> {
            text.encode_utf16()
                .chain([0])
                .flat_map(u16::to_le_bytes)
                .collect()
        };
        let mut node = [&[0; 6][..], &units(key)].concat();
        node.resize(node.len().next_multiple_of(4), 0);
        node.extend(value);
        node.resize(node.len().next_multiple_of(4), 0);
        node.extend(below);
        let size = if is_text {
            value.len() / 2
        } else {
            value.len()
        };
        for (at, number) in [(0, node.len()), (2, size), (4, usize::from(is_text))] {
            node[at..at + 2].copy_from_slice(&u16::try_from(number).unwrap().to_le_bytes());
        }
        node.resize(node.len().next_multiple_of(4), 0);
        node
    }

    fn text(key: &str, value: &str) -> Vec<u8> {
        let value: Vec<u8> = value
            .encode_utf16()
            .chain([0])
            .flat_map(u16::to_le_bytes)
            .collect();
        node(key, true, &value, b"")
    }

    /// A PE file of one section, which is its resources.
    fn file(strings: &[(&str, &str)], is_assembly: bool) -> Vec<u8> {
        let strings: Vec<u8> = strings
            .iter()
            .flat_map(|(key, value)| text(key, value))
            .collect();
        let table = node("040904b0", true, b"", &strings);
        let mut fixed = vec![0; 52];
        fixed[..4].copy_from_slice(&[0xbd, 0x04, 0xef, 0xfe]);
        fixed[16..24].copy_from_slice(&[2, 0, 1, 0, 4, 0, 3, 0]);
        let info = node("StringFileInfo", true, b"", &table);
        let version = node("VS_VERSION_INFO", false, &fixed, &info);
        let size = u32::try_from(version.len()).unwrap();
        let word = |number: u32| number.to_le_bytes();
        let mut file = vec![0; 0x200];
        let mut put = |at: usize, bytes: &[u8]| file[at..at + bytes.len()].copy_from_slice(bytes);
        put(0, b"MZ");
        put(0x3c, &word(0x40));
        put(0x40, b"PE\0\0\x64\x86\x01\0");
        put(0x54, &[0xf0, 0, 0x22, 0x20]); // the optional header's size
        put(0x58, &[0x0b, 2]);
        put(0x78, &word(0x1000)); // alignments of sections and of the file
        put(0x7c, &word(0x200));
        put(0xc4, &word(16)); // directories
        put(0xc8 + 2 * 8, &[word(0x1000), word(0x58 + size)].concat());
        put(
            0xc8 + 14 * 8,
            &[word(if is_assembly { 0x1000 } else { 0 }), word(72)].concat(),
        );
        put(0x148, b".rsrc\0\0\0");
        put(
            0x150,
            &[word(0x1000), word(0x1000), word(0x1000), word(0x200)].concat(),
        );
        // type, name and language, then where the data is
        for (id, next) in [(16, 0x8000_0018), (1, 0x8000_0030), (0x409, 0x48)] {
            file.extend(
                [
                    word(0),
                    word(0),
                    word(0),
                    [0, 0, 1, 0],
                    word(id),
                    word(next),
                ]
                .concat(),
            );
        }
        file.extend([word(0x1058), word(size), word(0), word(0)].concat());
        file.extend(version);
        file.resize(0x1200, 0);
        file
    }

    fn found(strings: &[(&str, &str)], is_assembly: bool) -> Vec<String> {
        let report = Layer::default()
            .file("Files/app/any", file(strings, is_assembly))
            .scan();
        assert_eq!(report.faults, []);
        names(&report)
    }

    #[test]
    fn the_version_resource_is_read() {
        let strings = [
            ("CompanyName", "x"),
            ("ProductName", "7-Zip "),
            ("ProductVersion", "9, 20, 0, 1"),
        ];
        assert_eq!(found(&strings, false), ["generic 7-Zip 9.20.0.1"]);
        assert_eq!(found(&[("ProductName", "x")], false), ["generic x 1.2.3.4"]);
        assert_eq!(found(&[], false), Vec::<String>::new());
    }

    #[test]
    fn an_assembly_is_its_package() {
        let strings = [
            ("ProductName", "Json.NET"),
            ("InternalName", "Newtonsoft.Json.dll"),
            ("ProductVersion", "13.0.1+ae9fe44e1323e91b"),
        ];
        assert_eq!(found(&strings, true), ["nuget Newtonsoft.Json 13.0.1"]);
    }

    #[test]
    fn the_kernel_says_which_windows_it_is() {
        let strings = [
            ("ProductName", "Windows"),
            ("ProductVersion", "10.0.20348.2113"),
        ];
        let layer =
            Layer::default().file("Files/Windows/System32/ntoskrnl.exe", file(&strings, false));
        let os = layer.scan().os.unwrap();
        assert_eq!(
            (os.id.as_str(), os.version_id.as_deref()),
            ("windows", Some("10.0.20348.2113"))
        );
    }

    #[test]
    fn a_resource_cut_anywhere_is_a_fault_at_most() {
        survives_cuts("x.dll", &file(&[("ProductName", "x")], true)[..0x400]);
    }
}
