#!/usr/bin/env python3
"""Makes the tables of this directory: pairs of versions with the answer of the real tool of each ecosystem.

Run it as `python3 make.py NAME...` where the tool is at hand; a table is `left TAB sign TAB right`. The tools:
  dpkg      dpkg --compare-versions (1.21)            rpm       rpm.vercmp of rpm (4.18)
  semver    node's semver, as npm carries it          go        golang.org/x/mod/semver (0.30)
  pep440    PyPA packaging (26.4)                     gem       Gem::Version of Ruby 3.1 (RubyGems 3.3)
  maven     ComparableVersion of maven-artifact 3.8.7 (MAVEN_JAR)
  composer  composer/semver 3.3 on PHP 8.2            upstream  the rule of OpenSSL's letters, written here
apk.tsv and nuget.tsv are written by hand from the published rules, because neither tool runs here.
"""
import itertools, json, os, random, subprocess, sys, tempfile

FIXED = {
    "dpkg": "1.0 1.0-1 1.0-1~deb12u1 1.0-1+b1 1.0~rc1-1 1:0.9 0:1.0 1.0.0 1.00 1.0a 1.0+dfsg 1.0-0 7.88.1-10+deb12u4 7.88.1-10+deb12u14 3.0.11-1~deb12u2 3.0.9-1 1:1.2.11.dfsg-2+deb11u2 2.36-9+deb12u3 1.0~~ 1.0~ 1.0. 1.0-a-1 1.0:1".split(),
    "rpm": "1.0 1.0~rc1 1.0^git1 1.0^ 1.0~rc1^git1 1.0.1 1.0-1 1.0-1.el8 1.0-1.el8_6 1:0.5-1 2.0.1 1.0a 1.0aa 1.0.a 10 9 1.0~ 1.0~~ xyz10 xyz10.1 xyz.4 8 2a 1.0010 1.9 4.18.0-305.el8 4.18.0-305.12.1.el8_4 1:1.1.1k-9.el8_7 1.1.1k-6.el8_5".split(),
    "semver": "1.0.0 1.0.0-alpha 1.0.0-alpha.1 1.0.0-alpha.beta 1.0.0-beta 1.0.0-beta.2 1.0.0-beta.11 1.0.0-rc.1 v1.2.3 1.2.3+build 1.2.3 2.0.0 1.10.0 1.9.0 0.0.0-0 1.0.0--1 1.0.0-0a 1.0.0-a-b 99999999.0.0 4.17.21 4.17.20".split(),
    "go": "v1.0.0 v1.2.3+incompatible v1.2.3 v0.0.0-20190101000000-abcdefabcdef v0.0.0-20200101000000-abcdefabcdef v0.0.0 v1.2.4-0.20200101000000-abcdefabcdef v1.2.3-pre v1.2.3-pre.0.20200101000000-abcdefabcdef v2.0.0 v0.1.0 v1 v1.2 v1.2.0-rc.1 v1.2.0-0".split(),
    "pep440": "1.0 1.0.0 1.0a1 1.0b2 1.0rc1 1.0c1 1.0.dev1 1.0.post1 1.0-1 1.0+local 1.0+local.2 1!0.5 1.0a1.dev1 1.0.post1.dev2 v1.0 1.0-alpha.1 1.0preview1 2022.5.18 3.2.0 3.2 1.0.RC1 1.0_post_2 01.0 1.0+1 1.0+a".split(),
    "gem": "1.0 1.0.0 1.0.a 1.0.rc1 1.0.0.pre.1 1.0-1 1.0.b2 1.0.b10 1.a 1.0.1 1.10 1.9 1.0.0.beta 1.0.0.beta.2 0 0.0 1.8.2.a10 1.8.2.a9 5.2.4.3 1.0.A 1.0.a.0 1a 1.0a1".split(),
    "maven": "1 1.0 1.0.0 1-ga 1-final 1-sp 1-sp-1 1-snapshot 1.0-rc1 1.0-cr1 1.0.rc1 1.0-alpha-1 1.0a1 1.0-a1 1.0b2 1.0m3 1.0-foo 1.0-1 1.1-1 1.0.1 1-1 1.x 1-x 1.0.RELEASE 2.17.1 2.9.10.8 4.1.100.Final 4.1.99.Final 1.0-jre 32.0-android 1.0-beta-2 1.0.Alpha1 1-0.alpha 1-- 1.0-20200101.120000-1 2.0-m1 99999999999999999999".split(),
    "composer": "1.0 1.0.0 v1.0.0 1.0.0.0 1.0-alpha 1.0-alpha1 1.0-a2 1.0-beta 1.0-beta.2 1.0-b3 1.0-RC1 1.0-rc2 1.0-dev 1.0-p1 1.0-patch2 1.0-pl3 1.0-stable 2.1.x-dev 1.x-dev 1.10 1.9 1.0-beta2-dev 1.0-alpha11 1.0.0+build".split(),
    "upstream": "0.9.8 0.9.8a 0.9.8z 0.9.8za 0.9.8zh 1.0.1 1.0.1f 1.0.2 1.0.2k 1.0.2z 1.0.2za 1.0.2zg 1.1.0 1.1.1 1.1.1w 2.0b 2.0aa 2.0ab 2.0c 3.0.0-alpha1 3.0.0-alpha17 3.0.0-beta2 3.0.0 3.0.9 3.0.13 3.2.1 8.4.0 8.4 7.79.1 8.10.0".split(),
}
PARTS = {
    "dpkg": ["1", "2", "10", "01", ".", "~", "+", "a", "b", "-"], "rpm": ["1", "2", "10", "01", ".", "~", "^", "a", "b", "_", "."],
    "semver": None, "go": None,
    "pep440": None, "gem": ["1", "0", ".", "a", "b", ".1", ".0", ".rc2", "-1"],
    "maven": ["1", "0", "2", ".", "-", ".0", "-1", "a", "b1", "alpha", "-rc", ".sp", "ga", "x", "-snapshot", ".final"],
    "composer": None, "upstream": None,
}


def made(name, rng):
    n = lambda top=3: str(rng.randrange(top))
    core = ".".join(n() for _ in range(3))
    if name in ("semver", "go"):
        text = core + "".join(["-" + ".".join(rng.choice(["0", "1", "a", "b", "a1", "rc", "10", "2"]) for _ in range(rng.randrange(1, 4)))][: rng.randrange(2)])
        return "v" + text if name == "go" else text
    if name == "pep440":
        return rng.choice(["", "", "1!"]) + ".".join(n() for _ in range(rng.randrange(1, 4))) + rng.choice(["", "", "a1", "b0", "rc2"]) + rng.choice(["", "", ".post1"]) + rng.choice(["", "", ".dev1"]) + rng.choice(["", "", "+x.1"])
    if name == "composer":
        return ".".join(n() for _ in range(rng.randrange(1, 5))) + rng.choice(["", "", "-alpha", "-beta", "-RC", "-p", "-alpha1", "-beta.2", "-rc3", "-patch1", "-dev"])
    if name == "upstream":
        return core + rng.choice(["", "", "a", "k", "z", "za", "zb"])
    first = rng.choice(["1", "2", "0", "10"])
    return first + "".join(rng.choice(PARTS[name]) for _ in range(rng.randrange(0, 5)))


def sh(*args, **kw):
    return subprocess.run(args, check=True, capture_output=True, text=True, **kw).stdout


def dpkg(pairs):
    for a, b in pairs:
        said = [s for s in ("lt", "eq", "gt") if subprocess.run(["dpkg", "--compare-versions", a, s, b], capture_output=True).returncode == 0]
        yield {"lt": -1, "eq": 0, "gt": 1}[said[0]] if len(said) == 1 else None


def rpm(pairs):
    body = "".join(f'io.write(rpm.vercmp("{a}","{b}"),"\\n");' for a, b in pairs)
    return map(int, sh("rpm", "--eval", "%{lua:" + body + "}").split())


def semver(pairs):
    code = 'const s=require(require("child_process").execSync("npm root -g").toString().trim()+"/npm/node_modules/semver");const p=JSON.parse(process.argv[1]);console.log(JSON.stringify(p.map(([a,b])=>s.valid(a)&&s.valid(b)?s.compare(a,b):null)))'
    return json.loads(sh("node", "-e", code, json.dumps(pairs)))


def go(pairs):
    with tempfile.TemporaryDirectory() as d:
        open(d + "/go.mod", "w").write("module m\ngo 1.21\nrequire golang.org/x/mod v0.30.0\n")
        rows = ",".join("{%s,%s}" % (json.dumps(a), json.dumps(b)) for a, b in pairs)
        open(d + "/m.go", "w").write('package main\nimport ("fmt"; "golang.org/x/mod/semver")\nfunc main(){ for _, p := range [][2]string{%s} { fmt.Println(semver.Compare(p[0],p[1])) } }\n' % rows)
        return map(int, sh("go", "run", "-mod=mod", "m.go", cwd=d).split())


def pep440(pairs):
    from packaging.version import Version
    return [(Version(a) > Version(b)) - (Version(a) < Version(b)) for a, b in pairs]


def gem(pairs):
    code = 'require "json"; puts JSON.generate(JSON.parse(ARGV[0]).map { |a,b| Gem::Version.correct?(a) && Gem::Version.correct?(b) ? Gem::Version.new(a) <=> Gem::Version.new(b) : nil })'
    return json.loads(sh("ruby", "-e", code, json.dumps(pairs)))


def maven(pairs):
    versions = [v for pair in pairs for v in pair]
    out = sh("java", "-jar", os.environ.get("MAVEN_JAR", "/usr/share/java/maven-artifact-3.x.jar"), *versions)
    signs = [line.split()[1] for line in out.splitlines() if line.startswith("   ")]
    return [{"<": -1, "==": 0, ">": 1}[sign] for sign in signs[::2]]


def composer(pairs):
    code = 'require "Composer/Semver/autoload.php"; $p=new Composer\\Semver\\VersionParser; echo json_encode(array_map(fn($x)=>version_compare($p->normalize($x[0]),$p->normalize($x[1])), json_decode($argv[1])));'
    return json.loads(sh("php", "-r", code, json.dumps(pairs)))


def upstream(pairs):
    def key(text):
        core, _, preview = text.partition("-")
        letters = core.lstrip("0123456789.")
        numbers = [int(n) for n in core[: len(core) - len(letters)].split(".")]
        word = preview.rstrip("0123456789")
        return numbers + [0] * (3 - len(numbers)), (word or "release", int(preview[len(word):] or 0)), len(letters), letters
    return [(key(a) > key(b)) - (key(a) < key(b)) for a, b in pairs]


def main():
    for name in sys.argv[1:]:
        rng = random.Random(name)
        fixed = FIXED[name]
        pairs = list(itertools.pairwise(fixed)) + rng.sample(list(itertools.combinations(fixed, 2)), min(120, len(fixed) * (len(fixed) - 1) // 2))
        pairs += [(made(name, rng), made(name, rng)) for _ in range(180)]
        pairs = list(dict.fromkeys(pairs))
        answers = list(globals()[name](pairs))
        assert len(answers) == len(pairs), (len(answers), len(pairs))
        with open(f"{name}.tsv", "w") as out:
            out.write(f"# Made by make.py with the tool it names for {name}.\n")
            for (a, b), answer in zip(pairs, answers):
                if answer is not None:
                    out.write(f"{a}\t{'<=>'[answer + 1]}\t{b}\n")


main()
