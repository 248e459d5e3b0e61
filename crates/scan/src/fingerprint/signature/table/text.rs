//! Text: markup, data formats, patterns and writing systems.

use super::{ROW, Signature};

/// The numbers that its releases have, or will.
#[rustfmt::skip]
const LIBXML2: &[&str] = &[
    "20700\0", "20701\0", "20702\0", "20703\0", "20704\0", "20705\0", "20706\0", "20707\0", "20708\0",
    "20800\0", "20900\0", "20901\0", "20902\0", "20903\0", "20904\0", "20905\0", "20906\0", "20907\0",
    "20908\0", "20909\0", "20910\0", "20911\0", "20912\0", "20913\0", "20914\0", "21000\0", "21001\0",
    "21002\0", "21003\0", "21004\0", "21005\0", "21100\0", "21101\0", "21102\0", "21103\0", "21104\0",
    "21105\0", "21106\0", "21107\0", "21108\0", "21109\0", "21200\0", "21201\0", "21202\0", "21203\0",
    "21204\0", "21205\0", "21206\0", "21207\0", "21208\0", "21209\0", "21210\0", "21300\0", "21301\0",
    "21302\0", "21303\0", "21304\0", "21305\0", "21306\0", "21307\0", "21308\0", "21309\0", "21400\0",
    "21401\0", "21402\0", "21403\0", "21404\0", "21405\0", "21406\0", "21407\0", "21408\0", "21409\0",
    "21500\0", "21501\0", "21502\0", "21503\0", "21504\0", "21505\0", "21506\0", "21507\0", "21508\0",
    "21509\0",
];

#[rustfmt::skip]
const LIBXSLT: &[&str] = &[
    "10124\0", "10125\0", "10126\0", "10127\0", "10128\0", "10129\0", "10130\0", "10131\0", "10132\0",
    "10133\0", "10134\0", "10135\0", "10136\0", "10137\0", "10138\0", "10139\0", "10140\0", "10141\0",
    "10142\0", "10143\0", "10144\0", "10145\0", "10146\0", "10147\0", "10148\0", "10149\0",
];

pub(super) const ROWS: &[Signature] = &[
    Signature {
        name: "expat",
        cpes: &["libexpat_project:libexpat"],
        licence: "MIT",
        anchors: &["\0expat_2."],
        pattern: r"\x00expat_(2\.\d+\.\d+)\x00",
        markers: &["not well-formed (invalid token)"],
        ..ROW
    },
    Signature {
        name: "libxml2",
        cpes: &["xmlsoft:libxml2"],
        licence: "MIT",
        anchors: LIBXML2,
        pattern: r"[^0-9A-Za-z._-](2(?:0[7-9]|1[0-5])\d\d)\x00",
        is_number: true,
        alone: &[
            "xmlns: '%s' is not a valid URI",
            "xmlns:%s: '%s' is not a valid URI",
        ],
        ..ROW
    },
    Signature {
        name: "libxslt",
        cpes: &["xmlsoft:libxslt"],
        licence: "MIT",
        anchors: LIBXSLT,
        pattern: r"[^0-9A-Za-z._-](101[2-4]\d)\x00",
        is_number: true,
        alone: &["xsl:exclude-result-prefixes : undefined"],
        ..ROW
    },
    Signature {
        name: "pcre2",
        cpes: &["pcre:pcre2"],
        licence: "BSD-3-Clause",
        anchors: &[
            "\x0010.00",
            "\x0010.10",
            "\x0010.20",
            "\x0010.21",
            "\x0010.22",
            "\x0010.23",
            "\x0010.30",
            "\x0010.31",
            "\x0010.32",
            "\x0010.33",
            "\x0010.34",
            "\x0010.35",
            "\x0010.36",
            "\x0010.37",
            "\x0010.38",
            "\x0010.39",
            "\x0010.40",
            "\x0010.41",
            "\x0010.42",
            "\x0010.43",
            "\x0010.44",
            "\x0010.45",
            "\x0010.46",
            "\x0010.47",
            "\x0010.48",
            "\x0010.49",
        ],
        pattern: r"\x00(10\.\d{1,2}) 20\d\d-\d\d-\d\d\x00",
        markers: &[
            "UTF-8 error: 1 byte missing at end",
            "\\C is not allowed in a lookbehind assertion",
        ],
        ..ROW
    },
    Signature {
        name: "pcre",
        cpes: &["pcre:pcre"],
        licence: "BSD-3-Clause",
        anchors: &[
            "8.30 2012",
            "8.31 2012",
            "8.32 2012",
            "8.33 2013",
            "8.34 2013",
            "8.35 2014",
            "8.36 2014",
            "8.37 2015",
            "8.38 2015",
            "8.39 2016",
            "8.40 2017",
            "8.41 2017",
            "8.42 2018",
            "8.43 2019",
            "8.44 2020",
            "8.45 2021",
        ],
        pattern: r"(8\.\d{2}) 20\d\d-\d\d-\d\d\x00",
        markers: &["unrecognized character after (?<"],
        ..ROW
    },
    Signature {
        name: "oniguruma",
        cpes: &["oniguruma_project:oniguruma"],
        licence: "BSD-2-Clause",
        alone: &["invalid char in group name <%n>"],
        excludes: &["ruby", "php"],
        ..ROW
    },
    Signature {
        name: "icu",
        cpes: &[
            "icu-project:international_components_for_unicode",
            "unicode:international_components_for_unicode",
        ],
        licence: "Unicode-3.0",
        anchors: &["icudt5", "icudt6", "icudt7", "icudt8"],
        pattern: r"icudt([5-8]\d)[lbe][\x00/-]",
        ..ROW
    },
    Signature {
        name: "protobuf",
        cpes: &["google:protobuf"],
        licence: "BSD-3-Clause",
        alone: &[
            "[libprotobuf %s %s:%d]",
            "google/protobuf/wire_format_lite.cc",
            "google/protobuf/descriptor.cc",
        ],
        ..ROW
    },
    Signature {
        name: "grpc",
        cpes: &["grpc:grpc"],
        licence: "Apache-2.0",
        alone: &["grpc-c/%s (%s; %s)"],
        ..ROW
    },
    Signature {
        name: "libyaml",
        cpes: &["pyyaml:libyaml"],
        licence: "MIT",
        alone: &["!parser->read_handler"],
        ..ROW
    },
    Signature {
        name: "jansson",
        cpes: &["jansson_project:jansson"],
        licence: "MIT",
        alone: &[
            "unable to decode byte 0x%x",
            "%li object item(s) left unpacked: %s",
        ],
        ..ROW
    },
    Signature {
        name: "libmagic",
        cpes: &["file_project:file"],
        licence: "BSD-2-Clause",
        anchors: &["bad magic in `%s'\0"],
        pattern: r"bad magic in `%s'\x00([45]\.\d+)\x00",
        ..ROW
    },
    Signature {
        name: "ncurses",
        cpes: &["gnu:ncurses"],
        licence: "X11-distribute-modifications-variant",
        anchors: &["\0ncurses "],
        pattern: r"\x00ncurses ([56]\.\d+)\.20\d{6}\x00",
        ..ROW
    },
    Signature {
        name: "libidn2",
        cpes: &["gnu:libidn2"],
        licence: "LGPL-3.0-or-later OR GPL-2.0-or-later",
        anchors: &["xn--2.", "xn--\x002."],
        pattern: r"xn--\x00?(2\.\d+\.\d+)\x00",
        markers: &["idn2_lookup_u8"],
        ..ROW
    },
    Signature {
        name: "libpsl",
        cpes: &["libpsl_project:libpsl"],
        licence: "MIT",
        alone: &["===END PRIVATE DOMAINS==="],
        ..ROW
    },
    Signature {
        name: "thrift",
        cpes: &["apache:thrift"],
        licence: "Apache-2.0",
        anchors: &["application/x-thrift"],
        pattern: r"User-Agent: Thrift/\x00(0\.\d+\.\d+)\x00",
        ..ROW
    },
    Signature {
        name: "yajl",
        cpes: &["yajl_project:yajl"],
        licence: "ISC",
        alone: &["unallowed token at this point in JSON text"],
        ..ROW
    },
    Signature {
        name: "raptor",
        cpes: &["librdf:raptor_rdf_syntax_library"],
        licence: "LGPL-2.1-or-later",
        anchors: &["http://librdf.org/raptor/"],
        pattern: r"\x00(2\.\d+\.\d+)\x00http://librdf\.org/raptor/",
        ..ROW
    },
];

/// What the binaries of each row hold, and the version.
#[cfg(test)]
pub(super) const SAMPLES: &[(&str, &str, &str)] = &[
    (
        "expat",
        "\0expat_2.5.0\0not well-formed (invalid token)\0",
        "2.5.0",
    ),
    (
        "libxml2",
        "xmlns: '%s' is not a valid URI\n\0::20914\0",
        "2.9.14",
    ),
    (
        "libxslt",
        "xsl:exclude-result-prefixes : undefined namespace %s\n\0text/xsl\x0010135\0",
        "1.1.35",
    ),
    (
        "pcre2",
        "\x0010.42 2022-12-11\0UTF-8 error: 1 byte missing at end\0",
        "10.42",
    ),
    (
        "pcre",
        "\x008.39 2016-06-14\0unrecognized character after (?<\0",
        "8.39",
    ),
    ("oniguruma", "invalid char in group name <%n>\0", "?"),
    ("icu", "\0icudt72l\0curr\0", "72"),
    ("protobuf", "[libprotobuf %s %s:%d] %s\n\0", "?"),
    ("grpc", "grpc-c/%s (%s; %s)\0", "?"),
    ("libyaml", "!parser->read_handler\0", "?"),
    ("jansson", "unable to decode byte 0x%x\0", "?"),
    (
        "libmagic",
        "Bad map type %d\0bad magic in `%s'\x005.44\0%.*s.mime%s\0",
        "5.44",
    ),
    ("ncurses", "\0ncurses 6.4.20221231\0", "6.4"),
    ("libidn2", "xn--2.3.3\0idn2_lookup_u8\0", "2.3.3"),
    (
        "libpsl",
        "===END ICANN DOMAINS===\0===END PRIVATE DOMAINS===\0",
        "?",
    ),
    (
        "thrift",
        "Accept: application/x-thrift\0User-Agent: Thrift/\x000.17.0\0",
        "0.17.0",
    ),
    ("yajl", "unallowed token at this point in JSON text\0", "?"),
    (
        "raptor",
        "\x002.0.15\0http://librdf.org/raptor/\0",
        "2.0.15",
    ),
];
