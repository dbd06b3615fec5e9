# Set-up for the tests that run real ZooKeeper, real Apache Kafka and real clients. Source it, then call kedge_setup.
#
# Nothing is written inside the source tree. The cache (KEDGE_CACHE, by default ~/.cache/kedge) holds:
#   m2/            Maven's local repository
#   cp/NAME.txt    the class path of scripts/parts/NAME.xml, full paths into m2/; with it Java starts without Maven.
#                  Those of scripts/parts/long/ are fetched only with KEDGE_LONG=1: no test of CI needs them
#   venv/          the Python clients of scripts/parts/requirements.txt
# Every step is skipped when its result is there and its input has not changed, so a warm run takes under a second and
# needs no network.

KEDGE_CACHE="${KEDGE_CACHE:-$HOME/.cache/kedge}"
export KEDGE_CACHE
KEDGE_PARTS_DIR="$(cd "$(dirname "${BASH_SOURCE[0]}")/../parts" && pwd)"

setup_say() { printf 'set-up: %s\n' "$*"; }
setup_fail() { printf 'set-up failed: %s\n' "$*" >&2; return 1; }

# Runs a command with its output in a log, which the caller names if the command fails.
setup_logged() {
    local log=$1; shift
    "$@" >"$log" 2>&1 </dev/null
}

setup_debian_packages() {
    local packages=() as_root=()
    if ! command -v java >/dev/null || ! command -v javac >/dev/null; then packages+=(openjdk-17-jdk-headless); fi
    command -v mvn >/dev/null || packages+=(maven)
    command -v python3 >/dev/null || packages+=(python3)
    python3 -c 'import venv, ensurepip' 2>/dev/null || packages+=(python3-venv)
    [ ${#packages[@]} -gt 0 ] || return 0

    command -v apt-get >/dev/null || { setup_fail "needs ${packages[*]}, and there is no apt-get here: install them by hand"; return; }
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || { setup_fail "needs ${packages[*]}: run it as root, or install sudo"; return; }
        as_root=(sudo)
    fi
    setup_say "installing Debian packages: ${packages[*]}"
    setup_logged "$KEDGE_CACHE/apt-update.log" "${as_root[@]}" apt-get update \
        || { setup_fail "Debian's package lists cannot be fetched (log: $KEDGE_CACHE/apt-update.log)"; return; }
    setup_logged "$KEDGE_CACHE/apt-install.log" "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -y --no-install-recommends "${packages[@]}" \
        || { setup_fail "Debian's packages ${packages[*]} cannot be installed (log: $KEDGE_CACHE/apt-install.log)"; return; }
}

# True if the stored class path belongs to this pom and every jar that it names is there.
setup_class_path_is_current() {
    local stored=$1 pom_sum=$2 jar jars
    [ -s "$stored" ] && [ "$(cat "$stored.pom-sha256" 2>/dev/null)" = "$pom_sum" ] || return 1
    IFS=: read -r -a jars <"$stored"
    for jar in "${jars[@]}"; do [ -f "$jar" ] || return 1; done
}

setup_class_path() {
    local pom=$1 name stored pom_sum
    name="$(basename "$pom" .xml)"
    stored="$KEDGE_CACHE/cp/$name.txt"
    pom_sum="$(sha256sum "$pom" | cut -d' ' -f1)"
    if setup_class_path_is_current "$stored" "$pom_sum"; then return 0; fi

    setup_say "fetching the jars of $name with Maven"
    rm -f "$stored.pom-sha256"
    setup_logged "$KEDGE_CACHE/maven-$name.log" mvn -B -q -f "$pom" -Dmaven.repo.local="$KEDGE_CACHE/m2" \
        org.apache.maven.plugins:maven-dependency-plugin:3.6.1:build-classpath -Dmdep.outputFile="$stored" \
        || { setup_fail "the jars of $name cannot be fetched (log: $KEDGE_CACHE/maven-$name.log)"; return; }
    echo "$pom_sum" >"$stored.pom-sha256"
}

setup_python() {
    local wanted="$KEDGE_PARTS_DIR/requirements.txt" venv="$KEDGE_CACHE/venv" sum
    sum="$({ python3 --version; cat "$wanted"; } | sha256sum | cut -d' ' -f1)"
    if [ "$(cat "$venv/requirements-sha256" 2>/dev/null)" = "$sum" ]; then return 0; fi

    setup_say "installing Python clients: $(grep -v '^#' "$wanted" | tr '\n' ' ')"
    rm -rf "$venv"
    setup_logged "$KEDGE_CACHE/venv.log" python3 -m venv "$venv" || { setup_fail "python3 cannot make a virtual environment (log: $KEDGE_CACHE/venv.log)"; return; }
    setup_logged "$KEDGE_CACHE/pip.log" "$venv/bin/pip" install --disable-pip-version-check -r "$wanted" \
        || { setup_fail "the Python clients cannot be fetched (log: $KEDGE_CACHE/pip.log)"; return; }
    echo "$sum" >"$venv/requirements-sha256"
}

# Does all of it. Two runs at once wait for each other.
kedge_setup() {
    mkdir -p "$KEDGE_CACHE/cp" || { setup_fail "cannot write to $KEDGE_CACHE"; return; }
    (
        flock 9
        setup_debian_packages || exit
        poms=("$KEDGE_PARTS_DIR"/*.xml)
        if [ -n "${KEDGE_LONG:-}" ]; then poms+=("$KEDGE_PARTS_DIR"/long/*.xml); fi
        for pom in "${poms[@]}"; do setup_class_path "$pom" || exit; done
        setup_python || exit
    ) 9>"$KEDGE_CACHE/lock" || return
    setup_say "ready, cache in $KEDGE_CACHE"
}
