# shellcheck shell=sh
# Private use of apt: read packages of other Debian suites without changing this machine.
# Sourced by deps.sh and need.sh. Lists, cache and configuration live in build/apt/SUITE; the
# package archive's address is the one that the machine's own apt uses, whatever that is.

# apt_bases: the addresses of this machine's main package archive, best first, one a line. apt
# itself reads its sources here, so deb822 files, one-line lists and mirror settings all count.
apt_bases() {
	command -v apt-get >/dev/null || return 0
	# shellcheck disable=SC2016 # apt fills these in
	apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' \
		2>/dev/null | awk '
		$3 != "main" || $2 ~ /security|updates|backports/ || $1 ~ /security|^cdrom/ { next }
		!seen[$1]++ { if ($1 ~ /\/debian\/?$/) print $1; else rest = rest $1 "\n" }
		END { printf "%s", rest }'
}

# apt_open BASE SUITE deb|deb-src [unsigned]: fetch the suite's list; afterwards apt_suite SUITE-TYPE works.
apt_open() {
	apt_dir=$PWD/build/apt/$2-$3
	rm -rf "$apt_dir"
	mkdir -p "$apt_dir/none" "$apt_dir/lists/partial" "$apt_dir/cache/archives/partial"
	apt_opt=
	keyring=/usr/share/keyrings/debian-archive-keyring.gpg
	[ ! -r $keyring ] || apt_opt="[signed-by=$keyring]"
	[ -z "${4-}" ] || apt_opt='[trusted=yes]'
	echo "$3 $apt_opt $1 $2 main" >"$apt_dir/sources.list"
	# "#clear" takes away hooks of the system's configuration, which would touch the system.
	cat >"$apt_dir/apt.conf" <<-END
		Dir::Etc::SourceList "$apt_dir/sources.list";
		Dir::Etc::SourceParts "$apt_dir/none";
		Dir::Etc::Preferences "$apt_dir/none/preferences";
		Dir::Etc::PreferencesParts "$apt_dir/none";
		Dir::State::Lists "$apt_dir/lists";
		Dir::Cache "$apt_dir/cache";
		Acquire::Check-Valid-Until "false";
		Acquire::Languages "none";
		Acquire::Retries "1";
		Acquire::http::Timeout "20";
		Acquire::https::Timeout "20";
		Acquire::IndexTargets::deb::DEP-11 { DefaultEnabled "false"; };
		APT::Sandbox::User "root";
		Debug::NoLocking "true";
		APT::Default-Release "";
		#clear APT::Update::Pre-Invoke;
		#clear APT::Update::Post-Invoke;
		#clear APT::Update::Post-Invoke-Success;
		#clear DPkg::Post-Invoke;
	END
	apt_suite "$2-$3" -qq update >"$apt_dir/log" 2>&1
}

# apt_suite SUITE-TYPE ARGUMENTS...: apt-get on that list
apt_suite() {
	apt_conf=$PWD/build/apt/$1/apt.conf
	shift
	apt-get -c "$apt_conf" "$@"
}
