//! Pictures, sound and film.

use super::{ROW, Signature};

pub(super) const ROWS: &[Signature] = &[
    Signature {
        name: "libpng",
        cpes: &["libpng:libpng"],
        licence: "libpng-2.0",
        anchors: &["libpng version "],
        pattern: r"[ \n]libpng version (1\.\d+\.\d+)",
        ..ROW
    },
    Signature {
        name: "libjpeg-turbo",
        cpes: &["libjpeg-turbo:libjpeg-turbo", "d.r.commander:libjpeg-turbo"],
        licence: "IJG AND BSD-3-Clause AND Zlib",
        anchors: &["libjpeg-turbo version "],
        pattern: r"libjpeg-turbo version ([123]\.\d+\.\d+(?:\.\d+)?) \(build",
        ..ROW
    },
    Signature {
        name: "libtiff",
        cpes: &["libtiff:libtiff"],
        licence: "libtiff",
        anchors: &["LIBTIFF, Version "],
        pattern: r"LIBTIFF, Version ([34]\.\d+\.\d+)",
        ..ROW
    },
    Signature {
        name: "giflib",
        cpes: &["giflib_project:giflib"],
        licence: "MIT",
        alone: &["Image is defective, decoding aborted"],
        ..ROW
    },
    Signature {
        name: "openjpeg",
        cpes: &["uclouvain:openjpeg"],
        licence: "BSD-2-Clause",
        anchors: &["\0opj_mqc_init_enc\0", "*mqc->bp != 0xff\0"],
        pattern: r"(?:opj_mqc_init_enc|\*mqc->bp != 0xff)\x00.{0,40}?(2\.\d+\.\d+)\x00rb\x00wb\x00",
        ..ROW
    },
    Signature {
        name: "ffmpeg",
        cpes: &["ffmpeg:ffmpeg"],
        licence: "LGPL-2.1-or-later",
        anchors: &["FFmpeg version "],
        pattern: r"\x00FFmpeg version n?(\d\.\d+(?:\.\d+)?)",
        ..ROW
    },
    Signature {
        name: "libvpx",
        cpes: &["webmproject:libvpx"],
        licence: "BSD-3-Clause",
        anchors: &["WebM Project VP"],
        pattern: r"WebM Project VP[89] (?:En|De)coder v(1\.\d+\.\d+)",
        ..ROW
    },
    Signature {
        name: "libaom",
        cpes: &["aomedia:aomedia"],
        licence: "BSD-2-Clause",
        anchors: &["AOMedia Project AV1 "],
        pattern: r"AOMedia Project AV1 (?:En|De)coder v?([1-4]\.\d+\.\d+)",
        ..ROW
    },
    Signature {
        name: "x264",
        cpes: &["videolan:x264"],
        licence: "GPL-2.0-or-later",
        alone: &["- H.264/MPEG-4 AVC codec - Copy"],
        ..ROW
    },
    Signature {
        name: "x265",
        cpes: &["multicorewareinc:x265_high_efficiency_video_coding"],
        licence: "GPL-2.0-or-later",
        alone: &["H.265/HEVC codec - Copyright"],
        ..ROW
    },
    Signature {
        name: "opus",
        cpes: &["opus-codec:opus", "xiph:opus"],
        licence: "BSD-3-Clause",
        anchors: &["\0libopus "],
        pattern: r"\x00libopus (1\.\d+(?:\.\d+)?)",
        ..ROW
    },
    Signature {
        name: "libvorbis",
        cpes: &["xiph.org:libvorbis", "xiph:libvorbis"],
        licence: "BSD-3-Clause",
        anchors: &["Xiph.Org libVorbis "],
        pattern: r"Xiph\.Org libVorbis (1\.\d+\.\d+)",
        ..ROW
    },
    Signature {
        name: "libtheora",
        cpes: &["xiph:libtheora"],
        licence: "BSD-3-Clause",
        anchors: &["Xiph.Org libtheora "],
        pattern: r"Xiph\.Org libtheora (1\.\d+(?:\.\d+)?)",
        ..ROW
    },
    Signature {
        name: "flac",
        cpes: &["flac_project:flac", "xiph:flac"],
        licence: "BSD-3-Clause",
        anchors: &["reference libFLAC "],
        pattern: r"reference libFLAC (1\.\d+\.\d+)",
        ..ROW
    },
    Signature {
        name: "lame",
        cpes: &["lame_project:lame"],
        licence: "LGPL-2.0-or-later",
        anchors: &["\0LAME3."],
        pattern: r"\x00(3\.\d+(?:\.\d+)?)\x00LAME3\.",
        markers: &["http://lame.sf.net"],
        ..ROW
    },
    Signature {
        name: "libsndfile",
        cpes: &["libsndfile_project:libsndfile"],
        licence: "LGPL-2.1-or-later",
        anchors: &["\0libsndfile-1."],
        pattern: r"\x00libsndfile-(1\.\d+\.\d+)",
        ..ROW
    },
    Signature {
        name: "fluidsynth",
        cpes: &["fluidsynth:fluidsynth"],
        licence: "LGPL-2.1-or-later",
        anchors: &["synth.midi-bank-select\0"],
        pattern: r"synth\.midi-bank-select\x00.{0,40}?\x00([12]\.\d+\.\d+)\x00",
        ..ROW
    },
];

/// What the binaries of each row hold, and the version.
#[cfg(test)]
pub(super) const SAMPLES: &[(&str, &str, &str)] = &[
    ("libpng", "\n libpng version 1.6.39\n", "1.6.39"),
    (
        "libjpeg-turbo",
        "libjpeg-turbo version 2.1.5 (build 20230203)\0",
        "2.1.5",
    ),
    ("libtiff", "LIBTIFF, Version 4.5.0\nCopyright", "4.5.0"),
    ("giflib", "Image is defective, decoding aborted\0", "?"),
    (
        "openjpeg",
        "\0opj_mqc_init_enc\0\0\0\x002.5.0\0rb\0wb\0",
        "2.5.0",
    ),
    ("ffmpeg", "\0FFmpeg version 5.1.4\0", "5.1.4"),
    ("libvpx", "WebM Project VP8 Encoder v1.12.0\0", "1.12.0"),
    ("libaom", "AOMedia Project AV1 Decoder v3.6.0\0", "3.6.0"),
    (
        "x264",
        "x264 - core %d%s - H.264/MPEG-4 AVC codec - Copy%s 2003-2022\0",
        "?",
    ),
    (
        "x265",
        "x265 (build %d) - %s:%s - H.265/HEVC codec - Copyright 2013-2018 (c) Multicoreware, Inc\0",
        "?",
    ),
    ("opus", "\0libopus 1.3.1\0success\0", "1.3.1"),
    ("libvorbis", "Xiph.Org libVorbis 1.3.7\0", "1.3.7"),
    (
        "libtheora",
        "Xiph.Org libtheora 1.1 20090822 (Thusnelda)\0",
        "1.1",
    ),
    ("flac", "reference libFLAC 1.4.2 20221022\0", "1.4.2"),
    (
        "lame",
        "\x003.100\0LAME3.100 \x001.0\0http://lame.sf.net\0",
        "3.100",
    ),
    ("libsndfile", "\0No Error.\0libsndfile-1.2.0\0", "1.2.0"),
    (
        "fluidsynth",
        "\0synth.midi-bank-select\0gm\0xg\0mma\x002.3.1\0",
        "2.3.1",
    ),
];
