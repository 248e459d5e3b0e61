"""Fills a registry with scanned images, and measures promotion: how long one takes, and what all policies say of all tags.

python3 promotion.py PORT USER PASSWORD TAGS
"""
import base64
import gzip
import hashlib
import http.client
import io
import json
import statistics
import sys
import tarfile
import threading
import time
import zipfile

PORT, USER, PASSWORD, TAGS = int(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])
BASIC = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
CONFIG = "application/vnd.oci.image.config.v1+json"
RECORD = {
    "id": "DEBIAN-CVE-2026-0001", "modified": "2026-11-01T00:00:00Z", "upstream": ["CVE-2026-0001"],
    "severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}],
    "affected": [{
        "package": {"ecosystem": "Debian:12", "name": "openssl"},
        "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "3.0.11-1~deb12u2"}]}],
    }],
}
POLICIES = [
    {"field": "vulnerability_all", "operator": "lte", "values": ["0"]},
    {"field": "vulnerability_critical", "operator": "lte", "values": ["0"]},
    {"field": "vulnerability_major", "operator": "lte", "values": ["1"]},
    {"field": "vulnerability_minor", "operator": "lte", "values": ["2"]},
    {"field": "tag", "operator": "sw", "values": ["v1"]},
]


class Client:
    def __init__(self, authorization=BASIC):
        self.connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=120)
        self.authorization = authorization

    def call(self, method, path, body=None, kind="application/json", fails=False):
        headers = {"Authorization": self.authorization}
        if isinstance(body, (dict, list)):
            body = json.dumps(body).encode()
        if body is not None:
            headers["Content-Type"] = kind
        self.connection.request(method, path, body, headers)
        answer = self.connection.getresponse()
        content = answer.read()
        if answer.status >= 300 and not fails:
            raise SystemExit(f"{method} {path}: {answer.status} {content[:300]!r}")
        return answer, content

    def json(self, method, path, body=None):
        return json.loads(self.call(method, path, body)[1])

    def blob(self, repository, content):
        digest = "sha256:" + hashlib.sha256(content).hexdigest()
        place = self.call("POST", f"/v2/{repository}/blobs/uploads/", b"")[0].getheader("Location")
        place = place[place.index("/v2/"):]
        sign = "&" if "?" in place else "?"
        self.call("PUT", f"{place}{sign}digest={digest}", content, "application/octet-stream")
        return {"digest": digest, "size": len(content)}


def token(repository):
    path = f"/auth/token?service=plimsoll&scope=repository:{repository}:pull,push"
    return "Bearer " + Client().json("GET", path)["token"]


def layer(version):
    raw = io.BytesIO()
    files = {
        "etc/os-release": 'ID=debian\nVERSION_ID="12"\n',
        "var/lib/dpkg/status": f"Package: libssl3\nStatus: install ok installed\nArchitecture: amd64\nVersion: {version}\nSource: openssl\n\n",
    }
    with tarfile.open(fileobj=raw, mode="w") as tar:
        for name, text in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(text)
            tar.addfile(entry, io.BytesIO(text.encode()))
    return gzip.compress(raw.getvalue()), "sha256:" + hashlib.sha256(raw.getvalue()).hexdigest()


def image(client, repository, name, layers):
    """The bytes of a manifest whose blobs are there."""
    config = {"architecture": "amd64", "os": "linux", "config": {"Labels": {"name": name}},
              "rootfs": {"type": "layers", "diff_ids": [diff for _, diff in layers]}}
    config = client.blob(repository, json.dumps(config).encode())
    return json.dumps({
        "schemaVersion": 2, "mediaType": MANIFEST, "config": {"mediaType": CONFIG, **config},
        "layers": [{"mediaType": LAYER, **blob} for blob, _ in layers],
    }).encode()


def settled():
    client = Client()
    while True:
        status = client.json("GET", "/api/v0/imagescan/status")
        if status["state"] < 2 and status["pending"] + status["running"] == 0:
            return
        time.sleep(0.2)


def load():
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as made:
        made.writestr("DEBIAN-CVE-2026-0001.json", json.dumps(RECORD))
    bound = "bound"
    head = f'--{bound}\r\nContent-Disposition: form-data; name="file"; filename="osv.zip"\r\n\r\n'
    body = head.encode() + archive.getvalue() + f"\r\n--{bound}--\r\n".encode()
    Client().call("PUT", "/api/v0/imagescan/scan/update", body, f"multipart/form-data; boundary={bound}")
    settled()


def make(*names):
    for name in names:
        Client().call("POST", "/api/v0/repositories/admin", {"name": name, "scanOnPush": True})


def policy(source, target, rule, template):
    form = {"rules": [rule], "tagTemplate": template, "targetRepository": f"admin/{target}"}
    return form, f"/api/v0/repositories/admin/{source}/promotionPolicies"


def promotions(repeats=100):
    """Milliseconds from the answer to a push of a scanned image until its tag is in the target."""
    make("build", "release")
    client = Client(token("admin/build"))
    packed, diff = layer("3.0.11-1~deb12u2")
    manifest = image(client, "admin/build", "clean", [(client.blob("admin/build", packed), diff)])
    client.call("PUT", "/v2/admin/build/manifests/first", manifest, MANIFEST)
    settled()
    form, path = policy("build", "release", POLICIES[0], "%n")
    Client().call("POST", path + "?initialEvaluation=false", form)
    asking, times = Client(token("admin/release")), []
    for number in range(repeats):
        client.call("PUT", f"/v2/admin/build/manifests/tag{number}", manifest, MANIFEST)
        start = time.perf_counter()
        while asking.call("HEAD", f"/v2/admin/release/manifests/tag{number}", fails=True)[0].status != 200:
            if time.perf_counter() - start > 10:
                raise SystemExit("not promoted within ten seconds")
        times.append((time.perf_counter() - start) * 1000)
    return statistics.median(times), max(times)


def fill():
    make("many", "target")
    first = Client(token("admin/many"))
    layers = []
    for version in ("3.0.11-1~deb12u1", "3.0.11-1~deb12u2"):
        packed, diff = layer(version)
        layers.append((first.blob("admin/many", packed), diff))

    def push(begin):
        client = Client(token("admin/many"))
        for number in range(begin, TAGS, 4):
            manifest = image(client, "admin/many", str(number), [layers[number % 2]])
            client.call("PUT", f"/v2/admin/many/manifests/v{number}", manifest, MANIFEST)

    pushing = [threading.Thread(target=push, args=(begin,)) for begin in range(4)]
    for thread in pushing:
        thread.start()
    for thread in pushing:
        thread.join()
    settled()


def dry_run(repeats=5):
    """Seconds in which all policies say of all tags what they would do, in one request; and one policy that is being written."""
    for number in range(10):
        form, path = policy("many", "target", POLICIES[number % len(POLICIES)], f"%n-{number}")
        Client().call("POST", path + "?initialEvaluation=false", form)
    client, all_of_them, one = Client(), [], []
    for _ in range(repeats):
        start = time.perf_counter()
        tallies = client.json("GET", path + "/test")
        all_of_them.append(time.perf_counter() - start)
        for tally in tallies:
            if tally["wouldPromote"] + tally["wouldNot"] != TAGS:
                raise SystemExit(f"not all tags: {tally}")
        start = time.perf_counter()
        client.json("POST", path + "/test", form)
        one.append(time.perf_counter() - start)
    return statistics.median(all_of_them), statistics.median(one)


def main():
    load()
    median, worst = promotions()
    said = "yes" if median <= 50 else "NO"
    print(f"promotion of a scanned image, from the push to the tag: {median:.1f} ms (at most 50: {said}), slowest {worst:.1f} ms")
    fill()
    whole, one = dry_run()
    said = "yes" if whole <= 2 else "NO"
    print(f"dry run of 10 policies over {TAGS} scanned tags: {whole:.2f} s (at most 2: {said}); of one that is written: {one:.2f} s")


main()
