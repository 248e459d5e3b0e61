#!/usr/bin/env python3
"""Checks an SPDX 2.3 and a CycloneDX 1.6 document with validators of others.

    check-sbom.py SPDX.json CYCLONEDX.json [SPDX-SCHEMA.json]

The validators are installed with pip, at fixed versions, into a folder of their own (CHECK_SBOM_HOME, else
~/.cache/plimsoll/check-sbom): cyclonedx-python-lib (Apache-2.0) carries CycloneDX's JSON schema, spdx-tools (Apache-2.0) the rules of the
SPDX specification and its property names, packageurl-python (MIT) the package URL. SPDX's own JSON schema is in no package; give the file
(spdx-spec, schemas/spdx-schema.json of 2.3) as the third word to check with it too.

Ends with 77 where they cannot be installed. Two documents to check, from layers that lie in files:

    cargo run -p scan --example sbom -- spdx LAYER.tar… >spdx.json
    cargo run -p scan --example sbom -- cyclonedx LAYER.tar… >cyclonedx.json
"""
import json
import os
import re
import subprocess
import sys
import venv
from pathlib import Path

# Who runs this skips the check then.
CANNOT = 77
PACKAGES = ["cyclonedx-python-lib[json-validation]==11.12.0", "spdx-tools==0.8.5", "packageurl-python==0.17.6"]


def with_validators():
    """Runs this script again by the Python that has the validators."""
    home = Path(os.environ.get("CHECK_SBOM_HOME", Path.home() / ".cache/plimsoll/check-sbom"))
    python = home / "bin/python"
    done = home / "installed.json"
    if not done.exists() or json.loads(done.read_text()) != PACKAGES:
        try:
            venv.create(home, with_pip=True, clear=True)
            subprocess.run([python, "-m", "pip", "install", "--quiet", *PACKAGES], check=True)
        except (OSError, subprocess.CalledProcessError) as error:
            print(f"the validators cannot be installed: {error}", file=sys.stderr)
            sys.exit(CANNOT)
        done.write_text(json.dumps(PACKAGES))
    if Path(sys.prefix) != home:
        os.execv(python, [str(python), *sys.argv])


def cyclonedx_faults(text):
    from cyclonedx.schema import SchemaVersion
    from cyclonedx.validation.json import JsonStrictValidator

    fault = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    if fault:
        yield f"CycloneDX schema: {fault}"
    document = json.loads(text)
    references = [document["metadata"]["component"]["bom-ref"]]
    references += [component["bom-ref"] for component in document["components"]]
    if len(set(references)) != len(references):
        yield "a bom-ref is there twice"
    for composition in document.get("compositions", []):
        for reference in set(composition["assemblies"]) - set(references):
            yield f"a composition names {reference}, which is not there"
    for component in [document["metadata"]["component"], *document["components"]]:
        yield from purl_faults(component.get("purl"))


def spdx_faults(path, text, schema):
    from spdx_tools.spdx.parser.parse_anything import parse_file
    from spdx_tools.spdx.validation.document_validator import validate_full_spdx_document

    for message in validate_full_spdx_document(parse_file(str(path))):
        # SPDX 2.3, annex D: `MPL-2.0+` is an expression; that library knows no plus
        unrecognized = re.search(r"Unrecognized license reference: (\S+)\. ", message.validation_message)
        if unrecognized and unrecognized[1].endswith("+"):
            continue
        yield f"SPDX: {message.context.element_type} {message.context.spdx_id}: {message.validation_message}"
    document = json.loads(text)
    yield from unknown_properties(document)
    if schema:
        import jsonschema

        for fault in jsonschema.Draft7Validator(json.loads(Path(schema).read_text())).iter_errors(document):
            yield f"SPDX schema: {fault.json_path}: {fault.message}"
    for package in document["packages"]:
        for reference in package.get("externalRefs", []):
            if reference["referenceType"] == "purl":
                yield from purl_faults(reference["referenceLocator"])


def json_name(name):
    """SPDX_ID as SPDXID, VERSION_INFO as versionInfo, SPDX_ELEMENT_ID as spdxElementId."""
    first, *rest = name.lower().split("_")
    return "SPDXID" if name == "SPDX_ID" else first + "".join(word.capitalize() for word in rest)


def unknown_properties(document):
    """SPDX's schema allows no property that it does not know."""
    from spdx_tools.spdx.jsonschema import annotation_properties, checksum_properties, creation_info_properties
    from spdx_tools.spdx.jsonschema import document_properties, external_package_ref_properties
    from spdx_tools.spdx.jsonschema import extracted_licensing_info_properties, file_properties, package_properties
    from spdx_tools.spdx.jsonschema import relationship_properties

    def names(properties):
        return {json_name(one.name) for one in properties}

    def check(where, element, properties):
        for name in set(element) - names(properties):
            yield f"SPDX: {where} has the unknown property {name}"

    yield from check("the document", document, document_properties.DocumentProperty)
    yield from check("creationInfo", document["creationInfo"], creation_info_properties.CreationInfoProperty)
    lists = [
        ("packages", package_properties.PackageProperty),
        ("files", file_properties.FileProperty),
        ("relationships", relationship_properties.RelationshipProperty),
        ("hasExtractedLicensingInfos", extracted_licensing_info_properties.ExtractedLicensingInfoProperty),
    ]
    parts = [
        ("checksums", checksum_properties.ChecksumProperty),
        ("externalRefs", external_package_ref_properties.ExternalPackageRefProperty),
        ("annotations", annotation_properties.AnnotationProperty),
    ]
    for name, properties in lists:
        for at, element in enumerate(document.get(name, [])):
            yield from check(f"{name}[{at}]", element, properties)
            for part, part_properties in parts:
                for inner in element.get(part, []):
                    yield from check(f"{name}[{at}].{part}", inner, part_properties)


def purl_faults(text):
    from packageurl import PackageURL

    if text is None:
        return
    try:
        parsed = PackageURL.from_string(text)
    except ValueError as fault:
        yield f"package URL {text}: {fault}"
        return
    # that library leaves a slash in a qualifier as it is; the specification encodes it
    if parsed.to_string() != text.replace("%2F", "/"):
        yield f"package URL {text} is not canonical: {parsed.to_string()}"


def main():
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    with_validators()
    spdx, cyclonedx = map(Path, sys.argv[1:3])
    schema = sys.argv[3] if len(sys.argv) == 4 else None
    faults = [*spdx_faults(spdx, spdx.read_text(), schema), *cyclonedx_faults(cyclonedx.read_text())]
    for fault in faults[:100]:
        print(fault, file=sys.stderr)
    if faults:
        sys.exit(f"{len(faults)} faults")
    print("both documents are valid")


if __name__ == "__main__":
    main()
