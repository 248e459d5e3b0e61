#!/bin/sh
# Makes the trust data of a repository, once, and lets the key of a client bundle sign in it. For who keeps the keys of root and targets: run
# it on their machine, never on the runner; afterwards nobody needs these keys until the signer changes. Keep them, and a copy.
#
#   NOTARY_AUTH=$(printf %s "alice:$TOKEN" | base64 -w0) ./prepare-signing.sh registry.example.com ci/flask cert.pem [ca.crt]
#
# cert.pem is that of the signer's bundle, ca.crt what the registry serves at /ca, where it has an authority of its own. notary asks for new
# passphrases; NOTARY_ROOT_PASSPHRASE, NOTARY_TARGETS_PASSPHRASE and NOTARY_SNAPSHOT_PASSPHRASE answer it.
set -eu
[ $# -ge 3 ] || { sed -n '2,8s/^# \{0,1\}//p' "$0"; exit 2; }
registry=$1 gun=$1/$2 certificate=$3 ca=${4:-} role=${SIGNER:-gitlab}

notary() { command notary -s "https://$registry" ${ca:+--tlscacert "$ca"} -d "${TRUST_DIR:-$HOME/.docker/trust}" "$@"; }

notary init -p "$gun"
# The registry signs which files belong together, so that the runner needs no snapshot key.
notary key rotate "$gun" snapshot -r
# docker takes what is in targets/releases; the role of the signer's own says who it was.
notary delegation add "$gun" targets/releases "$certificate" --all-paths
notary delegation add "$gun" "targets/$role" "$certificate" --all-paths
notary publish "$gun"
