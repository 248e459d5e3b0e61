#!/usr/bin/env python3
"""Makes the tables of this directory: which strings of a library came with which of its releases, and went with which.

`python3 make.py fetch DIRECTORY` brings binaries of known releases: DIRECTORY/<library>/<release>/<file>. They are Debian's, of each suite
that its archive has, and those of Python's wheels. It needs apt-get, dpkg-deb, pip, binutils and the archives.
`python3 make.py tables DIRECTORY` writes <library>.tsv beside this script.

A table's first line has the releases, the oldest first: each the oldest that a binary with its strings can be of. Each other line has the first and the last release that a string is in, and the
string; `-` stands for what is beyond the table. A string that is in all releases tells nothing, and one that comes and goes is left out.
So is one that another library's binaries hold, and one that lies within what a release without it holds.
"""
import collections, functools, io, os, pathlib, re, subprocess, sys, tarfile, tempfile, zipfile

SUITES = ["bullseye", "bullseye-security", "bookworm", "trixie", "forky", "sid"]
# by library, Debian's packages of it, and the names of the files that are it
DEBIAN = {
    "giflib": (["libgif7", "libgif-dev"], r"/libgif\.(a|so\.)"),
    "jansson": (["libjansson4", "libjansson-dev"], r"/libjansson\.(a|so\.)"),
    "lcms2": (["liblcms2-2", "liblcms2-dev"], r"/liblcms2\.(a|so\.)"),
    "libtasn1": (["libtasn1-6", "libtasn1-6-dev"], r"/libtasn1\.(a|so\.)"),
    "libyaml": (["libyaml-0-2", "libyaml-dev"], r"/libyaml(-0)?\.(a|so\.)"),
    "brotli": (["libbrotli1", "libbrotli-dev"], r"/libbrotli\w+\.(so\.|a$)"),
    "nettle": (["libnettle8", "libnettle8t64", "libhogweed6", "libhogweed6t64"], r"/lib(nettle|hogweed)\.so\."),
    "oniguruma": (["libonig5", "libonig-dev"], r"/libonig\.(a|so\.)"),
    "pixman": (["libpixman-1-0", "libpixman-1-dev"], r"/libpixman-1\.(a|so\.)"),
    "protobuf": (["libprotobuf23", "libprotobuf32", "libprotobuf32t64"], r"/libprotobuf\.so\."),
    "snappy": (["libsnappy1v5", "libsnappy-dev"], r"/libsnappy\.(a|so\.)"),
}
# by library, the wheels that have it, each with the library's release, and the names of the files that are it
WHEELS = {
    "brotli": ({"Brotli==1.0.7": "1.0.7", "Brotli==1.1.0": "1.1.0", "Brotli==1.2.0": "1.2.0"}, r"_brotli.*\.so"),
    "lcms2": (
        {"Pillow==5.4.1": "2.9", "Pillow==7.1.2": "2.9", "Pillow==8.2.0": "2.12", "Pillow==9.2.0": "2.13.1",
         "Pillow==9.4.0": "2.14", "Pillow==10.0.1": "2.15", "Pillow==10.3.0": "2.16", "Pillow==11.3.0": "2.17"},
        r"liblcms2",
    ),
    "protobuf": (
        {f"protobuf=={release}": release for release in
         ["3.6.1", "3.8.0", "3.11.3", "3.13.0", "3.15.8", "3.17.3", "3.18.1", "3.19.6", "3.20.3"]},
        r"pyext/_message.*\.so",
    ),
}
# releases of which there is no binary: where a string is not in one release and in the next that there is, it may have come with these
BETWEEN = {
    "brotli": [],
    "jansson": ["2.14.1", "2.15.0"],
    "lcms2": ["2.10", "2.11", "2.13", "2.18", "2.19"],
    "libyaml": ["0.2.3", "0.2.4"],
    "nettle": ["3.8", "3.9", "3.9.1", "3.10"],
    "oniguruma": ["6.9.7", "6.9.7.1"],
    "pixman": ["0.42.0", "0.43.0", "0.43.2", "0.43.4", "0.44.2", "0.46.0", "0.46.2"],
    "protobuf": ["3.7.0", "3.9.0", "3.10.0", "3.11.0", "3.11.4", "3.12.0", "3.14.0", "3.15.0", "3.16.0", "3.17.0", "3.18.0", "3.18.2",
                 "3.19.0", "3.20.0"],
}
PLATFORMS = ["manylinux2014_x86_64", "manylinux1_x86_64", "manylinux_2_28_x86_64"]
PYTHONS = ["3.11", "3.9", "3.7"]
# the kind of file that has more in it than the library
BINDING = "binding"
# what the search looks for has at least so many bytes, and more are no better
SHORTEST, LONGEST = 8, 48
# strings that came with a release, or went with it, and are kept; of fewer that came, a release is not told from the one before
MOST, LEAST = 12, 3
# one of so many may be chance, as for the program that reads the tables
STRAY = 8
MESSAGE = re.compile(r"[A-Za-z]{3,}.* .*[A-Za-z]{3,}")
NAME = re.compile(r"(?=.*[_-]|.{14})[A-Za-z][A-Za-z0-9_-]*")
# what tells of the compiler, the system or whoever built it
LOCAL = re.compile(r"/build/|/usr/src|/tmp/|/io/|/root/|[Dd]ebian|GCC:|GLIBC|\d{4}-\d\d|_start|__|crtstuff|^_Z|^N\d|^St\d|[\t\\\"]")


def run(*command, cwd=None, env=None):
    done = subprocess.run(command, cwd=cwd, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    return done.stdout if done.returncode == 0 else None


def keep(directory, library, release, name, content):
    folder = directory / library / release
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name.replace("/", "_")).write_bytes(content)


def upstream(version):
    """The library's own number in a package's version."""
    version = version.split(":")[-1].split("+really")[-1].rsplit("-", 1)[0]
    return re.split(r"[+~]", version)[0]


def archive(suite, scratch):
    """The environment in which apt-get knows one suite and nothing else."""
    lines = run("apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE)", "Created-By: Packages").decode().splitlines()
    is_security = suite.endswith("-security")
    mirror = next(line.split()[0] for line in lines if line.endswith("-security") == is_security and "debian" in line)
    root = scratch / suite
    (root / "lists/partial").mkdir(parents=True)
    (root / "sources.list").write_text(f"deb [trusted=yes] {mirror} {suite} main\n")
    (root / "status").touch()
    options = {"Dir::Etc::sourcelist": root / "sources.list", "Dir::Etc::sourceparts": "/dev/null", "Dir::State::Lists": root / "lists",
               "Dir::State::status": root / "status", "Dir::Cache": root, "APT::Sandbox::User": "root", "Acquire::Languages": "none"}
    (root / "apt.conf").write_text("".join(f'{name} "{value}";\n' for name, value in options.items()))
    environment = {**os.environ, "APT_CONFIG": str(root / "apt.conf")}
    run("apt-get", "update", env=environment)
    return root, environment


def fetch_debian(directory, suite, scratch):
    root, environment = archive(suite, scratch)
    for library, (packages, pattern) in DEBIAN.items():
        for package in packages:
            run("apt-get", "download", package, cwd=root, env=environment)
        for path in root.glob("*.deb"):
            release = upstream(run("dpkg-deb", "-f", path, "Version").decode().strip())
            with tarfile.open(fileobj=io.BytesIO(run("dpkg-deb", "--fsys-tarfile", path))) as tar:
                for member in tar:
                    if member.isfile() and re.search(pattern, member.name):
                        keep(directory, library, release, f"{suite}-{member.name.split('/')[-1]}", tar.extractfile(member).read())
            path.unlink()


def fetch_wheels(directory, scratch):
    platforms = [word for platform in PLATFORMS for word in ("--platform", platform)]
    for library, (wheels, pattern) in WHEELS.items():
        for wheel, release in wheels.items():
            folder = scratch / wheel
            download = ["pip", "download", "--no-deps", "--only-binary=:all:", *platforms, "-d", str(folder), wheel]
            any(run(*download, "--python-version", python) is not None for python in PYTHONS)
            for path in folder.glob("*.whl"):
                with zipfile.ZipFile(path) as archive:
                    for name in archive.namelist():
                        if re.search(pattern, name):
                            keep(directory, library, release, f"{wheel}-{name}", archive.read(name))


def text_of(path):
    """What is printable in the file, and what of it stands alone and is neither a name of its own only nor one of others."""
    with tempfile.NamedTemporaryFile() as copy:
        run("strip", "--strip-all", "-o", copy.name, str(path))
        content = pathlib.Path(copy.name).read_bytes() or path.read_bytes()
    imported = {line.split()[-1].split(b"@")[0] for line in (run("nm", "-D", "--undefined-only", str(path)) or b"").splitlines() if line}
    alone = re.findall(rb"(?<=\0)[\n\x20-\x7e]{%d,}(?=\0)" % SHORTEST, content)
    everything = re.findall(rb"[\n\x20-\x7e]{%d,}" % SHORTEST, path.read_bytes())
    return b"\0\0".join(everything), b"\0\0".join(text for text in alone if text not in imported)


def strings(content):
    """What is worth a look: messages and names between NULs, and the beginnings of long ones."""
    texts = (found[:LONGEST].decode() for found in re.findall(rb"(?:^|(?<=\0))[\x20-\x7e]{%d,}" % SHORTEST, content))
    return {text for text in texts if (MESSAGE.search(text) and len(text) >= 20 or NAME.fullmatch(text)) and not LOCAL.search(text)}


def number(release):
    return [int(part) for part in release.split(".")]


def kind(path):
    """Files of one kind are linked alike: what is missing from one and not from the other came or went."""
    return BINDING if "==" in path.name and "libs_" not in path.name else "static" if path.suffix == ".a" else "shared"


@functools.cache
def is_in(text, everything):
    return text.encode() in everything


def claims(releases, samples, foreign):
    """By first and last release, the strings that all kinds of samples which ever hold them hold just there."""
    found = collections.defaultdict(list)
    for text in sorted({text for release in releases for _, (_, alone) in samples[release] for text in strings(alone)}):
        if text in foreign or len(set(text)) < 6 or text != text.strip():
            continue
        holders = {release: {kind for kind, (everything, _) in samples[release] if is_in(text, everything)} for release in releases}
        kinds = set().union(*holders.values())
        if kinds == {BINDING}:
            continue
        # of the others, nobody knows
        telling = [at for at, release in enumerate(releases) if any(kind in kinds for kind, _ in samples[release])]
        held = [at for at in telling if holders[releases[at]]]
        if held != [at for at in telling if held[0] <= at <= held[-1]]:
            continue
        first = max((at + 1 for at in telling if at < held[0]), default=0)
        last = min((at - 1 for at in telling if at > held[-1]), default=len(releases) - 1)
        if last - first + 1 < len(releases):
            found[releases[first], releases[last]].append(text)
    return found


def choose(texts):
    """Messages before names, and no two of one beginning."""
    texts = sorted(texts, key=lambda text: (" " not in text, "%" in text, -len(text), text))
    return list({text[:14]: text for text in reversed(texts)}.values())[::-1][:MOST]


def table(library, samples, foreign):
    sampled = releases = sorted(samples, key=number)
    newest = {release: release for release in releases}
    while True:
        found = claims(releases, samples, foreign)
        came, held = collections.Counter(), collections.Counter()
        for (first, last), texts in found.items():
            came[first] += len(choose(texts))
            held.update({release: len(choose(texts)) for release in releases[releases.index(first) : releases.index(last) + 1]})
        alike = next((release for release in releases[1:] if came[release] < max(LEAST, held[release] // STRAY + 1)), None)
        if alike is None or len(releases) < 2:
            break
        print(f"{library}: {alike} is not told from the release before it")
        # both are the older one from here on
        before = releases[releases.index(alike) - 1]
        samples[before] = samples[before] + samples.pop(alike)
        newest[before] = newest[alike]
        releases = [release for release in releases if release != alike]
    if len(releases) < 2:
        return None
    oldest = {release: min((other for other in [*sampled, *BETWEEN[library]] if number(other) > number(newest[before])), key=number)
              for before, release in zip(releases, releases[1:])}
    oldest[releases[0]] = releases[0]
    lines = ["\t".join(oldest[release] for release in releases)]
    for (first, last), texts in sorted(found.items(), key=lambda item: (number(item[0][0]), number(item[0][1]))):
        ends = ("-" if first == releases[0] else oldest[first], "-" if last == releases[-1] else oldest[last])
        lines += ["\t".join((*ends, text)) for text in choose(texts)]
    return "\n".join(lines) + "\n"


def tables(directory):
    samples = {library.name: {release.name: [(kind(path), text_of(path)) for path in sorted(release.iterdir())] for release in library.iterdir()}
               for library in sorted(directory.iterdir())}
    known = {library: {text for contents in releases.values() for _, (_, alone) in contents for text in strings(alone)}
             for library, releases in samples.items()}
    for library, releases in samples.items():
        foreign = set().union(*(texts for other, texts in known.items() if other != library))
        made = table(library, dict(releases), foreign)
        print(f"{library}: {made and made.splitlines()[0].split()}, {len(made.splitlines()) - 1 if made else 0} strings")
        path = pathlib.Path(__file__).with_name(f"{library}.tsv")
        if made:
            path.write_text(made)
        else:
            path.unlink(missing_ok=True)


def main():
    step, directory = sys.argv[1], pathlib.Path(sys.argv[2])
    if step == "tables":
        return tables(directory)
    with tempfile.TemporaryDirectory() as scratch:
        for suite in SUITES:
            fetch_debian(directory, suite, pathlib.Path(scratch))
        fetch_wheels(directory, pathlib.Path(scratch))


main()
