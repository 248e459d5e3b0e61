#!/usr/bin/env python3
"""Makes real images and writes down what the package managers say is in them: `python3 make.py DIRECTORY`.

DIRECTORY/<image>/<n>.tar.gz are the layers, the bottom one first, and DIRECTORY/<image>/expected.tsv has a line
`layer TAB kind TAB name TAB version TAB removed` per component, with `-` where it is still there.
It ends with 77 and a reason where it cannot run: it needs root, debootstrap, rpm, pip, npm, gcc and the packages' archives.
"""
import gzip, json, os, pathlib, shutil, subprocess, sys, tarfile, zipfile

PYTHON = ["Django==3.2.0", "Jinja2==2.10", "requests==2.19.1", "urllib3==1.24.1", "cryptography==42.0.5", "lxml==4.9.1"]
NPM = {"lodash": "4.17.4", "minimist": "0.0.8", "express": "4.16.0", "esbuild": "0.14.0", "google-closure-compiler-java": "20210505.0.0"}
RPM = ["openssl-libs:1:1.1.1k:7.el8_6", "curl:0:7.61.1:22.el8", "zlib:0:1.2.11:17.el8", "bash:0:4.4.20:4.el8_6"]
TOOLS = ["debootstrap", "chroot", "dpkg-query", "dpkg-deb", "apt-get", "rpm", "rpmbuild", "pip", "npm", "gcc"]
# what the two wheels say when they are asked for the versions of the libraries inside them
WHEELS = [("generic", "openssl", "3.2.1"), ("generic", "zlib", "1.2.12")]
# what makes libcrypto hold its implementation
PROGRAM = "#include <openssl/ssl.h>\nint main(void) { return SSL_CTX_new(TLS_method()) == 0 || !OpenSSL_version(0); }\n"


def run(*command, cwd=None, **more):
    done = subprocess.run([str(part) for part in command], cwd=cwd, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **more)
    if done.returncode:
        raise SystemExit(f"{command[0]} failed: {done.stderr[-2000:]}")
    return done.stdout


def cannot(why):
    print(why)
    sys.exit(77)


class Image:
    """A root directory that becomes a layer each time that it has changed."""

    def __init__(self, directory):
        self.directory, self.root = directory, directory / "root"
        self.root.mkdir(parents=True)
        self.before, self.listed, self.layers = {}, {}, 0

    def entries(self):
        found = {}
        for at, directories, files in os.walk(self.root):
            inside = os.path.relpath(at, self.root)
            if inside.split("/")[0] in ("dev", "proc", "sys"):
                directories.clear()
                continue
            for name in directories + files:
                status = os.lstat(os.path.join(at, name))
                changed = None if os.path.isdir(os.path.join(at, name)) else (status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
                found[os.path.normpath(os.path.join(inside, name))] = changed
        return found

    def commit(self):
        """What is new or changed, and a whiteout for what is gone, as a layer."""
        now = self.entries()
        gone = [path for path in self.before if path not in now and os.path.dirname(path) not in self.before.keys() - now.keys()]
        with gzip.open(self.directory / f"{self.layers}.tar.gz", "wb", 6) as file, tarfile.open(fileobj=file, mode="w|") as tar:
            for path in sorted(path for path, changed in now.items() if path not in self.before or self.before[path] != changed):
                tar.add(self.root / path, path, recursive=False)
            for path in gone:
                tar.addfile(tarfile.TarInfo(os.path.join(os.path.dirname(path), ".wh." + os.path.basename(path))))
        self.before, self.layers = now, self.layers + 1

    def list(self, components):
        """What the package managers say after the newest layer: what is new came with it, what is missing went with it."""
        layer, components = self.layers - 1, set(components)
        for component in components:
            if self.listed.get(component, (0, layer))[1] is not None:
                self.listed[component] = (layer, None)
        for component, (introduced, removed) in self.listed.items():
            if removed is None and component not in components:
                self.listed[component] = (introduced, layer)

    def close(self):
        with open(self.directory / "expected.tsv", "w") as file:
            for (kind, name, version), (layer, removed) in sorted(self.listed.items()):
                print(layer, kind, name, version, "-" if removed is None else removed, sep="\t", file=file)
        shutil.rmtree(self.root)


def dpkg(root):
    listed = run("dpkg-query", f"--admindir={root}/var/lib/dpkg", "-W", "-f", "${db:Status-Status}\t${Package}\t${Version}\n")
    return [("deb", *line.split("\t")[1:]) for line in listed.splitlines() if line.startswith("installed\t")]


def python(site):
    return [("pypi", package["name"], package["version"]) for package in json.loads(run("pip", "list", "--path", site, "--format", "json"))]


def npm(app):
    if not (app / "node_modules").is_dir():
        return []
    done = subprocess.run(["npm", "ls", "--all", "--parseable", "--long"], cwd=app, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    names = {line.split(":")[1] for line in done.stdout.splitlines() if ":" in line and os.path.exists(line.split(":")[0] + "/package.json")}
    return [("npm", *name.rsplit("@", 1)) for name in names if not name.startswith("app@")]


def go(root):
    """What `go version -m` says of each program; nothing where Go is not there."""
    if not shutil.which("go"):
        return
    for line in run("go", "version", "-m", root).splitlines():
        fields = line.split("\t")
        if line.startswith(str(root)):
            yield ("golang", "stdlib", line.rsplit(": go", 1)[1])
        elif fields[1:2] == ["dep"]:
            yield ("golang", *fields[2:4])


def maven(root):
    for jar in root.rglob("*.jar"):
        with zipfile.ZipFile(jar) as archive:
            for record in (name for name in archive.namelist() if name.endswith("/pom.properties")):
                lines = archive.read(record).decode().splitlines()
                values = dict(line.split("=", 1) for line in lines if "=" in line)
                yield ("maven", f"{values['groupId']}:{values['artifactId']}", values["version"])


def debian(directory):
    image = Image(directory)
    root, app, site = image.root, image.root / "app", image.root / "usr/local/lib/python3/dist-packages"

    def layer(more=()):
        image.commit()
        image.list([*dpkg(root), *python(site), *npm(app), *go(app), *maven(app), *more])

    release = run("sh", "-c", ". /etc/os-release; echo $VERSION_CODENAME").strip()
    targets = run("apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE)", "Created-By: Packages").splitlines()
    mirror = next((line.split()[0] for line in targets if line.split()[1:] == [release]), None)
    if not mirror:
        cannot("this system has no archive of Debian's packages")
    run("debootstrap", "--variant=minbase", release, root, mirror)
    run("chroot", root, "apt-get", "clean")
    site.mkdir(parents=True)
    app.mkdir()
    layer()
    run("chroot", root, "sh", "-c", "apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends openssl curl && apt-get clean && rm -rf /var/lib/apt/lists/*")
    layer()
    run("pip", "install", "-q", "--no-deps", "--no-compile", "--only-binary=:all:", "--python-version=3.9", "--platform=manylinux2014_x86_64", "--target", site, *PYTHON)
    layer(WHEELS)
    (app / "package.json").write_text(json.dumps({"name": "app", "version": "1.0.0", "dependencies": NPM}))
    run("npm", "install", "--silent", "--ignore-scripts", cwd=app)
    layer(WHEELS)
    static = copies(directory / "work", root)
    layer(WHEELS + static)
    shutil.rmtree(app / "node_modules/minimist")
    shutil.rmtree(site / "Jinja2-2.10.dist-info")
    shutil.rmtree(app / "node_modules/google-closure-compiler-java")
    run("chroot", root, "dpkg", "--purge", "curl")
    (root / "opt/none/logrotate-helper").unlink()
    layer(WHEELS + static)
    image.close()


def copies(work, root):
    """A renamed static BusyBox, a static program with OpenSSL in it and a package's library, where no package manager looks."""
    work.mkdir()
    run("apt-get", "download", "busybox-static", "libssl-dev", cwd=work)
    for package in work.glob("*.deb"):
        run("dpkg-deb", "-x", package, work / "x")
    (root / "opt/none").mkdir(parents=True)
    for copy in ("agent.bin", "logrotate-helper"):
        shutil.copy(work / "x/bin/busybox", root / "opt/none" / copy)
    shutil.copy(next((root / "usr/lib").rglob("libdebconfclient.so.0")), root / "opt/none/plugin")
    (work / "p.c").write_text(PROGRAM)
    libraries = work / "x/usr/lib/x86_64-linux-gnu"
    run("gcc", "-static", "-s", "-w", f"-I{work}/x/usr/include", f"-I{work}/x/usr/include/x86_64-linux-gnu", "-o", root / "opt/none/data", work / "p.c", libraries / "libssl.a", libraries / "libcrypto.a", "-ldl", "-lpthread")
    busybox = run(work / "x/bin/busybox").split()[1].removeprefix("v")
    openssl = run("dpkg-deb", "-f", next(work.glob("libssl-dev*")), "Version").split("-")[0]
    shutil.rmtree(work)
    return [("generic", "busybox", busybox), ("generic", "openssl", openssl)]


def rpm(directory):
    image, work = Image(directory), directory / "work"
    work.mkdir()
    (image.root / "etc").mkdir()
    (image.root / "etc/os-release").write_text('NAME="AlmaLinux"\nID="almalinux"\nVERSION_ID="8.6"\n')
    for package in RPM:
        name, epoch, version, release = package.split(":")
        (work / "p.spec").write_text(f"Name: {name}\nEpoch: {epoch}\nVersion: {version}\nRelease: {release}\nSummary: x\nLicense: MIT\n%description\nx\n%files\n")
        run("rpmbuild", "--quiet", "-bb", "--define", f"_topdir {work}/b", "--define", "_build_id_links none", "--target", "x86_64", work / "p.spec")
    files = sorted((work / "b/RPMS/x86_64").glob("*.rpm"))
    base = ["rpm", "--root", image.root, "--dbpath", "/var/lib/rpm"]

    def layer():
        image.commit()
        listed = run(*base, "-qa", "--qf", "%{NAME}\t%{EPOCH}:%{VERSION}-%{RELEASE}\n")
        # an epoch of 0 is none
        image.list([("rpm", *line.replace("\t0:", "\t").split("\t")) for line in listed.splitlines()])

    run(*base, "--initdb")
    for some in (files[:2], files[2:]):
        run(*base, "-i", "--nodeps", "--noscripts", "--force-debian", *some)
        layer()
    run(*base, "-e", "--nodeps", "--noscripts", "--force-debian", "curl")
    layer()
    shutil.rmtree(work)
    image.close()


def main():
    missing = [tool for tool in TOOLS if not shutil.which(tool)]
    if missing or os.geteuid():
        cannot("it needs " + ", ".join(missing or ["root"]))
    directory = pathlib.Path(sys.argv[1])
    rpm(directory / "rpm")
    debian(directory / "debian")


main()
