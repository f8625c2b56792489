# shellcheck shell=bash
# The base image, debian:bookworm-slim: at hand, pulled, or made. To be sourced after engine.sh.
#
#   ensure_base_image   uses what is there; else pulls; else makes it with debootstrap

BASE_IMAGE=debian:bookworm-slim
BASE_SUITE=bookworm
BASE_PULL_SECONDS=60

base_is_here() { docker_cli image inspect "$BASE_IMAGE" >/dev/null 2>&1; }

pull_base() {
  say "pulling $BASE_IMAGE"
  timeout "$BASE_PULL_SECONDS" "$DOCKER" pull --quiet "$BASE_IMAGE" >/dev/null 2>&1
}

# The address that this machine's own apt uses for a suite of Debian's main archive ($1), or for
# its security archive when $1 ends in -security. Prints nothing when apt uses none.
apt_mirror_of() {
  apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 2>/dev/null |
    awk -v suite="$1" '$2 == suite && $3 == "main" { print $1; exit }'
}

# The apt sources of the image: the mirror that made it, so that builds on it reach it, too.
write_base_sources() {
  local root=$1 mirror=$2 security=$3
  printf 'deb %s %s main\ndeb %s %s-updates main\n' \
    "$mirror" "$BASE_SUITE" "$mirror" "$BASE_SUITE" >"$root/etc/apt/sources.list"
  [[ -z $security ]] ||
    printf 'deb %s %s-security main\n' "$security" "$BASE_SUITE" >>"$root/etc/apt/sources.list"
}

# What the published slim image leaves out, and what belongs to this machine alone. dpkg is told
# to leave out the same from later packages.
slim_down() {
  local root=$1
  rm -rf "$root"/var/lib/apt/lists/* "$root"/var/cache/apt/* "$root"/var/log/* \
    "$root"/usr/share/{man,info,groff,lintian,linda}/* "$root"/var/cache/debconf/*-old
  find "$root/usr/share/doc" -depth -type f ! -name copyright -delete
  find "$root/usr/share/doc" -depth -type d -empty -delete
  find "$root/usr/share/locale" -mindepth 1 -maxdepth 1 ! -name locale.alias -exec rm -rf {} +
  rm -f "$root/etc/hostname" "$root/etc/resolv.conf"
  cat >"$root/etc/dpkg/dpkg.cfg.d/docker" <<'DPKG'
path-exclude /usr/share/doc/*
path-include /usr/share/doc/*/copyright
path-exclude /usr/share/groff/*
path-exclude /usr/share/info/*
path-exclude /usr/share/linda/*
path-exclude /usr/share/lintian/*
path-exclude /usr/share/locale/*
path-exclude /usr/share/man/*
DPKG
  # No service starts while packages are installed; nothing downloaded is kept.
  printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
  chmod 0755 "$root/usr/sbin/policy-rc.d"
  cat >"$root/etc/apt/apt.conf.d/docker-clean" <<'APT'
DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb /var/cache/apt/*.bin || true"; };
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
Acquire::Languages "none";
APT
}

make_base() {
  is_root_on_debian || die "$BASE_IMAGE is neither here nor to be pulled, and making it" \
    "takes root on Debian: load it by hand (docker load), or run this as root on Debian"
  ensure_packages debootstrap
  local mirror security root
  mirror=$(apt_mirror_of "$BASE_SUITE")
  security=$(apt_mirror_of "$BASE_SUITE-security")
  root=$(mktemp -d)
  say "no registry answers: making $BASE_IMAGE with debootstrap (half a minute)"
  debootstrap --variant=minbase --include=ca-certificates "$BASE_SUITE" "$root/base" \
    "${mirror:-http://deb.debian.org/debian}" >"$root/log" ||
    { tail -n 20 "$root/log" >&2; die "debootstrap failed; its log is $root/log"; }
  write_base_sources "$root/base" "${mirror:-http://deb.debian.org/debian}" "$security"
  slim_down "$root/base"
  tar -C "$root/base" --numeric-owner -c . | docker_cli import - "$BASE_IMAGE" >/dev/null
  rm -rf "$root"
}

ensure_base_image() {
  base_is_here || pull_base || make_base
  base_is_here || die "$BASE_IMAGE could not be had"
}
