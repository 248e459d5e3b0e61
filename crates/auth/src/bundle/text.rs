//! The texts in a client bundle. Whatever is put into them was checked: see `Bundle::check`.

use std::fmt::Write as _;

use time::{OffsetDateTime, macros::format_description};

use super::Bundle;
use crate::public_key::Algorithm;

/// For POSIX shells.
pub(super) fn env_sh(url: &str) -> String {
    format!(
        r#"# Source this file: . ./env.sh
# It says where the registry is, and where this bundle is, and does nothing else.

# bash and zsh know where this file is; with another shell, source it in its own folder.
PLIMSOLL_CERT_PATH=.
[ -z "${{BASH_VERSION:-}}" ] || PLIMSOLL_CERT_PATH=$(dirname -- "$BASH_SOURCE")
[ -z "${{ZSH_VERSION:-}}" ] || PLIMSOLL_CERT_PATH=$(dirname -- "$0")
PLIMSOLL_CERT_PATH=$(cd -- "$PLIMSOLL_CERT_PATH" >/dev/null && pwd)
export PLIMSOLL_CERT_PATH
export PLIMSOLL_URL='{url}'
export DOCKER_CONTENT_TRUST_SERVER='{url}'
"#
    )
}

/// For cmd.exe; lines end as Windows has them.
pub(super) fn env_cmd(url: &str) -> String {
    format!(
        r#"@rem Run this file: env.cmd
@rem It says where the registry is, and where this bundle is, and does nothing else.
@set "PLIMSOLL_CERT_PATH=%~dp0."
@set "PLIMSOLL_URL={url}"
@set "DOCKER_CONTENT_TRUST_SERVER={url}"
"#
    )
    .replace('\n', "\r\n")
}

/// For PowerShell; lines end as Windows has them.
pub(super) fn env_ps1(url: &str) -> String {
    format!(
        r"# Run this file: . .\env.ps1
# It says where the registry is, and where this bundle is, and does nothing else.
$env:PLIMSOLL_CERT_PATH = $PSScriptRoot
$env:PLIMSOLL_URL = '{url}'
$env:DOCKER_CONTENT_TRUST_SERVER = '{url}'
"
    )
    .replace('\n', "\r\n")
}

/// How to use a bundle: commands, for a POSIX shell in the folder where it was unpacked.
pub(super) fn readme(bundle: &Bundle<'_>, host: &str) -> String {
    let mut text = contents(bundle, host);
    text.push_str(&api(bundle));
    text.push_str(&engine(bundle, host));
    text.push_str(&trust(bundle, host));
    text
}

fn contents(bundle: &Bundle<'_>, host: &str) -> String {
    let certificate = bundle.certificate;
    let mut text = format!(
        "# Client bundle of `{account}` for `{host}`\n\n\
         | file | what it is |\n|---|---|\n\
         | `cert.pem` | the client certificate, valid until {end} |\n\
         | `cert.pub` | its public key |\n",
        account = bundle.account,
        end = date(certificate.not_after()),
    );
    if bundle.key_pem.is_some() {
        text.push_str("| `key.pem` | the private key: whoever has it can act as you |\n");
    }
    if bundle.ca_pem.is_some() {
        text.push_str("| `ca.pem` | the authority of the registry's own certificate |\n");
    }
    let _ = write!(
        text,
        "| `env.sh`, `env.cmd`, `env.ps1` | where the registry is, for your shell |\n\n\
         Fingerprint of the certificate (SHA-256): `{fingerprint}`\n\n\
         Id of the key in Notary and `docker trust`: `{id}`\n\n",
        fingerprint = certificate.fingerprint(),
        id = certificate.key().tuf_key_id(),
    );
    text.push_str(if bundle.key_pem.is_some() {
        "The registry has not kept `key.pem`. If it is lost or seen by others, revoke the key at the registry, under *Keys*.\n"
    } else {
        "Your private key never left you. Where a command below says `key.pem`, name the file that you have it in; it must be PEM.\n"
    });
    text.push_str("\nThe commands are for a POSIX shell in this folder. Begin with:\n\n```sh\n. ./env.sh\n```\n");
    text
}

fn api(bundle: &Bundle<'_>) -> String {
    format!(
        "\n## The API\n\n```sh\n\
         curl --cert cert.pem --key key.pem{ca} \"$PLIMSOLL_URL/enzi/v0/accounts/{account}\"\n\
         ```\n",
        ca = if bundle.ca_pem.is_some() {
            " --cacert ca.pem"
        } else {
            ""
        },
        account = bundle.account,
    )
}

/// "Verify repository client with certificates", Docker's documentation of the Engine.
fn engine(bundle: &Bundle<'_>, host: &str) -> String {
    let folder = format!("'/etc/docker/certs.d/{host}'");
    let mut text = format!(
        "\n## docker pull and docker push\n\nThe Docker Engine shows the certificate to the registry:\n\n```sh\n\
         sudo mkdir -p {folder}\n\
         sudo cp cert.pem {folder}/client.cert\n\
         sudo install -m 600 key.pem {folder}/client.key\n"
    );
    if bundle.ca_pem.is_some() {
        let _ = writeln!(text, "sudo cp ca.pem {folder}/ca.crt");
    }
    text.push_str("```\n");
    text
}

/// The Docker command line looks for certificates of the trust server in `~/.docker/tls`, not where the Engine does
/// (docker/cli, `cli/trust/trust.go`). Neither it nor notary makes a signing key of Ed25519.
fn trust(bundle: &Bundle<'_>, host: &str) -> String {
    if bundle.certificate.key().algorithm() == Algorithm::Ed25519 {
        return "\n## Signing\n\n`docker trust` and `notary` cannot sign with an Ed25519 key.\n"
            .to_owned();
    }
    let folder = format!("~/.docker/tls/'{host}'");
    let signer = signer(bundle.account);
    let (own_ca, notary_ca) = if bundle.ca_pem.is_some() {
        (
            format!("cp ca.pem {folder}/ca.crt\n"),
            " --tlscacert ca.pem",
        )
    } else {
        (String::new(), "")
    };
    let gun = format!("'{host}/NAMESPACE/REPOSITORY'");
    let notary =
        format!("notary -s \"$DOCKER_CONTENT_TRUST_SERVER\"{notary_ca} -d ~/.docker/trust");
    format!(
        "\n## Signing with docker trust\n\nOnce on this machine:\n\n```sh\n\
         mkdir -p {folder}\n{own_ca}\
         cp cert.pem {folder}/client.cert\n\
         install -m 600 key.pem {folder}/client.key\n\
         docker trust key load --name {signer} key.pem\n```\n\n\
         Once for a repository, by somebody who has its keys:\n\n```sh\n\
         docker trust signer add --key cert.pem {signer} {gun}\n```\n\n\
         For each image:\n\n```sh\n\
         docker trust sign '{host}/NAMESPACE/REPOSITORY:TAG'\n\
         docker trust inspect --pretty {gun}\n```\n\n\
         ## Signing with notary\n\n```sh\n\
         {notary} key import key.pem --role {signer}\n\
         {notary} delegation add {gun} targets/releases cert.pem --all-paths\n\
         {notary} delegation add {gun} targets/{signer} cert.pem --all-paths\n\
         {notary} publish {gun}\n```\n"
    )
}

/// An account's name as that of a signer, which may have no dots and capitals, and may not be `releases` (docker/cli,
/// `cli/command/trust/signer_add.go`).
fn signer(account: &str) -> String {
    let name: String = account
        .chars()
        .map(|c| {
            if c == '.' {
                '-'
            } else {
                c.to_ascii_lowercase()
            }
        })
        .collect();
    if name == "releases" {
        return "releases-signer".to_owned();
    }
    name
}

/// `2027-12-26 12:00 UTC`.
fn date(time: OffsetDateTime) -> String {
    let format = format_description!("[year]-[month]-[day] [hour]:[minute] UTC");
    // Writing to a string does not fail.
    time.to_offset(time::UtcOffset::UTC)
        .format(format)
        .unwrap_or_default()
}
