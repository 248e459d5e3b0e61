//! Fonts, drawing and documents.

use super::{ROW, Signature};

pub(super) const ROWS: &[Signature] = &[
    Signature {
        name: "freetype",
        cpes: &["freetype:freetype"],
        licence: "FTL OR GPL-2.0-or-later",
        alone: &["truetype-engine\0"],
        ..ROW
    },
    Signature {
        name: "harfbuzz",
        cpes: &["harfbuzz_project:harfbuzz"],
        licence: "MIT",
        anchors: &["uniscribe-bug-compatible\0"],
        pattern: r"uniscribe-bug-compatible\x00.{0,40}?\x00(\d{1,2}\.\d+\.\d+)\x00",
        alone: &["uniscribe-bug-compatible"],
        ..ROW
    },
    Signature {
        name: "fribidi",
        cpes: &["gnu:fribidi"],
        licence: "LGPL-2.1-or-later",
        anchors: &["(GNU FriBidi) "],
        pattern: r"\(GNU FriBidi\) ([01]\.\d+\.\d+)",
        ..ROW
    },
    Signature {
        name: "cairo",
        cpes: &["cairographics:cairo"],
        licence: "LGPL-2.1-only OR MPL-1.1",
        anchors: &["src/cairo.c\0"],
        pattern: r"(1\.\d+\.\d+)\x00[./]*src/cairo\.c\x00",
        ..ROW
    },
    Signature {
        name: "pixman",
        cpes: &["pixman:pixman"],
        licence: "MIT",
        alone: &["Pixman bug: unknown image type"],
        ..ROW
    },
    Signature {
        name: "lcms2",
        cpes: &["littlecms:little_cms_color_engine"],
        licence: "MIT",
        alone: &["Little CMS %d, current version is"],
        ..ROW
    },
    Signature {
        name: "libheif",
        cpes: &["struktur:libheif"],
        licence: "LGPL-3.0-or-later",
        anchors: &["\0heix\0hevc\0hevx"],
        pattern: r"Success\x00+(1\.\d+\.\d+)\x00+heix\x00",
        ..ROW
    },
    Signature {
        name: "poppler",
        cpes: &["freedesktop:poppler"],
        licence: "GPL-2.0-or-later",
        alone: &["poppler pdftops version: "],
        ..ROW
    },
    Signature {
        name: "mupdf",
        cpes: &["artifex:mupdf"],
        licence: "AGPL-3.0-or-later",
        anchors: &[
            "mudraw version ",
            "mutool convert version ",
            "\0mutool version %s",
        ],
        pattern: r"mu(?:draw|tool convert) version (1\.\d+\.\d+)",
        ..ROW
    },
    Signature {
        name: "ghostscript",
        cpes: &["artifex:ghostscript"],
        licence: "AGPL-3.0-or-later",
        alone: &["Ghostscript: gettimeofday failed"],
        ..ROW
    },
    Signature {
        name: "imagemagick",
        cpes: &["imagemagick:imagemagick"],
        licence: "ImageMagick",
        anchors: &["\0ImageMagick "],
        pattern: r"\x00ImageMagick ([67]\.\d+\.\d+-\d+)",
        ..ROW
    },
    Signature {
        name: "graphicsmagick",
        cpes: &["graphicsmagick:graphicsmagick"],
        licence: "MIT",
        anchors: &["\0GraphicsMagick 1."],
        pattern: r"\x00GraphicsMagick (1\.\d+(?:\.\d+)?)[ ,\x00]",
        ..ROW
    },
    Signature {
        name: "tesseract",
        cpes: &["tesseract_ocr:tesseract", "tesseract_project:tesseract"],
        licence: "Apache-2.0",
        anchors: &["content='tesseract "],
        pattern: r"content='tesseract ([345]\.\d+\.\d+)",
        ..ROW
    },
    Signature {
        name: "opencv",
        cpes: &["opencv:opencv"],
        licence: "Apache-2.0",
        anchors: &["configuration for OpenCV "],
        pattern: r"General configuration for OpenCV ([2345]\.\d+\.\d+)",
        ..ROW
    },
    Signature {
        name: "proj",
        cpes: &["osgeo:proj"],
        licence: "MIT",
        anchors: &[
            "\0Rel. 4", "\0Rel. 5", "\0Rel. 6", "\0Rel. 7", "\0Rel. 8", "\0Rel. 9",
        ],
        pattern: r"\x00Rel\. ([4-9]\.\d+\.\d+), [A-Z][a-z]+ \d{1,2}\w\w, 20\d\d",
        markers: &["PROJ_NETWORK", "PROJ_LIB\0"],
        ..ROW
    },
    Signature {
        name: "hdf5",
        cpes: &["hdfgroup:hdf5"],
        licence: "BSD-3-Clause",
        anchors: &["HDF5 library version: "],
        pattern: r"HDF5 library version: ([12]\.\d+\.\d+)",
        ..ROW
    },
    Signature {
        name: "gstreamer",
        cpes: &["gstreamer_project:gstreamer"],
        licence: "LGPL-2.1-or-later",
        anchors: &["gst/gst.c\0"],
        pattern: r"gst/gst\.c\x00+(1\.\d+\.\d+)\x00staticelements\x00",
        ..ROW
    },
    Signature {
        name: "libraw",
        cpes: &["libraw:libraw"],
        licence: "LGPL-2.1-only OR CDDL-1.0",
        anchors: &["-Release\0"],
        pattern: r"\x00Unspecified error\x00(0\.\d+\.\d+)-Release\x00",
        ..ROW
    },
    Signature {
        name: "vlc",
        cpes: &["videolan:vlc_media_player"],
        licence: "GPL-2.0-or-later",
        anchors: &[" LibVLC/"],
        pattern: r"VLC/([234]\.\d+\.\d+) LibVLC/",
        ..ROW
    },
    Signature {
        name: "libbluray",
        cpes: &["videolan:libbluray"],
        licence: "LGPL-2.1-or-later",
        anchors: &["libbluray version "],
        pattern: r"libbluray version ([01]\.\d+\.\d+)",
        ..ROW
    },
    Signature {
        name: "djvulibre",
        cpes: &["djvulibre_project:djvulibre"],
        licence: "GPL-2.0-or-later",
        anchors: &["\0DjVuLibre-3."],
        pattern: r"\x00DjVuLibre-(3\.\d+\.\d+)",
        ..ROW
    },
    Signature {
        name: "qpdf",
        cpes: &["qpdf_project:qpdf"],
        licence: "Apache-2.0",
        anchors: &["error reading xref: \0"],
        pattern: r"error reading xref: \x00+(\d{1,2}\.\d+\.\d+)\x00",
        ..ROW
    },
    Signature {
        name: "libass",
        cpes: &["libass_project:libass"],
        licence: "ISC",
        anchors: &["libass source: %s\0"],
        pattern: r"tarball: (0\.\d+\.\d+)\x00libass source",
        ..ROW
    },
];

/// What the binaries of each row hold, and the version.
#[cfg(test)]
pub(super) const SAMPLES: &[(&str, &str, &str)] = &[
    ("freetype", "\0truetype-engine\0", "?"),
    (
        "harfbuzz",
        "HB_OPTIONS\0uniscribe-bug-compatible\0invalid\x006.0.0\0C\0",
        "6.0.0",
    ),
    (
        "fribidi",
        "(GNU FriBidi) 1.0.8\ninterface version 4,\n",
        "1.0.8",
    ),
    (
        "cairo",
        "\0P?\x001.16.0\0../../../../src/cairo.c\0",
        "1.16.0",
    ),
    ("pixman", "Pixman bug: unknown image type\0", "?"),
    (
        "lcms2",
        "Plugin needs Little CMS %d, current version is %d\0",
        "?",
    ),
    (
        "libheif",
        "\0Success\x001.15.1\0heix\0hevc\0hevx\0heim\0",
        "1.15.1",
    ),
    (
        "poppler",
        "% Produced by poppler pdftops version: {0:s} (http://poppler.freedesktop.org)\n\0",
        "?",
    ),
    (
        "mupdf",
        "mudraw version 1.21.1\nUsage: mudraw [options] file [pages]\n",
        "1.21.1",
    ),
    ("ghostscript", "Ghostscript: gettimeofday failed!\0", "?"),
    (
        "imagemagick",
        "\0ImageMagick 6.9.11-60 Q16 x86_64 2021-01-25 https://imagemagick.org\0",
        "6.9.11-60",
    ),
    (
        "graphicsmagick",
        "\0GraphicsMagick 1.3.40 2023-01-14 Q16 http://www.GraphicsMagick.org/\0",
        "1.3.40",
    ),
    (
        "tesseract",
        "<meta name='ocr-system' content='tesseract 5.3.0' />",
        "5.3.0",
    ),
    (
        "opencv",
        "\nGeneral configuration for OpenCV 4.6.0 =====\n",
        "4.6.0",
    ),
    (
        "proj",
        "\0Rel. 9.7.1, December 1st, 2025\0PROJ_NETWORK\0",
        "9.7.1",
    ),
    ("hdf5", "HDF5 library version: 1.10.8\0", "1.10.8"),
    (
        "gstreamer",
        "../gst/gst.c\x001.22.0\0staticelements\0GStreamer",
        "1.22.0",
    ),
    (
        "libraw",
        "Image too big for processing\0Unspecified error\x000.20.2-Release\0",
        "0.20.2",
    ),
    ("vlc", "VLC/3.0.24 LibVLC/3.0.24\0", "3.0.24"),
    ("libbluray", "libbluray version 1.3.4\n\0", "1.3.4"),
    ("djvulibre", "\0ddjvu_cache\0DjVuLibre-3.5.28\0", "3.5.28"),
    (
        "qpdf",
        "can't find startxref\0error reading xref: \x0011.3.0\0empty PDF\0",
        "11.3.0",
    ),
    ("libass", "tarball: 0.17.1\0libass source: %s\0", "0.17.1"),
];
